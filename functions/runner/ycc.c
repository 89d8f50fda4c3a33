#include "functions/runner/ycc.h"

#include <pthread.h>
#include <stddef.h>
#include <string.h>

#define BITS 16
#define FIXED(x) ((int32_t)((x) * (1 << BITS) + 0.5))
#define HALF (1 << (BITS - 1))
#define MIDDLE 128

#define YCC_BLOCK 64

typedef uint8_t bytes __attribute__((vector_size(16)));

static inline uint8_t clamp(int32_t v)
{
	return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

struct ycc_loops {
	void (*to_rgb)(const uint8_t *y, const uint8_t *cb, const uint8_t *cr, uint8_t *rgb);
	void (*from_rgb)(const uint8_t *rgb, uint8_t *y, uint8_t *cb, uint8_t *cr);
	void (*from_squares)(const uint8_t *upper, const uint8_t *lower, uint8_t *cb, uint8_t *cr);
	void (*blend)(const uint8_t *near, const uint8_t *far, uint16_t *to, int n);
	void (*widen)(const uint16_t *from, uint8_t *to, int n);
};

#ifdef __clang__
#define FOR(x) __attribute__((x))
#define PLAIN
#else
#define FOR(x) __attribute__((x, optimize("O3")))
#define PLAIN __attribute__((optimize("O3")))
#endif

#define NAME(x) plain_##x
#define TARGET PLAIN
#include "functions/runner/ycc_loops.h"

#ifdef __x86_64__
#define NAME(x) avx2_##x
#define TARGET FOR(target("avx2"))
#include "functions/runner/ycc_loops.h"
#endif

static struct ycc_loops loops;

static void choose(void)
{
	loops = plain_loops;
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2"))
		loops = avx2_loops;
#endif
}

static const struct ycc_loops *best(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, choose);
	return &loops;
}

/* The last pixels of a row are done in blocks of their own, with room for a whole one. */

void ycc_to_rgb(const uint8_t *y, const uint8_t *cb, const uint8_t *cr, uint8_t *rgb, int n)
{
	uint8_t in[3][YCC_BLOCK] = { { 0 } }, out[3 * YCC_BLOCK];
	size_t rest = (size_t)(n % YCC_BLOCK);
	int i = 0;

	for (; i + YCC_BLOCK <= n; i += YCC_BLOCK)
		best()->to_rgb(y + i, cb + i, cr + i, rgb + 3 * i);
	if (rest == 0)
		return;
	memcpy(in[0], y + i, rest);
	memcpy(in[1], cb + i, rest);
	memcpy(in[2], cr + i, rest);
	best()->to_rgb(in[0], in[1], in[2], out);
	memcpy(rgb + 3 * i, out, 3 * rest);
}

/* Without colour differences (NULL) they go where nobody looks. */
void ycc_from_rgb(const uint8_t *rgb, uint8_t *y, uint8_t *cb, uint8_t *cr, int n)
{
	uint8_t in[3 * YCC_BLOCK] = { 0 }, out[3][YCC_BLOCK];
	size_t rest = (size_t)(n % YCC_BLOCK);
	int i = 0;

	for (; i + YCC_BLOCK <= n; i += YCC_BLOCK)
		best()->from_rgb(rgb + 3 * i, y + i, cb ? cb + i : out[1], cb ? cr + i : out[2]);
	if (rest == 0)
		return;
	memcpy(in, rgb + 3 * i, 3 * rest);
	best()->from_rgb(in, out[0], out[1], out[2]);
	memcpy(y + i, out[0], rest);
	if (cb) {
		memcpy(cb + i, out[1], rest);
		memcpy(cr + i, out[2], rest);
	}
}

void ycc_from_squares(const uint8_t *upper, const uint8_t *lower, uint8_t *cb, uint8_t *cr, int n)
{
	uint8_t in[2][3 * YCC_BLOCK] = { { 0 } }, out[2][YCC_BLOCK / 2];
	size_t rest = (size_t)(n % YCC_BLOCK);
	int i = 0;

	for (; i + YCC_BLOCK <= n; i += YCC_BLOCK)
		best()->from_squares(upper + 3 * i, lower + 3 * i, cb + i / 2, cr + i / 2);
	if (rest == 0)
		return;
	memcpy(in[0], upper + 3 * i, 3 * rest);
	memcpy(in[1], lower + 3 * i, 3 * rest);
	if (n % 2 != 0) {	/* a square that is half outside has its inner half twice */
		memcpy(in[0] + 3 * rest, in[0] + 3 * (rest - 1), 3);
		memcpy(in[1] + 3 * rest, in[1] + 3 * (rest - 1), 3);
	}
	best()->from_squares(in[0], in[1], out[0], out[1]);
	memcpy(cb + i / 2, out[0], (rest + 1) / 2);
	memcpy(cr + i / 2, out[1], (rest + 1) / 2);
}

void ycc_blend(const uint8_t *near, const uint8_t *far, uint16_t *to, int n)
{
	best()->blend(near, far, to, n);
}

void ycc_widen(uint16_t *from, uint8_t *to, int n)
{
	int half = (n + 1) / 2;

	from[-1] = from[0];
	from[half] = from[half - 1];
	best()->widen(from, to, half);
}

void ycc_quarter(const uint16_t *from, uint8_t *to, int n)
{
	for (int i = 0; i < n; i++)
		to[i] = (uint8_t)((from[i] + 2) >> 2);
}
