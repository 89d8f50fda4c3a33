/* pixel.h - one pixel of a small picture as everything in this room sees it. */
#ifndef RUNNER_PIXEL_H
#define RUNNER_PIXEL_H

#include "functions/runner/picture.h"

/* Red, green, blue and alpha, 0 to 1. 8 bits; 1, 3 or 4 bands. */
static inline void pixel_at(const struct picture *p, size_t i, double rgba[4])
{
	const uint8_t *s = (const uint8_t *)p->pixels + i * (size_t)p->bands;

	for (int b = 0; b < 3; b++)
		rgba[b] = s[p->bands == 1 ? 0 : b] / 255.0;
	rgba[3] = p->bands == 4 ? s[3] / 255.0 : 1;
}

/* The same on white. */
static inline void pixel_on_white(const struct picture *p, size_t i, double rgb[3])
{
	double c[4];

	pixel_at(p, i, c);
	for (int b = 0; b < 3; b++)
		rgb[b] = c[b] * c[3] + 1 - c[3];
}

/* sRGB's curve: the amount of light of a sample. */
double pixel_light(double v);
double pixel_sample(double light);

#endif
