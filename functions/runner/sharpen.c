#include "functions/runner/sharpen.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/* GCC makes vectors of plain loops only when told to; clang does so by itself. */
#ifdef __clang__
#define VECTORS
#else
#define VECTORS __attribute__((optimize("O3")))
#endif

/* Rows of samples, `bands` of a pixel next to each other. */
struct area {
	uint8_t *pixels;
	size_t stride;
	int width, height, bands;
};

/* The rows above, at and below, as they were: sharpened ones are written over the picture. Sums go down first. */
struct rows {
	uint8_t *above, *at;	/* owned copies */
	int16_t *down;		/* owned; 1 2 1 of three rows, with a pixel more at both ends */
};

VECTORS
static void sum_down(const uint8_t *restrict above, const uint8_t *restrict at, const uint8_t *restrict below, int16_t *restrict to, int n)
{
	for (int i = 0; i < n; i++)
		to[i] = (int16_t)(above[i] + 2 * at[i] + below[i]);
}

/* `down` may be read `bands` samples before and after its n. The difference is 16 times too large and fits into 16 bits 8 times over: so
 * its product with the strength, of which the upper half is kept, is twice what is added. */
VECTORS
static void sharpen_row(const uint8_t *restrict at, const int16_t *restrict down, int bands, int16_t strength, uint8_t *restrict to, int n)
{
	for (int i = 0; i < n; i++) {
		int16_t blurred = (int16_t)(down[i - bands] + 2 * down[i] + down[i + bands]);
		int16_t difference = (int16_t)(8 * (16 * at[i] - blurred));
		int16_t twice = (int16_t)((difference * strength) >> 16);
		int16_t v = (int16_t)(at[i] + ((twice + 1) >> 1));

		to[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
	}
}

/* Alpha must not change: what was is put back. */
static void keep_alpha(const uint8_t *from, uint8_t *to, int n)
{
	for (int i = 3; i < n; i += 4)
		to[i] = from[i];
}

static void swap(uint8_t **a, uint8_t **b)
{
	uint8_t *c = *a;

	*a = *b;
	*b = c;
}

static void sharpen_area(const struct area *a, int percent, struct rows *r)
{
	int n = a->width * a->bands;
	int16_t strength = (int16_t)((percent * (2 << 16) / 100 + 64) / 128);
	int16_t *down = r->down + a->bands;

	memcpy(r->above, a->pixels, (size_t)n);
	for (int y = 0; y < a->height; y++) {
		uint8_t *row = a->pixels + (size_t)y * a->stride;

		memcpy(r->at, row, (size_t)n);
		sum_down(r->above, r->at, y + 1 < a->height ? row + a->stride : r->at, down, n);
		for (int b = 0; b < a->bands; b++) {
			down[b - a->bands] = down[b];
			down[n + b] = down[n - a->bands + b];
		}
		sharpen_row(r->at, down, a->bands, strength, row, n);
		if (a->bands == 4)
			keep_alpha(r->at, row, n);
		swap(&r->above, &r->at);
	}
}

void sharpen(struct image *i, int percent)
{
	const struct picture *p = &i->picture;
	const struct plane *luma = &i->planes.plane[0];
	struct area a = { p->pixels, (size_t)p->width * (size_t)p->bands, p->width, p->height, p->bands };
	size_t n;
	struct rows r;

	CHECK(percent >= 0 && percent <= 100 && (i->planar || (p->depth == 8 && p->bands != 2)));
	if (percent == 0)
		return;
	if (i->planar)
		a = (struct area){ luma->pixels, luma->stride, luma->width, luma->height, 1 };
	n = (size_t)a.width * (size_t)a.bands;
	r = (struct rows){ malloc(n), malloc(n), malloc((n + 2 * (size_t)a.bands) * sizeof(int16_t)) };
	CHECK(r.above != NULL && r.at != NULL && r.down != NULL);
	sharpen_area(&a, percent, &r);
	free(r.above);
	free(r.at);
	free(r.down);
}
