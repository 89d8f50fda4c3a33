/* intake.h - the way of a photo's rows into the master: one scaler for each stream of rows, and what is done when rows are missing.
 *
 * A reader begins with planes (grey, or Y, Cb and Cr, each with a size of its own) or with one interleaved picture, gives
 * rows as it has them, top to bottom in each stream, and ends. Rows that were not given are grey then, or transparent, and planes that
 * nobody needs as such become one picture.
 *
 *     intake_planes(&i, r, m, n, shape) or intake_picture(&i, r, m, &rows, part)
 *     intake_row(&i, stream, row) ...
 *     intake_end(&i, read, message)
 */
#ifndef RUNNER_INTAKE_H
#define RUNNER_INTAKE_H

#include "functions/runner/reader.h"
#include "functions/runner/scale/scale.h"

struct intake_shape {			/* of a plane's rows: samples, and how much of them is meant (the last may cover less) */
	int width, height;
	double exact_width, exact_height;
};

struct intake {				/* `{0}` is none */
	const struct reading *r;	/* borrowed */
	struct master *m;		/* borrowed */
	int n;
	struct intake_stream {
		struct scale *scale;	/* owned */
		size_t bytes;		/* of a row */
		int given, height;	/* rows */
		bool alpha;
	} stream[PLANES_MAX];
};

void intake_planes(struct intake *i, const struct reading *r, struct master *m, int n, const struct intake_shape *shape);

/* Rows like `rows` says, of which `part` (from the left and the top; NULL: all) is meant. The master keeps 16 bits only where need.deep
 * asks for them. */
void intake_picture(struct intake *i, const struct reading *r, struct master *m, const struct picture *rows,
		    const struct image_part *part);

/* SCALE_OVERREAD bytes after it may be read. */
void intake_row(struct intake *i, int stream, const void *row);
int intake_given(const struct intake *i, int stream);

/* Fills what is missing. `read` is the part of the picture that was there, 1 for all of it; less than one part in SALVAGE_PARTS is refused, and
 * then the master is not to be used. Frees the scalers in either case. */
enum reason intake_end(struct intake *i, double read, bool degraded, char message[SAY_MAX]);
void intake_abort(struct intake *i);

#endif
