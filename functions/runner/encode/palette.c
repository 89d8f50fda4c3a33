#include "functions/runner/encode/formats.h"

#include <string.h>

#include "base/check.h"

static uint32_t colour_at(const uint8_t *s, int bands)
{
	uint32_t alpha = bands == 4 ? s[3] : 255;

	return bands == 1 ? s[0] * 0x10101u | alpha << 24 : s[0] | (uint32_t)s[1] << 8 | (uint32_t)s[2] << 16 | alpha << 24;
}

/* Where a colour is, or is to be put. */
static int slot_of(const struct palette *p, uint32_t colour)
{
	int i = (int)(colour * 2654435761u >> 22);

	while (p->index[i] >= 0 && p->key[i] != colour)
		i = (i + 1) % PALETTE_SLOTS;
	return i;
}

static bool collect(const struct picture *from, struct palette *p)
{
	size_t pixels = (size_t)from->width * (size_t)from->height;
	const uint8_t *s = from->pixels;
	uint32_t last = ~colour_at(s, from->bands);

	for (size_t i = 0; i < pixels; i++, s += from->bands) {
		uint32_t colour = colour_at(s, from->bands);
		int slot;

		if (colour == last)
			continue;
		last = colour;
		slot = slot_of(p, colour);
		if (p->index[slot] >= 0)
			continue;
		if (p->n == PALETTE_MAX)
			return false;
		p->key[slot] = colour;
		p->index[slot] = 0;
		p->colour[p->n++] = colour;
	}
	return true;
}

/* PNG lists alpha for the first colours only. */
static void put_translucent_first(struct palette *p)
{
	uint32_t colour[PALETTE_MAX];
	int n = 0;

	for (int i = 0; i < p->n; i++)
		if (p->colour[i] >> 24 < 255)
			colour[n++] = p->colour[i];
	p->translucent = n;
	for (int i = 0; i < p->n; i++)
		if (p->colour[i] >> 24 == 255)
			colour[n++] = p->colour[i];
	for (int i = 0; i < n; i++) {
		p->colour[i] = colour[i];
		p->index[slot_of(p, colour[i])] = (int16_t)i;
	}
}

void palette_find(const struct picture *from, struct palette *p)
{
	CHECK(from->depth == 8 && from->bands != 2);
	p->n = 0;
	memset(p->index, 0xff, sizeof p->index);
	if (collect(from, p))
		put_translucent_first(p);
	else
		p->n = 0;
}

void palette_row(const struct palette *p, const struct picture *from, int y, uint8_t *to)
{
	const uint8_t *s = picture_row(from, y);

	for (int x = 0; x < from->width; x++, s += from->bands)
		to[x] = (uint8_t)p->index[slot_of(p, colour_at(s, from->bands))];
}
