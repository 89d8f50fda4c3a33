#include "functions/runner/look/phash.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "functions/runner/look/pixel.h"

#define SIDE 32
#define LOW 8

/* Adds sample `at` of `n` to those of SIDE equal parts that it lies in, each by how much of the part it is. */
static void spread(double v, int at, int n, double *parts, int stride)
{
	for (int part = at * SIDE / n; part < SIDE && part * n < (at + 1) * SIDE; part++) {
		double from = fmax((double)part * n / SIDE, at), end = fmin((double)(part + 1) * n / SIDE, at + 1);

		parts[part * stride] += v * (end - from) * SIDE / n;
	}
}

/* Averages over areas, across and then down. */
static void shrink(const struct picture *p, double small[SIDE][SIDE])
{
	double c[3];

	for (int y = 0; y < p->height; y++) {
		double row[SIDE] = { 0 };

		for (int x = 0; x < p->width; x++) {
			pixel_on_white(p, (size_t)y * (size_t)p->width + (size_t)x, c);
			spread(255 * (0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2]), x, p->width, row, 1);
		}
		for (int x = 0; x < SIDE; x++)
			spread(row[x], y, p->height, &small[0][x], SIDE);
	}
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
	double small[SIDE][SIDE] = { { 0 } }, low[LOW * LOW], middle;
	uint64_t bits = 0;

	CHECK(p->depth == 8 && p->bands != 2);
	shrink(p, small);
	transform(small, low);
	middle = median(low);
	for (int i = 0; i < LOW * LOW; i++)
		bits = bits << 1 | (low[i] > middle);
	snprintf(to, PHASH_TEXT_MAX, "%016" PRIx64, bits);
}
