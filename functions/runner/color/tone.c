#include "functions/runner/color/tone.h"

#include <math.h>

#include "base/check.h"

#define STEPS 4096		/* of the tables: 12 bits, as much as any file has */
#define STEP_SHIFT 4		/* from 16 */

struct tone {
	float light[STEPS];	/* of a stored value; HLG: of the scene */
	uint8_t stored[STEPS];	/* for a light of 0 to 1 */
	float to_709[3][3];
	bool scene;
};

/* To linear BT.709 from linear light of other primaries with the same white (D65). */
static const struct {
	int primaries;
	float m[3][3];
} matrices[] = {
	{ PRIMARIES_BT709, { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } } },
	{ PRIMARIES_BT2020, { { 1.6605f, -0.5876f, -0.0728f }, { -0.1246f, 1.1329f, -0.0083f }, { -0.0182f, -0.1006f, 1.1187f } } },
	{ PRIMARIES_P3, { { 1.2249f, -0.2249f, 0 }, { -0.0421f, 1.0421f, 0 }, { -0.0196f, -0.0786f, 1.0983f } } },
};

const char *tone_name(int transfer)
{
	return transfer == TRANSFER_PQ ? "pq" : transfer == TRANSFER_HLG ? "hlg" : NULL;
}

bool tone_is_high(int transfer)
{
	return tone_name(transfer) != NULL;
}

/* In nits. */
static double pq(double v)
{
	const double m1 = 2610.0 / 16384, m2 = 2523.0 / 32, c1 = 3424.0 / 4096, c2 = 2413.0 / 128, c3 = 2392.0 / 128;
	double p = pow(v, 1 / m2), top = p - c1 > 0 ? p - c1 : 0;

	return 10000 * pow(top / (c2 - c3 * p), 1 / m1);
}

/* The scene's light, 0 to 1. */
static double hlg(double v)
{
	const double a = 0.17883277, b = 1 - 4 * a, c = 0.5 - a * log(4 * a);

	return v <= 0.5 ? v * v / 3 : (exp((v - c) / a) + b) / 12;
}

static double srgb(double light)
{
	return light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055;
}

static void tone_make(struct tone *t, int transfer, int primaries)
{
	size_t which = 0;

	for (size_t i = 0; i < sizeof matrices / sizeof matrices[0]; i++)
		if (matrices[i].primaries == primaries)
			which = i;
	for (int r = 0; r < 3; r++)
		for (int c = 0; c < 3; c++)
			t->to_709[r][c] = matrices[which].m[r][c];
	t->scene = transfer == TRANSFER_HLG;
	for (int i = 0; i < STEPS; i++) {
		double v = (double)i / (STEPS - 1);

		t->light[i] = (float)(t->scene ? hlg(v) : pq(v) / TONE_WHITE_NITS);
		t->stored[i] = (uint8_t)lrint(255 * srgb(v));
	}
}

/* A scene on a screen: brightness raised to 1.2, each colour with it. */
static void show(float rgb[3])
{
	float y = 0.2627f * rgb[0] + 0.6780f * rgb[1] + 0.0593f * rgb[2];
	float gain = powf(y, 0.2f) * TONE_PEAK_NITS / TONE_WHITE_NITS;

	for (int i = 0; i < 3; i++)
		rgb[i] *= gain;
}

/* Straight up to the knee, then a curve with the same slope that nears 1 as light nears the peak. */
static float bend(float v)
{
	const float knee = (float)TONE_KNEE, room = 1 - knee;

	return v <= knee ? v : knee + room * (1 - expf((knee - v) / room));
}

static void map_pixel(const struct tone *t, const uint16_t *from, uint8_t *to)
{
	float in[3], out[3], most = 0, gain;

	for (int i = 0; i < 3; i++)
		in[i] = t->light[from[i] >> STEP_SHIFT];
	if (t->scene)
		show(in);
	for (int r = 0; r < 3; r++) {
		out[r] = t->to_709[r][0] * in[0] + t->to_709[r][1] * in[1] + t->to_709[r][2] * in[2];
		out[r] = out[r] > 0 ? out[r] : 0;
		most = out[r] > most ? out[r] : most;
	}
	gain = most > 0 ? bend(most) / most : 1;
	for (int i = 0; i < 3; i++)
		to[i] = t->stored[(int)(out[i] * gain * (STEPS - 1) + 0.5f)];
}

void tone_map(struct picture *p, int transfer, int primaries)
{
	struct picture to = *p;
	const uint16_t *from = p->pixels;
	struct tone t;
	uint8_t *out;

	CHECK(p->depth == 16 && (p->bands == 3 || (p->bands == 4 && p->alpha)));
	tone_make(&t, transfer, primaries);
	to.depth = 8;
	picture_alloc(&to);
	out = to.pixels;
	for (size_t n = (size_t)p->width * (size_t)p->height; n > 0; n--, from += p->bands, out += p->bands) {
		map_pixel(&t, from, out);
		if (p->bands == 4)
			out[3] = (uint8_t)(from[3] >> 8);
	}
	picture_clear(p);
	*p = to;
}
