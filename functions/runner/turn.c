#include "functions/runner/turn.h"

#include <string.h>

#include "base/check.h"
#include "functions/runner/weave.h"

#define SQUARE 32	/* pixels; two of them and their rows' ends stay in the first-level cache */

bool turn_of(int orientation, struct turn *t)
{
	static const struct turn turns[9] = {
		[2] = { false, true, false }, [3] = { false, true, true }, [4] = { false, false, true },
		[5] = { true, false, false }, [6] = { true, false, true }, [7] = { true, true, true },
		[8] = { true, true, false },
	};

	if (orientation < 2 || orientation > 8)
		return false;
	*t = turns[orientation];
	return true;
}

/* Called with a constant size: then it is a move or two. */
static inline __attribute__((always_inline)) void mirror_row(const uint8_t *from, uint8_t *to, int width, size_t size)
{
	from += (size_t)width * size;
	for (int x = 0; x < width; x++, to += size) {
		from -= size;
		memcpy(to, from, size);
	}
}

static void mirror_rows(const struct turn_pixels *p, const struct turn *t)
{
	for (int y = 0; y < p->height; y++) {
		const uint8_t *from = p->from + (size_t)(t->mirror_y ? p->height - 1 - y : y) * p->from_stride;
		uint8_t *to = p->to + (size_t)y * p->to_stride;

		if (!t->mirror_x) {
			memcpy(to, from, (size_t)p->width * (size_t)p->size);
			continue;
		}
		switch (p->size) {
		case 1: mirror_row(from, to, p->width, 1); break;
		case 2: mirror_row(from, to, p->width, 2); break;
		case 3: mirror_row(from, to, p->width, 3); break;
		case 4: mirror_row(from, to, p->width, 4); break;
		default: mirror_row(from, to, p->width, (size_t)p->size); break;
		}
	}
}

/* Where the source pixel of output (x, y) is, and the way to that of (x, y + 1), rows and columns exchanged. */
static const uint8_t *swapped(const struct turn_pixels *p, const struct turn *t, int x, int y, ptrdiff_t *next)
{
	size_t from_x = (size_t)(t->mirror_x ? p->width - 1 - y : y), from_y = (size_t)(t->mirror_y ? p->height - 1 - x : x);

	*next = t->mirror_x ? -p->size : p->size;
	return p->from + from_y * p->from_stride + from_x * (size_t)p->size;
}

/* Output pixels (x, y) ... (x_end - 1, y_end - 1). */
static inline __attribute__((always_inline)) void swap_square(const struct turn_pixels *p, const struct turn *t, int x, int x_end,
							       int y, int y_end, size_t size)
{
	for (; x < x_end; x++) {
		uint8_t *to = p->to + (size_t)y * p->to_stride + (size_t)x * size;
		ptrdiff_t next;
		const uint8_t *from = swapped(p, t, x, y, &next);

		for (int i = y; i < y_end; i++, from += next, to += p->to_stride)
			memcpy(to, from, size);
	}
}

/* 16 x 16 bytes at output (x, y). */
static void swap_woven(const struct turn_pixels *p, const struct turn *t, int x, int y)
{
	uint8_t *to = p->to + (size_t)y * p->to_stride + (size_t)x;
	weave_row v[WEAVE_SIDE];
	ptrdiff_t next;

	for (int i = 0; i < WEAVE_SIDE; i++)
		memcpy(&v[i], swapped(p, t, x + i, t->mirror_x ? y + WEAVE_SIDE - 1 : y, &next), sizeof v[i]);
	weave(v);
	for (int i = 0; i < WEAVE_SIDE; i++, to += p->to_stride)
		memcpy(to, &v[t->mirror_x ? WEAVE_SIDE - 1 - i : i], sizeof v[i]);
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

/* The last squares begin earlier where 16 does not divide the side: some bytes are done twice. */
static void swap_bytes(const struct turn_pixels *p, const struct turn *t)
{
	if (p->width < WEAVE_SIDE || p->height < WEAVE_SIDE) {
		swap_square(p, t, 0, p->height, 0, p->width, 1);
		return;
	}
	for (int y = 0; y < p->width; y += WEAVE_SIDE)
		for (int x = 0; x < p->height; x += WEAVE_SIDE)
			swap_woven(p, t, least(x, p->height - WEAVE_SIDE), least(y, p->width - WEAVE_SIDE));
}

static void swap_pixels(const struct turn_pixels *p, const struct turn *t)
{
	for (int y = 0; y < p->width; y += SQUARE)
		for (int x = 0; x < p->height; x += SQUARE) {
			int x_end = least(x + SQUARE, p->height), y_end = least(y + SQUARE, p->width);

			switch (p->size) {
			case 3: swap_square(p, t, x, x_end, y, y_end, 3); break;
			case 4: swap_square(p, t, x, x_end, y, y_end, 4); break;
			default: swap_square(p, t, x, x_end, y, y_end, (size_t)p->size); break;
			}
		}
}

void turn_pixels(const struct turn_pixels *p, const struct turn *t)
{
	CHECK(p->width > 0 && p->height > 0 && p->size > 0);
	if (!t->swap)
		mirror_rows(p, t);
	else if (p->size == 1)
		swap_bytes(p, t);
	else
		swap_pixels(p, t);
}
