#include "functions/runner/png/lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "functions/runner/png/unfilter.h"
#include "functions/runner/scale/scale.h"

#define PIECE (256 << 10)	/* inflated in one go: well over isa-l's history, well under the second cache */

void png_lines_open(struct png_lines *l, const struct png *p)
{
	size_t row = png_row_bytes(p, p->width);

	*l = (struct png_lines){ .png = p, .size = 2 * (row + 1) + PIECE };
	l->window = malloc(l->size + SCALE_OVERREAD);
	l->zeros = calloc(1, row + UNFILTER_SLACK);
	CHECK(l->window != NULL && l->zeros != NULL);
	memset(l->window, 0, l->size + SCALE_OVERREAD);
	png_data_open(&l->data, p);
	png_lines_begin(l);
}

void png_lines_close(struct png_lines *l)
{
	png_data_close(&l->data);
	free(l->window);
	free(l->zeros);
	l->window = l->zeros = NULL;
}

void png_lines_begin(struct png_lines *l)
{
	l->first = true;
}

static bool fill(struct png_lines *l, size_t n)
{
	size_t keep = l->first ? l->at : l->above;

	memmove(l->window, l->window + keep, l->end - keep);
	l->at -= keep;
	l->above = 0;
	l->end -= keep;
	l->end += png_data_pull(&l->data, l->window + l->end, l->size - l->end);
	return l->end - l->at >= n;
}

/* The row after this one is there and may be done with it. Of an interlaced picture it may be another pass's. */
static bool makes_two(const struct png_lines *l, const uint8_t *row, size_t n, size_t pixel)
{
	return row[-1] == UNFILTER_PAETH && !l->png->interlaced && pixel > 2 && l->end - l->at >= 2 * (n + 1) &&
	       row[n] == UNFILTER_PAETH;
}

static bool undo_filter(struct png_lines *l, uint8_t *row, size_t n)
{
	size_t pixel = (size_t)(l->png->channels * l->png->depth + 7) / 8;
	const uint8_t *above = l->first ? l->zeros : l->window + l->above;

	if (l->ready) {
		l->ready = false;
		return true;
	}
	l->ready = makes_two(l, row, n, pixel);
	if (l->ready) {
		unfilter_two(row, row + n + 1, above, n, pixel);
		return true;
	}
	return unfilter(row[-1], row, above, n, pixel);
}

const uint8_t *png_lines_next(struct png_lines *l, int width)
{
	size_t n = png_row_bytes(l->png, width);
	uint8_t *row;

	if (l->damaged || (l->end - l->at < n + 1 && !fill(l, n + 1)))
		return NULL;
	row = l->window + l->at + 1;
	if (!undo_filter(l, row, n)) {
		l->damaged = true;
		return NULL;
	}
	l->above = l->at + 1;
	l->at += n + 1;
	l->first = false;
	return row;
}
