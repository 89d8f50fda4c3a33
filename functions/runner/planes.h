/* planes.h - a picture as JPEG and WebP keep it: luma in one plane, two colour differences in planes of their own.
 *
 * 8 bits. Colour differences are those of JFIF (BT.601, full range), 128 is none. A colour plane may be smaller than
 * luma: it covers the same area, and where its side is no whole part of luma's, its last sample covers less (JPEG's
 * rule: a plane of 4:2:0 has (width + 1) / 2 columns). Samples are centred on what they cover.
 *
 * `{0}` is no picture. Whoever holds the struct owns the pixels and clears it.
 */
#ifndef RUNNER_PLANES_H
#define RUNNER_PLANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "functions/runner/picture.h"

#define PLANES_MAX 3

struct plane {
	int width, height;
	size_t stride;		/* bytes from row to row, >= width */
	uint8_t *pixels;	/* owned by planes.memory */
};

struct planes {
	int n;			/* 1: grey; 3: Y, Cb, Cr */
	struct plane plane[PLANES_MAX];	/* [0] has the size of the picture */
	uint8_t *memory;	/* owned */
};

/* For n and the widths and heights as they stand; rows start at multiples of 64 bytes, and PLANES_SLACK bytes after the last may
 * be read. Pixels are not set. */
#define PLANES_SLACK 64
void planes_alloc(struct planes *p);
void planes_clear(struct planes *p);

/* The colour planes' size when they have half of luma's columns and rows, rounded up. */
static inline int planes_half(int n)
{
	return (n + 1) / 2;
}

/* How many of a colour plane's `n` columns (or rows) the picture's `luma` cover: all but a part of the last where they are half as many,
 * or a fourth. */
double planes_covered(int n, int luma);

/* A part of a plane (NULL: all of it) becomes all of another, allocated with its size. */
void plane_scale(const struct plane *in, const struct image_part *part, const struct plane *out);

/* Applies an EXIF orientation (1 to 8; others do nothing). */
void planes_turn(struct planes *p, int orientation);

/* Interleaved RGB (or grey) of the same size; colour is interpolated between its samples. And back: colour planes of
 * half the size, each the average of what it covers, or of the full size. 8 bits, 1 or 3 bands. */
void planes_to_picture(const struct planes *p, struct picture *out);
void planes_from_picture(const struct picture *p, bool half, struct planes *out);

#endif
