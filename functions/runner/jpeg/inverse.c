#include <string.h>

#include "functions/runner/jpeg/inverse_8.h"
#include "functions/runner/jpeg/inverse_steps.h"
#include "functions/runner/jpeg/plain.h"

static inline uint8_t sample(int v)
{
	v += MIDDLE;
	return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* libjpeg keeps ten bits of the result before it limits it: what is far out of range comes around. */
static void inverse_1(const int16_t *c, int blocks, int16_t q, uint8_t *out)
{
	for (int i = 0; i < blocks; i++) {
		int v = (c[i] * q + 4) >> 3;

		out[i] = sample((int)((uint32_t)v << AROUND) >> AROUND);
	}
}

/* Coefficients times factors stay in 16 bits in every honest file; elsewhere they come around. */
static inline int dequantize(int16_t c, uint16_t q)
{
	return (int16_t)(c * (int)q);
}

static void inverse_2(const int16_t *c, int blocks, const uint16_t q[4], uint8_t *out, size_t stride)
{
	for (int i = 0; i < blocks; i++, c += 4, out += 2) {
		int a = dequantize(c[0], q[0]) + 4, b = dequantize(c[1], q[1]);
		int d = dequantize(c[2], q[2]), e = dequantize(c[3], q[3]);

		out[0] = sample((a + b + d + e) >> 3);
		out[1] = sample((a - b + d - e) >> 3);
		out[stride] = sample((a + b - d - e) >> 3);
		out[stride + 1] = sample((a - b - d + e) >> 3);
	}
}

static inline int saturate(int v)
{
	return v < INT16_MIN ? INT16_MIN : v > INT16_MAX ? INT16_MAX : v;
}

/* One direction: from a, b, c, d to four results, POINT bits after the point. */
static inline void four(const int in[4], int out[4])
{
	int even = (in[0] + in[2]) * (1 << POINT), odd = (in[0] - in[2]) * (1 << POINT);
	int o = R_COS * in[1] + R_SIN * in[3], p = R_SIN * in[1] - R_COS * in[3];

	out[0] = even + o;
	out[1] = odd + p;
	out[2] = odd - p;
	out[3] = even - o;
}

static void block_4(const int16_t *c, const uint16_t *q, uint8_t *out, size_t stride)
{
	int mid[4][4];

	for (int x = 0; x < 4; x++) {
		int in[4], t[4];

		for (int y = 0; y < 4; y++)
			in[y] = dequantize(c[y * 4 + x], q[y * 4 + x]);
		four(in, t);
		for (int y = 0; y < 4; y++)
			mid[y][x] = saturate((t[y] + (1 << (POINT - KEPT - 1))) >> (POINT - KEPT));
	}
	for (int y = 0; y < 4; y++) {
		int t[4];

		four(mid[y], t);
		for (int x = 0; x < 4; x++)
			out[x] = sample((t[x] + (1 << (POINT + KEPT + 2))) >> (POINT + KEPT + 3));
		out += stride;
	}
}

static void inverse_4(const int16_t *c, int blocks, const uint16_t q[16], uint8_t *out, size_t stride)
{
	for (int i = 0; i < blocks; i++, c += 16, out += 4) {
		uint64_t v[4];

		memcpy(v, c, sizeof v);
		if ((v[1] | v[2] | v[3]) == 0 && (c[1] | c[2] | c[3]) == 0) {
			uint8_t s = sample((dequantize(c[0], q[0]) + 4) >> 3);

			for (int y = 0; y < 4; y++)
				memset(out + (size_t)y * stride, s, 4);
		} else {
			block_4(c, q, out, stride);
		}
	}
}

static void inverse_small(int n, const int16_t *c, int blocks, const uint16_t *q, uint8_t *samples, size_t stride)
{
	int done = jpeg_plain ? 0 : inverse_vectors(n, c, blocks, q, samples, stride);

	c += done * n * n;
	samples += done * n;
	blocks -= done;
	if (n == 1)
		inverse_1(c, blocks, (int16_t)q[0], samples);
	else if (n == 2)
		inverse_2(c, blocks, q, samples, stride);
	else
		inverse_4(c, blocks, q, samples, stride);
}

void inverse_row(int n, const int16_t *c, int blocks, const uint16_t *q, uint8_t *samples, size_t stride)
{
	if (n == 8)
		inverse_8_row(jpeg_plain ? inverse_8_all() : inverse_8_best(), c, blocks, q, samples, stride);
	else
		inverse_small(n, c, blocks, q, samples, stride);
}
