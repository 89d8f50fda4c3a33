#include "functions/runner/taps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define WIDEST __attribute__((target_clones("avx2", "default"), optimize("O3")))
#else
#define WIDEST
#endif

#define INLINE __attribute__((always_inline))	/* into each copy */
#define LOBES 3

typedef float pixel __attribute__((vector_size(16)));	/* up to four bands */
typedef int32_t lanes __attribute__((vector_size(16)));

static double lanczos(double x)
{
	if (x == 0)
		return 1;
	if (fabs(x) >= LOBES)
		return 0;
	return LOBES * sin(M_PI * x) * sin(M_PI * x / LOBES) / (M_PI * M_PI * x * x);
}

static void weigh(struct taps *t, int i, double centre, double scale)
{
	float *w = t->weights + (size_t)i * (size_t)t->n;
	double sum = 0;

	for (int k = 0; k < t->n; k++) {
		double v = lanczos((t->first[i] + k + 0.5 - centre) / scale);

		w[k] = (float)v;
		sum += v;
	}
	for (int k = 0; k < t->n; k++)
		w[k] = (float)(w[k] / sum);
}

void taps_make(struct taps *t, double length, int size, int out)
{
	double scale = length / out, reach = LOBES * scale;

	t->n = size == out ? 1 : (int)ceil(2 * reach) + 1;
	if (t->n > size)
		t->n = size;
	t->first = calloc((size_t)out, sizeof t->first[0]);
	t->weights = calloc((size_t)out * (size_t)t->n, sizeof t->weights[0]);
	CHECK(t->first != NULL && t->weights != NULL);
	for (int i = 0; i < out; i++) {
		double centre = (i + 0.5) * scale;
		int first = size == out ? i : (int)floor(centre - reach);

		if (first > size - t->n)
			first = size - t->n;
		t->first[i] = first < 0 ? 0 : first;
		weigh(t, i, size == out ? i + 0.5 : centre, scale);
	}
}

void taps_clear(struct taps *t)
{
	free(t->first);
	free(t->weights);
	*t = (struct taps){ 0 };
}

WIDEST static void add8(uint32_t *restrict sums, const uint8_t *restrict row, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sums[i] += row[i];
}

WIDEST static void add16(uint32_t *restrict sums, const uint16_t *restrict row, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sums[i] += row[i];
}

void taps_add(uint32_t *sums, const void *row, bool wide, size_t n)
{
	if (wide)
		add16(sums, row, n);
	else
		add8(sums, row, n);
}

/* Two rows in one pass over the sums: these passes are what vectorises best. */
#define DOWN(name, type) \
WIDEST static void name(float *restrict sum, const type *restrict p, const type *restrict q, \
			float wp, float wq, size_t n) \
{ \
	for (size_t i = 0; i < n; i++) \
		sum[i] += wp * p[i] + wq * q[i]; \
}
DOWN(down8, uint8_t)
DOWN(down16, uint16_t)

void taps_down(const struct taps *t, int y, const void *const *rows, bool wide, float *to, size_t n)
{
	const float *w = t->weights + (size_t)y * (size_t)t->n;

	memset(to, 0, n * sizeof to[0]);
	for (int k = 0; k < t->n; k += 2) {
		int other = k + 1 < t->n ? k + 1 : k;
		float w_other = other > k ? w[other] : 0;

		if (wide)
			down16(to, rows[k], rows[other], w[k], w_other, n);
		else
			down8(to, rows[k], rows[other], w[k], w_other, n);
	}
}

/* One output pixel: every lane is a band; lanes over the picture's bands hold the next pixel and are
 * thrown away. Two sums, so that one addition need not wait for the other. */
static inline INLINE pixel sum_pixel(const float *from, const float *w, int n, int bands)
{
	pixel even = { 0 }, odd = { 0 }, v;
	int k;

	for (k = 0; k + 2 <= n; k += 2) {
		memcpy(&v, from + k * bands, sizeof v);
		even += w[k] * v;
		memcpy(&v, from + (k + 1) * bands, sizeof v);
		odd += w[k + 1] * v;
	}
	if (k < n) {
		memcpy(&v, from + k * bands, sizeof v);
		even += w[k] * v;
	}
	return even + odd;
}

/* Every lane to 0 ... most, without branches. */
static inline INLINE pixel clamp(pixel v, float most)
{
	pixel top = { most, most, most, most };
	lanes over;

	v = (pixel)((lanes)v & (v > 0));
	over = v > top;
	return (pixel)(((lanes)v & ~over) | ((lanes)top & over));
}

/* Colours over alpha, both with the same unit, to colours of that unit alone. */
static inline INLINE pixel divide(pixel v, int bands, float unit)
{
	float alpha = v[bands - 1] < unit ? v[bands - 1] : unit;

	if (!(alpha > 0))
		return (pixel){ 0 };
	v = clamp(v, alpha) * (unit / alpha);
	v[bands - 1] = alpha;
	return v;
}

struct row_out {
	float unit;		/* full scale of the sums */
	float most, gain;	/* full scale of the samples, and what leads there */
	uint8_t *narrow;	/* or */
	uint16_t *broad;
	bool alpha;
};

static inline INLINE void put(const struct row_out *o, pixel v, size_t at, int bands)
{
	lanes n;

	if (o->alpha)
		v = divide(v, bands, o->unit);
	n = __builtin_convertvector(clamp(v * o->gain, o->most) + 0.5f, lanes);
	for (int b = 0; b < bands; b++)
		if (o->broad)
			o->broad[at + (size_t)b] = (uint16_t)n[b];
		else
			o->narrow[at + (size_t)b] = (uint8_t)n[b];
}

/* Called with a constant, so that there is a loop for each number of bands. */
static inline INLINE void across(const struct taps *t, const float *from,
							 const struct row_out *out, int width, int bands)
{
	struct row_out copy = *out, *o = &copy;	/* bytes stored may alias the original */

	for (int x = 0; x < width; x++) {
		const float *w = t->weights + (size_t)x * (size_t)t->n;

		put(o, sum_pixel(from + t->first[x] * bands, w, t->n, bands), (size_t)x * (size_t)bands, bands);
	}
}

WIDEST static void all_columns(const struct taps *t, const float *from, const struct row_out *o, int width, int bands)
{
	switch (bands) {
	case 1: across(t, from, o, width, 1); break;
	case 2: across(t, from, o, width, 2); break;
	case 3: across(t, from, o, width, 3); break;
	case 4: across(t, from, o, width, 4); break;
	default: UNREACHABLE();
	}
}

void taps_across(const struct taps *t, const float *from, const struct picture *out, bool wide, void *to)
{
	struct row_out o = { .unit = wide ? 65535 : 255, .most = out->depth == 16 ? 65535 : 255, .alpha = out->alpha };

	o.gain = o.most / o.unit;
	if (out->depth == 16)
		o.broad = to;
	else
		o.narrow = to;
	all_columns(t, from, &o, out->width, out->bands);
}
