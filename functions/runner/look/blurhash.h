/* blurhash.h - a picture in 28 letters, to be shown blurred until the thumbnail is there, for those whose clients read this form.
 *
 * The format is BlurHash: the lowest cosine coefficients of linear light, 4 across and 3 down (3 and 4 for portraits), in base 83.
 * First the numbers of coefficients, then the largest of them but the average, the average as sRGB in 24 bits, and each of the
 * others as three square roots in steps of a ninth. Smaller colour errors than ThumbHash, no alpha (invisible is white) and no
 * proportions.
 */
#ifndef RUNNER_BLURHASH_H
#define RUNNER_BLURHASH_H

#include "functions/runner/picture.h"

#define BLURHASH_TEXT_MAX 29

/* 8 bits; 1, 3 or 4 bands; no side over THUMBHASH_SIDE_MAX. */
void blurhash(const struct picture *p, char to[BLURHASH_TEXT_MAX]);

#endif
