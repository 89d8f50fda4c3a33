/* md5_lanes_steps.h - the body of one kernel of md5_lanes.c, which includes it once for each width.
 *
 * Wanted: KERNEL (its name), TARGET (its attribute), WIDTH (lanes: 4, 8 or 16), V (a vector of so many words),
 * OP(x) (the intrinsic x for V), LOAD(at, row) (row + 0, 4, 8.. gathered: 16 bytes of each lane), and the functions
 * F, G, H, I and ROL of vectors. All of it is undefined at the end.
 */
#define ADD(x, y) OP(add_epi32)(x, y)
/* What waits for nothing is added first; the empty asm keeps the compiler from adding in another order. */
#define STEP(f, a, b, c, d, k, s, t) \
	a = ADD(ADD(m[k], OP(set1_epi32)((int)t)), a); \
	__asm__("" : "+v"(a)); \
	a = ADD(b, ROL(ADD(a, f(b, c, d)), s));
#define FOUR(f, k0, k1, k2, k3, s0, s1, s2, s3, t0, t1, t2, t3) \
	STEP(f, a, b, c, d, k0, s0, t0) STEP(f, d, a, b, c, k1, s1, t1) \
	STEP(f, c, d, a, b, k2, s2, t2) STEP(f, b, c, d, a, k3, s3, t3)

/* Words 4q to 4q + 3 of the block at `at` bytes of every lane, one vector a word: in each quarter of a vector four
 * lanes by four words change places. */
TARGET static inline void NAME(turn)(V m[4], const uint8_t *const p[WIDTH], size_t at)
{
	V r0 = LOAD(p, 0, at), r1 = LOAD(p, 1, at), r2 = LOAD(p, 2, at), r3 = LOAD(p, 3, at);
	V lo01 = OP(unpacklo_epi32)(r0, r1), hi01 = OP(unpackhi_epi32)(r0, r1);
	V lo23 = OP(unpacklo_epi32)(r2, r3), hi23 = OP(unpackhi_epi32)(r2, r3);

	m[0] = OP(unpacklo_epi64)(lo01, lo23);
	m[1] = OP(unpackhi_epi64)(lo01, lo23);
	m[2] = OP(unpacklo_epi64)(hi01, hi23);
	m[3] = OP(unpackhi_epi64)(hi01, hi23);
}

TARGET static void NAME(run)(struct md5_lane *lane, int n, size_t blocks)
{
	const uint8_t *p[WIDTH];
	uint32_t s[4][WIDTH] __attribute__((aligned(64)));
	V a, b, c, d, m[16];

	for (int i = 0; i < WIDTH; i++) {
		const struct md5_lane *l = &lane[i < n ? i : 0];	/* idle lanes do the work of the first again */

		p[i] = l->p;
		for (int w = 0; w < 4; w++)
			s[w][i] = l->state[w];
	}
	a = *(const V *)(const void *)s[0];
	b = *(const V *)(const void *)s[1];
	c = *(const V *)(const void *)s[2];
	d = *(const V *)(const void *)s[3];
	for (size_t at = 0; at < 64 * blocks; at += 64) {
		V a0 = a, b0 = b, c0 = c, d0 = d;

		for (int q = 0; q < 4; q++)
			NAME(turn)(m + 4 * q, p, at + 16 * (size_t)q);
		FOUR(F,  0,  1,  2,  3, 7, 12, 17, 22, 0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee)
		FOUR(F,  4,  5,  6,  7, 7, 12, 17, 22, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501)
		FOUR(F,  8,  9, 10, 11, 7, 12, 17, 22, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be)
		FOUR(F, 12, 13, 14, 15, 7, 12, 17, 22, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821)
		FOUR(G,  1,  6, 11,  0, 5,  9, 14, 20, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa)
		FOUR(G,  5, 10, 15,  4, 5,  9, 14, 20, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8)
		FOUR(G,  9, 14,  3,  8, 5,  9, 14, 20, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed)
		FOUR(G, 13,  2,  7, 12, 5,  9, 14, 20, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a)
		FOUR(H,  5,  8, 11, 14, 4, 11, 16, 23, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c)
		FOUR(H,  1,  4,  7, 10, 4, 11, 16, 23, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70)
		FOUR(H, 13,  0,  3,  6, 4, 11, 16, 23, 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05)
		FOUR(H,  9, 12, 15,  2, 4, 11, 16, 23, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665)
		FOUR(I,  0,  7, 14,  5, 6, 10, 15, 21, 0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039)
		FOUR(I, 12,  3, 10,  1, 6, 10, 15, 21, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1)
		FOUR(I,  8, 15,  6, 13, 6, 10, 15, 21, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1)
		FOUR(I,  4, 11,  2,  9, 6, 10, 15, 21, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391)
		a = ADD(a, a0);
		b = ADD(b, b0);
		c = ADD(c, c0);
		d = ADD(d, d0);
	}
	*(V *)(void *)s[0] = a;
	*(V *)(void *)s[1] = b;
	*(V *)(void *)s[2] = c;
	*(V *)(void *)s[3] = d;
	for (int i = 0; i < n; i++)
		for (int w = 0; w < 4; w++)
			lane[i].state[w] = s[w][i];
}

#undef ADD
#undef STEP
#undef FOUR
#undef NAME
#undef TARGET
#undef WIDTH
#undef V
#undef OP
#undef LOAD
#undef F
#undef G
#undef H
#undef I
#undef ROL
