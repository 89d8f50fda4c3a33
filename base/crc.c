#include "base/crc.h"

#include <isa-l/crc.h>
#include <pthread.h>
#include <string.h>

#include "base/digest.h"

uint32_t crc32_zlib(uint32_t crc, const void *p, size_t n)
{
	return crc32_gzip_refl(crc, p, n);
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
	return ~crc;
}

static uint64_t tables[8][256];

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

uint64_t crc64nvme(uint64_t crc, const void *p, size_t n)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const uint8_t *at = p;

	pthread_once(&once, fill_tables);
	crc = ~crc;
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
	return ~crc;
}

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

uint64_t crc_join(uint64_t poly, uint64_t a, uint64_t b, uint64_t b_len)
{
	uint64_t one = poly > UINT32_MAX ? 1ull << 63 : 1ull << 31;
	uint64_t power = one, square = one >> 8;	/* x^0, x^8 */

	for (; b_len; b_len >>= 1) {
		if (b_len & 1)
			power = multiply(poly, power, square);
		square = multiply(poly, square, square);
	}
	return multiply(poly, power, a) ^ b;
}
