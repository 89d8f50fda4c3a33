/* bits.h - a bit reader without a branch, over bytes that are already free of stuffing.
 *
 * `bits` holds the next bits of the stream, the first one on top; at least `count` of them are right. A refill ors in the
 * next eight bytes whole and counts as many of them as fit: bits below the count are from the same bytes and will
 * be ored in again, unchanged. After bits_fill at least 56 bits can be taken.
 *
 * Nothing is checked here: stream.h promises that the bytes of one MCU more than could be needed are there.
 */
#ifndef RUNNER_JPEG_BITS_H
#define RUNNER_JPEG_BITS_H

#include <stdint.h>
#include <string.h>

#define BITS_AFTER_FILL 56

#define JPEG_LIKELY(x) __builtin_expect(!!(x), 1)
#define JPEG_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define JPEG_INLINE static inline __attribute__((always_inline))

struct bits {
	const uint8_t *p;	/* the next byte that is not counted yet */
	uint64_t bits;
	uint32_t count;
};

JPEG_INLINE uint64_t bits_load(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

JPEG_INLINE void bits_fill(struct bits *b)
{
	b->bits |= bits_load(b->p) >> b->count;
	b->p += (63 - b->count) >> 3;
	b->count |= BITS_AFTER_FILL;
}

/* n from 1 to 32. */
JPEG_INLINE uint32_t bits_peek(const struct bits *b, uint32_t n)
{
	return (uint32_t)(b->bits >> (64 - n));
}

/* n from 0 to 63. */
JPEG_INLINE void bits_drop(struct bits *b, uint32_t n)
{
	b->bits <<= n;
	b->count -= n;
}

JPEG_INLINE uint32_t bits_take(struct bits *b, uint32_t n)
{
	uint32_t v = bits_peek(b, n);

	bits_drop(b, n);
	return v;
}

/* T.81 F.12: a value of n bits, of which those with a 0 on top are negative. */
JPEG_INLINE int bits_extend(uint32_t v, uint32_t n)
{
	return (int)v - (v >> (n - 1) ? 0 : (1 << n) - 1);
}

#endif
