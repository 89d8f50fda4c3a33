#include "functions/runner/jpeg/scan.h"

JPEG_INLINE uint32_t block(struct scan *s, struct slot *slot, struct bits *b)
{
	uint32_t bad;
	int difference, *last = &s->last_dc[slot->component];

	if (slot->n == 1)
		bad = walk_first(b, slot->walk, &difference);
	else if (slot->n == 8)
		bad = walk_wanted(b, slot->walk, &walk_order_8, 63, slot->block, &difference);
	else
		bad = walk_wanted(b, slot->walk, slot->plane->order, slot->plane->order->last, slot->block, &difference);
	*last = (int)((uint32_t)*last + (uint32_t)difference);
	slot->block[0] = (int16_t)*last;
	return bad;
}

METHOD(method_sequential, block)
