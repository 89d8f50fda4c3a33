#include "functions/runner/look/color.h"

#include <stdio.h>

#define BITS 3			/* of each primary: 512 bins */
#define BINS (1 << 3 * BITS)

struct bin {
	uint64_t weight, sum[3];
};

/* The mean of the fullest bin. */
void color_dominant(const struct picture *p, char to[COLOR_TEXT_MAX])
{
	struct bin bins[BINS] = { { 0 } }, *best = bins;
	const uint8_t *s = p->pixels;
	unsigned int rgb[3];

	for (size_t n = (size_t)p->width * (size_t)p->height; n > 0; n--, s += p->bands) {
		uint8_t c[3] = { s[0], s[p->bands == 1 ? 0 : 1], s[p->bands == 1 ? 0 : 2] };
		unsigned int weight = p->bands == 4 ? s[3] : 255;
		struct bin *b = &bins[c[0] >> (8 - BITS) << 2 * BITS | c[1] >> (8 - BITS) << BITS | c[2] >> (8 - BITS)];

		b->weight += weight;
		for (int i = 0; i < 3; i++)
			b->sum[i] += (uint64_t)c[i] * weight;
	}
	for (struct bin *b = bins; b < bins + BINS; b++)
		if (b->weight > best->weight)
			best = b;
	for (int i = 0; i < 3; i++)
		rgb[i] = best->weight ? (unsigned int)((best->sum[i] + best->weight / 2) / best->weight) : 255;
	snprintf(to, COLOR_TEXT_MAX, "#%02x%02x%02x", rgb[0] & 255, rgb[1] & 255, rgb[2] & 255);
}
