#ifdef __aarch64__
#include "functions/runner/scale/lanes.h"

#include <arm_neon.h>
#include <string.h>

#include "functions/runner/scale/weights.h"

#define ACROSS_SHIFT (WEIGHTS_BITS + LANES_FRACTION)

/* Here an instruction multiplies and adds to a wider sum, sample by sample: nothing has to be woven.
 * Eight samples of a row onto two registers of sums. */
static inline void add_eight(int32x4_t sum[2], int16x8_t v, int16_t weight)
{
	sum[0] = vmlal_n_s16(sum[0], vget_low_s16(v), weight);
	sum[1] = vmlal_n_s16(sum[1], vget_high_s16(v), weight);
}

static inline int16x8_t narrow(const int32x4_t sum[2], int shift)
{
	int32x4_t by = vdupq_n_s32(-shift);

	return vcombine_s16(vqmovn_s32(vshlq_s32(sum[0], by)), vqmovn_s32(vshlq_s32(sum[1], by)));
}

/* Sixteen samples at `at`. */
static inline void block8(const void *const *rows, const int16_t *weights, int n, int16_t *to, size_t at)
{
	int32x4_t half = vdupq_n_s32(1 << (WEIGHTS_BITS - LANES_FRACTION - 1)), lo[2] = { half, half }, hi[2] = { half, half };

	for (int k = 0; k < n; k++) {
		uint8x16_t v = vld1q_u8((const uint8_t *)rows[k] + at);

		add_eight(lo, vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(v))), weights[k]);
		add_eight(hi, vreinterpretq_s16_u16(vmovl_u8(vget_high_u8(v))), weights[k]);
	}
	vst1q_s16(to + at, narrow(lo, WEIGHTS_BITS - LANES_FRACTION));
	vst1q_s16(to + at + 8, narrow(hi, WEIGHTS_BITS - LANES_FRACTION));
}

/* Eight samples. */
static inline void block16(const void *const *rows, const int16_t *weights, int n, int16_t *to, size_t at)
{
	int32x4_t half = vdupq_n_s32(1 << (WEIGHTS_BITS - 1)), sum[2] = { half, half };

	for (int k = 0; k < n; k++)
		add_eight(sum, vld1q_s16((const int16_t *)rows[k] + at), weights[k]);
	vst1q_s16(to + at, narrow(sum, WEIGHTS_BITS));
}

/* The last block ends with the row, and repeats some of what the one before did. */
static void down8(const void *const *rows, const int16_t *weights, int n, int16_t *to, size_t len)
{
	if (len < 16) {
		lanes_plain.down8(rows, weights, n, to, len);
		return;
	}
	for (size_t at = 0; at + 16 <= len; at += 16)
		block8(rows, weights, n, to, at);
	if (len % 16 != 0)
		block8(rows, weights, n, to, len - 16);
}

static void down16(const void *const *rows, const int16_t *weights, int n, int16_t *to, size_t len)
{
	if (len < 8) {
		lanes_plain.down16(rows, weights, n, to, len);
		return;
	}
	for (size_t at = 0; at + 8 <= len; at += 8)
		block16(rows, weights, n, to, at);
	if (len % 8 != 0)
		block16(rows, weights, n, to, len - 8);
}

/* One column of LANES_ROWS rows. The load takes pairs apart: left samples of eight rows, and right ones. */
static inline uint8x16_t column(const lanes_pair *p, const int16_t *weights, int n, int step)
{
	int32x4_t half = vdupq_n_s32(1 << (ACROSS_SHIFT - 1)), upper[2] = { half, half }, lower[2] = { half, half };

	for (int k = 0; k < n; k++, p += step, weights += 2) {
		int16x8x2_t u = vld2q_s16((*p)[0]), l = vld2q_s16((*p)[LANES_ROWS / 2]);

		add_eight(upper, u.val[0], weights[0]);
		add_eight(upper, u.val[1], weights[1]);
		add_eight(lower, l.val[0], weights[0]);
		add_eight(lower, l.val[1], weights[1]);
	}
	return vcombine_u8(vqmovun_s16(narrow(upper, ACROSS_SHIFT)), vqmovun_s16(narrow(lower, ACROSS_SHIFT)));
}

static void across(const struct lanes_columns *c, uint8_t *to, size_t stride)
{
	weave_row columns[WEAVE_SIDE] = { 0 };

	for (int i = 0; i < c->count; i++)
		columns[i] = (weave_row)column(c->pairs[i], c->weights[i], c->n, c->step);
	weave_out(columns, to, stride);
}

#ifdef __clang__
#define TARGET
#else
#define TARGET __attribute__((optimize("O3")))
#endif
#define NAME(x) x
#include "functions/runner/scale/lanes_loops.h"

const struct lanes lanes_neon = {
	"neon", down8, down16, across, add8, add16, average8, average16, premultiply, deep_down, deep_turn, deep_across,
};
#endif
