/* jpeg.h - a JPEG decoder for pictures of any size: reads the whole file, computes only what the wanted size needs.
 *
 * Theory. A JPEG is blocks of 8 x 8 samples as cosine coefficients, Huffman-coded. Undoing the Huffman code is four fifths
 * of the time any decoder takes. A picture at 1/8 of the size needs one coefficient of each block (DC), at 1/4 four of them
 * (2 x 2), at 1/2 sixteen (4 x 4; inverse.h has why no others), at full size all: the others only have to be walked over, and several
 * can be walked over in one look into a table (walk.h). A progressive file sends coarse coefficients in scans of their own: the scans that
 * are not needed are not read at all, their end is found by the next marker (plan.h).
 *
 * Decoded here: baseline and extended sequential (SOF0, SOF1) and progressive (SOF2) Huffman files of 8 bits, grey or
 * three components with any legal sampling, restart intervals, one or several scans. The coefficients are those of libjpeg (tests compare
 * them), the samples at 1/8 and 1/1 are those of libjpeg-turbo bit by bit, those at 1/4 and 1/2 are
 * nearer to the full picture than its are (inverse.h).
 * Everything else (arithmetic, lossless, hierarchical, 12 bits, two or four components, height told late) is JPEG_OTHER, for the library.
 *
 * States: jpeg_open -> jpeg_shape for each scale one likes -> jpeg_decode once -> jpeg_close. One thread; nothing global but constant tables.
 * Ownership: the file's bytes are lent until jpeg_close.
 * Memory: sequential files in one interleaved scan: a row of MCUs. Others: the wanted coefficients of the whole picture (1, 4, 16
 * or all of 64, two bytes each), refused over JPEG_MEMORY_MAX.
 * Source: ITU-T T.81.
 */
#ifndef RUNNER_JPEG_H
#define RUNNER_JPEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define JPEG_COMPONENTS_MAX 3
#define JPEG_MEMORY_MAX (512u << 20)
#define JPEG_SCANS_MAX 1000		/* of a progressive file; header.h's own limit is lower and a setting */

enum jpeg_end {
	JPEG_COMPLETE,
	JPEG_CUT,	/* the file ends early: what was reached was given, the rest is grey (coarse, when it is progressive) */
	JPEG_DAMAGED,	/* an impossible code, length or order on the way: what could be read was given; what was lost is grey */
	JPEG_OTHER,	/* not for this decoder; nothing was given */
};

enum jpeg_color { JPEG_GREY, JPEG_YCBCR, JPEG_RGB };	/* what the components are, by JFIF and Adobe markers and their ids */

struct jpeg_component {
	int id, h, v;			/* sampling factors */
	int quantization;		/* table */
};

struct jpeg {
	struct str file;
	int width, height;
	int n;				/* components */
	struct jpeg_component component[JPEG_COMPONENTS_MAX];
	enum jpeg_color color;
	bool progressive;
	struct jpeg_state *state;	/* owned */
};

/* Reads up to the first scan. Only after JPEG_COMPLETE is there something to decode; jpeg_close in every case. */
enum jpeg_end jpeg_open(struct jpeg *j, struct str file);
void jpeg_close(struct jpeg *j);

/* A component's plane at 1/shrink (1, 2, 4 or 8): samples that are meant to be seen, and the exact extent
 * in samples, since the last may be seen in part only (a scaler wants to know). Width and height are libjpeg's for the same scale. */
struct jpeg_shape {
	int width, height;
	double exact_width, exact_height;
};
void jpeg_shape(const struct jpeg *j, int component, int shrink, struct jpeg_shape *s);

struct jpeg_sink {
	/* Rows first ... first + n - 1 of a component, top to bottom, `stride` apart; SCALE_OVERREAD bytes after each may be read. */
	void (*rows)(void *owner, int component, int first, int n, const uint8_t *samples, size_t stride);
	void *owner;
};

struct jpeg_result {
	int mcu_rows, mcu_rows_read;	/* those of which nothing was lost; of a progressive file: by the scans of DC */
	int scans_read, scans_skipped;
};

/* Each component has its own shrink (1, 2, 4, 8): chroma may be had smaller than luma. All rows of all components are given whatever the end
 * is, except after JPEG_OTHER (then none: too much memory would be needed, or a table is not there). Each component's rows come in order. */
enum jpeg_end jpeg_decode(struct jpeg *j, const int shrink[JPEG_COMPONENTS_MAX], const struct jpeg_sink *to,
			  struct jpeg_result *r);

#endif
