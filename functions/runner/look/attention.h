/* attention.h - where a part of a photo should lie, by what is to be seen there.
 *
 * Every pixel of a small picture gets a weight; of all places where the part fits, the one with the largest sum wins, what lies in
 * its inner half counted twice, so that the interesting does not end at the border. Equals go to the place nearest to the middle: a
 * plain photo is cropped as by GRAVITY_CENTER. Sums are taken from a summed-area table: each in four look-ups, whatever the size.
 *
 *   GRAVITY_ENTROPY     weight: entropy of the brightness around the pixel. Texture has much, a smooth sky has little.
 *   GRAVITY_ATTENTION   weight: edges, skin, saturated colour: what eyes go to.
 */
#ifndef RUNNER_ATTENTION_H
#define RUNNER_ATTENTION_H

#include "functions/rendition.h"
#include "functions/runner/picture.h"

#define ATTENTION_SIDE_MAX 128

/* `p` is the photo as shown, no side over ATTENTION_SIDE_MAX; 8 bits; 1, 3 or 4 bands. The part's size and (out) its middle are parts
 * of the photo, 0 to 1, as geometry_place takes them. */
void attention_find(const struct picture *p, enum rendition_gravity how, double width, double height, double *x, double *y);

#endif
