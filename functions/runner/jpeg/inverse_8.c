#include "functions/runner/jpeg/inverse_8.h"

#include <pthread.h>
#include <string.h>

#include "functions/runner/jpeg/inverse_steps.h"

#define SIDE 8

static inline int16_t limit(int32_t v)
{
	return (int16_t)(v < INT16_MIN ? INT16_MIN : v > INT16_MAX ? INT16_MAX : v);
}

static inline int32_t even(int32_t x2, int32_t x6, int32_t a, int32_t b)
{
	return a * x2 + b * x6;
}

static inline int32_t odd(const int16_t *x, int32_t a, int32_t b, int32_t c, int32_t d)
{
	return a * x[1] + b * x[3] + c * x[5] + d * x[7];
}

/* One direction of one line; results are `by` apart and lose `shift` bits. */
static inline void line(const int16_t x[SIDE], int shift, int16_t *y, size_t by)
{
	int32_t half = 1 << (shift - 1), s = (x[0] + x[4]) * (1 << INVERSE_8_BITS) + half, d = (x[0] - x[4]) * (1 << INVERSE_8_BITS) + half;
	int32_t s26 = even(x[2], x[6], INVERSE_8_EVEN_0), d26 = even(x[2], x[6], INVERSE_8_EVEN_1);
	const int32_t e[4] = { s + s26, d + d26, d - d26, s - s26 };
	const int32_t o[4] = { odd(x, INVERSE_8_ODD_0), odd(x, INVERSE_8_ODD_1), odd(x, INVERSE_8_ODD_2), odd(x, INVERSE_8_ODD_3) };

	for (size_t i = 0; i < 4; i++) {
		y[i * by] = limit((e[i] + o[i]) >> shift);
		y[(7 - i) * by] = limit((e[i] - o[i]) >> shift);
	}
}

static void block(const int16_t *c, const uint16_t *q, uint8_t *out, size_t stride)
{
	int16_t mid[SIDE][SIDE], x[SIDE];

	for (int k = 0; k < SIDE; k++) {
		for (int y = 0; y < SIDE; y++)
			x[y] = (int16_t)(c[y * SIDE + k] * (int)q[y * SIDE + k]);
		line(x, INVERSE_8_BITS - INVERSE_8_KEPT, &mid[0][k], SIDE);
	}
	for (int y = 0; y < SIDE; y++, out += stride) {
		line(mid[y], INVERSE_8_BITS + INVERSE_8_KEPT + 3, x, 1);
		for (int k = 0; k < SIDE; k++)
			out[k] = (uint8_t)(x[k] < -MIDDLE ? 0 : x[k] >= MIDDLE ? UINT8_MAX : x[k] + MIDDLE);
	}
}

static int plain(const int16_t *c, int blocks, const uint16_t q[64], uint8_t *samples, size_t stride)
{
	for (int i = 0; i < blocks; i++)
		block(c + (size_t)i * SIDE * SIDE, q, samples + (size_t)i * SIDE, stride);
	return blocks;
}

const struct inverse_8 inverse_8_plain = { "plain", plain };

static const struct inverse_8 *able[4];

static void look(void)
{
	int n = 0;

	able[n++] = &inverse_8_plain;
#ifdef __x86_64__
	able[n++] = &inverse_8_sse2;
	if (__builtin_cpu_supports("avx2"))
		able[n++] = &inverse_8_avx2;
#endif
}

const struct inverse_8 *const *inverse_8_all(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, look);
	return able;
}

const struct inverse_8 *const *inverse_8_best(void)
{
	const struct inverse_8 *const *k = inverse_8_all();

	while (k[1])
		k++;
	return k;
}

void inverse_8_row(const struct inverse_8 *const *kind, const int16_t *c, int blocks, const uint16_t q[64], uint8_t *samples, size_t stride)
{
	for (int done = 0; blocks > 0; kind--, blocks -= done) {
		done = (*kind)->row(c, blocks, q, samples, stride);
		c += (size_t)done * SIDE * SIDE;
		samples += (size_t)done * SIDE;
	}
}
