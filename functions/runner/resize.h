/* resize.h - makes a picture smaller, one source row at a time.
 *
 *     resize_begin(&r, &spec);
 *     for each row, top to bottom: resize_row(&r, row);
 *     resize_end(&r, &picture);
 *
 * Memory holds only the rows that the kernel spans and the result. Lanczos3 in floats, rows first and
 * then columns; before that, where the picture shrinks by four or more, a box average that leaves it at
 * least twice the size. Alpha is premultiplied on the way in and divided out at the end, so that what is
 * invisible lends no colour. Runs in the calling thread.
 */
#ifndef RUNNER_RESIZE_H
#define RUNNER_RESIZE_H

#include "functions/runner/picture.h"

struct resize_spec {
	int in_width, in_height, bands;
	int in_depth, out_depth;	/* 8 or 16 */
	bool alpha;
	int width, height;		/* of the result, not larger than the input */
};

/* Of one axis: every output sample is a weighted sum of `n` input samples from `first` on. */
struct taps {
	int n;
	int *first;		/* owned */
	float *weights;		/* owned; n per output sample */
};

struct resize {
	struct resize_spec spec;
	int box_x, box_y;	/* source samples averaged into one; 1: no box */
	int mid_width, mid_height;
	bool wide;		/* samples between the steps have 16 bits */
	struct taps across, down;
	void *line;		/* owned; the source row, premultiplied */
	uint32_t *sums;		/* owned; of the source rows of this box */
	int boxed;		/* rows in sums */
	char *ring;		/* owned; the last down.n rows between the steps */
	const void **window;	/* owned; down.n rows in order */
	float *column;		/* owned; one result row before its columns are done */
	int in_rows, mid_rows, out_rows;
	struct picture out;	/* owned */
};

void resize_begin(struct resize *r, const struct resize_spec *spec);
void resize_row(struct resize *r, const void *row);
void resize_end(struct resize *r, struct picture *out);	/* after the last row */
void resize_abort(struct resize *r);			/* instead of resize_end; also for `{0}` */

/* The same from memory; a picture of that size already is copied. */
void picture_resize(const struct picture *in, int width, int height, struct picture *out);

#endif
