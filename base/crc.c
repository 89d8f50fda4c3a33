#include "base/crc.h"

#include <isa-l/crc.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "base/digest.h"

/* isa-l's widest code leaves the upper halves of the vector registers in use, and SSE instructions then wait for them: whatever
 * runs next takes up to three times as long, until somebody clears them. */
#ifdef __x86_64__
__attribute__((target("avx"))) static void clear_uppers(void)
{
	_mm256_zeroupper();
}

static void leave_vectors(void)
{
	if (__builtin_cpu_supports("avx"))
		clear_uppers();
}
#else
static void leave_vectors(void)
{
}
#endif

uint32_t crc32_zlib(uint32_t crc, const void *p, size_t n)
{
	crc = crc32_gzip_refl(crc, p, n);
	leave_vectors();
	return crc;
}

uint32_t crc32c(uint32_t crc, const void *p, size_t n)
{
	unsigned char *at = (unsigned char *)(uintptr_t)p;	/* isa-l forgot const */

	crc = ~crc;
	while (n > 0) {
		int some = n > 1 << 30 ? 1 << 30 : (int)n;

		crc = crc32_iscsi(at, some, crc);
		at += some;
		n -= (size_t)some;
	}
	leave_vectors();
	return ~crc;
}

static uint64_t tables[8][256];

/* Product of two polynomials modulo poly, bits reflected: bit 0 is the highest power. */
static uint64_t multiply(uint64_t poly, uint64_t a, uint64_t b)
{
	uint64_t top = poly > UINT32_MAX ? 1ull << 63 : 1ull << 31, product = 0;

	for (uint64_t m = top; m; m >>= 1) {
		if (a & m)
			product ^= b;
		b = b & 1 ? b >> 1 ^ poly : b >> 1;
	}
	return product;
}

/* x^n modulo poly */
static uint64_t power(uint64_t poly, uint64_t n)
{
	uint64_t one = poly > UINT32_MAX ? 1ull << 63 : 1ull << 31;
	uint64_t product = one, square = one >> 1;

	for (; n; n >>= 1) {
		if (n & 1)
			product = multiply(poly, product, square);
		square = multiply(poly, square, square);
	}
	return product;
}

static void fill_tables(void)
{
	for (unsigned i = 0; i < 256; i++) {
		uint64_t c = i;

		for (int bit = 0; bit < 8; bit++)
			c = c & 1 ? c >> 1 ^ CRC_POLY_NVME : c >> 1;
		tables[0][i] = c;
	}
	for (unsigned i = 0; i < 256; i++)
		for (int t = 1; t < 8; t++)
			tables[t][i] = tables[t - 1][i] >> 8 ^ tables[0][tables[t - 1][i] & 255];
}

static uint64_t by_tables(uint64_t crc, const uint8_t *at, size_t n)
{
	for (; n >= 8; n -= 8, at += 8) {
		uint64_t w;

		memcpy(&w, at, 8);
		crc ^= w;
		crc = tables[7][crc & 255] ^ tables[6][crc >> 8 & 255] ^ tables[5][crc >> 16 & 255] ^
		      tables[4][crc >> 24 & 255] ^ tables[3][crc >> 32 & 255] ^ tables[2][crc >> 40 & 255] ^
		      tables[1][crc >> 48 & 255] ^ tables[0][crc >> 56];
	}
	for (; n > 0; n--, at++)
		crc = crc >> 8 ^ tables[0][(crc ^ *at) & 255];
	return crc;
}

#ifdef __x86_64__
/* Folding: a register of 128 bits stands for lo * x^64 + hi. Moving it D bits on multiplies the halves by
 * x^(D+64) and x^D modulo the polynomial; a carry-less product of reflected words is already one x ahead, hence the
 * -1 in the exponents. Four registers run abreast, then one, and the tables finish its 16 bytes. */
#define FOLD_AT_LEAST 256
#define FOLDS __attribute__((target("pclmul,sse2")))

static uint64_t far_lo, far_hi, near_lo, near_hi;

static void fill_folds(void)
{
	far_lo = power(CRC_POLY_NVME, 512 + 64 - 1);
	far_hi = power(CRC_POLY_NVME, 512 - 1);
	near_lo = power(CRC_POLY_NVME, 128 + 64 - 1);
	near_hi = power(CRC_POLY_NVME, 128 - 1);
}

FOLDS static __m128i fold(__m128i x, __m128i k, __m128i next)
{
	return _mm_xor_si128(_mm_xor_si128(_mm_clmulepi64_si128(x, k, 0x00), _mm_clmulepi64_si128(x, k, 0x11)), next);
}

FOLDS static __m128i load(const uint8_t *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* A whole number of 64-byte runs. */
FOLDS static uint64_t by_folding(uint64_t crc, const uint8_t *at, size_t n)
{
	__m128i far_k = _mm_set_epi64x((long long)far_hi, (long long)far_lo);
	__m128i near_k = _mm_set_epi64x((long long)near_hi, (long long)near_lo);
	__m128i x[4];
	uint8_t last[16];

	for (int i = 0; i < 4; i++)
		x[i] = load(at + 16 * i);
	x[0] = _mm_xor_si128(x[0], _mm_set_epi64x(0, (long long)crc));
	for (at += 64, n -= 64; n > 0; at += 64, n -= 64)
		for (int i = 0; i < 4; i++)
			x[i] = fold(x[i], far_k, load(at + 16 * i));
	for (int i = 1; i < 4; i++)
		x[0] = fold(x[0], near_k, x[i]);
	_mm_storeu_si128((__m128i *)(void *)last, x[0]);
	return by_tables(0, last, sizeof last);
}

static bool can_fold(void)
{
	return __builtin_cpu_supports("pclmul");
}
#else
#define FOLD_AT_LEAST 0
static void fill_folds(void) { }
static bool can_fold(void) { return false; }
static uint64_t by_folding(uint64_t crc, const uint8_t *at, size_t n) { return by_tables(crc, at, n); }
#endif

static bool folds;

static void prepare(void)
{
	fill_tables();
	fill_folds();
	folds = can_fold();
}

uint64_t crc64nvme(uint64_t crc, const void *p, size_t n)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const uint8_t *at = p;
	size_t run = n & ~(size_t)63;

	pthread_once(&once, prepare);
	crc = ~crc;
	if (folds && n >= FOLD_AT_LEAST) {
		crc = by_folding(crc, at, run);
		at += run;
		n -= run;
	}
	return ~by_tables(crc, at, n);
}

uint64_t crc_join(uint64_t poly, uint64_t a, uint64_t b, uint64_t b_len)
{
	return multiply(poly, power(poly, 8 * b_len), a) ^ b;
}
