#include "functions/runner/png/unfilter.h"

#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { NONE, SUB, UP, AVERAGE, PAETH = UNFILTER_PAETH, FILTERS };

typedef uint8_t bytes __attribute__((vector_size(8)));
typedef uint8_t wide_bytes __attribute__((vector_size(16)));
typedef int16_t words __attribute__((vector_size(16)));

#define INLINE static inline __attribute__((always_inline))

INLINE uint8_t paeth(int a, int b, int c)
{
	int pa = abs(b - c), pb = abs(a - c), pc = abs(a + b - 2 * c);

	return (uint8_t)(pa <= pb && pa <= pc ? a : pb <= pc ? b : c);
}

/* Pixels of one or two bytes. */
static void plain(int filter, uint8_t *row, const uint8_t *above, size_t n, size_t pixel)
{
	for (size_t i = 0; i < n; i++) {
		int a = i >= pixel ? row[i - pixel] : 0, b = above[i], c = i >= pixel ? above[i - pixel] : 0;

		if (filter == SUB)
			row[i] = (uint8_t)(row[i] + a);
		else if (filter == AVERAGE)
			row[i] = (uint8_t)(row[i] + (a + b) / 2);
		else
			row[i] = (uint8_t)(row[i] + paeth(a, b, c));
	}
}

static void up(uint8_t *restrict row, const uint8_t *restrict above, size_t n)
{
	size_t i = 0;

	for (; i + sizeof(bytes) <= n; i += sizeof(bytes)) {
		bytes v, b;

		memcpy(&v, row + i, sizeof v);
		memcpy(&b, above + i, sizeof b);
		v += b;
		memcpy(row + i, &v, sizeof v);
	}
	for (; i < n; i++)
		row[i] = (uint8_t)(row[i] + above[i]);
}

INLINE words wide(const uint8_t *p)
{
	bytes v;

	memcpy(&v, p, sizeof v);
	return __builtin_convertvector(v, words);
}

INLINE words either(words first, words a, words b)
{
	return (a & first) | (b & ~first);
}

INLINE words magnitude(words v)
{
#ifdef __SSE2__
	return (words)_mm_max_epi16((__m128i)v, (__m128i)-v);	/* two steps; what compilers make of the other is three */
#else
	words negative = v < 0;

	return (v ^ negative) - negative;
#endif
}

INLINE words expected(int filter, words a, words b, words c)
{
	words pa, pb, pc, nearest;

	if (filter == SUB)
		return a;
	if (filter == AVERAGE)
		return (a + b) >> 1;
	pa = b - c;
	pb = a - c;
	pc = magnitude(pa + pb);
	pa = magnitude(pa);
	pb = magnitude(pb);
	nearest = either(pb > pc, c, b);
	return either((pa > pb) | (pa > pc), nearest, a);
}

/* Where one is in a row: the last pixel, and the one above it. In words, so that sums do not wrap. */
struct place {
	words a, c;
};

/* `pixel` is constant where these are called. */
INLINE void step(int filter, struct place *p, words b, uint8_t *at, size_t pixel)
{
	bytes done;

	/* by bytes: the upper ones are zero, and what wraps is lost as it should be */
	p->a = (words)((wide_bytes)wide(at) + (wide_bytes)expected(filter, p->a, b, p->c));
	p->c = b;
	done = __builtin_convertvector(p->a, bytes);
	memcpy(at, &done, pixel);
}

INLINE void in_vectors(int filter, uint8_t *row, const uint8_t *above, size_t n, size_t pixel)
{
	struct place p = { { 0 }, { 0 } };

	for (size_t i = 0; i < n; i += pixel)
		step(filter, &p, wide(above + i), row + i, pixel);
}

INLINE void two_in_vectors(uint8_t *upper, uint8_t *lower, const uint8_t *above, size_t n, size_t pixel)
{
	struct place u = { { 0 }, { 0 } }, l = u;

	step(PAETH, &u, wide(above), upper, pixel);
	for (size_t i = pixel; i < n; i += pixel) {
		words b = u.a;

		step(PAETH, &u, wide(above + i), upper + i, pixel);
		step(PAETH, &l, b, lower + i - pixel, pixel);
	}
	step(PAETH, &l, u.a, lower + n - pixel, pixel);
}

#define EACH_SIZE(function, ...) \
	do { \
		if (pixel == 3) \
			function(__VA_ARGS__, 3); \
		else if (pixel == 4) \
			function(__VA_ARGS__, 4); \
		else if (pixel == 6) \
			function(__VA_ARGS__, 6); \
		else \
			function(__VA_ARGS__, 8); \
	} while (0)

bool unfilter(int filter, uint8_t *row, const uint8_t *above, size_t n, size_t pixel)
{
	if (filter >= FILTERS)
		return false;
	if (filter == NONE)
		return true;
	if (filter == UP)
		up(row, above, n);
	else if (pixel < 3)
		plain(filter, row, above, n, pixel);
	else if (filter == SUB)
		EACH_SIZE(in_vectors, SUB, row, above, n);
	else if (filter == AVERAGE)
		EACH_SIZE(in_vectors, AVERAGE, row, above, n);
	else
		EACH_SIZE(in_vectors, PAETH, row, above, n);
	return true;
}

void unfilter_two(uint8_t *upper, uint8_t *lower, const uint8_t *above, size_t n, size_t pixel)
{
	EACH_SIZE(two_in_vectors, upper, lower, above, n);
}
