#include "functions/runner/linear.h"

#include <math.h>
#include <stdbool.h>

#include "base/check.h"
#include "functions/runner/scale/scale.h"

#define LIGHT_MAX 65535

static uint16_t light[256];		/* of a stored value */
static uint8_t stored[LIGHT_MAX + 1];	/* for a light */

static double curve(double v)
{
	return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

/* A cage has one thread, and its tables are made when they are first wanted. A light is stored as the value whose own light is nearest. */
static void make_tables(void)
{
	static bool made;
	int v = 0;

	if (made)
		return;
	for (int i = 0; i < 256; i++)
		light[i] = (uint16_t)lrint(curve(i / 255.0) * LIGHT_MAX);
	for (int l = 0; l <= LIGHT_MAX; l++) {
		while (v < 255 && 2 * l > light[v] + light[v + 1])
			v++;
		stored[l] = (uint8_t)v;
	}
	made = true;
}

/* Alpha is no light: it is only widened. */
static void to_light(const struct picture *in, struct picture *out)
{
	const uint8_t *from = in->pixels;
	uint16_t *to;

	*out = *in;
	out->depth = 16;
	picture_alloc(out);
	to = out->pixels;
	for (size_t n = (size_t)in->width * (size_t)in->height; n > 0; n--)
		for (int b = 0; b < in->bands; b++, from++)
			*to++ = in->alpha && b == in->bands - 1 ? (uint16_t)(*from * 257) : light[*from];
}

static void from_light(const struct picture *in, struct picture *out)
{
	const uint16_t *from = in->pixels;
	uint8_t *to;

	*out = *in;
	out->depth = 8;
	picture_alloc(out);
	to = out->pixels;
	for (size_t n = (size_t)in->width * (size_t)in->height; n > 0; n--)
		for (int b = 0; b < in->bands; b++, from++)
			*to++ = in->alpha && b == in->bands - 1 ? (uint8_t)((*from + 128) / 257) : stored[*from];
}

void linear_scale(const struct image *in, const struct image_part *part, int width, int height, struct image *out)
{
	struct picture flat = { 0 }, bright, scaled;

	make_tables();
	if (in->planar)
		planes_to_picture(&in->planes, &flat);
	else
		CHECK(in->picture.depth == 8);
	to_light(in->planar ? &flat : &in->picture, &bright);
	picture_clear(&flat);
	scale_picture(&bright, part, width, height, &scaled);
	picture_clear(&bright);
	*out = (struct image){ .planar = false };
	from_light(&scaled, &out->picture);
	picture_clear(&scaled);
}
