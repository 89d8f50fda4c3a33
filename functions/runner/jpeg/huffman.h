/* huffman.h - the codes of a DHT segment: canonical, at most 16 bits, shorter ones first (T.81 annex C).
 *
 * Read from the file as counts per length and symbols, then made ready: `look` answers for codes up to HUFFMAN_LOOK
 * bits at once; longer ones are found by comparing with the first code of each greater length, all aligned on top of 16 bits.
 */
#ifndef RUNNER_JPEG_HUFFMAN_H
#define RUNNER_JPEG_HUFFMAN_H

#include <stdbool.h>
#include <stdint.h>

#define HUFFMAN_LENGTH_MAX 16
#define HUFFMAN_LOOK 9

struct huffman {
	bool set;				/* a DHT segment gave it */
	uint8_t counts[HUFFMAN_LENGTH_MAX + 1];	/* by length */
	uint8_t symbols[256];
	uint16_t look[1 << HUFFMAN_LOOK];	/* length << 8 | symbol; 0: a longer code or none */
	uint32_t limit[HUFFMAN_LENGTH_MAX + 2];	/* codes of up to this length lie below it; the last entry ends every search */
	int offset[HUFFMAN_LENGTH_MAX + 2];	/* what to add to a code of this length: its place in symbols */
};

/* False: no such code can be (more codes than fit, or one of ones alone, which T.81 forbids). */
bool huffman_prepare(struct huffman *h);

/* Of the code on top of 16 bits: length << 8 | symbol, 0 when it is none. */
static inline uint32_t huffman_find(const struct huffman *h, uint32_t top16)
{
	uint32_t e = h->look[top16 >> (HUFFMAN_LENGTH_MAX - HUFFMAN_LOOK)], length = HUFFMAN_LOOK + 1;

	if (e)
		return e;
	while (top16 >= h->limit[length])
		length++;
	if (length > HUFFMAN_LENGTH_MAX)
		return 0;
	return length << 8 | h->symbols[((int)(top16 >> (HUFFMAN_LENGTH_MAX - length)) + h->offset[length]) & 255];
}

#endif
