#ifdef __x86_64__
#include "functions/runner/scale/lanes.h"

#include <immintrin.h>
#include <string.h>

#include "functions/runner/scale/weights.h"

#ifdef __clang__
#define TARGET_OF(x) __attribute__((target(x)))
#else
#define TARGET_OF(x) __attribute__((target(x), optimize("O3")))
#endif
#define AVX2 TARGET_OF("avx2")
#define AVX512 TARGET_OF("avx512f,avx512bw")

#define ACROSS_SHIFT (WEIGHTS_BITS + LANES_FRACTION)

static inline int32_t pair_at(const int16_t *weights)
{
	int32_t v;

	memcpy(&v, weights, sizeof v);
	return v;
}

#define LOAD_256(p) _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define LOAD_512(p) _mm512_loadu_si512((const void *)(p))

/* Rows 0 to 7 in one register, 8 to 15 in another. */
AVX2 static inline __m128i bytes_256(const lanes_pair *p, const int16_t *weights, int n, int step)
{
	__m256i half = _mm256_set1_epi32(1 << (ACROSS_SHIFT - 1)), a = half, b = half;

	for (int k = 0; k < n; k++, p += step) {
		__m256i w = _mm256_set1_epi32(pair_at(weights + 2 * k));

		a = _mm256_add_epi32(a, _mm256_madd_epi16(LOAD_256(p), w));
		b = _mm256_add_epi32(b, _mm256_madd_epi16(LOAD_256((const char *)p + sizeof *p / 2), w));
	}
	a = _mm256_packs_epi32(_mm256_srai_epi32(a, ACROSS_SHIFT), _mm256_srai_epi32(b, ACROSS_SHIFT));
	a = _mm256_permute4x64_epi64(a, 0xd8);	/* 0 2 1 3 */
	return _mm_packus_epi16(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
}

AVX512 static inline __m128i bytes_512(const lanes_pair *p, const int16_t *weights, int n, int step)
{
	__m512i sum = _mm512_set1_epi32(1 << (ACROSS_SHIFT - 1));

	for (int k = 0; k < n; k++, p += step)
		sum = _mm512_add_epi32(sum, _mm512_madd_epi16(LOAD_512(p), _mm512_set1_epi32(pair_at(weights + 2 * k))));
	sum = _mm512_max_epi32(_mm512_srai_epi32(sum, ACROSS_SHIFT), _mm512_setzero_si512());
	return _mm512_cvtusepi32_epi8(sum);
}

#define NAME(x) avx2_##x
#define TARGET AVX2
#define V __m256i
#define OP(x) _mm256_##x
#define ZERO _mm256_setzero_si256()
#define LOAD LOAD_256
#define STORE(p, v) _mm256_storeu_si256((__m256i *)(void *)(p), v)
#define ORDER(lo, hi, a, b) \
	(lo = _mm256_permute2x128_si256(a, b, 0x20), hi = _mm256_permute2x128_si256(a, b, 0x31))
#define BYTES bytes_256
#include "functions/runner/scale/lanes_x86.h"

#define NAME(x) avx512_##x
#define TARGET AVX512
#define V __m512i
#define OP(x) _mm512_##x
#define ZERO _mm512_setzero_si512()
#define LOAD LOAD_512
#define STORE(p, v) _mm512_storeu_si512((void *)(p), v)
#define ORDER(lo, hi, a, b) \
	(lo = _mm512_permutex2var_epi64(a, _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11), b), \
	 hi = _mm512_permutex2var_epi64(a, _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15), b))
#define BYTES bytes_512
#include "functions/runner/scale/lanes_x86.h"

#define NAME(x) avx2_##x
#define TARGET AVX2
#include "functions/runner/scale/lanes_loops.h"

#define NAME(x) avx512_##x
#define TARGET AVX512
#include "functions/runner/scale/lanes_loops.h"

const struct lanes lanes_avx2 = {
	"avx2", avx2_down8, avx2_down16, avx2_across, avx2_add8, avx2_add16, avx2_average8, avx2_average16, avx2_premultiply,
	avx2_deep_down, avx2_deep_turn, avx2_deep_across,
};
const struct lanes lanes_avx512 = {
	"avx512", avx512_down8, avx512_down16, avx512_across, avx512_add8, avx512_add16, avx512_average8, avx512_average16, avx512_premultiply,
	avx512_deep_down, avx512_deep_turn, avx512_deep_across,
};
#endif
