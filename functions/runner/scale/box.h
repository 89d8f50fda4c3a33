/* box.h - averages of whole boxes of samples: the first, coarse step where a picture shrinks a lot.
 *
 * Boxes begin at the first sample of the first row; those at the right and lower border may hold less. Rows of sums
 * are kept; 8-bit averages come out with LANES_FRACTION fractional bits, 16-bit ones as 16 bits.
 */
#ifndef RUNNER_BOX_H
#define RUNNER_BOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "functions/runner/scale/lanes.h"

struct box {
	const struct lanes *lanes;
	int width, height;	/* of one box */
	int columns, bands;	/* of the source */
	bool deep;		/* 16 bits */
	int rows;		/* in sums */
	uint16_t *sums;		/* owned; a source row's, of bytes, up to BOX_LOW rows */
	uint32_t *high_sums;	/* owned; instead, of 16 bits or of more rows */
};

#define BOX_LOW 257		/* rows of 255 that 16 bits can count */

void box_init(struct box *b);	/* lanes, sizes and depth are set */
void box_clear(struct box *b);

void box_add(struct box *b, const void *row);

/* One row of averages of what was added, and empty again. */
void box_take(struct box *b, void *to);

#endif
