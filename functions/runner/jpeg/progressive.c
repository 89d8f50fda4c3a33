#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "functions/runner/jpeg/scan.h"

/* At most as many coefficients as a refill has bits for. */
#define HALF 0xffffffffull

/* Bits left of a refill after a code and a sign. */
#define AFTER_SYMBOL (BITS_AFTER_FILL - HUFFMAN_LENGTH_MAX - 1)

/* T.81 G.1.2 and G.2: coefficients come in bands and bit by bit. What a refining scan says of a coefficient depends on whether it is
 * zero so far, of every coefficient of its band: those not wanted too, so that they are kept as one bit each. */

JPEG_INLINE uint32_t dc_first(struct scan *s, struct slot *slot, struct bits *b)
{
	uint32_t e;
	int *last = &s->last_dc[slot->component];

	bits_fill(b);
	e = slot->walk->first[bits_peek(b, WALK_DC)];
	if (JPEG_UNLIKELY(e == 0))
		e = walk_difference(b->bits, slot->walk->dc);
	bits_drop(b, e & WALK_BITS);
	*last = (int)((uint32_t)*last + (uint32_t)WALK_VALUE_OF(e));
	slot->block[0] = (int16_t)((uint32_t)*last << s->low);
	return e & WALK_BAD;
}

JPEG_INLINE uint32_t dc_refine(struct scan *s, struct slot *slot, struct bits *b)
{
	if (b->count < 1)
		bits_fill(b);
	slot->block[0] = (int16_t)(slot->block[0] | bits_take(b, 1) << s->low);
	return 0;
}

JPEG_INLINE void put(const struct slot *slot, uint32_t k, int value)
{
	if (slot->nonzero && (int16_t)value != 0)
		*slot->nonzero |= 1ull << (k < 63 ? k : 63);
	if (k < 64 && slot->plane->order->mask >> k & 1)
		slot->block[slot->plane->order->place[k]] = (int16_t)value;
}

/* How many blocks, this one too, have nothing more in this band. */
JPEG_INLINE uint32_t band_end(struct bits *b, uint32_t run)
{
	return (1u << run) + (run ? bits_take(b, run) : 0);
}

/* An AC symbol: its run and size; the code is dropped. False: no such code, which is dropped too. */
JPEG_INLINE bool symbol(struct bits *b, const struct huffman *ac, uint32_t *run, uint32_t *size)
{
	uint32_t found;

	bits_fill(b);
	found = huffman_find(ac, bits_peek(b, 16));
	bits_drop(b, found ? found >> 8 : HUFFMAN_LENGTH_MAX);
	*run = found >> 4 & 15;
	*size = found & 15;
	return found != 0;
}

/* From coefficient *k on what the table has, a refill of it. False: the block is at its end. */
JPEG_INLINE bool short_symbols(const struct scan *s, struct slot *slot, struct bits *b, uint32_t *k)
{
	uint32_t e;

	bits_fill(b);
	for (int i = 0; i < WALK_PAIRS_A_FILL && (e = slot->walk->single[bits_peek(b, WALK_PAIR)]) != 0; i++) {
		bits_drop(b, e & WALK_BITS);
		*k += WALK_GO(e);
		if (*k & WALK_END)
			return false;
		put(slot, *k - 1, (int)((uint32_t)WALK_VALUE_OF(e) << s->low));
		if (*k > (uint32_t)s->last)
			return false;
	}
	return true;
}

JPEG_INLINE uint32_t ac_first(struct scan *s, struct slot *slot, struct bits *b)
{
	uint32_t run, size;

	if (s->end_of_band > 0) {
		s->end_of_band--;
		return 0;
	}
	for (uint32_t k = (uint32_t)s->first; k <= (uint32_t)s->last; k++) {
		if (!short_symbols(s, slot, b, &k))
			return 0;
		if (!symbol(b, slot->walk->ac, &run, &size))
			return WALK_BAD;
		if (size) {
			k += run;
			put(slot, k, (int)((uint32_t)bits_extend(bits_take(b, size), size) << s->low));
		} else if (run == 15) {
			k += 15;
		} else {
			s->end_of_band = band_end(b, run) - 1;
			break;
		}
	}
	return 0;
}

/* One more bit for each of the coefficients in `passed`, which are not zero: as many bits, of which only those of wanted
 * coefficients are looked at. */
JPEG_INLINE void correct_half(const struct scan *s, struct slot *slot, struct bits *b, uint64_t passed)
{
	const struct walk_order *order = slot->plane->order;

	for (uint64_t left = passed & order->mask; JPEG_UNLIKELY(left != 0); left &= left - 1) {
		uint64_t lowest = left & -left;
		int16_t *c = &slot->block[order->place[__builtin_ctzll(left)]];

		if (b->bits << __builtin_popcountll(passed & (lowest - 1)) >> 63 && !(*c & 1 << s->low))
			*c = (int16_t)(*c + (*c >= 0 ? 1 : -1) * (1 << s->low));
	}
	bits_drop(b, (uint32_t)__builtin_popcountll(passed));
}

/* `room`: bits that there are surely. */
JPEG_INLINE void correct(const struct scan *s, struct slot *slot, struct bits *b, uint64_t passed, int room)
{
	if (JPEG_UNLIKELY(__builtin_popcountll(passed) > room)) {
		bits_fill(b);
		correct_half(s, slot, b, passed & HALF);
		passed &= ~HALF;
		bits_fill(b);
	}
	correct_half(s, slot, b, passed);
}

/* The bit of a set before which there are n others; 0: there is none. */
typedef uint64_t nth_fn(uint64_t set, uint32_t n);

JPEG_INLINE uint64_t nth_plain(uint64_t set, uint32_t n)
{
	while (n-- > 0)
		set &= set - 1;
	return set & -set;
}

/* `have` and `rest`: which coefficients are not zero, and which ones of the band are still to come. Corrects the former among the
 * latter up to the first zero after `zeros` others; gives that one as a bit, or 0 when the band has none. */
JPEG_INLINE uint64_t pass(const struct scan *s, struct slot *slot, struct bits *b, uint64_t have, uint64_t rest, uint32_t zeros,
			  nth_fn *nth)
{
	uint64_t at = nth(~have & rest, zeros);

	correct(s, slot, b, have & rest & (at - 1), AFTER_SYMBOL);
	return at;
}

/* Of the blocks whose symbols are not in this scan any more. */
JPEG_INLINE void end_band(struct scan *s, struct slot *slot, struct bits *b, uint64_t rest)
{
	s->end_of_band--;
	bits_fill(b);
	correct(s, slot, b, *slot->nonzero & rest, BITS_AFTER_FILL);
}

JPEG_INLINE uint32_t refine(struct scan *s, struct slot *slot, struct bits *b, nth_fn *nth)
{
	uint64_t have = *slot->nonzero, rest = ~0ull << s->first & ~0ull >> (63 - s->last);
	uint32_t run, size, bad = 0;

	while (s->end_of_band == 0 && rest) {
		uint64_t at;
		int value;

		if (!symbol(b, slot->walk->ac, &run, &size))
			return WALK_BAD;
		if (size == 0 && run < 15) {
			s->end_of_band = band_end(b, run);
			break;
		}
		bad |= size > 1 ? WALK_BAD : 0;
		value = size && bits_take(b, 1) ? 1 : -1;
		at = pass(s, slot, b, have, rest, run, nth);
		rest &= -at << 1;
		bad |= size && at == 0 ? WALK_BAD : 0;	/* a coefficient behind the band */
		if (size == 0 || at == 0)
			continue;
		*slot->nonzero |= at;
		if (JPEG_UNLIKELY(at & slot->plane->order->mask))
			slot->block[slot->plane->order->place[__builtin_ctzll(at)]] = (int16_t)(value * (1 << s->low));
	}
	if (s->end_of_band > 0)
		end_band(s, slot, b, rest);
	return bad;
}

JPEG_INLINE uint32_t ac_refine(struct scan *s, struct slot *slot, struct bits *b)
{
	return refine(s, slot, b, nth_plain);
}

#ifdef __x86_64__

/* The deposit of bits finds it in one step, but for the first two Zens, which have it in many small ones. */
SCAN_BMI2 JPEG_INLINE uint64_t nth_bmi2(uint64_t set, uint32_t n)
{
	return _pdep_u64(1ull << n, set);
}

SCAN_BMI2 JPEG_INLINE uint32_t ac_refine_bmi2(struct scan *s, struct slot *slot, struct bits *b)
{
	return refine(s, slot, b, nth_bmi2);
}

METHODS(method_ac_refine, ac_refine, ac_refine_bmi2,
	__builtin_cpu_supports("bmi2") && !__builtin_cpu_is("znver1") && !__builtin_cpu_is("znver2"))

#else

METHOD(method_ac_refine, ac_refine)

#endif

METHOD(method_dc_first, dc_first)
METHOD(method_dc_refine, dc_refine)
METHOD(method_ac_first, ac_first)
