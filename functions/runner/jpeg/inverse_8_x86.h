/* inverse_8_x86.h - the loop of inverse_8.h in vectors of BLOCKS times 128 bits, each of which holds eight 16-bit lanes of one block; included
 * once for each kind.
 *
 *     NAME(x), TARGET	the functions' names, and the attribute that allows the instructions
 *     V, BLOCKS	the register, and how many blocks are in it
 *     OP(x), LOGIC(x)	an intrinsic of lanes, and one of the whole register
 *     LOAD(c, x)	rows 0 to 7 of BLOCKS blocks from c on, to V x[8]
 *     FACTORS(p)	eight factors, the same in every block
 *     ZERO, NONE(v)	all bits 0; whether they are
 *     STORE(p, stride, v)	rows 0 and 1 from vectors that hold both of each block
 */
#if !defined(NAME) || !defined(TARGET) || !defined(V)
#error "see above"
#endif

TARGET static inline V NAME(pair)(int low, int high)
{
	return OP(set1_epi32)((int)((uint32_t)high << 16 | (uint16_t)low));
}

#define PAIR_OF(...) NAME(pair)(__VA_ARGS__)
#define ODD(a, b, c, d) OP(add_epi32)(OP(madd_epi16)(x13, PAIR_OF(a, b)), OP(madd_epi16)(x57, PAIR_OF(c, d)))
#define ODD_OF(...) ODD(__VA_ARGS__)
#define ODD_LOW(a, b, c, d) OP(madd_epi16)(x13, PAIR_OF(a, b))
#define ODD_LOW_OF(...) ODD_LOW(__VA_ARGS__)

/* Four lines of one direction, from pairs of x0 and x4 and so on. `low`: x4 ... x7 are zero. */
TARGET static inline __attribute__((always_inline)) void NAME(half)(V x04, V x26, V x13, V x57, int shift, bool low, V y[8])
{
	const int one = 1 << INVERSE_8_BITS;
	V round = OP(set1_epi32)(1 << (shift - 1)), s26 = OP(madd_epi16)(x26, PAIR_OF(INVERSE_8_EVEN_0)), e[4], o[4];
	V s = OP(add_epi32)(OP(madd_epi16)(x04, PAIR_OF(one, one)), round), d26 = OP(madd_epi16)(x26, PAIR_OF(INVERSE_8_EVEN_1));
	V d = low ? s : OP(add_epi32)(OP(madd_epi16)(x04, PAIR_OF(one, -one)), round);

	e[0] = OP(add_epi32)(s, s26);
	e[1] = OP(add_epi32)(d, d26);
	e[2] = OP(sub_epi32)(d, d26);
	e[3] = OP(sub_epi32)(s, s26);
	o[0] = low ? ODD_LOW_OF(INVERSE_8_ODD_0) : ODD_OF(INVERSE_8_ODD_0);
	o[1] = low ? ODD_LOW_OF(INVERSE_8_ODD_1) : ODD_OF(INVERSE_8_ODD_1);
	o[2] = low ? ODD_LOW_OF(INVERSE_8_ODD_2) : ODD_OF(INVERSE_8_ODD_2);
	o[3] = low ? ODD_LOW_OF(INVERSE_8_ODD_3) : ODD_OF(INVERSE_8_ODD_3);
	for (int i = 0; i < 4; i++) {
		y[i] = OP(srai_epi32)(OP(add_epi32)(e[i], o[i]), shift);
		y[7 - i] = OP(srai_epi32)(OP(sub_epi32)(e[i], o[i]), shift);
	}
}

/* One direction of all lines. `few`: only four of them, the others are zero. */
TARGET static inline __attribute__((always_inline)) void NAME(lines)(V x[8], int shift, bool low, bool few)
{
	V l[8], h[8];

	NAME(half)(OP(unpacklo_epi16)(x[0], x[4]), OP(unpacklo_epi16)(x[2], x[6]), OP(unpacklo_epi16)(x[1], x[3]),
		   OP(unpacklo_epi16)(x[5], x[7]), shift, low, l);
	if (!few)
		NAME(half)(OP(unpackhi_epi16)(x[0], x[4]), OP(unpackhi_epi16)(x[2], x[6]), OP(unpackhi_epi16)(x[1], x[3]),
			   OP(unpackhi_epi16)(x[5], x[7]), shift, low, h);
	for (int i = 0; i < 8; i++)
		x[i] = OP(packs_epi32)(l[i], few ? ZERO : h[i]);
}

/* Lane k of x[i] becomes lane i of x[k]. */
TARGET static inline __attribute__((always_inline)) void NAME(turn)(V x[8])
{
	V a[8], b[8];

	for (int i = 0; i < 4; i++) {
		a[i] = OP(unpacklo_epi16)(x[i], x[i + 4]);
		a[i + 4] = OP(unpackhi_epi16)(x[i], x[i + 4]);
	}
	for (int i = 0; i < 8; i += 4)
		for (int k = 0; k < 2; k++) {
			b[i + k] = OP(unpacklo_epi16)(a[i + k], a[i + k + 2]);
			b[i + k + 2] = OP(unpackhi_epi16)(a[i + k], a[i + k + 2]);
		}
	for (int i = 0; i < 8; i += 2) {
		x[i] = OP(unpacklo_epi16)(b[i], b[i + 1]);
		x[i + 1] = OP(unpackhi_epi16)(b[i], b[i + 1]);
	}
}

/* From columns of samples less MIDDLE to rows of bytes. */
TARGET static inline __attribute__((always_inline)) void NAME(store)(const V x[8], uint8_t *out, size_t stride)
{
	V b[4], w[4];

	for (int i = 0; i < 4; i++)
		b[i] = OP(packs_epi16)(x[i], x[i + 4]);
	for (int i = 0; i < 4; i += 2) {
		w[i] = OP(unpacklo_epi8)(b[i], b[i + 1]);
		w[i + 1] = OP(unpackhi_epi8)(b[i], b[i + 1]);
	}
	for (int i = 0; i < 2; i++) {
		b[i] = OP(unpacklo_epi16)(w[i], w[i + 2]);
		b[i + 2] = OP(unpackhi_epi16)(w[i], w[i + 2]);
	}
	for (size_t i = 0; i < 4; i += 2) {
		V middle = OP(set1_epi8)((char)MIDDLE);

		STORE(out + 2 * i * stride, stride, LOGIC(xor)(OP(unpacklo_epi32)(b[i], b[i + 1]), middle));
		STORE(out + (2 * i + 2) * stride, stride, LOGIC(xor)(OP(unpackhi_epi32)(b[i], b[i + 1]), middle));
	}
}

TARGET static inline __attribute__((always_inline)) void NAME(transform)(V x[8], bool low, uint8_t *out, size_t stride)
{
	NAME(lines)(x, INVERSE_8_BITS - INVERSE_8_KEPT, low, low);
	NAME(turn)(x);
	NAME(lines)(x, INVERSE_8_BITS + INVERSE_8_KEPT + 3, low, false);
	NAME(store)(x, out, stride);
}

/* DC alone: both directions keep it, the first times four and the second rounded. */
TARGET static inline __attribute__((always_inline)) void NAME(flat)(V dc, uint8_t *out, size_t stride)
{
	V v = OP(shuffle_epi32)(OP(unpacklo_epi16)(dc, dc), 0);

	v = OP(adds_epi16)(v, v);
	v = OP(srai_epi16)(OP(adds_epi16)(OP(adds_epi16)(v, v), OP(set1_epi16)(16)), 5);
	v = LOGIC(xor)(OP(packs_epi16)(v, v), OP(set1_epi8)((char)MIDDLE));
	for (size_t y = 0; y < 8; y += 2)
		STORE(out + y * stride, stride, v);
}

/* Which coefficients are not zero in any of the blocks. */
enum { NAME(DC), NAME(LOW), NAME(ALL) };

TARGET static inline __attribute__((always_inline)) int NAME(extent)(const V x[8])
{
	V above = LOGIC(or)(LOGIC(or)(x[0], x[1]), LOGIC(or)(x[2], x[3]));
	V below = LOGIC(or)(LOGIC(or)(x[4], x[5]), LOGIC(or)(x[6], x[7]));

	if (!NONE(LOGIC(or)(below, OP(unpackhi_epi64)(above, above))))
		return NAME(ALL);
	return NONE(LOGIC(or)(LOGIC(or)(x[1], x[2]), LOGIC(or)(x[3], OP(srli_epi64)(x[0], 16)))) ? NAME(DC) : NAME(LOW);
}

TARGET static int NAME(row)(const int16_t *c, int blocks, const uint16_t q[64], uint8_t *samples, size_t stride)
{
	int done = 0;

	for (; done + BLOCKS <= blocks; done += BLOCKS, c += 64 * BLOCKS, samples += 8 * BLOCKS) {
		V x[8];
		int extent;

		LOAD(c, x);
		extent = NAME(extent)(x);
		for (int i = 0; i < 8; i++)
			x[i] = OP(mullo_epi16)(x[i], FACTORS(q + 8 * i));
		if (extent == NAME(ALL))
			NAME(transform)(x, false, samples, stride);
		else if (extent == NAME(LOW))
			NAME(transform)(x, true, samples, stride);
		else
			NAME(flat)(x[0], samples, stride);
	}
	return done;
}

#undef NAME
#undef TARGET
#undef V
#undef BLOCKS
#undef OP
#undef LOGIC
#undef LOAD
#undef FACTORS
#undef ZERO
#undef NONE
#undef STORE
#undef PAIR_OF
#undef ODD
#undef ODD_OF
#undef ODD_LOW
#undef ODD_LOW_OF
