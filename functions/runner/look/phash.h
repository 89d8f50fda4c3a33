/* phash.h - a perceptual hash: pictures that look alike have hashes that differ in few of their 64 bits.
 *
 * Definition. Luma of the picture on white, 0.299 R + 0.587 G + 0.114 B of its sRGB samples (0 to 255); averaged over areas to
 * 32 x 32, whatever its proportions; the cosine transform (DCT-II, each sum doubled) of that; of it the 8 x 8 lowest
 * frequencies, the average among them, where what is under PHASH_ZERO counts as 0. A bit is 1 where a coefficient is larger than the
 * median of the 64 (the mean of the 32nd and the 33rd). Row by row (a row is a vertical frequency), the first bit is the highest;
 * written as 16 hexadecimal digits.
 *
 * The number of differing bits (Hamming distance) of the same photo at another size or JPEG quality is 0 to 4, of unrelated
 * photos about 32; up to 10 are taken for near duplicates. Stable under scaling, compression, small changes of brightness and
 * contrast; not under turning, mirroring or cropping. Python's imagehash.phash differs only in the way of making 32 x 32.
 */
#ifndef RUNNER_PHASH_H
#define RUNNER_PHASH_H

#include "functions/runner/picture.h"

#define PHASH_TEXT_MAX 17
#define PHASH_ZERO 1e-3		/* a plain picture has no coefficients but its average: the rest is rounding */

/* 8 bits; 1, 3 or 4 bands; best from a picture of 64 to 128 pixels, right side up. */
void phash(const struct picture *p, char to[PHASH_TEXT_MAX]);

#endif
