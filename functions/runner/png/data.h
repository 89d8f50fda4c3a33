/* data.h - the bytes of a PNG's rows: its IDAT chunks joined and inflated, a piece at a time.
 *
 * By isa-l, which inflates 2.2 to 2.8 times as fast as zlib. It saves 32 KB of history at the end of each call: pieces should be larger than that.
 * A chunk with a wrong checksum ends the data: before it, or, when it is so large that most of it may be right, after it.
 * The sum of all bytes that zlib's format has at its end is not looked at: the chunks' own say the same.
 */
#ifndef RUNNER_PNG_DATA_H
#define RUNNER_PNG_DATA_H

#include "functions/runner/png/png.h"

#define DATA_DOUBTFUL_MAX (64 << 10)	/* bytes: chunks up to this size are not used when their checksum is wrong */

struct inflate_state;

struct png_data {
	struct str file;		/* lent */
	size_t at;			/* of the next chunk */
	struct inflate_state *inflate;	/* owned */
	int head;			/* bytes of zlib's own header that were read */
	uint8_t before;			/* the first of them */
	bool last;			/* there are no more chunks */
	bool over;			/* nothing more will come */
	bool doubtful;			/* a chunk with a wrong checksum was used */
};

void png_data_open(struct png_data *d, const struct png *p);
void png_data_close(struct png_data *d);

/* Up to `n` bytes; fewer only at the end, whether it is the real one, a fault or the file's. */
size_t png_data_pull(struct png_data *d, uint8_t *to, size_t n);

#endif
