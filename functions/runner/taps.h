/* taps.h - the arithmetic of resize.c: Lanczos3 weights, and the loops that time is spent in.
 *
 * The vertical loops run over whole rows, so the compiler can use the widest vectors that the machine
 * has; on x86-64 a second copy for AVX2 is chosen when the program starts.
 */
#ifndef RUNNER_TAPS_H
#define RUNNER_TAPS_H

#include "functions/runner/resize.h"

#define TAPS_OVERREAD 4		/* floats that taps_across may read after a row */

/* `length` input samples, the last one possibly not whole, are held in `size`. */
void taps_make(struct taps *t, double length, int size, int out);
void taps_clear(struct taps *t);

/* Adds a row to sums. */
void taps_add(uint32_t *sums, const void *row, bool wide, size_t n);

/* Output row `y` from t->n rows of `n` samples. */
void taps_down(const struct taps *t, int y, const void *const *rows, bool wide, float *to, size_t n);

/* All columns of a row, to samples of out's depth, alpha divided out. */
void taps_across(const struct taps *t, const float *from, const struct picture *out, bool wide, void *to);

#endif
