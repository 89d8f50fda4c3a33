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

struct box {
	int width, height;	/* of one box */
	int columns, bands;	/* of the source */
	bool deep;		/* 16 bits */
	int rows;		/* in sums */
	uint32_t *sums;		/* owned; a source row's */
};

void box_init(struct box *b);	/* the other members are set */
void box_clear(struct box *b);

void box_add(struct box *b, const void *row);

/* One row of averages of what was added, and empty again. */
void box_take(struct box *b, void *to);

#endif
