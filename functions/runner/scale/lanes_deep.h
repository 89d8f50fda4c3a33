/* lanes_deep.h - the loops for deep samples (lanes.h), included once for each kind of vectors with
 *
 *     NAME(x)	how its functions are called
 *     TARGET	the attribute that lets the compiler use those vectors
 *
 * Plain C in an order that the compiler may widen but not change: the sums of all kinds are equal to the last bit.
 */
#if !defined(NAME) || !defined(TARGET)
#error "to be included by lanes_*.c"
#endif

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
