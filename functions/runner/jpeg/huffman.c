#include "functions/runner/jpeg/huffman.h"

#include <string.h>

static void fill_look(struct huffman *h, uint32_t code, uint32_t length, uint8_t symbol)
{
	uint32_t spare = HUFFMAN_LOOK - length;

	for (uint32_t i = 0; i < 1u << spare; i++)
		h->look[code << spare | i] = (uint16_t)(length << 8 | symbol);
}

bool huffman_prepare(struct huffman *h)
{
	uint32_t code = 0;
	int k = 0;

	memset(h->look, 0, sizeof h->look);
	for (uint32_t length = 1; length <= HUFFMAN_LENGTH_MAX; length++, code <<= 1) {
		h->offset[length] = k - (int)code;
		for (int i = 0; i < h->counts[length]; i++, k++, code++)
			if (length <= HUFFMAN_LOOK && code < 1u << length)
				fill_look(h, code, length, h->symbols[k & 255]);
		if (h->counts[length] && code >= 1u << length)
			return false;
		h->limit[length] = code << (HUFFMAN_LENGTH_MAX - length);
	}
	h->limit[HUFFMAN_LENGTH_MAX + 1] = UINT32_MAX;
	return true;
}
