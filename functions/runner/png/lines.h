/* lines.h - a PNG's rows, unfiltered, one after the other.
 *
 * They are inflated into a window of some rows and unfiltered where they lie; the one before stays, since the next one's filter needs it.
 */
#ifndef RUNNER_PNG_LINES_H
#define RUNNER_PNG_LINES_H

#include "functions/runner/png/data.h"

struct png_lines {
	const struct png *png;		/* borrowed */
	struct png_data data;
	uint8_t *window, *zeros;	/* owned; the row above the first one is zero */
	size_t size;			/* of the window */
	size_t above;			/* where in it the row before begins */
	size_t at, end;			/* what was inflated and not asked for */
	bool first;			/* of a picture or pass */
	bool ready;			/* the next row was unfiltered with the one before */
	bool damaged;			/* a row has an impossible filter */
};

void png_lines_open(struct png_lines *l, const struct png *p);
void png_lines_close(struct png_lines *l);

/* Before the first row of each pass. */
void png_lines_begin(struct png_lines *l);

/* `width` pixels; NULL: there are no more. Valid until the next call; SCALE_OVERREAD bytes after it may be read. */
const uint8_t *png_lines_next(struct png_lines *l, int width);

#endif
