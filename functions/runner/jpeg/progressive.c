#include "functions/runner/jpeg/scan.h"

/* T.81 G.1.2 and G.2: coefficients come in bands and bit by bit. What a refining scan says of a coefficient depends on whether it is
 * zero so far, of every coefficient of its band: those not wanted too, so that they are kept as one bit each. */

static uint32_t dc_first(struct scan *s, struct slot *slot, struct bits *b)
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

static uint32_t dc_refine(struct scan *s, struct slot *slot, struct bits *b)
{
	if (b->count < 1)
		bits_fill(b);
	slot->block[0] = (int16_t)(slot->block[0] | bits_take(b, 1) << s->low);
	return 0;
}

static void put(const struct slot *slot, uint32_t k, int value)
{
	if (slot->nonzero && (int16_t)value != 0)
		*slot->nonzero |= 1ull << (k < 63 ? k : 63);
	if (k < 64 && slot->plane->order->mask >> k & 1)
		slot->block[slot->plane->order->place[k]] = (int16_t)value;
}

/* How many blocks, this one too, have nothing more in this band. */
static uint32_t band_end(struct bits *b, uint32_t run)
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

static uint32_t ac_first(struct scan *s, struct slot *slot, struct bits *b)
{
	uint32_t run, size;

	if (s->end_of_band > 0) {
		s->end_of_band--;
		return 0;
	}
	for (uint32_t k = (uint32_t)s->first; k <= (uint32_t)s->last; k++) {
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

/* One more bit of a coefficient that is not zero. */
static void correct(const struct scan *s, struct slot *slot, struct bits *b, uint32_t k)
{
	const struct walk_order *order = slot->plane->order;
	int16_t *c = &slot->block[order->place[k]];

	if (b->count < 1)
		bits_fill(b);
	if (bits_take(b, 1) && order->mask >> k & 1 && !(*c & 1 << s->low))
		*c = (int16_t)(*c + (*c >= 0 ? 1 : -1) * (1 << s->low));
}

/* Corrects coefficients from k on, until `zeros` of those that are zero are passed and another one is reached; returns where. */
static uint32_t pass_zeros(const struct scan *s, struct slot *slot, struct bits *b, uint32_t k, uint32_t zeros)
{
	for (; k <= (uint32_t)s->last; k++) {
		if (*slot->nonzero >> k & 1)
			correct(s, slot, b, k);
		else if (zeros-- == 0)
			break;
	}
	return k;
}

static uint32_t ac_refine(struct scan *s, struct slot *slot, struct bits *b)
{
	uint32_t k = (uint32_t)s->first, run, size, bad = 0;
	int value = 0;

	while (s->end_of_band == 0 && k <= (uint32_t)s->last) {
		if (!symbol(b, slot->walk->ac, &run, &size))
			return WALK_BAD;
		if (size == 0 && run < 15) {
			s->end_of_band = band_end(b, run);
			break;
		}
		if (size)
			value = bits_take(b, 1) ? 1 : -1;
		bad |= size > 1 ? WALK_BAD : 0;
		k = pass_zeros(s, slot, b, k, run);
		if (size)
			put(slot, k, value * (1 << s->low));
		k++;
	}
	if (s->end_of_band > 0) {
		pass_zeros(s, slot, b, k, 64);
		s->end_of_band--;
	}
	return bad;
}

int method_dc_first(struct scan *s, int n)
{
	return scan_blocks(s, n, dc_first);
}

int method_dc_refine(struct scan *s, int n)
{
	return scan_blocks(s, n, dc_refine);
}

int method_ac_first(struct scan *s, int n)
{
	return scan_blocks(s, n, ac_first);
}

int method_ac_refine(struct scan *s, int n)
{
	return scan_blocks(s, n, ac_refine);
}
