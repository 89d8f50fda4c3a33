/* lanes_x86.h - the loops of lanes.h for x86's registers, included once for each width with
 *
 *     NAME(x)		how its functions are called
 *     TARGET		the attribute that allows the instructions
 *     V, OP(x)		the register's type; its intrinsic _mm..._x
 *     LOAD, STORE, ZERO	of a whole register, anywhere in memory
 *     ORDER(lo, hi, a, b)	packed halves in the order of the source: within 128 bits they are, across not
 *     BYTES(from, weights, n, step)	a column of LANES_ROWS bytes from pairs
 *
 * Rows are woven byte by byte, then with zeros: a 32-bit lane holds a sample of each row, for MADD to multiply and add.
 */
#if !defined(NAME) || !defined(TARGET) || !defined(V)
#error "to be included by lanes_*.c"
#endif

#define SIZE sizeof(V)
#define PAIR_OF(weights, k) OP(set1_epi32)(pair_at((weights) + (k)))
#define MADD(sum, v, w) OP(add_epi32)(sum, OP(madd_epi16)(v, w))

/* SIZE samples at `at`. */
TARGET static inline void NAME(block8)(const void *const *rows, const int16_t *weights, int n, int16_t *to, size_t at)
{
	V half = OP(set1_epi32)(1 << (WEIGHTS_BITS - LANES_FRACTION - 1)), s0 = half, s1 = half, s2 = half, s3 = half;

	for (int k = 0; k < n; k += 2) {
		V a = LOAD((const uint8_t *)rows[k] + at), b = LOAD((const uint8_t *)rows[k + 1] + at), w = PAIR_OF(weights, k);
		V lo = OP(unpacklo_epi8)(a, b), hi = OP(unpackhi_epi8)(a, b);

		s0 = MADD(s0, OP(unpacklo_epi8)(lo, ZERO), w);
		s1 = MADD(s1, OP(unpackhi_epi8)(lo, ZERO), w);
		s2 = MADD(s2, OP(unpacklo_epi8)(hi, ZERO), w);
		s3 = MADD(s3, OP(unpackhi_epi8)(hi, ZERO), w);
	}
#define SHIFTED(s) OP(srai_epi32)(s, WEIGHTS_BITS - LANES_FRACTION)
	s0 = OP(packs_epi32)(SHIFTED(s0), SHIFTED(s1));
	s2 = OP(packs_epi32)(SHIFTED(s2), SHIFTED(s3));
#undef SHIFTED
	ORDER(s1, s3, s0, s2);
	STORE(to + at, s1);
	STORE(to + at + SIZE / 2, s3);
}

/* SIZE / 2 samples at `at`. */
TARGET static inline void NAME(block16)(const void *const *rows, const int16_t *weights, int n, int16_t *to, size_t at)
{
	V half = OP(set1_epi32)(1 << (WEIGHTS_BITS - 1)), s0 = half, s1 = half;

	for (int k = 0; k < n; k += 2) {
		V a = LOAD((const int16_t *)rows[k] + at), b = LOAD((const int16_t *)rows[k + 1] + at), w = PAIR_OF(weights, k);

		s0 = MADD(s0, OP(unpacklo_epi16)(a, b), w);
		s1 = MADD(s1, OP(unpackhi_epi16)(a, b), w);
	}
	STORE(to + at, OP(packs_epi32)(OP(srai_epi32)(s0, WEIGHTS_BITS), OP(srai_epi32)(s1, WEIGHTS_BITS)));
}

/* The last block ends with the row, and repeats some of what the one before did. */
TARGET static void NAME(down8)(const void *const *rows, const int16_t *weights, int n, int16_t *to, size_t len)
{
	if (len < SIZE) {
		lanes_plain.down8(rows, weights, n, to, len);
		return;
	}
	for (size_t at = 0; at + SIZE <= len; at += SIZE)
		NAME(block8)(rows, weights, n, to, at);
	if (len % SIZE != 0)
		NAME(block8)(rows, weights, n, to, len - SIZE);
}

TARGET static void NAME(down16)(const void *const *rows, const int16_t *weights, int n, int16_t *to, size_t len)
{
	if (len < SIZE / 2) {
		lanes_plain.down16(rows, weights, n, to, len);
		return;
	}
	for (size_t at = 0; at + SIZE / 2 <= len; at += SIZE / 2)
		NAME(block16)(rows, weights, n, to, at);
	if (len % (SIZE / 2) != 0)
		NAME(block16)(rows, weights, n, to, len - SIZE / 2);
}

TARGET static void NAME(across)(const struct lanes_columns *c, uint8_t *to, size_t stride)
{
	weave_row columns[WEAVE_SIDE];

	for (int i = 0; i < c->count; i++)
		columns[i] = (weave_row)BYTES(c->pairs[i], c->weights[i], c->n, c->step);
	for (int i = c->count; i < WEAVE_SIDE; i++)
		columns[i] = (weave_row){ 0 };
	weave_out(columns, to, stride);
}

#undef SIZE
#undef PAIR_OF
#undef MADD
#undef NAME
#undef TARGET
#undef V
#undef OP
#undef LOAD
#undef STORE
#undef ZERO
#undef ORDER
#undef BYTES
