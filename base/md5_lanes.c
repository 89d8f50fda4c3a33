#include "base/md5_lanes.h"

#include <pthread.h>
#ifdef __x86_64__
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512f,avx512vl")))

static inline __m128i load(const uint8_t *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

AVX2 static inline __m256i load_2(const uint8_t *p0, const uint8_t *p1)
{
	return _mm256_inserti128_si256(_mm256_castsi128_si256(load(p0)), load(p1), 1);
}

AVX512 static inline __m512i load_4(const uint8_t *p0, const uint8_t *p1, const uint8_t *p2, const uint8_t *p3)
{
	return _mm512_inserti64x4(_mm512_castsi256_si512(load_2(p0, p1)), load_2(p2, p3), 1);
}

/* Without vpternlogd and vprold. */
#define NAME(x) avx2_8_##x
#define TARGET AVX2
#define WIDTH 8
#define V __m256i
#define OP(x) _mm256_##x
#define LOAD(p, i, at) load_2(p[i] + at, p[i + 4] + at)
#define F(x, y, z) _mm256_xor_si256(z, _mm256_and_si256(x, _mm256_xor_si256(y, z)))
#define G(x, y, z) F(z, x, y)
#define H(x, y, z) _mm256_xor_si256(x, _mm256_xor_si256(y, z))
#define I(x, y, z) _mm256_xor_si256(y, _mm256_or_si256(x, _mm256_xor_si256(z, _mm256_set1_epi32(-1))))
#define ROL(x, s) rotate_8(x, s)
AVX2 static inline __m256i rotate_8(__m256i x, int s)
{
	return _mm256_or_si256(_mm256_slli_epi32(x, s), _mm256_srli_epi32(x, 32 - s));
}
#include "base/md5_lanes_steps.h"

/* Any function of three bits is one instruction, told by its truth table: x ? y : z is 0xca,
 * exclusive or 0x96, y ^ (x | ~z) 0x39. */
#define NAME(x) avx512_4_##x
#define TARGET AVX512
#define WIDTH 4
#define V __m128i
#define OP(x) _mm_##x
#define LOAD(p, i, at) load(p[i] + at)
#define F(x, y, z) _mm_ternarylogic_epi32(x, y, z, 0xca)
#define G(x, y, z) _mm_ternarylogic_epi32(z, x, y, 0xca)
#define H(x, y, z) _mm_ternarylogic_epi32(x, y, z, 0x96)
#define I(x, y, z) _mm_ternarylogic_epi32(x, y, z, 0x39)
#define ROL(x, s) _mm_rol_epi32(x, s)
#include "base/md5_lanes_steps.h"

#define NAME(x) avx512_8_##x
#define TARGET AVX512
#define WIDTH 8
#define V __m256i
#define OP(x) _mm256_##x
#define LOAD(p, i, at) load_2(p[i] + at, p[i + 4] + at)
#define F(x, y, z) _mm256_ternarylogic_epi32(x, y, z, 0xca)
#define G(x, y, z) _mm256_ternarylogic_epi32(z, x, y, 0xca)
#define H(x, y, z) _mm256_ternarylogic_epi32(x, y, z, 0x96)
#define I(x, y, z) _mm256_ternarylogic_epi32(x, y, z, 0x39)
#define ROL(x, s) _mm256_rol_epi32(x, s)
#include "base/md5_lanes_steps.h"

#define NAME(x) avx512_16_##x
#define TARGET AVX512
#define WIDTH 16
#define V __m512i
#define OP(x) _mm512_##x
#define LOAD(p, i, at) load_4(p[i] + at, p[i + 4] + at, p[i + 8] + at, p[i + 12] + at)
#define F(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0xca)
#define G(x, y, z) _mm512_ternarylogic_epi32(z, x, y, 0xca)
#define H(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0x96)
#define I(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0x39)
#define ROL(x, s) _mm512_rol_epi32(x, s)
#include "base/md5_lanes_steps.h"

static const struct md5_kernel
	avx2_8 = { "avx2_8", 8, avx2_8_run },
	avx512_4 = { "avx512_4", 4, avx512_4_run },
	avx512_8 = { "avx512_8", 8, avx512_8_run },
	avx512_16 = { "avx512_16", 16, avx512_16_run };
#endif

static const struct md5_kernel *able[5];

static void look(void)
{
#ifdef __x86_64__
	int n = 0;

	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) {
		able[n++] = &avx512_4;
		able[n++] = &avx512_8;
	}
	if (__builtin_cpu_supports("avx2"))
		able[n++] = &avx2_8;
	if (n > 1)
		able[n++] = &avx512_16;
#endif
}

const struct md5_kernel *const *md5_kernels(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, look);
	return able;
}

const struct md5_kernel *md5_kernel_for(int n)
{
	const struct md5_kernel *const *k = md5_kernels();

	while (*k && (*k)->width < n && k[1])
		k++;
	return *k;
}
