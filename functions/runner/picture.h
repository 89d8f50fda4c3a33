/* picture.h - decoded pixels in memory: rows one after the other, bands interleaved, no padding.
 *
 * `{0}` is no picture. Whoever holds the struct owns the pixels and clears it. Samples are 8 or 16 bits;
 * `alpha` says that the last band is one, not premultiplied.
 */
#ifndef RUNNER_PICTURE_H
#define RUNNER_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct picture {
	int width, height;
	int bands;		/* 1 grey, 2 with alpha, 3 RGB, 4 with alpha or CMYK */
	int depth;		/* bits of a sample */
	bool alpha;
	void *pixels;		/* owned */
};

/* What of a picture is meant, in its samples; may begin and end inside of one. */
struct image_part { double left, top, width, height; };

#define PICTURE_SLACK 64	/* bytes that may be read after the last row */

/* Zeroed pixels for the other members as they stand. Aborts without memory: sizes are bounded by settings.h. */
void picture_alloc(struct picture *p);
void picture_clear(struct picture *p);
void picture_copy(const struct picture *from, struct picture *to);
size_t picture_row_bytes(const struct picture *p);
void *picture_row(const struct picture *p, int y);

/* Right side up: applies an EXIF orientation (1 to 8; others do nothing). */
void picture_turn(struct picture *p, int orientation);

/* Fits into a square of `side`, keeping proportions; never larger than it was, never under one pixel. */
void picture_fit(int width, int height, int side, int *out_width, int *out_height);

/* Grey with alpha becomes RGB with alpha: no output format has the former. 8 bits. */
void picture_no_grey_alpha(struct picture *p);

#endif
