/* inverse_8.h - blocks at their full size: the inverse transform of 8 x 8, once for each kind of vector register.
 *
 * Theory. Loeffler, Ligtenberg and Moschytz (1989) in whole numbers, 13 bits after the point and two of them kept between the
 * directions, columns first: the samples are those of libjpeg-turbo's accurate transform bit by bit. Theirs is factored to save
 * multiplications; a vector multiplies pairs and adds them at once (pmaddwd), so that it is cheaper to multiply it out. Nothing is
 * rounded before the end of a direction, so the sums are the same.
 *
 *	even	s = x0 + x4, d = x0 - x4	e0 e3 = s +- (10703 x2 + 4433 x6)	e1 e2 = d +- (4433 x2 - 10704 x6)
 *	odd	o0 ... o3 = ODD (x1 x3 x5 x7)
 *	result	y0 y7 = e0 +- o0	y1 y6 = e1 +- o1	y2 y5 = e2 +- o2	y3 y4 = e3 +- o3
 *
 * Coefficients times factors come around in 16 bits and what is kept between the directions is limited to 16 bits: neither
 * happens in an honest file. In 32 bits no sum comes around.
 *
 * Every kind gives the same samples. Blocks of which only DC, or only the 4 x 4 lowest coefficients, are not zero take a shorter way to them.
 */
#ifndef RUNNER_JPEG_INVERSE_8_H
#define RUNNER_JPEG_INVERSE_8_H

#include <stddef.h>
#include <stdint.h>

#define INVERSE_8_BITS 13	/* after the point */
#define INVERSE_8_KEPT 2	/* of them between the directions */

/* What x2 and x6 give to e0 and, taken away, to e3; to e1 and e2. */
#define INVERSE_8_EVEN_0 10703, 4433
#define INVERSE_8_EVEN_1 4433, -10704

/* What x1 and x3 give to o0 ... o3, and x5 and x7. */
#define INVERSE_8_ODD_0 11363, 9633, 6437, 2260
#define INVERSE_8_ODD_1 9633, -2259, -11362, -6436
#define INVERSE_8_ODD_2 6437, -11362, 2261, 9633
#define INVERSE_8_ODD_3 2260, -6436, 9633, -11363

struct inverse_8 {
	const char *name;
	/* As many of `blocks` as it can take at once, from the first one on (plain and sse2: all); how many they were. As inverse_row. */
	int (*row)(const int16_t *coefficients, int blocks, const uint16_t quantization[64], uint8_t *samples, size_t stride);
};

/* Those of this machine, the best one last and then NULL. Vectors of 512 bits gain nothing on photos: four blocks are seldom all
 * without higher coefficients. */
const struct inverse_8 *const *inverse_8_all(void);
const struct inverse_8 *const *inverse_8_best(void);


/* All blocks, by the given kind and those before it. */
void inverse_8_row(const struct inverse_8 *const *kind, const int16_t *coefficients, int blocks, const uint16_t quantization[64], uint8_t *samples,
		   size_t stride);

extern const struct inverse_8 inverse_8_plain, inverse_8_sse2, inverse_8_avx2;

#endif
