#ifdef __x86_64__
#include "functions/runner/jpeg/inverse_8.h"

#include <immintrin.h>
#include <stdbool.h>

#include "functions/runner/jpeg/inverse_steps.h"

/* Short loops over arrays of vectors must be unrolled, else they lie in memory. */
#ifdef __clang__
#define TARGET_OF(x) __attribute__((target(x)))
#else
#define TARGET_OF(x) __attribute__((target(x), optimize("O3")))
#endif
#define SSE2 TARGET_OF("sse2")
#define AVX2 TARGET_OF("avx2")

#define AT(p) ((const __m128i *)(const void *)(p))

SSE2 static inline void load_128(const int16_t *c, __m128i x[8])
{
	for (int i = 0; i < 8; i++)
		x[i] = _mm_loadu_si128(AT(c + 8 * i));
}

SSE2 static inline void store_128(uint8_t *out, size_t stride, __m128i v)
{
	_mm_storel_epi64((__m128i *)(void *)out, v);
	_mm_storel_epi64((__m128i *)(void *)(out + stride), _mm_unpackhi_epi64(v, v));
}

#define NAME(x) sse2_##x
#define TARGET SSE2
#define V __m128i
#define BLOCKS 1
#define OP(x) _mm_##x
#define LOGIC(x) _mm_##x##_si128
#define LOAD load_128
#define FACTORS(p) _mm_loadu_si128(AT(p))
#define ZERO _mm_setzero_si128()
#define NONE(v) (_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_setzero_si128())) == 0xffff)
#define STORE store_128
#include "functions/runner/jpeg/inverse_8_x86.h"

AVX2 static inline void load_256(const int16_t *c, __m256i x[8])
{
	for (int i = 0; i < 8; i++)
		x[i] = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(AT(c + 8 * i))),
					       _mm_loadu_si128(AT(c + 64 + 8 * i)), 1);
}

AVX2 static inline void store_256(uint8_t *out, size_t stride, __m256i v)
{
	v = _mm256_permute4x64_epi64(v, 0xd8);	/* 0 2 1 3 */
	_mm_storeu_si128((__m128i *)(void *)out, _mm256_castsi256_si128(v));
	_mm_storeu_si128((__m128i *)(void *)(out + stride), _mm256_extracti128_si256(v, 1));
}

#define NAME(x) avx2_##x
#define TARGET AVX2
#define V __m256i
#define BLOCKS 2
#define OP(x) _mm256_##x
#define LOGIC(x) _mm256_##x##_si256
#define LOAD load_256
#define FACTORS(p) _mm256_broadcastsi128_si256(_mm_loadu_si128(AT(p)))
#define ZERO _mm256_setzero_si256()
#define NONE(v) _mm256_testz_si256(v, v)
#define STORE store_256
#include "functions/runner/jpeg/inverse_8_x86.h"

const struct inverse_8 inverse_8_sse2 = { "sse2", sse2_row };
const struct inverse_8 inverse_8_avx2 = { "avx2", avx2_row };
#endif
