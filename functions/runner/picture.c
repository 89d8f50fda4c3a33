#include "functions/runner/picture.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "functions/runner/turn.h"

void picture_alloc(struct picture *p)
{
	CHECK(p->width > 0 && p->height > 0 && p->bands > 0 && (p->depth == 8 || p->depth == 16));
	p->pixels = calloc(1, (size_t)p->height * picture_row_bytes(p) + PICTURE_SLACK);
	CHECK(p->pixels != NULL);
}

void picture_clear(struct picture *p)
{
	free(p->pixels);
	*p = (struct picture){ 0 };
}

void picture_copy(const struct picture *from, struct picture *to)
{
	*to = *from;
	picture_alloc(to);
	memcpy(to->pixels, from->pixels, picture_row_bytes(from) * (size_t)from->height);
}

size_t picture_row_bytes(const struct picture *p)
{
	return (size_t)p->width * (size_t)p->bands * (size_t)(p->depth / 8);
}

void *picture_row(const struct picture *p, int y)
{
	return (char *)p->pixels + (size_t)y * picture_row_bytes(p);
}

void picture_turn(struct picture *p, int orientation)
{
	struct picture to = *p;
	struct turn t;

	if (!turn_of(orientation, &t))
		return;
	to.width = t.swap ? p->height : p->width;
	to.height = t.swap ? p->width : p->height;
	picture_alloc(&to);
	turn_pixels(&(struct turn_pixels){ p->pixels, picture_row_bytes(p), to.pixels, picture_row_bytes(&to), p->width, p->height,
					   p->bands * p->depth / 8 }, &t);
	picture_clear(p);
	*p = to;
}

static int scaled(int64_t length, int64_t side, int64_t longest)
{
	int64_t n = (length * side + longest / 2) / longest;

	return n > 0 ? (int)n : 1;
}

void picture_fit(int width, int height, int side, int *out_width, int *out_height)
{
	int longest = width > height ? width : height;

	if (side > longest)
		side = longest;
	*out_width = scaled(width, side, longest);
	*out_height = scaled(height, side, longest);
}

void picture_no_grey_alpha(struct picture *p)
{
	struct picture to = *p;
	const uint8_t *from = p->pixels;
	uint8_t *out;

	if (p->bands != 2)
		return;
	to.bands = 4;
	picture_alloc(&to);
	out = to.pixels;
	for (size_t n = (size_t)p->width * (size_t)p->height; n > 0; n--, from += 2, out += 4) {
		out[0] = out[1] = out[2] = from[0];
		out[3] = from[1];
	}
	picture_clear(p);
	*p = to;
}
