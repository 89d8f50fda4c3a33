#include "functions/runner/jpeg/inverse_steps.h"

#ifdef __SSE2__		/* every x86-64 has it */

#include <emmintrin.h>

#define BLOCKS 4	/* at a time; 8 for n = 1 */

/* Both in each 32-bit lane, for sums of products of pairs. */
static inline __m128i pair(int low, int high)
{
	return _mm_set1_epi32((int)((uint32_t)high << 16 | (uint16_t)low));
}

static inline __m128i load(const void *p)
{
	return _mm_loadu_si128((const __m128i *)p);
}

static inline __m128i lanes(__m128i a, __m128i b, int odd)
{
	__m128 x = _mm_castsi128_ps(a), y = _mm_castsi128_ps(b);

	return _mm_castps_si128(odd ? _mm_shuffle_ps(x, y, 0xdd) : _mm_shuffle_ps(x, y, 0x88));
}

static inline __m128i eighth_around(__m128i c, __m128i q)
{
	__m128i v = _mm_srai_epi32(_mm_add_epi32(_mm_madd_epi16(c, q), _mm_set1_epi32(4)), 3);

	return _mm_srai_epi32(_mm_slli_epi32(v, AROUND), AROUND);
}

static int vectors_1(const int16_t *c, int blocks, const uint16_t *q, uint8_t *out)
{
	const __m128i factor = pair(q[0], 0), zero = _mm_setzero_si128();
	int i = 0;

	for (; i + 2 * BLOCKS <= blocks; i += 2 * BLOCKS) {
		__m128i v = load(c + i);
		__m128i low = eighth_around(_mm_unpacklo_epi16(v, zero), factor);
		__m128i high = eighth_around(_mm_unpackhi_epi16(v, zero), factor);

		v = _mm_add_epi16(_mm_packs_epi32(low, high), _mm_set1_epi16(MIDDLE));
		_mm_storel_epi64((__m128i *)(void *)(out + i), _mm_packus_epi16(v, v));
	}
	return i;
}

/* Four blocks' samples of one row, from the sums of its left and right ones. */
static inline void store_2(__m128i left, __m128i right, uint8_t *out)
{
	__m128i l = _mm_srai_epi32(_mm_add_epi32(left, _mm_set1_epi32(4)), 3);
	__m128i r = _mm_srai_epi32(_mm_add_epi32(right, _mm_set1_epi32(4)), 3);
	__m128i v = _mm_packs_epi32(l, r);

	v = _mm_unpacklo_epi16(v, _mm_srli_si128(v, 8));
	v = _mm_xor_si128(_mm_packs_epi16(v, v), _mm_set1_epi8((char)MIDDLE));
	_mm_storel_epi64((__m128i *)(void *)out, v);
}

static int vectors_2(const int16_t *c, int blocks, const uint16_t *q, uint8_t *out, size_t stride)
{
	const __m128i factors = _mm_set_epi16((short)q[3], (short)q[2], (short)q[1], (short)q[0], (short)q[3], (short)q[2],
					      (short)q[1], (short)q[0]);
	int i = 0;

	for (; i + BLOCKS <= blocks; i += BLOCKS, c += 4 * BLOCKS, out += 2 * BLOCKS) {
		__m128i v = _mm_mullo_epi16(load(c), factors), w = _mm_mullo_epi16(load(c + 8), factors);
		__m128i sums_v = _mm_madd_epi16(v, pair(1, 1)), sums_w = _mm_madd_epi16(w, pair(1, 1));
		__m128i differences_v = _mm_madd_epi16(v, pair(1, -1)), differences_w = _mm_madd_epi16(w, pair(1, -1));
		__m128i l0 = lanes(sums_v, sums_w, 0), l1 = lanes(sums_v, sums_w, 1);
		__m128i r0 = lanes(differences_v, differences_w, 0), r1 = lanes(differences_v, differences_w, 1);

		store_2(_mm_add_epi32(l0, l1), _mm_add_epi32(r0, r1), out);
		store_2(_mm_sub_epi32(l0, l1), _mm_sub_epi32(r0, r1), out + stride);
	}
	return i;
}

/* One direction of four lines at once. In: pairs of coefficients 0 and 2, and 1 and 3, of each. Out: results 0 and 1, 2 and 3. */
static inline void four(__m128i pairs_02, __m128i pairs_13, int shift, __m128i out[2])
{
	__m128i half = _mm_set1_epi32(1 << (shift - 1));
	__m128i even = _mm_add_epi32(_mm_madd_epi16(pairs_02, pair(1 << POINT, 1 << POINT)), half);
	__m128i odd = _mm_add_epi32(_mm_madd_epi16(pairs_02, pair(1 << POINT, -(1 << POINT))), half);
	__m128i o = _mm_madd_epi16(pairs_13, pair(R_COS, R_SIN)), p = _mm_madd_epi16(pairs_13, pair(R_SIN, -R_COS));

	out[0] = _mm_packs_epi32(_mm_srai_epi32(_mm_add_epi32(even, o), shift), _mm_srai_epi32(_mm_add_epi32(odd, p), shift));
	out[1] = _mm_packs_epi32(_mm_srai_epi32(_mm_sub_epi32(odd, p), shift), _mm_srai_epi32(_mm_sub_epi32(even, o), shift));
}

/* A block's 16 samples, row by row, less MIDDLE. */
static inline __m128i block_4(const int16_t *c, __m128i q01, __m128i q23)
{
	__m128i rows_01 = _mm_mullo_epi16(load(c), q01), rows_23 = _mm_mullo_epi16(load(c + 8), q23), t[2], v;

	four(_mm_unpacklo_epi16(rows_01, rows_23), _mm_unpackhi_epi16(rows_01, rows_23), POINT - KEPT, t);
	for (int i = 0; i < 2; i++)
		t[i] = _mm_shufflehi_epi16(_mm_shufflelo_epi16(t[i], 0xd8), 0xd8);
	four(lanes(t[0], t[1], 0), lanes(t[0], t[1], 1), POINT + KEPT + 3, t);
	v = _mm_packs_epi16(t[0], t[1]);
	v = _mm_unpacklo_epi8(v, _mm_srli_si128(v, 8));
	return _mm_unpacklo_epi8(v, _mm_srli_si128(v, 8));
}

static int vectors_4(const int16_t *c, int blocks, const uint16_t *q, uint8_t *out, size_t stride)
{
	const __m128i q01 = load(q), q23 = load(q + 8), middle = _mm_set1_epi8((char)MIDDLE);
	int i = 0;

	for (; i + BLOCKS <= blocks; i += BLOCKS, c += 16 * BLOCKS, out += 4 * BLOCKS) {
		__m128i b[BLOCKS], low01, high01, low23, high23, rows[4];

		for (int k = 0; k < BLOCKS; k++)
			b[k] = _mm_xor_si128(block_4(c + 16 * k, q01, q23), middle);
		low01 = _mm_unpacklo_epi32(b[0], b[1]);
		high01 = _mm_unpackhi_epi32(b[0], b[1]);
		low23 = _mm_unpacklo_epi32(b[2], b[3]);
		high23 = _mm_unpackhi_epi32(b[2], b[3]);
		rows[0] = _mm_unpacklo_epi64(low01, low23);
		rows[1] = _mm_unpackhi_epi64(low01, low23);
		rows[2] = _mm_unpacklo_epi64(high01, high23);
		rows[3] = _mm_unpackhi_epi64(high01, high23);
		for (int y = 0; y < 4; y++)
			_mm_storeu_si128((__m128i *)(void *)(out + (size_t)y * stride), rows[y]);
	}
	return i;
}

int inverse_vectors(int n, const int16_t *c, int blocks, const uint16_t q[16], uint8_t *out, size_t stride)
{
	if (n == 1)
		return vectors_1(c, blocks, q, out);
	return n == 2 ? vectors_2(c, blocks, q, out, stride) : vectors_4(c, blocks, q, out, stride);
}

#else

int inverse_vectors(int n, const int16_t *c, int blocks, const uint16_t q[16], uint8_t *out, size_t stride)
{
	(void)n, (void)c, (void)blocks, (void)q, (void)out, (void)stride;
	return 0;
}

#endif
