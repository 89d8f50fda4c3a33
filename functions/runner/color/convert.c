#include "functions/runner/color/convert.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "functions/runner/color/icc.h"
#include "functions/runner/color/transform.h"

static bool is_srgb(struct str profile)
{
	struct icc icc;

	return icc_read(profile, &icc) && icc.is_srgb;
}

bool convert_is_due(struct str profile, bool cmyk)
{
	return cmyk || (str_is_set(profile) && !is_srgb(profile));
}

static uint8_t narrow(uint16_t v)
{
	return (uint8_t)((v * 255u + 32895u) >> 16);	/* v / 257, rounded */
}

void convert_narrow(struct picture *p)
{
	size_t n = (size_t)p->width * (size_t)p->height * (size_t)p->bands;
	const uint16_t *from = p->pixels;
	uint8_t *to = p->pixels;

	if (p->depth == 8)
		return;
	for (size_t i = 0; i < n; i++)
		to[i] = narrow(from[i]);
	p->depth = 8;
}

static void copy_alpha(const struct picture *p, const void *from, uint8_t *to)
{
	const uint8_t *narrow_from = from;
	const uint16_t *wide = from;
	size_t bands = (size_t)p->bands, last = bands - 1;

	for (size_t x = 0; x < (size_t)p->width; x++)
		to[x * bands + last] = p->depth == 8 ? narrow_from[x * bands + last] : narrow(wide[x * bands + last]);
}

/* Row by row, each to where it begins once all are as short as the result's: never past the row it is made from. */
static void by_transform(struct picture *p, const struct transform *t)
{
	struct picture to = { .width = p->width, .height = p->height, .bands = p->bands == 4 && !p->alpha ? 3 : p->bands,
			      .depth = 8, .alpha = p->alpha, .pixels = p->pixels };
	size_t n = picture_row_bytes(&to);
	uint8_t *line = malloc(n);

	CHECK(line != NULL);
	for (int y = 0; y < p->height; y++) {
		transform_apply(t, picture_row(p, y), line, (size_t)p->width);
		if (p->alpha)
			copy_alpha(p, picture_row(p, y), line);
		memcpy(picture_row(&to, y), line, n);
	}
	free(line);
	*p = to;
}

/* Each ink takes its part of the light, black ink of all of it. */
static void plain_cmyk(struct picture *p)
{
	size_t n = (size_t)p->width * (size_t)p->height;
	const uint8_t *from;
	uint8_t *to;

	convert_narrow(p);
	from = to = p->pixels;
	for (size_t i = 0; i < n; i++, from += 4, to += 3) {
		unsigned int black = from[3];

		for (int k = 0; k < 3; k++)
			to[k] = (uint8_t)((from[k] * black + 127) / 255);
	}
	p->bands = 3;
}

enum convert_note convert_to_srgb(struct picture *p, struct str profile)
{
	bool cmyk = p->bands == 4 && !p->alpha, told = str_is_set(profile) && (cmyk || !is_srgb(profile));
	const struct transform *t = told ? transform_find(profile, p) : NULL;

	if (t != NULL)
		by_transform(p, t);
	else if (cmyk)
		plain_cmyk(p);
	else
		convert_narrow(p);
	if (told && t == NULL)
		return CONVERT_PROFILE_BROKEN;
	return t != NULL || cmyk ? CONVERT_DONE : CONVERT_NOT_NEEDED;
}
