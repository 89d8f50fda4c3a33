/* thumbhash.h - a picture in about 25 bytes, to be shown blurred until the thumbnail is there.
 *
 * The format is ThumbHash: the lowest cosine coefficients of luminance (up to 7x7), of two colour
 * differences (3x3) and, if needed, of alpha (5x5), four bits each, behind a head of five or six bytes with
 * the averages, the scales and the proportions.
 */
#ifndef RUNNER_THUMBHASH_H
#define RUNNER_THUMBHASH_H

#include "base/buf.h"
#include "functions/runner/picture.h"

#define THUMBHASH_SIDE_MAX 100

/* Appends the hash in base64. 8 bits; 1, 3 or 4 bands; no side over THUMBHASH_SIDE_MAX. */
void thumbhash(const struct picture *p, struct buf *to);

#endif
