/* lanes.h - the loops that a scaler's time is spent in, once for each kind of vector register.
 *
 * 8-bit samples. `down` makes one row from several: vectors lie along the row, two source rows at a time are woven
 * together so that one instruction multiplies both by their weights and adds the pair (pmaddwd). The result has 8 whole
 * bits, 6 fractional ones and a sign (the kernel has negative lobes): LANES_FRACTION.
 *
 * Along a row that does not work, since each output sample wants other weights. So LANES_ROWS finished rows are turned
 * first (across.c): a vector then holds the same place of all of them, as pairs of a sample and its right neighbour, and
 * `across` again multiplies whole vectors by one pair of weights. 16 columns of bytes are turned back at a time (weave.h).
 *
 * Deep samples (16 bits, or alpha premultiplied to 16 bits) go the same two ways in floats, one sample at a time.
 *
 * Every kind gives the same bytes: integers do by nature, the floats' operations have one order.
 */
#ifndef RUNNER_LANES_H
#define RUNNER_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "functions/runner/weave.h"

#define LANES_ROWS WEAVE_SIDE	/* rows turned at a time */
#define LANES_FRACTION 6
#define LANES_SLACK 64		/* samples that may be read, and elements that may be written, after the end of each buffer */

typedef int16_t lanes_pair[LANES_ROWS][2];
typedef float lanes_column[LANES_ROWS];

/* Four pixels of four bytes, and what becomes of their bytes. */
typedef uint32_t lanes_pixels __attribute__((vector_size(16)));
typedef uint8_t lanes_bytes __attribute__((vector_size(16)));
typedef uint16_t lanes_words __attribute__((vector_size(32)));

struct lanes_deep {
	int bands;
	bool alpha;		/* the last band: divided out */
	float most;		/* full scale of the result: 255 or 65535; that of the input is 65535 */
};

/* Output samples side by side: each is the sum of `n` pairs, `step` apart from pairs[i] on, by the weights from weights[i] on. */
struct lanes_columns {
	int count;		/* at most WEAVE_SIDE */
	int n, step;
	const lanes_pair *pairs[WEAVE_SIDE];
	const int16_t *weights[WEAVE_SIDE];
};

struct lanes {
	const char *name;

	/* `n` rows (even) of `len` samples with a weight each. Rows of bytes, or of what `down` gives (boxes are averaged to that). */
	void (*down8)(const void *const *rows, const int16_t *weights, int n, int16_t *to, size_t len);
	void (*down16)(const void *const *rows, const int16_t *weights, int n, int16_t *to, size_t len);

	/* Columns of LANES_ROWS rows; WEAVE_SIDE bytes are written to each row of `to`. */
	void (*across)(const struct lanes_columns *c, uint8_t *to, size_t stride);

	/* Boxes: a row onto sums, and sums to averages: times `by`, which for bytes also makes room for the fraction. Sums of
	 * bytes are at most 257 rows', others at most INT32_MAX. */
	void (*add8)(uint16_t *sums, const uint8_t *row, size_t len);
	void (*add16)(uint32_t *sums, const uint16_t *row, size_t len);
	void (*average8)(const uint16_t *sums, float by, int16_t *to, size_t len);
	void (*average16)(const uint32_t *sums, float by, uint16_t *to, size_t len);

	/* `n` pixels whose last band is alpha, of 8 or 16 bits, to 16 bits and premultiplied. */
	void (*premultiply)(const void *row, int depth, int bands, uint16_t *to, size_t n);

	/* Deep: rows of 16 bits to a row of floats; LANES_ROWS rows of those turned; one pixel of each row, band by band. */
	void (*deep_down)(const void *const *rows, const float *weights, int n, float *to, size_t len);
	void (*deep_turn)(const float *rows, size_t stride, lanes_column *to, size_t n);
	void (*deep_across)(const lanes_column *from, const float *weights, int n, const struct lanes_deep *d,
			    uint16_t (*to)[LANES_ROWS]);
};

extern const struct lanes lanes_plain, lanes_avx2, lanes_avx512, lanes_neon;	/* as far as this processor's family has them */

/* The widest that this processor has. */
const struct lanes *lanes_best(void);

/* All that it has, the plainest first, up to a NULL. */
const struct lanes *const *lanes_all(void);

#endif
