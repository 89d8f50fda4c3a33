#include "functions/runner/png/adam7.h"

#include <string.h>

#define PASSES 7

static const struct pass {
	int x, y, step_x, step_y;	/* the first pixel, and from one to the next */
} passes[PASSES] = {
	{ 0, 0, 8, 8 }, { 4, 0, 8, 8 }, { 0, 4, 4, 8 }, { 2, 0, 4, 4 }, { 0, 2, 2, 4 }, { 1, 0, 2, 2 }, { 0, 1, 1, 2 },
};

static int count(int size, int from, int step)
{
	return size > from ? (size - from + step - 1) / step : 0;
}

/* `size` is constant where this is called. */
static inline __attribute__((always_inline)) void spread(const uint8_t *from, int n, uint8_t *to, size_t step, size_t size)
{
	for (int i = 0; i < n; i++, from += size, to += step)
		memcpy(to, from, size);
}

static void put_row(const struct picture *to, const struct pass *p, int row, const void *from, int n)
{
	size_t size = (size_t)(to->bands * to->depth / 8), step = size * (size_t)p->step_x;
	uint8_t *at = (uint8_t *)picture_row(to, p->y + row * p->step_y) + size * (size_t)p->x;

	switch (size) {
	case 1: spread(from, n, at, step, 1); break;
	case 2: spread(from, n, at, step, 2); break;
	case 3: spread(from, n, at, step, 3); break;
	case 4: spread(from, n, at, step, 4); break;
	case 6: spread(from, n, at, step, 6); break;
	default: spread(from, n, at, step, size); break;
	}
}

/* The rows of pass `p` that did not come, from the pixels that their own stand beside: each pass doubles the columns or the rows of those before
 * it. Later passes follow, so that they find what this one leaves. */
static void fill_pass(const struct picture *to, const struct pass *p, int rows)
{
	size_t size = (size_t)(to->bands * to->depth / 8);

	for (int y = p->y + rows * p->step_y; y < to->height; y += p->step_y)
		for (int x = p->x; x < to->width; x += p->step_x)
			memcpy((uint8_t *)picture_row(to, y) + size * (size_t)x,
			       (uint8_t *)picture_row(to, y - p->y) + size * (size_t)(x - p->x), size);
}

double adam7_read(struct png_lines *l, struct expand *e, struct picture *to, bool *complete)
{
	double read = 1;

	*complete = true;
	for (int i = 0; i < PASSES; i++) {
		const struct pass *p = &passes[i];
		int width = count(to->width, p->x, p->step_x), height = count(to->height, p->y, p->step_y), y = 0;
		const uint8_t *row;

		png_lines_begin(l);
		for (; width > 0 && y < height && *complete; y++) {
			row = png_lines_next(l, width);
			if (row == NULL) {
				*complete = false;
				break;
			}
			put_row(to, p, y, expand_row(e, row, width), width);
		}
		if (*complete)
			continue;
		if (i == 0)
			read = (double)y / height;
		else
			fill_pass(to, p, y);
	}
	return read;
}
