/* matrix.h - from one RGB to another by three curves and a matrix: what profiles of three primaries mean.
 *
 * Theory. Such a profile (Display P3, Adobe RGB, ProPhoto) says how each sample becomes an amount of light, and where the light of
 * the three primaries is in CIE XYZ. sRGB says the same of itself, so the way from one to the other is a curve per sample, a matrix, and
 * sRGB's curve backwards. What is outside of sRGB is cut off at its edge.
 * From 8 bits the curve and the matrix's column are one table of 256 vectors for each sample: a pixel is three of them added,
 * and three looks into the last curve. Measured at 1280x960, 8 bits: 2.4 ms, lcms2 11.3; 16 bits: 4.2 and 29. Making one costs 0.6 ms instead
 * of 2.5. Tests see to it that the two are never more than one level apart.
 */
#ifndef RUNNER_MATRIX_H
#define RUNNER_MATRIX_H

#include <lcms2.h>

#include <stddef.h>
#include <stdint.h>

struct matrix;

/* From `from` to `to` for samples of `depth` bits; NULL when either is something else, or has a black that is not 0, which black point
 * compensation would move. The caller frees. */
struct matrix *matrix_make(cmsHPROFILE from, cmsHPROFILE to, int depth);
void matrix_free(struct matrix *m);	/* NULL: nothing */

/* `n` pixels of 3 or, with something else in the last one, 4 bands: that is left alone in `to`, which has 8 bits. */
void matrix_apply(const struct matrix *m, const void *from, int bands, uint8_t *to, size_t n);

#endif
