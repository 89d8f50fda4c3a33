#include "functions/runner/jpeg/walk.h"

#include <stdlib.h>
#include <string.h>

/* T.81 figure A.6: where coefficient k of those sent stands, as row * 8 + column. */
#define ZIGZAG(X) \
	X(0) X(1) X(8) X(16) X(9) X(2) X(3) X(10) X(17) X(24) X(32) X(25) X(18) X(11) X(4) X(5) \
	X(12) X(19) X(26) X(33) X(40) X(48) X(41) X(34) X(27) X(20) X(13) X(6) X(7) X(14) X(21) X(28) \
	X(35) X(42) X(49) X(56) X(57) X(50) X(43) X(36) X(29) X(22) X(15) X(23) X(30) X(37) X(44) X(51) \
	X(58) X(59) X(52) X(45) X(38) X(31) X(39) X(46) X(53) X(60) X(61) X(54) X(47) X(55) X(62) X(63)
#define PLACE(at, n) ((at) / 8 < (n) && (at) % 8 < (n) ? (at) / 8 * (n) + (at) % 8 : 0),
#define PLACE_2(at) PLACE(at, 2)
#define PLACE_4(at) PLACE(at, 4)
#define PLACE_8(at) PLACE(at, 8)

const struct walk_order walk_order_1 = { .last = 0, .mask = 0x1 };
const struct walk_order walk_order_2 = { .last = 4, .mask = 0x17, .place = { ZIGZAG(PLACE_2) } };
const struct walk_order walk_order_4 = { .last = 24, .mask = 0x1063bff, .place = { ZIGZAG(PLACE_4) } };
const struct walk_order walk_order_8 = { .last = 63, .mask = ~0ull, .place = { ZIGZAG(PLACE_8) } };

static const uint32_t no_code = HUFFMAN_LENGTH_MAX | WALK_END << 6 | WALK_BAD;

static uint32_t entry(uint32_t bits, uint32_t go, int value)
{
	return bits | go << 6 | (uint32_t)value << 16;
}

/* The n bits after the first `from` ones. */
static int value_at(uint64_t bits, uint32_t from, uint32_t n)
{
	return n ? bits_extend((uint32_t)(bits << from >> (64 - n)), n) : 0;
}

uint32_t walk_symbol(uint64_t bits, const struct huffman *ac)
{
	uint32_t found = huffman_find(ac, (uint32_t)(bits >> 48)), length = found >> 8, run = found >> 4 & 15, size = found & 15;

	if (found == 0)
		return no_code;
	if (size == 0 && run < 15)
		return entry(length, WALK_END, 0);
	return entry(length + size, run + 1, value_at(bits, length, size));
}

uint32_t walk_difference(uint64_t bits, const struct huffman *dc)
{
	uint32_t found = huffman_find(dc, (uint32_t)(bits >> 48)), length = found >> 8, size = found & 15;

	return found ? entry(length + size, 0, value_at(bits, length, size)) : no_code;
}

/* Symbols whose codes lie wholly within the first `width` of the bits, walked over as far as one table entry may: as an entry without
 * value, from `used` bits on. */
static uint32_t run_of_symbols(uint64_t bits, uint32_t width, uint32_t used, const struct huffman *ac)
{
	uint32_t go = 0;

	while (used < width) {
		uint32_t found = huffman_find(ac, (uint32_t)(bits << used >> 48)), length = found >> 8;
		uint32_t run = found >> 4 & 15, size = found & 15;

		if (found == 0 || used + length > width)
			break;
		if (size == 0 && run < 15)
			return entry(used + length, go | WALK_END, 0);
		if (go + run + 1 >= 63)
			break;
		go += run + 1;
		used += length + size;
	}
	return entry(used, go, 0);
}

static void build_first(struct walk *w)
{
	for (uint32_t i = 0; i < 1u << WALK_DC; i++) {
		uint64_t bits = (uint64_t)i << (64 - WALK_DC);
		uint32_t e = walk_difference(bits, w->dc);

		if (e & WALK_BAD || (e & WALK_BITS) > WALK_DC)
			e = 0;
		else if (w->wanted == 1 && w->ac)
			e = (e & 0xffff0000) | run_of_symbols(bits, WALK_DC, e & WALK_BITS, w->ac);
		w->first[i] = e;
	}
}

/* The symbol on top, when all of it lies within `width` bits and its value is small; else 0. */
static uint32_t short_symbol(uint64_t bits, uint32_t width, const struct huffman *ac)
{
	uint32_t e = walk_symbol(bits, ac);

	return e & WALK_BAD || (e & WALK_BITS) > width || abs(WALK_VALUE_OF(e)) > PAIR_VALUE_MAX ? 0 : e;
}

static uint32_t pair(uint32_t bits, uint32_t run, uint32_t go, int first, int second)
{
	return bits | run << 6 | go << 10 | ((uint32_t)first & 127) << 18 | (uint32_t)second << 25;
}

static uint32_t pair_at(uint64_t bits, const struct huffman *ac)
{
	uint32_t a = short_symbol(bits, WALK_PAIR, ac), used = a & WALK_BITS, b, go = WALK_GO(a);
	int first = WALK_VALUE_OF(a);

	if (a == 0)
		return PAIR_TOO_FAR;
	if (go & WALK_END)
		return pair(used, 0, 1, 0, 0) | PAIR_END;
	b = short_symbol(bits << used, WALK_PAIR - used, ac);
	if (b == 0)
		return pair(used, go - 1, go, first, first);
	used += b & WALK_BITS;
	if (WALK_GO(b) & WALK_END)
		return pair(used, go - 1, go + 1, first, 0) | PAIR_END;
	return pair(used, go - 1, go + WALK_GO(b), first, WALK_VALUE_OF(b));
}

/* A progressive file's symbols without a value say other things, but for the end of one block. */
static uint32_t single_at(uint64_t bits, const struct huffman *ac)
{
	uint32_t e = walk_symbol(bits, ac), symbol = huffman_find(ac, (uint32_t)(bits >> 48)) & 0xff;
	bool other = symbol > 0 && (symbol & 15) == 0;

	return other || e & WALK_BAD || (e & WALK_BITS) > WALK_PAIR ? 0 : e;
}

void walk_build(struct walk *w, const struct huffman *dc, const struct huffman *ac, int wanted)
{
	w->dc = dc;
	w->ac = ac;
	w->wanted = wanted;
	if (dc)
		build_first(w);
	for (uint32_t i = 0; !dc && ac && wanted > 0 && i < 1u << WALK_PAIR; i++)
		w->single[i] = single_at((uint64_t)i << (64 - WALK_PAIR), ac);
	if (!dc || !ac)
		return;
	for (uint32_t i = 0; wanted < 64 && i < 1u << WALK_SKIP; i++) {
		uint32_t e = run_of_symbols((uint64_t)i << (64 - WALK_SKIP), WALK_SKIP, 0, ac);

		w->skip[i] = (uint16_t)((e & WALK_BITS) ? e : WALK_TOO_FAR << 6);
	}
	for (uint32_t i = 0; wanted > 1 && i < 1u << WALK_PAIR; i++)
		w->pair[i] = pair_at((uint64_t)i << (64 - WALK_PAIR), ac);
}
