/* exact.h - the yardstick of thumbnails: scaling in doubles straight from the definition, and how far two pictures are apart.
 *
 * Slow on purpose: no boxes, no integers, no shortcut. Sample i covers [i, i + 1); Lanczos with three lobes, stretched when
 * shrinking; cut at the border and its weights summed up to one again. Pictures are of 8 bits, without alpha.
 */
#ifndef TESTS_LIB_EXACT_H
#define TESTS_LIB_EXACT_H

#include "functions/runner/picture.h"

struct exact {			/* `{0}` is none; whoever holds it clears it */
	int width, height, bands;
	double *samples;	/* owned: 0 to 255, not rounded and not clipped */
};

void exact_clear(struct exact *e);

/* As it stands. */
void exact_picture(const struct picture *in, struct exact *out);

/* All of `in`, or the part of it that begins top left and is `covered_width` by `covered_height`, at another size. */
void exact_scale(const struct picture *in, double covered_width, double covered_height, int width, int height, struct exact *out);

/* Of luma: mean structural similarity, Gaussian windows of 11 x 11 with a deviation of 1.5 (Wang et al. 2004). Same sizes; 1: equal. */
double exact_ssim(const struct exact *a, const struct exact *b);

/* Mean distance of sRGB colours (or greys) in CIE Lab (1976); 1 is what an eye can just tell. */
double exact_delta_e(const struct exact *a, const struct exact *b);

#endif
