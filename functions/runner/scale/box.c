#include "functions/runner/scale/box.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "functions/runner/scale/lanes.h"

void box_init(struct box *b)
{
	b->sums = calloc((size_t)b->columns * (size_t)b->bands, sizeof b->sums[0]);
	CHECK(b->sums != NULL);
}

void box_clear(struct box *b)
{
	free(b->sums);
	b->sums = NULL;
}

void box_add(struct box *b, const void *row)
{
	size_t n = (size_t)b->columns * (size_t)b->bands;
	const uint8_t *p = row;
	const uint16_t *q = row;

	for (size_t i = 0; i < n; i++)
		b->sums[i] += b->deep ? q[i] : p[i];
	b->rows++;
}

void box_take(struct box *b, void *to)
{
	uint16_t *out = to;

	for (int x = 0; x < b->columns; x += b->width) {
		int end = x + b->width < b->columns ? x + b->width : b->columns;
		uint64_t n = (uint64_t)(end - x) * (uint64_t)b->rows;

		for (int i = 0; i < b->bands; i++) {
			uint64_t sum = 0;

			for (int at = x; at < end; at++)
				sum += b->sums[at * b->bands + i];
			*out++ = (uint16_t)(((b->deep ? sum : sum << LANES_FRACTION) + n / 2) / n);
		}
	}
	memset(b->sums, 0, (size_t)b->columns * (size_t)b->bands * sizeof b->sums[0]);
	b->rows = 0;
}
