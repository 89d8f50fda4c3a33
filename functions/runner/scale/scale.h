/* scale.h - makes a picture another size, one source row at a time.
 *
 * Theory. Every output sample is a weighted sum of input samples around the place it stands for: Lanczos with three lobes,
 * stretched by the scale when shrinking, so that nothing finer than the output can show survives as a false pattern
 * (weights.h). The kernel is separable: first rows are made from rows (a window of as many source rows as it reaches over is kept),
 * then columns from columns (across.h). Where the picture shrinks by six or more, boxes of rows are averaged first (box.h) until
 * at least three times the wanted number are left: that costs SSIM 0.0002 and saves more than half of the time.
 * Sample i covers [i, i + 1) and stands at its middle: there is no shift of half a pixel. What lies beyond the input does
 * not exist: near the border the kernel is cut and its weights are made to sum up to one again. What lies beyond the part but in the
 * input counts.
 *
 *     s = scale_begin(&spec);
 *     for each source row, top to bottom: scale_row(s, row);        rows of the result come by spec.row as they are done
 *     scale_end(s);
 *
 * Result rows come top to bottom, up to 16 at a time (lanes.h says why), the last ones with the last wanted source row.
 *
 * A scaler takes interleaved samples of 1 to 4 bands, 8 or 16 bits; a plane is a picture of one band. 8-bit samples without
 * alpha go through integers (14-bit weights, 6 more bits between the directions: within one level of exact arithmetic). Others go
 * through floats; alpha is premultiplied on the way in and divided out at the end, so that what is invisible
 * lends no colour. The widest vectors the processor has are chosen when the program starts; all give the same bytes.
 * Memory: the rows that the kernel reaches over and 16 more, not the picture. Runs in the calling thread.
 */
#ifndef RUNNER_SCALE_H
#define RUNNER_SCALE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "functions/runner/picture.h"

struct scale_spec {
	int in_width, in_height;		/* of the rows that will come */
	int bands;
	int in_depth, out_depth;		/* 8 or 16 */
	bool alpha;				/* the last band is one, not premultiplied */
	bool rows_stay;				/* source rows stay where they are until scale_end: they need not be copied */
	/* What part of the input becomes the output, in its samples: may begin and end inside of one. {0, 0, 0, 0}: all.
	 * Its end may lie beyond the input as long as the last output sample does not as a whole (a colour plane of an odd picture). */
	double left, top, width, height;
	int out_width, out_height;		/* larger than the part: it is enlarged */
	void (*row)(void *owner, int y, const void *samples);	/* a result row, lent for the call */
	void *owner;
	const struct lanes *lanes;		/* NULL: the widest; tests compare them (lanes.h) */
};

#define SCALE_OVERREAD 64	/* bytes that may be read after a source row's last sample */

struct scale;

struct scale *scale_begin(const struct scale_spec *spec);
void scale_row(struct scale *s, const void *row);
void scale_end(struct scale *s);	/* frees; also early, instead of the missing rows; NULL: nothing */

/* A spec's `row`: copies into the struct picture that `owner` is, allocated with the result's size. */
void scale_to_picture(void *owner, int y, const void *samples);

/* How many source rows from the top are wanted: those after them need not be given. */
int scale_rows_wanted(const struct scale *s);

/* From memory: all of it (NULL) or a part; the result is owned by the caller. */
void scale_picture(const struct picture *in, const struct image_part *part, int width, int height, struct picture *out);

#endif
