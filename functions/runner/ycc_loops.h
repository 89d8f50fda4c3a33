/* ycc_loops.h - the arithmetic of ycc.h for YCC_BLOCK pixels, included once for each kind of vectors with
 *
 *     NAME(x)	how its functions are called
 *     TARGET	the attribute that lets the compiler use those vectors
 *
 * Loops of a fixed length over arrays of one colour each: those a compiler widens well. Three colours are woven into pixels, and taken apart,
 * sixteen at a time.
 */
#if !defined(NAME) || !defined(TARGET)
#error "to be included by ycc.c"
#endif

TARGET static void NAME(weave_pixels)(const uint8_t *r, const uint8_t *g, const uint8_t *b, uint8_t *restrict to)
{
	for (int i = 0; i < YCC_BLOCK; i += 16, to += 48) {
		bytes vr, vg, vb, out[3];

		memcpy(&vr, r + i, sizeof vr);
		memcpy(&vg, g + i, sizeof vg);
		memcpy(&vb, b + i, sizeof vb);
		out[0] = __builtin_shufflevector(vr, vg, 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5);
		out[1] = __builtin_shufflevector(vr, vg, 21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26);
		out[2] = __builtin_shufflevector(vr, vg, 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
		out[0] = __builtin_shufflevector(out[0], vb, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15);
		out[1] = __builtin_shufflevector(out[1], vb, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15);
		out[2] = __builtin_shufflevector(out[2], vb, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31);
		memcpy(to, out, sizeof out);
	}
}

TARGET static void NAME(part_pixels)(const uint8_t *from, uint8_t *restrict r, uint8_t *restrict g, uint8_t *restrict b)
{
	for (int i = 0; i < YCC_BLOCK; i += 16, from += 48) {
		bytes v[3], one;

		memcpy(v, from, sizeof v);
		one = __builtin_shufflevector(v[0], v[1], 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0);
		one = __builtin_shufflevector(one, v[2], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29);
		memcpy(r + i, &one, sizeof one);
		one = __builtin_shufflevector(v[0], v[1], 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0);
		one = __builtin_shufflevector(one, v[2], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30);
		memcpy(g + i, &one, sizeof one);
		one = __builtin_shufflevector(v[0], v[1], 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0, 0, 0, 0, 0, 0);
		one = __builtin_shufflevector(one, v[2], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31);
		memcpy(b + i, &one, sizeof one);
	}
}

TARGET static void NAME(to_rgb)(const uint8_t *restrict y, const uint8_t *restrict cb, const uint8_t *restrict cr, uint8_t *rgb)
{
	uint8_t r[YCC_BLOCK], g[YCC_BLOCK], b[YCC_BLOCK];

	for (int i = 0; i < YCC_BLOCK; i++) {
		int32_t u = cb[i] - MIDDLE, v = cr[i] - MIDDLE;

		r[i] = clamp(y[i] + ((FIXED(1.40200) * v + HALF) >> BITS));
		g[i] = clamp(y[i] + ((-FIXED(0.34414) * u - FIXED(0.71414) * v + HALF) >> BITS));
		b[i] = clamp(y[i] + ((FIXED(1.77200) * u + HALF) >> BITS));
	}
	NAME(weave_pixels)(r, g, b, rgb);
}

/* Of sums of 1 << shift pixels. */
TARGET static inline __attribute__((always_inline)) void NAME(differences)(const uint16_t *restrict r, const uint16_t *restrict g,
									    const uint16_t *restrict b, uint8_t *restrict cb,
									    uint8_t *restrict cr, int n, int shift)
{
	const int32_t middle = ((MIDDLE << BITS) + HALF - 1) << shift;

	for (int i = 0; i < n; i++) {
		cb[i] = clamp((-FIXED(0.16874) * r[i] - FIXED(0.33126) * g[i] + FIXED(0.5) * b[i] + middle) >> (BITS + shift));
		cr[i] = clamp((FIXED(0.5) * r[i] - FIXED(0.41869) * g[i] - FIXED(0.08131) * b[i] + middle) >> (BITS + shift));
	}
}

TARGET static void NAME(from_rgb)(const uint8_t *rgb, uint8_t *restrict y, uint8_t *restrict cb, uint8_t *restrict cr)
{
	uint8_t r[YCC_BLOCK], g[YCC_BLOCK], b[YCC_BLOCK];
	uint16_t wide[3][YCC_BLOCK];

	NAME(part_pixels)(rgb, r, g, b);
	for (int i = 0; i < YCC_BLOCK; i++)
		y[i] = (uint8_t)((FIXED(0.29900) * r[i] + FIXED(0.58700) * g[i] + FIXED(0.11400) * b[i] + HALF) >> BITS);
	for (int i = 0; i < YCC_BLOCK; i++) {
		wide[0][i] = r[i];
		wide[1][i] = g[i];
		wide[2][i] = b[i];
	}
	NAME(differences)(wide[0], wide[1], wide[2], cb, cr, YCC_BLOCK, 0);
}

TARGET static void NAME(from_squares)(const uint8_t *upper, const uint8_t *lower, uint8_t *cb, uint8_t *cr)
{
	uint8_t one[3][YCC_BLOCK], other[3][YCC_BLOCK];
	uint16_t sums[3][YCC_BLOCK / 2];

	NAME(part_pixels)(upper, one[0], one[1], one[2]);
	NAME(part_pixels)(lower, other[0], other[1], other[2]);
	for (int k = 0; k < 3; k++)
		for (int i = 0; i < YCC_BLOCK / 2; i++)
			sums[k][i] = (uint16_t)(one[k][2 * i] + one[k][2 * i + 1] + other[k][2 * i] + other[k][2 * i + 1]);
	NAME(differences)(sums[0], sums[1], sums[2], cb, cr, YCC_BLOCK / 2, 2);
}

TARGET static void NAME(blend)(const uint8_t *near, const uint8_t *far, uint16_t *restrict to, int n)
{
	for (int i = 0; i < n; i++)
		to[i] = (uint16_t)(3 * near[i] + far[i]);
}

/* Of samples from[-1] ... from[n]. */
TARGET static void NAME(widen)(const uint16_t *restrict from, uint8_t *restrict to, int n)
{
	for (int i = 0; i < n; i++) {
		to[2 * i] = (uint8_t)((3 * from[i] + from[i - 1] + 8) >> 4);
		to[2 * i + 1] = (uint8_t)((3 * from[i] + from[i + 1] + 7) >> 4);
	}
}

static const struct ycc_loops NAME(loops) = {
	NAME(to_rgb), NAME(from_rgb), NAME(from_squares), NAME(blend), NAME(widen),
};

#undef NAME
#undef TARGET
