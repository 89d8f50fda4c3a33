/* digest.h - every checksum and MAC there is here. The home of libcrypto.
 *
 * A digest is begun, fed and ended; ending writes digest_size bytes, big-endian
 * for the CRCs, as S3 prints them in base64. Polynomials: CRC32 (zlib), CRC32C
 * (Castagnoli), CRC64NVME (0xad93d23594c93659, reflected, init and xorout all
 * ones; check value of "123456789" is ae8b14860a799888).
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum digest_kind { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256, DIGEST_CRC32, DIGEST_CRC32C, DIGEST_CRC64NVME,
	DIGEST_KINDS };

#define DIGEST_SIZE_MAX 32

struct digest {
	enum digest_kind kind;
	union {
		uint64_t crc;
		uint64_t room[28];	/* a libcrypto context, checked in digest.c */
	} u;
};

size_t digest_size(enum digest_kind kind);
void digest_begin(struct digest *d, enum digest_kind kind);
void digest_feed(struct digest *d, const void *p, size_t n);
void digest_end(struct digest *d, uint8_t out[DIGEST_SIZE_MAX]);
void digest_of(enum digest_kind kind, struct str bytes, uint8_t out[DIGEST_SIZE_MAX]);

/* Feeds several MD5s, each at most `most` (64 or more) bytes of its piece, and moves p and n past what it took: side by
 * side in vector lanes, which costs little more than feeding one. Every piece has bytes left; at least one gets smaller. */
struct digest_piece {
	struct digest *d;		/* borrowed */
	const uint8_t *p;		/* borrowed */
	size_t n;
};
void digest_feed_lanes(struct digest_piece *const pieces[], int count, size_t most);

/* The CRC of two runs of bytes joined, from their CRCs and the length of the second. */
uint64_t digest_crc_join(enum digest_kind kind, uint64_t a, uint64_t b, uint64_t b_len);

void hmac_sha256(struct str key, struct str bytes, uint8_t out[32]);
void hmac_sha1(struct str key, struct str bytes, uint8_t out[20]);

/* Takes the same time wherever the two differ. */
bool digest_same(const void *a, const void *b, size_t n);

/* 32-bit CRC32C in one call, for needles. */
uint32_t crc32c(uint32_t crc, const void *p, size_t n);

/* Bytes nobody can guess, from the kernel. */
void random_bytes(void *to, size_t n);

#endif
