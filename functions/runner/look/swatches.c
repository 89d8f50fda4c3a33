#include "functions/runner/look/swatches.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "functions/runner/look/pixel.h"

#define BITS 4			/* of each primary */
#define BINS (1 << 3 * BITS)
#define ROUNDS 8
#define ALIKE 0.05		/* distance in Oklab, where black and white are 1 apart */

struct color {
	double weight;
	double rgb[3];		/* sum, then mean */
	double lab[3];
};

struct crowd {
	struct color bins[BINS];	/* those with weight, first */
	int n;
	struct color centres[SWATCHES_MAX];
	int centres_n;
};

/* Oklab, B. Ottosson 2020: cone responses to the light, their cube roots, lightness and two differences. */
static void to_lab(struct color *c)
{
	static const double cones[3][3] = { { 0.4122214708, 0.5363325363, 0.0514459929 }, { 0.2119034982, 0.6806995451, 0.1073969566 },
					    { 0.0883024619, 0.2817188376, 0.6299787005 } };
	static const double axes[3][3] = { { 0.2104542553, 0.7936177850, -0.0040720468 }, { 1.9779984951, -2.4285922050, 0.4505937099 },
					   { 0.0259040371, 0.7827717662, -0.8086757660 } };
	double lms[3];

	for (int i = 0; i < 3; i++) {
		lms[i] = 0;
		for (int b = 0; b < 3; b++)
			lms[i] += cones[i][b] * pixel_light(c->rgb[b]);
		lms[i] = cbrt(lms[i]);
	}
	for (int i = 0; i < 3; i++)
		c->lab[i] = axes[i][0] * lms[0] + axes[i][1] * lms[1] + axes[i][2] * lms[2];
}

static double distance(const struct color *a, const struct color *b)
{
	double sum = 0;

	for (int i = 0; i < 3; i++)
		sum += (a->lab[i] - b->lab[i]) * (a->lab[i] - b->lab[i]);
	return sum;
}

static void settle(struct color *c)
{
	for (int b = 0; b < 3; b++)
		c->rgb[b] /= c->weight;
	to_lab(c);
}

static void add(struct color *to, const double rgb[3], double weight)
{
	to->weight += weight;
	for (int b = 0; b < 3; b++)
		to->rgb[b] += rgb[b] * weight;
}

static void count(struct crowd *w, const struct picture *p)
{
	size_t pixels = (size_t)p->width * (size_t)p->height;

	for (size_t i = 0; i < pixels; i++) {
		size_t bin = 0;
		double c[4];

		pixel_at(p, i, c);
		for (int b = 0; b < 3; b++)
			bin = bin << BITS | (size_t)(c[b] * 255 + 0.5) >> (8 - BITS);
		add(&w->bins[bin], c, c[3]);
	}
	for (int i = 0; i < BINS; i++)
		if (w->bins[i].weight > 0) {
			w->bins[w->n] = w->bins[i];
			settle(&w->bins[w->n++]);
		}
}

static int nearest(const struct crowd *w, const struct color *c)
{
	int best = 0;

	for (int k = 1; k < w->centres_n; k++)
		if (distance(c, &w->centres[k]) < distance(c, &w->centres[best]))
			best = k;
	return best;
}

static void choose(struct crowd *w)
{
	while (w->centres_n < SWATCHES_MAX) {
		const struct color *best = NULL;
		double most = 0;

		for (int i = 0; i < w->n; i++) {
			const struct color *c = &w->bins[i];
			double far = w->centres_n > 0 ? distance(c, &w->centres[nearest(w, c)]) : 1;

			if (far > ALIKE * ALIKE && c->weight * far > most) {
				most = c->weight * far;
				best = c;
			}
		}
		if (best == NULL)
			break;
		w->centres[w->centres_n++] = *best;
	}
}

static void gather(struct crowd *w)
{
	struct color sums[SWATCHES_MAX] = { { 0 } };

	for (int i = 0; i < w->n; i++)
		add(&sums[nearest(w, &w->bins[i])], w->bins[i].rgb, w->bins[i].weight);
	for (int k = 0; k < w->centres_n; k++)
		if (sums[k].weight > 0) {
			settle(&sums[k]);
			w->centres[k] = sums[k];
		} else {
			w->centres[k].weight = 0;
		}
}

/* Centres that came near each other on the way. */
static void unite(struct crowd *w)
{
	for (int k = 0; k < w->centres_n; k++)
		for (int m = k + 1; m < w->centres_n; m++) {
			struct color *a = &w->centres[k], *b = &w->centres[m], both = { 0 };

			if (a->weight <= 0 || b->weight <= 0 || distance(a, b) > ALIKE * ALIKE)
				continue;
			add(&both, a->rgb, a->weight);
			add(&both, b->rgb, b->weight);
			settle(&both);
			*a = both;
			b->weight = 0;
		}
}

static int heavier_first(const void *a, const void *b)
{
	const struct color *x = a, *y = b;

	return (x->weight < y->weight) - (x->weight > y->weight);
}

int swatches(const struct picture *p, struct swatch to[SWATCHES_MAX])
{
	struct crowd *w = calloc(1, sizeof *w);
	double total = 0;
	int n = 0;

	CHECK(w != NULL && p->depth == 8 && p->bands != 2);
	count(w, p);
	choose(w);
	for (int i = 0; i < ROUNDS; i++)
		gather(w);
	unite(w);
	qsort(w->centres, (size_t)w->centres_n, sizeof w->centres[0], heavier_first);
	for (int k = 0; k < w->centres_n; k++)
		total += w->centres[k].weight;
	for (int k = 0; k < w->centres_n; k++) {
		const struct color *c = &w->centres[k];

		if (c->weight < total * SWATCH_SHARE_MIN || total <= 0)
			break;
		to[n].share = c->weight / total;
		snprintf(to[n++].color, COLOR_TEXT_MAX, "#%02x%02x%02x", (unsigned int)(c->rgb[0] * 255 + 0.5) & 255,
			 (unsigned int)(c->rgb[1] * 255 + 0.5) & 255, (unsigned int)(c->rgb[2] * 255 + 0.5) & 255);
	}
	free(w);
	return n;
}
