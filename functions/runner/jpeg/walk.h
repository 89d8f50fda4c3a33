/* walk.h - tables that walk over a block of coefficients, several symbols to a step.
 *
 * After a Huffman code come the bits of a value, whose number the code's symbol tells. To walk over coefficients that
 * are not wanted it is enough to know where they end: so a table that is indexed by the next WALK_SKIP bits tells how far all the codes
 * go that lie wholly within those bits (the last one's value may reach beyond), how many coefficients they are, and
 * whether the block ends there. For wanted coefficients there is a table of codes and values together.
 *
 * An entry: bits 0-5 how many bits to drop, 6-12 how many coefficients to go on, 13 the block ends (end of block), 14 there is no
 * such code, 16-31 the value (of the last coefficient gone to, or the DC difference). An entry that is not to be used
 * goes on by 64, which is always too far: then one symbol is decoded the long way (walk_symbol), as also when a step would go
 * past the end of a block. What cannot be decoded ends its block and is told; the next block is tried as if nothing had been.
 */
#ifndef RUNNER_JPEG_WALK_H
#define RUNNER_JPEG_WALK_H

#include "functions/runner/jpeg/bits.h"
#include "functions/runner/jpeg/huffman.h"

/* Measured on photos: a bit more or less costs 2 to 5 %: the tables of luma and chroma must share the first cache. */
#define WALK_SKIP 12
#define WALK_PAIR 11
#define WALK_DC 10

#define WALK_PAIRS_A_FILL (BITS_AFTER_FILL / WALK_PAIR)

/* Two steps of at most WALK_SKIP + 15 bits go after one refill. */
_Static_assert(2 * (WALK_SKIP + 15) <= BITS_AFTER_FILL, "two steps to a refill");

#define WALK_BITS 63
#define WALK_GO(e) ((e) >> 6 & 0xff)		/* coefficients, or an end */
#define WALK_VALUE_OF(e) ((int32_t)(e) >> 16)
enum {
	WALK_TOO_FAR = 64, WALK_END = 128,	/* in WALK_GO */
	WALK_BAD = 1 << 14,			/* in an entry, and what the functions below return of it */
};

/* Of wanted coefficients there may be two in one entry: bits 0-5 how many bits to drop, 6-9 the zeros before the first one, 10-16 how
 * many coefficients to go on, 17 the block ends, 18-24 and 25-31 the values. One alone is given as two at the same place. An end
 * counts as one to go on, so that it is not taken behind the last coefficient, where it would be the next block's. An end
 * with nothing before it has a zero for the next coefficient, which is zero. */
#define PAIR_RUN(e) ((e) >> 6 & 15)
#define PAIR_GO(e) ((e) >> 10 & 127)
#define PAIR_FIRST(e) ((int32_t)((e) << 7) >> 25)
#define PAIR_SECOND(e) ((int32_t)(e) >> 25)
#define PAIR_VALUE_MAX 63
enum { PAIR_TOO_FAR = 64 << 10, PAIR_END = 1 << 17 };

/* Which of the 64 coefficients, as sent, are wanted for a square of n x n, and where they go in it, row by row. */
struct walk_order {
	uint32_t last;		/* of those wanted, as sent */
	uint64_t mask;		/* bit k: coefficient k is wanted */
	uint8_t place[64 + 16];	/* a run may lead past the end */
};
extern const struct walk_order walk_order_1, walk_order_2, walk_order_4, walk_order_8;

struct walk {
	const struct huffman *dc, *ac;	/* borrowed; NULL: not in this scan */
	int wanted;			/* coefficients: 1, 4, 16 or 64; 0: this scan gives none (it refines them) */
	uint32_t first[1 << WALK_DC];	/* the DC difference; when no more is wanted, also AC symbols after it */
	uint16_t skip[1 << WALK_SKIP];	/* not made when all are wanted */
	union {
		uint32_t pair[1 << WALK_PAIR];		/* one or two coefficients; only made when more than DC is wanted */
		uint32_t single[1 << WALK_PAIR];	/* of AC alone: one coefficient or the end of its block, 0: what else there is */
	};
};

/* Only what a scan can use: `first` needs dc, `single` ac alone, the others both. */
void walk_build(struct walk *w, const struct huffman *dc, const struct huffman *ac, int wanted);

/* The symbol on top of at least 31 bits, with its value, as an entry. */
uint32_t walk_symbol(uint64_t bits, const struct huffman *ac);
uint32_t walk_difference(uint64_t bits, const struct huffman *dc);

/* To the end of a block from coefficient k on. Not 0: no such code, or the block too long. */
JPEG_INLINE uint32_t walk_over(struct bits *b, const struct walk *w, uint32_t k)
{
	while (k < 64) {
		uint32_t e, next;

		bits_fill(b);
		for (int i = 0; i < 2; i++) {
			e = w->skip[bits_peek(b, WALK_SKIP)];
			next = k + (e >> 6);
			if (JPEG_UNLIKELY(next & WALK_TOO_FAR))
				goto symbol;
			bits_drop(b, e & WALK_BITS);
			if (next & WALK_END)
				return 0;
			k = next;
		}
		continue;
	symbol:
		bits_fill(b);
		e = walk_symbol(b->bits, w->ac);
		bits_drop(b, e & WALK_BITS);
		k += WALK_GO(e);
		if (k & WALK_END)
			return e & WALK_BAD;
	}
	return k > 64 ? WALK_BAD : 0;
}

/* The DC coefficient's difference, and to the end of the block: all that 1/8 needs. */
JPEG_INLINE uint32_t walk_first(struct bits *b, const struct walk *w, int *difference)
{
	uint32_t e, k;

	bits_fill(b);
	e = w->first[bits_peek(b, WALK_DC)];
	if (JPEG_UNLIKELY(e == 0))
		e = walk_difference(b->bits, w->dc);
	bits_drop(b, e & WALK_BITS);
	*difference = WALK_VALUE_OF(e);
	k = 1 + WALK_GO(e);
	return k & WALK_END ? e & WALK_BAD : walk_over(b, w, k);
}

/* The DC difference, and the wanted ones of the first `last` AC coefficients (order->last: it may be a constant), each at its place in
 * `block`, which is all zero before; unwanted ones have place 0, where DC is put in the end. */
JPEG_INLINE uint32_t walk_wanted(struct bits *b, const struct walk *w, const struct walk_order *order, uint32_t last, int16_t *block,
				 int *difference)
{
	uint32_t e, next, k = 1;

	bits_fill(b);
	e = w->first[bits_peek(b, WALK_DC)];
	if (JPEG_UNLIKELY(e == 0))
		e = walk_difference(b->bits, w->dc);
	bits_drop(b, e & WALK_BITS);
	*difference = WALK_VALUE_OF(e);
	if (JPEG_UNLIKELY(e & WALK_BAD))
		return WALK_BAD;
	do {
		bits_fill(b);
		for (int i = 0; i < WALK_PAIRS_A_FILL; i++) {
			e = w->pair[bits_peek(b, WALK_PAIR)];
			next = k + PAIR_GO(e);
			if (JPEG_UNLIKELY(next > 64))
				goto symbol;
			bits_drop(b, e & WALK_BITS);
			block[order->place[k + PAIR_RUN(e)]] = (int16_t)PAIR_FIRST(e);
			if (e & PAIR_END)
				return 0;
			block[order->place[next - 1]] = (int16_t)PAIR_SECOND(e);
			k = next;
			if (k > last)
				break;
		}
		continue;
	symbol:
		bits_fill(b);
		e = walk_symbol(b->bits, w->ac);
		bits_drop(b, e & WALK_BITS);
		k += WALK_GO(e);
		if (k & WALK_END)
			return e & WALK_BAD;
		block[order->place[k - 1]] = (int16_t)WALK_VALUE_OF(e);
	} while (k <= last);
	return walk_over(b, w, k);
}

#endif
