#include "functions/runner/scale/box.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static size_t samples(const struct box *b)
{
	return (size_t)b->columns * (size_t)b->bands;
}

void box_init(struct box *b)
{
	if (b->deep || b->height > BOX_LOW)
		b->high_sums = calloc(samples(b), sizeof b->high_sums[0]);
	else
		b->sums = calloc(samples(b), sizeof b->sums[0]);
	CHECK(b->sums != NULL || b->high_sums != NULL);
}

void box_clear(struct box *b)
{
	free(b->sums);
	free(b->high_sums);
	b->sums = NULL;
	b->high_sums = NULL;
}

void box_add(struct box *b, const void *row)
{
	const uint8_t *p = row;

	if (b->sums)
		b->lanes->add8(b->sums, row, samples(b));
	else if (b->deep)
		b->lanes->add16(b->high_sums, row, samples(b));
	else
		for (size_t i = 0; i < samples(b); i++)
			b->high_sums[i] += p[i];
	b->rows++;
}

static void average_columns(const struct box *b, uint16_t *to)
{
	for (int x = 0; x < b->columns; x += b->width) {
		int end = x + b->width < b->columns ? x + b->width : b->columns;
		uint64_t n = (uint64_t)(end - x) * (uint64_t)b->rows;

		for (int i = 0; i < b->bands; i++) {
			uint64_t sum = 0;

			for (int at = x * b->bands + i; at < end * b->bands; at += b->bands)
				sum += b->sums ? b->sums[at] : b->high_sums[at];
			*to++ = (uint16_t)(((b->deep ? sum : sum << LANES_FRACTION) + n / 2) / n);
		}
	}
}

void box_take(struct box *b, void *to)
{
	if (b->width > 1)
		average_columns(b, to);
	else if (b->deep)
		b->lanes->average16(b->high_sums, 1.0f / (float)b->rows, to, samples(b));
	else if (b->sums)
		b->lanes->average8(b->sums, (float)(1 << LANES_FRACTION) / (float)b->rows, to, samples(b));
	else
		b->lanes->average16(b->high_sums, (float)(1 << LANES_FRACTION) / (float)b->rows, to, samples(b));
	if (b->sums)
		memset(b->sums, 0, samples(b) * sizeof b->sums[0]);
	else
		memset(b->high_sums, 0, samples(b) * sizeof b->high_sums[0]);
	b->rows = 0;
}
