/* lanes_loops.h - those loops of lanes.h that a compiler widens by itself, included once for each kind of vectors with
 *
 *     NAME(x)	how its functions are called
 *     TARGET	the attribute that lets the compiler use those vectors
 *
 * Plain C in an order that may be widened but not changed: the results of all kinds are equal to the last bit.
 */
#if !defined(NAME) || !defined(TARGET)
#error "to be included by lanes_*.c"
#endif

TARGET static void NAME(add8)(uint16_t *restrict sums, const uint8_t *restrict row, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sums[i] = (uint16_t)(sums[i] + row[i]);
}

TARGET static void NAME(add16)(uint32_t *restrict sums, const uint16_t *restrict row, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sums[i] += row[i];
}

TARGET static void NAME(average8)(const uint16_t *restrict sums, float by, int16_t *restrict to, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = (int16_t)((float)sums[i] * by + 0.5f);
}

TARGET static void NAME(average16)(const uint32_t *restrict sums, float by, uint16_t *restrict to, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = (uint16_t)(int32_t)((float)(int32_t)sums[i] * by + 0.5f);
}

/* 257 / 255 v, of a product of two bytes, in 16 bits: v and about a 128th of it. Exact for multiples of 255: opaque stays what it was. */
#define FULL(v) ((v) + (((v) + ((v) >> 8) + 127) >> 7))

/* Four RGBA pixels; alpha itself is multiplied by 255. */
TARGET static inline void NAME(multiply_rgba)(const uint8_t *restrict row, uint16_t *restrict to)
{
	lanes_pixels v, a;
	lanes_words product;

	memcpy(&v, row, sizeof v);
	a = v >> 24;
	a |= a << 8;
	a |= a << 16 | 0xff000000;
	product = __builtin_convertvector((lanes_bytes)v, lanes_words) * __builtin_convertvector((lanes_bytes)a, lanes_words);
	product = FULL(product);
	memcpy(to, &product, sizeof product);
}

TARGET static void NAME(multiply8)(const uint8_t *restrict row, uint16_t *restrict to, size_t n, size_t bands)
{
	for (; bands == 4 && n >= 4; n -= 4, row += 16, to += 16)
		NAME(multiply_rgba)(row, to);
	for (; n > 0; n--, row += bands, to += bands)
		for (size_t b = 0; b < bands; b++) {
			int product = row[b] * (b == bands - 1 ? 255 : row[bands - 1]);

			to[b] = (uint16_t)FULL(product);
		}
}

#undef FULL

TARGET static inline __attribute__((always_inline)) void NAME(multiply16)(const uint16_t *restrict row, uint16_t *restrict to,
									   size_t n, size_t bands)
{
	for (size_t i = 0; i < n; i++, row += bands, to += bands) {
		float alpha = (float)row[bands - 1] / 65535;

		for (size_t b = 0; b < bands - 1; b++)
			to[b] = (uint16_t)(int32_t)((float)row[b] * alpha + 0.5f);
		to[bands - 1] = row[bands - 1];
	}
}

TARGET static void NAME(premultiply)(const void *row, int depth, int bands, uint16_t *to, size_t n)
{
	if (depth == 8)
		NAME(multiply8)(row, to, n, (size_t)bands);
	else if (bands == 4)
		NAME(multiply16)(row, to, n, 4);
	else
		NAME(multiply16)(row, to, n, (size_t)bands);
}

TARGET static void NAME(deep_down)(const void *const *rows, const float *weights, int n, float *restrict to, size_t len)
{
	for (int k = 0; k < n; k += 2) {
		const uint16_t *restrict p = rows[k], *restrict q = rows[k + 1];
		float wp = weights[k], wq = weights[k + 1];

		for (size_t i = 0; i < len; i++)
			to[i] = (k > 0 ? to[i] : 0) + (wp * p[i] + wq * q[i]);
	}
}

TARGET static void NAME(deep_turn)(const float *rows, size_t stride, lanes_column *to, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t r = 0; r < LANES_ROWS; r++)
			to[i][r] = rows[r * stride + i];
}

/* Colours over alpha to colours alone; what is invisible has none. */
TARGET static inline void NAME(deep_divide)(lanes_column *sum, int bands)
{
	float *alpha = sum[bands - 1];

	for (int r = 0; r < LANES_ROWS; r++)
		alpha[r] = alpha[r] > 65535 ? 65535 : alpha[r];
	for (int b = 0; b < bands - 1; b++)
		for (int r = 0; r < LANES_ROWS; r++) {
			float v = sum[b][r] < alpha[r] ? sum[b][r] : alpha[r];

			sum[b][r] = v > 0 ? v * (65535 / alpha[r]) : 0;
		}
}

TARGET static void NAME(deep_across)(const lanes_column *from, const float *weights, int n, const struct lanes_deep *d,
				     uint16_t (*to)[LANES_ROWS])
{
	lanes_column sum[4] = { { 0 } };
	float gain = d->most / 65535;

	for (int b = 0; b < d->bands; b++)
		for (int k = 0; k < n; k++)
			for (int r = 0; r < LANES_ROWS; r++)
				sum[b][r] += weights[k] * from[k * d->bands + b][r];
	if (d->alpha)
		NAME(deep_divide)(sum, d->bands);
	for (int b = 0; b < d->bands; b++)
		for (int r = 0; r < LANES_ROWS; r++) {
			float v = sum[b][r] * gain + 0.5f;

			v = v < d->most ? v : d->most;
			to[b][r] = (uint16_t)(int32_t)(v > 0 ? v : 0);
		}
}

#undef NAME
#undef TARGET
