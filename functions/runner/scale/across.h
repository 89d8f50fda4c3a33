/* across.h - the second direction: LANES_ROWS rows that have their final number, to rows that have their final width.
 *
 * Turned in pieces of ACROSS_PIECE output columns, so that what is turned stays in the first-level cache.
 */
#ifndef RUNNER_ACROSS_H
#define RUNNER_ACROSS_H

#include "functions/runner/scale/lanes.h"
#include "functions/runner/scale/weights.h"

#define ACROSS_PIECE 64

struct across {
	const struct lanes *lanes;
	const struct weights *weights;	/* borrowed; `first` even for one band */
	struct lanes_deep deep;		/* bands also for 8 bits */
	void *turned;			/* owned; of one piece */
};

void across_init(struct across *a);	/* the other members are set */
void across_clear(struct across *a);

/* `stride` in samples, of 16-bit ones (LANES_FRACTION) or floats; to_stride in bytes. */
void across_8(const struct across *a, const int16_t *rows, size_t stride, uint8_t *to, size_t to_stride);
void across_deep(const struct across *a, const float *rows, size_t stride, void *to, size_t to_stride);

#endif
