#include "functions/runner/ycc.h"

#include <stddef.h>

#define BITS 16
#define FIXED(x) ((int32_t)((x) * (1 << BITS) + 0.5))
#define HALF (1 << (BITS - 1))
#define MIDDLE 128

static uint8_t clamp(int32_t v)
{
	return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

void ycc_to_rgb(const uint8_t *y, const uint8_t *cb, const uint8_t *cr, uint8_t *rgb, int n)
{
	for (int i = 0; i < n; i++, rgb += 3) {
		int32_t b = cb[i] - MIDDLE, r = cr[i] - MIDDLE;

		rgb[0] = clamp(y[i] + ((FIXED(1.40200) * r + HALF) >> BITS));
		rgb[1] = clamp(y[i] + ((-FIXED(0.34414) * b - FIXED(0.71414) * r + HALF) >> BITS));
		rgb[2] = clamp(y[i] + ((FIXED(1.77200) * b + HALF) >> BITS));
	}
}

/* Of a sum of 1 << shift pixels. */
static uint8_t blue_of(int32_t r, int32_t g, int32_t b, int shift)
{
	return clamp((-FIXED(0.16874) * r - FIXED(0.33126) * g + FIXED(0.5) * b +
		      (((MIDDLE << BITS) + HALF - 1) << shift)) >> (BITS + shift));
}

static uint8_t red_of(int32_t r, int32_t g, int32_t b, int shift)
{
	return clamp((FIXED(0.5) * r - FIXED(0.41869) * g - FIXED(0.08131) * b +
		      (((MIDDLE << BITS) + HALF - 1) << shift)) >> (BITS + shift));
}

void ycc_from_rgb(const uint8_t *rgb, uint8_t *y, uint8_t *cb, uint8_t *cr, int n)
{
	for (int i = 0; i < n; i++, rgb += 3) {
		int32_t r = rgb[0], g = rgb[1], b = rgb[2];

		y[i] = (uint8_t)((FIXED(0.29900) * r + FIXED(0.58700) * g + FIXED(0.11400) * b + HALF) >> BITS);
		if (cb == NULL)
			continue;
		cb[i] = blue_of(r, g, b, 0);
		cr[i] = red_of(r, g, b, 0);
	}
}

void ycc_from_squares(const uint8_t *upper, const uint8_t *lower, uint8_t *cb, uint8_t *cr, int n)
{
	for (int i = 0; i < n; i += 2, upper += 6, lower += 6) {
		int next = i + 1 < n ? 3 : 0;
		int32_t r = upper[0] + upper[next] + lower[0] + lower[next];
		int32_t g = upper[1] + upper[next + 1] + lower[1] + lower[next + 1];
		int32_t b = upper[2] + upper[next + 2] + lower[2] + lower[next + 2];

		*cb++ = blue_of(r, g, b, 2);
		*cr++ = red_of(r, g, b, 2);
	}
}

void ycc_blend(const uint8_t *near, const uint8_t *far, uint16_t *to, int n)
{
	for (int i = 0; i < n; i++)
		to[i] = (uint16_t)(far ? 3 * near[i] + far[i] : 4 * near[i]);
}

/* The biases are libjpeg's: halves go up and down by turns. */
void ycc_widen(const uint16_t *from, uint8_t *to, int n)
{
	int half = (n + 1) / 2;

	for (int i = 0; i < half; i++) {
		int v = from[i], before = from[i > 0 ? i - 1 : i], after = from[i + 1 < half ? i + 1 : i];

		to[2 * i] = (uint8_t)((3 * v + before + 8) >> 4);
		if (2 * i + 1 < n)
			to[2 * i + 1] = (uint8_t)((3 * v + after + 7) >> 4);
	}
}

void ycc_quarter(const uint16_t *from, uint8_t *to, int n)
{
	for (int i = 0; i < n; i++)
		to[i] = (uint8_t)((from[i] + 2) >> 2);
}
