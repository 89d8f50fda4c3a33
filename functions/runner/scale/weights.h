/* weights.h - what each output sample along one axis is made of: the tables of the Lanczos kernel.
 *
 * Output i stands for the place c = start + (i + 0.5) * length / out of the input, where sample p covers [p, p + 1) and stands
 * at p + 0.5. Its value is the sum of w[k] * input[first + k], w being Lanczos with three lobes around c, stretched by the
 * scale when shrinking (enlarging, the kernel stays as wide as three input samples each way). At the borders the kernel loses
 * what lies outside; in every case the weights are divided by their sum, so that a flat colour stays what it is.
 *
 * In fixed point the sum is exactly 1 << WEIGHTS_BITS: what rounding left over goes to the largest weight. No weight reaches
 * 2: the worst case is an enlarged border, where half of the kernel is missing.
 */
#ifndef RUNNER_WEIGHTS_H
#define RUNNER_WEIGHTS_H

#include <stdbool.h>
#include <stdint.h>

#define WEIGHTS_BITS 14
#define WEIGHTS_LOBES 3

struct weights_spec {
	double start, length;	/* the part of the input that becomes `out` samples */
	int size;		/* samples of input there are */
	double last;		/* how much of the last of them is real (a box cut by the border); 1: all */
	int out;
	int align;		/* `first` is a multiple of it: 1 or 2 */
	bool fixed;		/* fixed-point weights; else floats */
};

struct weights {
	int out;
	int stride;		/* weights per output sample: even, zeros at the end */
	int reach;		/* the most samples that one output sample needs, first to last */
	int *first;		/* owned */
	int *n;			/* owned; samples it needs from `first` on: first + n <= size */
	int16_t *fixed;		/* owned; or NULL */
	float *real;		/* owned; or NULL */
};

void weights_make(struct weights *w, const struct weights_spec *spec);
void weights_clear(struct weights *w);

#endif
