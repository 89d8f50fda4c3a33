/* The transforms to smaller blocks: near the exact ones, and the same whether whole vectors or single blocks are done. */
#include "tests/lib/t.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "functions/runner/jpeg/inverse.h"
#include "functions/runner/jpeg/inverse_8.h"

#define BLOCKS 37

/* Sample (x, y) of n x n, in full precision. */
static double exact(int n, const int16_t *c, const uint16_t *q, int x, int y)
{
	double sum = 0;

	for (int v = 0; v < n; v++)
		for (int u = 0; u < n; u++)
			sum += c[v * n + u] * (double)q[v * n + u] * (u ? sqrt(2) : 1) * (v ? sqrt(2) : 1) *
			       cos((2 * x + 1) * u * M_PI / (2 * n)) * cos((2 * y + 1) * v * M_PI / (2 * n));
	sum = sum / 8 + 128;
	return sum < 0 ? 0 : sum > 255 ? 255 : sum;
}

/* Honest coefficients: those of a picture, more or less. `wild`: any at all. */
static void fill(int n, int16_t *c, uint16_t *q, uint32_t seed, bool wild)
{
	struct str noise = t_bytes((size_t)(BLOCKS * n * n) * 2, seed);

	for (int i = 0; i < n * n; i++)
		q[i] = (uint16_t)(wild ? 1 + 4001 * i : 1 + i + (int)(seed & 7));
	for (int i = 0; i < BLOCKS * n * n; i++) {
		memcpy(&c[i], noise.p + 2 * i, sizeof c[i]);
		if (!wild)
			c[i] = (int16_t)(i / (n * n) % 5 == 0 && i % (n * n) ? 0 : c[i] / 64 / q[i % (n * n)] / (1 + i % (n * n)));
	}
	free((void *)noise.p);
}

static void samples_are_within_a_rounding_of_the_exact_ones(void **state)
{
	static const double most[] = { [1] = 0.5, [2] = 0.5, [4] = 0.56, [8] = 0.6 };

	(void)state;
	for (int n = 1; n <= 8; n *= 2)
		for (uint32_t seed = 1; seed < 40; seed++) {
			int16_t c[BLOCKS * 64];
			uint16_t q[64];
			uint8_t out[8][BLOCKS * 8];

			fill(n, c, q, seed, false);
			inverse_row(n, c, BLOCKS, q, out[0], sizeof out[0]);
			for (int b = 0; b < BLOCKS; b++)
				for (int y = 0; y < n; y++)
					for (int x = 0; x < n; x++) {
						double want = exact(n, c + b * n * n, q, x, y), off = out[y][b * n + x] - want;

						if (fabs(off) > most[n])
							fail_msg("n=%d: %d for %g", n, out[y][b * n + x], want);
					}
		}
}

static void one_block_alone_is_the_same_as_among_others(void **state)
{
	(void)state;
	for (int n = 1; n <= 8; n *= 2)
		for (uint32_t seed = 1; seed < 40; seed++) {
			int16_t c[BLOCKS * 64];
			uint16_t q[64];
			uint8_t out[8][BLOCKS * 8], alone[8][8];

			fill(n, c, q, seed, seed & 1);
			inverse_row(n, c, BLOCKS, q, out[0], sizeof out[0]);
			for (int b = 0; b < BLOCKS; b++) {
				inverse_row(n, c + b * n * n, 1, q, alone[0], sizeof alone[0]);
				for (int y = 0; y < n; y++)
					assert_memory_equal(alone[y], out[y] + b * n, (size_t)n);
			}
		}
}

/* Leaves only DC, or only the 4 x 4 lowest coefficients, of some blocks. */
static void thin_out(int16_t *c, uint32_t seed)
{
	struct str dice = t_bytes(BLOCKS, seed + 1000);

	for (int i = 0; i < BLOCKS * 64; i++) {
		int kind = dice.p[i / 64] & 3, k = i % 64;

		if ((kind == 1 && k > 0) || (kind == 2 && (k % 8 > 3 || k > 31)))
			c[i] = 0;
	}
	free((void *)dice.p);
}

static void every_kind_of_vectors_gives_the_same_samples(void **state)
{
	const struct inverse_8 *const *all = inverse_8_all();

	(void)state;
	for (uint32_t seed = 1; seed < 100; seed++) {
		int16_t c[BLOCKS * 64];
		uint16_t q[64];
		uint8_t want[8][BLOCKS * 8], got[8][BLOCKS * 8];

		fill(8, c, q, seed, seed & 1);
		thin_out(c, seed);
		inverse_8_row(all, c, BLOCKS, q, want[0], sizeof want[0]);
		for (const struct inverse_8 *const *k = all + 1; *k; k++) {
			inverse_8_row(k, c, BLOCKS, q, got[0], sizeof got[0]);
			if (memcmp(got, want, sizeof want) != 0)
				fail_msg("%s differs from plain", (*k)->name);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(samples_are_within_a_rounding_of_the_exact_ones),
		T(one_block_alone_is_the_same_as_among_others),
		T(every_kind_of_vectors_gives_the_same_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
