#include "functions/runner/look/phash.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "functions/runner/look/pixel.h"

#define SIDE 32
#define LOW 8

static double luma(const struct picture *p, int x, int y)
{
	double c[3];

	pixel_on_white(p, (size_t)y * (size_t)p->width + (size_t)x, c);
	return 255 * (0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2]);
}

/* How much of source sample `at` lies in the `to`-th of SIDE equal parts of `n` samples. */
static double overlap(int n, int to, int at)
{
	double from = fmax((double)to * n / SIDE, at), end = fmin((double)(to + 1) * n / SIDE, at + 1);

	return end > from ? end - from : 0;
}

static double area(const struct picture *p, int tx, int ty)
{
	int x0 = tx * p->width / SIDE, x1 = (tx + 1) * p->width / SIDE, y0 = ty * p->height / SIDE, y1 = (ty + 1) * p->height / SIDE;
	double sum = 0, weight = 0;

	for (int y = y0; y <= y1 && y < p->height; y++)
		for (int x = x0; x <= x1 && x < p->width; x++) {
			double w = overlap(p->width, tx, x) * overlap(p->height, ty, y);

			if (w > 0)
				sum += w * luma(p, x, y);
			weight += w;
		}
	return sum / weight;
}

/* Rows first, then columns, of which only the low frequencies are wanted. */
static void transform(double in[SIDE][SIDE], double out[LOW * LOW])
{
	double wave[LOW][SIDE], rows[SIDE][LOW] = { { 0 } };

	for (int u = 0; u < LOW; u++)
		for (int x = 0; x < SIDE; x++)
			wave[u][x] = 2 * cos(M_PI * u * (2 * x + 1) / (2 * SIDE));
	for (int y = 0; y < SIDE; y++)
		for (int u = 0; u < LOW; u++)
			for (int x = 0; x < SIDE; x++)
				rows[y][u] += in[y][x] * wave[u][x];
	for (int v = 0; v < LOW; v++)
		for (int u = 0; u < LOW; u++) {
			double sum = 0;

			for (int y = 0; y < SIDE; y++)
				sum += rows[y][u] * wave[v][y];
			out[v * LOW + u] = fabs(sum) < PHASH_ZERO ? 0 : sum;
		}
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double v[LOW * LOW])
{
	double sorted[LOW * LOW];

	for (int i = 0; i < LOW * LOW; i++)
		sorted[i] = v[i];
	qsort(sorted, LOW * LOW, sizeof sorted[0], compare);
	return (sorted[LOW * LOW / 2 - 1] + sorted[LOW * LOW / 2]) / 2;
}

void phash(const struct picture *p, char to[PHASH_TEXT_MAX])
{
	double small[SIDE][SIDE], low[LOW * LOW], middle;
	uint64_t bits = 0;

	CHECK(p->depth == 8 && p->bands != 2);
	for (int y = 0; y < SIDE; y++)
		for (int x = 0; x < SIDE; x++)
			small[y][x] = area(p, x, y);
	transform(small, low);
	middle = median(low);
	for (int i = 0; i < LOW * LOW; i++)
		bits = bits << 1 | (low[i] > middle);
	snprintf(to, PHASH_TEXT_MAX, "%016" PRIx64, bits);
}
