#include "functions/runner/canvas.h"

#include <string.h>

static void fill(struct picture *p, const uint8_t color[4])
{
	uint8_t *to = p->pixels;

	for (size_t n = (size_t)p->width * (size_t)p->height; n > 0; n--)
		for (int b = 0; b < p->bands; b++)
			*to++ = color[b];
}

/* Grey to RGB, and with alpha if the canvas has it. */
static void to_color(struct picture *p, bool alpha)
{
	struct picture to = *p;
	const uint8_t *from = p->pixels;
	uint8_t *out;

	to.bands = alpha || p->alpha ? 4 : 3;
	to.alpha = to.bands == 4;
	if (to.bands == p->bands)
		return;
	picture_alloc(&to);
	out = to.pixels;
	for (size_t n = (size_t)p->width * (size_t)p->height; n > 0; n--, from += p->bands) {
		for (int b = 0; b < 3; b++)
			*out++ = from[p->bands == 1 ? 0 : b];
		if (to.bands == 4)
			*out++ = 255;
	}
	picture_clear(p);
	*p = to;
}

void canvas_put(struct image *i, int width, int height, int left, int top, const uint8_t background[4])
{
	struct picture *in, canvas = { .width = width, .height = height, .depth = 8 };

	image_interleave(i);
	in = &i->picture;
	to_color(in, background[3] < 255);
	canvas.bands = in->bands;
	canvas.alpha = in->alpha;
	picture_alloc(&canvas);
	fill(&canvas, background);
	for (int y = 0; y < in->height; y++)
		memcpy((uint8_t *)picture_row(&canvas, top + y) + (size_t)left * (size_t)canvas.bands, picture_row(in, y),
		       picture_row_bytes(in));
	image_clear(i);
	*i = (struct image){ .picture = canvas };
}
