#include "functions/runner/scale/lanes.h"

#include <string.h>

#include "functions/runner/scale/weights.h"

#define ACROSS_SHIFT (WEIGHTS_BITS + LANES_FRACTION)

static int16_t narrow(int32_t v)
{
	return (int16_t)(v < INT16_MIN ? INT16_MIN : v > INT16_MAX ? INT16_MAX : v);
}

static void down8(const void *const *rows, const int16_t *weights, int n, int16_t *to, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int32_t sum = 1 << (WEIGHTS_BITS - LANES_FRACTION - 1);

		for (int k = 0; k < n; k++)
			sum += ((const uint8_t *)rows[k])[i] * weights[k];
		to[i] = narrow(sum >> (WEIGHTS_BITS - LANES_FRACTION));
	}
}

static void down16(const void *const *rows, const int16_t *weights, int n, int16_t *to, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int32_t sum = 1 << (WEIGHTS_BITS - 1);

		for (int k = 0; k < n; k++)
			sum += ((const int16_t *)rows[k])[i] * weights[k];
		to[i] = narrow(sum >> WEIGHTS_BITS);
	}
}

static void across(const struct lanes_columns *c, uint8_t *to, size_t stride)
{
	for (int i = 0; i < c->count; i++)
		for (int r = 0; r < LANES_ROWS; r++) {
			int32_t sum = 1 << (ACROSS_SHIFT - 1);

			for (int k = 0; k < c->n; k++) {
				const int16_t *p = c->pairs[i][k * c->step][r], *w = c->weights[i] + 2 * k;

				sum += p[0] * w[0] + p[1] * w[1];
			}
			sum >>= ACROSS_SHIFT;
			to[(size_t)r * stride + (size_t)i] = (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
		}
}

#define NAME(x) x
#define TARGET
#include "functions/runner/scale/lanes_loops.h"

const struct lanes lanes_plain = {
	"plain", down8, down16, across, add8, add16, average8, average16, premultiply, deep_down, deep_turn, deep_across,
};
