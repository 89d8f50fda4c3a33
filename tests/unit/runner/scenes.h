/* scenes.h - pictures for the tests of scaling, made by arithmetic. */
#ifndef TESTS_UNIT_RUNNER_SCENES_H
#define TESTS_UNIT_RUNNER_SCENES_H

#include "tests/lib/t.h"

#include <math.h>

#include "functions/runner/picture.h"

#define UNUSED __attribute__((unused))

static UNUSED struct picture new_picture(int width, int height, int bands, int depth)
{
	struct picture p = { .width = width, .height = height, .bands = bands, .depth = depth };

	picture_alloc(&p);
	return p;
}

static UNUSED double sample(const struct picture *p, int x, int y, int band)
{
	size_t at = (size_t)x * (size_t)p->bands + (size_t)band;

	return p->depth == 8 ? ((uint8_t *)picture_row(p, y))[at] : ((uint16_t *)picture_row(p, y))[at];
}

/* Smooth waves, an edge and some texture: what a photo has. */
static UNUSED struct picture scene(int width, int height, int bands)
{
	struct picture p = new_picture(width, height, bands, 8);
	uint8_t *at = p.pixels;

	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++)
			for (int b = 0; b < bands; b++) {
				double v = 128 + 60 * sin(x * 0.05 + b) + 40 * cos(y * 0.07 - b) + (x > y ? 20 : -20);

				*at++ = (uint8_t)(v + (x * 7 + y * 13) % 5);
			}
	return p;
}

/* Nothing is harder on rounding and overshoot than black and white by chance. */
static UNUSED struct picture noise(int width, int height, int bands, bool extreme)
{
	struct picture p = new_picture(width, height, bands, 8);
	size_t n = picture_row_bytes(&p) * (size_t)height;
	struct str bytes = t_bytes(n, (uint32_t)(width * 31 + height));

	for (size_t i = 0; i < n; i++)
		((uint8_t *)p.pixels)[i] = extreme ? (bytes.p[i] & 1 ? 255 : 0) : (uint8_t)bytes.p[i];
	free((void *)bytes.p);
	return p;
}

/* The same bytes taken for half as many samples of 16 bits. */
static UNUSED struct picture deep_noise(int width, int height, int bands)
{
	struct picture p = noise(2 * width, height, bands, false);

	p.width = width;
	p.depth = 16;
	return p;
}

#endif
