#include "functions/runner/color/matrix.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/check.h"

typedef int32_t ints __attribute__((vector_size(16)));
typedef float floats __attribute__((vector_size(16)));

#define LIGHT_MAX 16384		/* full light: fine enough for the steep start of sRGB's curve */
#define SHIFT 6			/* more bits than that while the three are added */
#define STEEP_MAX 16.0		/* of an entry of the matrix: real ones are under 3 */

struct matrix {
	int depth;
	ints column[3][256];		/* 8 bits: what a sample adds to the three of the result */
	floats row[3];			/* 16 bits: the matrix, by columns */
	float *light[3];		/* owned; 16 bits: the curves, 65536 each; equal ones are one table */
	uint8_t encode[LIGHT_MAX + 1];
};

static double encoded(double light)
{
	return light <= 0.0031308 ? light * 12.92 : 1.055 * pow(light, 1 / 2.4) - 0.055;
}

struct colorants {
	double m[3][3];			/* [X, Y, Z][red, green, blue] */
	const cmsToneCurve *curve[3];	/* borrowed from the profile */
};

static bool read_profile(cmsHPROFILE p, struct colorants *c)
{
	static const cmsTagSignature xyz[3] = { cmsSigRedColorantTag, cmsSigGreenColorantTag, cmsSigBlueColorantTag };
	static const cmsTagSignature trc[3] = { cmsSigRedTRCTag, cmsSigGreenTRCTag, cmsSigBlueTRCTag };

	if (cmsGetColorSpace(p) != cmsSigRgbData || cmsGetPCS(p) != cmsSigXYZData || !cmsIsMatrixShaper(p) ||
	    cmsIsTag(p, cmsSigAToB0Tag) || cmsIsTag(p, cmsSigAToB1Tag) || cmsIsTag(p, cmsSigAToB2Tag))
		return false;
	for (int i = 0; i < 3; i++) {
		const cmsCIEXYZ *at = cmsReadTag(p, xyz[i]);

		c->curve[i] = cmsReadTag(p, trc[i]);
		if (at == NULL || c->curve[i] == NULL)
			return false;
		c->m[0][i] = at->X;
		c->m[1][i] = at->Y;
		c->m[2][i] = at->Z;
	}
	return true;
}

/* By Cramer's rule. */
static bool invert(double m[3][3], double to[3][3])
{
	double det = 0;

	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 3; k++) {
			int r = (k + 1) % 3, s = (k + 2) % 3, c = (i + 1) % 3, d = (i + 2) % 3;

			to[i][k] = m[r][c] * m[s][d] - m[r][d] * m[s][c];
		}
	for (int k = 0; k < 3; k++)
		det += m[k][0] * to[0][k];
	if (!(fabs(det) > 1e-9))
		return false;
	for (int i = 0; i < 9; i++)
		to[i / 3][i % 3] /= det;
	return true;
}

static bool combine(cmsHPROFILE from, cmsHPROFILE to, struct colorants *c, double m[3][3])
{
	struct colorants target;
	double back[3][3];

	if (!read_profile(from, c) || !read_profile(to, &target) || !invert(target.m, back))
		return false;
	for (int i = 0; i < 3; i++) {
		if (cmsEvalToneCurve16(c->curve[i], 0) != 0)
			return false;
		for (int k = 0; k < 3; k++) {
			m[i][k] = 0;
			for (int j = 0; j < 3; j++)
				m[i][k] += back[i][j] * c->m[j][k];
			if (!(fabs(m[i][k]) < STEEP_MAX))
				return false;
		}
	}
	return true;
}

static void fill_columns(struct matrix *to, const struct colorants *c, double m[3][3])
{
	for (int k = 0; k < 3; k++)
		for (int v = 0; v < 256; v++) {
			double light = cmsEvalToneCurve16(c->curve[k], (cmsUInt16Number)(v * 257)) / 65535.0;

			for (int i = 0; i < 3; i++)
				to->column[k][v][i] = (int32_t)lrint(m[i][k] * light * (LIGHT_MAX << SHIFT));
		}
	for (int v = 0; v < 256; v++)
		to->column[0][v] += 1 << (SHIFT - 1);		/* rounds the sum */
}

static bool same_curve(const cmsToneCurve *a, const cmsToneCurve *b)
{
	for (int v = 0; v < 65536; v += 16)
		if (cmsEvalToneCurve16(a, (cmsUInt16Number)v) != cmsEvalToneCurve16(b, (cmsUInt16Number)v))
			return false;
	return true;
}

static void fill_light(struct matrix *to, const struct colorants *c, double m[3][3])
{
	for (int k = 0; k < 3; k++) {
		for (int i = 0; i < 3; i++)
			to->row[k][i] = (float)(m[i][k] * LIGHT_MAX);
		if (k > 0 && same_curve(c->curve[0], c->curve[k])) {
			to->light[k] = to->light[0];
			continue;
		}
		to->light[k] = malloc(65536 * sizeof *to->light[k]);
		CHECK(to->light[k] != NULL);
		for (int v = 0; v < 65536; v++)
			to->light[k][v] = (float)(cmsEvalToneCurve16(c->curve[k], (cmsUInt16Number)v) / 65535.0);
	}
}

struct matrix *matrix_make(cmsHPROFILE from, cmsHPROFILE to, int depth)
{
	struct colorants c;
	struct matrix *made;
	double m[3][3];

	CHECK(depth == 8 || depth == 16);
	if (!combine(from, to, &c, m))
		return NULL;
	made = aligned_alloc(64, (sizeof *made + 63) / 64 * 64);
	CHECK(made != NULL);
	*made = (struct matrix){ .depth = depth };
	if (depth == 8)
		fill_columns(made, &c, m);
	else
		fill_light(made, &c, m);
	for (int i = 0; i <= LIGHT_MAX; i++)
		made->encode[i] = (uint8_t)lrint(255 * encoded(i / (double)LIGHT_MAX));
	return made;
}

void matrix_free(struct matrix *m)
{
	if (m == NULL)
		return;
	for (int k = 0; k < 3; k++)
		if (k == 0 || m->light[k] != m->light[0])
			free(m->light[k]);
	free(m);
}

static inline ints bounded(ints v)
{
	ints over = v > LIGHT_MAX;

	v &= v > 0;
	return (v & ~over) | (over & LIGHT_MAX);
}

static inline void put(const struct matrix *m, ints light, uint8_t *to)
{
	light = bounded(light);
	for (int i = 0; i < 3; i++)
		to[i] = m->encode[light[i]];
}

void matrix_apply(const struct matrix *m, const void *from, int bands, uint8_t *to, size_t n)
{
	const uint8_t *narrow = from;
	const uint16_t *wide = from;

	for (size_t i = 0; m->depth == 8 && i < n; i++, narrow += bands, to += bands)
		put(m, (m->column[0][narrow[0]] + m->column[1][narrow[1]] + m->column[2][narrow[2]]) >> SHIFT, to);
	for (size_t i = 0; m->depth == 16 && i < n; i++, wide += bands, to += bands) {
		floats sum = m->row[0] * m->light[0][wide[0]] + m->row[1] * m->light[1][wide[1]] +
			     m->row[2] * m->light[2][wide[2]];

		put(m, __builtin_convertvector(sum + 0.5f, ints), to);
	}
}
