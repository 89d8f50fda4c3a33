#include "functions/runner/look/blurhash.h"

#include <math.h>
#include <stdlib.h>

#include "base/check.h"
#include "functions/runner/look/pixel.h"
#include "functions/runner/look/thumbhash.h"

#define LONG 4
#define SHORT 3

struct color {
	double rgb[3];
};

/* The base's own order. */
static char *put(char *to, unsigned int value, int digits)
{
	static const char letters[84] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";

	for (int i = digits - 1; i >= 0; i--, value /= 83)
		to[i] = letters[value % 83];
	return to + digits;
}

static unsigned int step(double v, int most)
{
	double n = floor(v);

	return n < 0 ? 0 : n > most ? (unsigned int)most : (unsigned int)n;
}

static struct color coefficient(const struct picture *p, const struct color *light, int cx, int cy)
{
	struct color sum = { { 0 } };
	double wave[THUMBHASH_SIDE_MAX], norm = (cx == 0 && cy == 0 ? 1.0 : 2.0) / (p->width * p->height);

	for (int x = 0; x < p->width; x++)
		wave[x] = cos(M_PI * cx * x / p->width);
	for (int y = 0; y < p->height; y++) {
		double down = cos(M_PI * cy * y / p->height);

		for (int x = 0; x < p->width; x++, light++)
			for (int b = 0; b < 3; b++)
				sum.rgb[b] += wave[x] * down * light->rgb[b];
	}
	for (int b = 0; b < 3; b++)
		sum.rgb[b] *= norm;
	return sum;
}

static struct color *light_of(const struct picture *p)
{
	size_t n = (size_t)p->width * (size_t)p->height;
	struct color *light = malloc(n * sizeof *light);

	CHECK(light != NULL);
	for (size_t i = 0; i < n; i++) {
		pixel_on_white(p, i, light[i].rgb);
		for (int b = 0; b < 3; b++)
			light[i].rgb[b] = pixel_light(light[i].rgb[b]);
	}
	return light;
}

static unsigned int average(const struct color *c)
{
	unsigned int n = 0;

	for (int b = 0; b < 3; b++)
		n = n << 8 | step(pixel_sample(c->rgb[b]) * 255 + 0.5, 255);
	return n;
}

static unsigned int detail(const struct color *c, double scale)
{
	unsigned int n = 0;

	for (int b = 0; b < 3; b++) {
		double v = c->rgb[b] / scale;

		n = n * 19 + step(copysign(sqrt(fabs(v)), v) * 9 + 9.5, 18);
	}
	return n;
}

void blurhash(const struct picture *p, char to[BLURHASH_TEXT_MAX])
{
	int across = p->width < p->height ? SHORT : LONG, down = p->width < p->height ? LONG : SHORT;
	struct color *light, all[LONG * SHORT];
	double largest = 0;
	unsigned int scale;

	CHECK(p->width <= THUMBHASH_SIDE_MAX && p->height <= THUMBHASH_SIDE_MAX && p->depth == 8 && p->bands != 2);
	light = light_of(p);
	for (int i = 0; i < LONG * SHORT; i++) {
		all[i] = coefficient(p, light, i % across, i / across);
		for (int b = 0; b < 3 && i > 0; b++)
			largest = fmax(largest, fabs(all[i].rgb[b]));
	}
	scale = step(largest * 166 - 0.5, 82);
	to = put(to, (unsigned int)(across - 1 + (down - 1) * 9), 1);
	to = put(to, scale, 1);
	to = put(to, average(&all[0]), 4);
	for (int i = 1; i < LONG * SHORT; i++)
		to = put(to, detail(&all[i], (scale + 1) / 166.0), 2);
	*to = '\0';
	free(light);
}
