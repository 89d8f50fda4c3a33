/* png.h - a PNG file up to its pixels: what IHDR, PLTE and tRNS say, and where the first IDAT is.
 *
 * As lenient as libpng where a file can still mean something: what is out of place, twice or of the wrong length in chunks that may be left out
 * is left out, and so are those whose checksum is wrong. IHDR and PLTE must be right.
 * Source: W3C PNG (third edition), sections 5, 11.2 and 11.3.1.
 */
#ifndef RUNNER_PNG_H
#define RUNNER_PNG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum png_color { PNG_GREY = 0, PNG_RGB = 2, PNG_PALETTE = 3, PNG_GREY_ALPHA = 4, PNG_RGB_ALPHA = 6 };

struct png {
	struct str file;		/* lent */
	int width, height;
	int depth;			/* bits of a sample: 1, 2, 4, 8, 16 */
	int channels;			/* as stored: 1 to 4 */
	enum png_color color;
	bool interlaced;
	bool transparent;		/* a colour that is, or palette entries that are not solid */
	uint16_t key[3];		/* that colour: grey, or red, green and blue */
	uint8_t palette[256][4];	/* red, green, blue, alpha; those that the file does not tell are black */
	size_t data;			/* where the first IDAT begins, with its length; the file's end when there is none */
};

/* False: no picture can be made of it. */
bool png_open(struct png *p, struct str file);

/* Bytes of a row of `width` pixels, without the byte of its filter. */
size_t png_row_bytes(const struct png *p, int width);

/* A chunk that begins at `at` with its length; data is cut where the file ends. False at the end of the file. */
struct png_chunk {
	struct str type, data;
	bool whole;			/* all of it is there and its checksum is right */
	size_t next;
};
bool png_chunk_at(struct str file, size_t at, struct png_chunk *c);

#endif
