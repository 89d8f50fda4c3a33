#include "functions/runner/look/thumbhash.h"

#include <math.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/codec.h"
#include "functions/runner/look/pixel.h"

#define WAVES_MAX 7		/* of one direction */
#define COEFFICIENTS_MAX 28	/* of a 7x7 triangle */
#define HASH_MAX 40

enum plane { LUMINANCE, YELLOW_BLUE, RED_GREEN, ALPHA, PLANES };

struct channel {
	int nx, ny;
	double dc, scale;	/* the average; the largest of the others */
	double ac[COEFFICIENTS_MAX];
	int n;
};

struct hash {
	int width, height;
	bool alpha;
	double *planes[PLANES];		/* owned */
	struct channel channels[PLANES];
};

/* Of what is visible; [3] is the sum of alpha. */
static void average(const struct picture *p, size_t n, double avg[4])
{
	double c[4];

	for (size_t i = 0; i < n; i++) {
		pixel_at(p, i, c);
		for (int b = 0; b < 3; b++)
			avg[b] += c[b] * c[3];
		avg[3] += c[3];
	}
	for (int b = 0; b < 3 && avg[3] > 0; b++)
		avg[b] /= avg[3];
}

/* The transparent parts take the average colour, so that they cost no coefficients. */
static void split(struct hash *h, const struct picture *p)
{
	size_t n = (size_t)p->width * (size_t)p->height;
	double avg[4] = { 0 }, c[4];

	average(p, n, avg);
	h->alpha = avg[3] < (double)n;
	for (int k = 0; k < PLANES; k++) {
		h->planes[k] = malloc(n * sizeof(double));
		CHECK(h->planes[k] != NULL);
	}
	for (size_t i = 0; i < n; i++) {
		pixel_at(p, i, c);
		for (int b = 0; b < 3; b++)
			c[b] = avg[b] * (1 - c[3]) + c[b] * c[3];
		h->planes[LUMINANCE][i] = (c[0] + c[1] + c[2]) / 3;
		h->planes[YELLOW_BLUE][i] = (c[0] + c[1]) / 2 - c[2];
		h->planes[RED_GREEN][i] = c[0] - c[1];
		h->planes[ALPHA][i] = c[3];
	}
}

/* The sum of each row under each wave across: rows are gone through once for all waves down. */
static void fold(const struct hash *h, const double *plane, int nx, double rows[WAVES_MAX][THUMBHASH_SIDE_MAX])
{
	double wave[THUMBHASH_SIDE_MAX];

	for (int cx = 0; cx < nx; cx++) {
		for (int x = 0; x < h->width; x++)
			wave[x] = cos(M_PI / h->width * cx * (x + 0.5));
		for (int y = 0; y < h->height; y++) {
			double row = 0;

			for (int x = 0; x < h->width; x++)
				row += plane[y * h->width + x] * wave[x];
			rows[cx][y] = row;
		}
	}
}

/* A triangle of frequencies, row by row; afterwards `ac` runs from 0 to 1. */
static void transform(const struct hash *h, enum plane k, struct channel *c)
{
	double rows[WAVES_MAX][THUMBHASH_SIDE_MAX], wave[THUMBHASH_SIDE_MAX];

	CHECK(c->nx <= WAVES_MAX && c->ny <= WAVES_MAX);
	fold(h, h->planes[k], c->nx, rows);
	for (int cy = 0; cy < c->ny; cy++) {
		for (int y = 0; y < h->height; y++)
			wave[y] = cos(M_PI / h->height * cy * (y + 0.5));
		for (int cx = 0; cx * c->ny < c->nx * (c->ny - cy); cx++) {
			double f = 0;

			for (int y = 0; y < h->height; y++)
				f += rows[cx][y] * wave[y];
			f /= h->width * h->height;
			if (cx == 0 && cy == 0) {
				c->dc = f;
				continue;
			}
			CHECK(c->n < COEFFICIENTS_MAX);
			c->ac[c->n++] = f;
			c->scale = fmax(c->scale, fabs(f));
		}
	}
	for (int i = 0; i < c->n && c->scale > 0; i++)
		c->ac[i] = 0.5 + 0.5 / c->scale * c->ac[i];
}

static uint32_t steps(double v, int most)
{
	double n = floor(v * most + 0.5);

	return n < 0 ? 0 : n > most ? (uint32_t)most : (uint32_t)n;
}

static int share(int most, int side, int longest)
{
	int n = (int)floor((double)most * side / longest + 0.5);

	return n > 1 ? n : 1;
}

static size_t head(const struct hash *h, int lx, int ly, uint8_t out[HASH_MAX])
{
	const struct channel *l = &h->channels[LUMINANCE], *p = &h->channels[YELLOW_BLUE], *q = &h->channels[RED_GREEN];
	const struct channel *a = &h->channels[ALPHA];
	bool landscape = h->width > h->height;
	uint32_t first = steps(l->dc, 63) | steps(0.5 + 0.5 * p->dc, 63) << 6 | steps(0.5 + 0.5 * q->dc, 63) << 12 |
			 steps(l->scale, 31) << 18 | (uint32_t)h->alpha << 23;
	uint32_t second = (uint32_t)(landscape ? ly : lx) | steps(p->scale, 63) << 3 | steps(q->scale, 63) << 9 |
			  (uint32_t)landscape << 15;

	for (int i = 0; i < 3; i++)
		out[i] = (uint8_t)(first >> 8 * i);
	for (int i = 0; i < 2; i++)
		out[3 + i] = (uint8_t)(second >> 8 * i);
	if (h->alpha)
		out[5] = (uint8_t)(steps(a->dc, 15) | steps(a->scale, 15) << 4);
	return h->alpha ? 6 : 5;
}

void thumbhash(const struct picture *p, struct buf *to)
{
	struct hash h = { .width = p->width, .height = p->height };
	int longest = p->width > p->height ? p->width : p->height, most, lx, ly;
	uint8_t out[HASH_MAX] = { 0 };
	size_t at, nibbles = 0;

	CHECK(longest <= THUMBHASH_SIDE_MAX && p->depth == 8 && p->bands != 2);
	split(&h, p);
	most = h.alpha ? 5 : 7;
	lx = share(most, p->width, longest);
	ly = share(most, p->height, longest);
	for (int k = 0; k < (h.alpha ? PLANES : ALPHA); k++) {
		struct channel *c = &h.channels[k];

		c->nx = k == LUMINANCE ? (lx > 3 ? lx : 3) : k == ALPHA ? 5 : 3;
		c->ny = k == LUMINANCE ? (ly > 3 ? ly : 3) : k == ALPHA ? 5 : 3;
		transform(&h, (enum plane)k, c);
	}
	at = head(&h, lx, ly, out);
	for (int k = 0; k < (h.alpha ? PLANES : ALPHA); k++)
		for (int i = 0; i < h.channels[k].n; i++, nibbles++)
			out[at + nibbles / 2] |= (uint8_t)(steps(h.channels[k].ac[i], 15) << (nibbles & 1) * 4);
	base64_encode(to, out, at + (nibbles + 1) / 2);
	for (int k = 0; k < PLANES; k++)
		free(h.planes[k]);
}
