#include "functions/runner/encode/formats.h"

#include <stdlib.h>

/* A photo, also a scaled one, has noise: few neighbours are exactly alike, and steps between the others are small. A drawing has
 * areas of one colour, and lines. */
#define FLAT_PERCENT_MIN 50		/* of pixels that are like the one to the left */
#define STEP_MIN 16			/* average difference of the others, of 255 */

static bool has_alpha(const struct picture *p)
{
	const uint8_t *s = p->pixels;
	size_t n = (size_t)p->width * (size_t)p->height;

	if (p->bands != 4)
		return false;
	for (size_t i = 0; i < n; i++)
		if (s[4 * i + 3] < 255)
			return true;
	return false;
}

/* Every grey photo has few colours. */
#define GREYS_MAX 16

static bool has_few_colours(const struct palette *p)
{
	bool grey = true;

	for (int i = 0; i < p->n && grey; i++)
		grey = (p->colour[i] & 0xff) * 0x10101 == (p->colour[i] & 0xffffff);
	return p->n > 0 && (!grey || p->n <= GREYS_MAX);
}

/* The largest difference in a band. */
static int step_between(const uint8_t *a, const uint8_t *b, int bands)
{
	int most = 0;

	for (int i = 0; i < bands; i++) {
		int d = abs(a[i] - b[i]);

		most = d > most ? d : most;
	}
	return most;
}

static bool is_flat_with_edges(const struct picture *p)
{
	int64_t pairs = (int64_t)(p->width - 1) * p->height, flat = 0, steps = 0;

	for (int y = 0; y < p->height; y++) {
		const uint8_t *s = picture_row(p, y);

		for (int x = 1; x < p->width; x++) {
			int step = step_between(s + (x - 1) * p->bands, s + x * p->bands, p->bands);

			flat += step == 0;
			steps += step;
		}
	}
	return pairs > 0 && flat * 100 >= pairs * FLAT_PERCENT_MIN && steps >= (pairs - flat) * STEP_MIN;
}

void encode_choose(const struct image *i, struct rendition *r)
{
	struct palette colours;
	bool drawing, few;

	r->format = RENDITION_JPEG;
	if (i->planar)
		return;
	palette_find(&i->picture, &colours);
	few = has_few_colours(&colours);
	drawing = few || is_flat_with_edges(&i->picture);
	if (few && r->bytes_max == 0) {
		r->format = RENDITION_PNG;
	} else if (drawing || has_alpha(&i->picture)) {
		r->format = RENDITION_WEBP;
		r->lossless = drawing && r->bytes_max == 0;
	}
}
