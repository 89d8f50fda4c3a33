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

const uint8_t *png_lines_next(struct png_lines *l, int width)
{
	size_t n = png_row_bytes(l->png, width), pixel = (size_t)(l->png->channels * l->png->depth + 7) / 8;
	uint8_t *row;

	if (l->damaged || (l->end - l->at < n + 1 && !fill(l, n + 1)))
		return NULL;
	row = l->window + l->at + 1;
	if (!unfilter(row[-1], row, l->first ? l->zeros : l->window + l->above, n, pixel)) {
		l->damaged = true;
		return NULL;
	}
	l->above = l->at + 1;
	l->at += n + 1;
	l->first = false;
	return row;
}
