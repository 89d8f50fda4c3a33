#include "base/digest.h"

#include <errno.h>
#include <openssl/md5.h>
#include <openssl/sha.h>
#include <sys/random.h>

#include "base/check.h"
#include "base/crc.h"
#include "base/md5_lanes.h"

union context {
	MD5_CTX md5;
	SHA_CTX sha1;
	SHA256_CTX sha256;
};

_Static_assert(sizeof(union context) <= sizeof(((struct digest *)0)->u.room), "digest.room is too small");

static void begin_md5(void *c) { MD5_Init(c); }
static void begin_sha1(void *c) { SHA1_Init(c); }
static void begin_sha256(void *c) { SHA256_Init(c); }
static void feed_md5(void *c, const void *p, size_t n) { MD5_Update(c, p, n); }
static void feed_sha1(void *c, const void *p, size_t n) { SHA1_Update(c, p, n); }
static void feed_sha256(void *c, const void *p, size_t n) { SHA256_Update(c, p, n); }
static void end_md5(void *c, uint8_t *out) { MD5_Final(out, c); }
static void end_sha1(void *c, uint8_t *out) { SHA1_Final(out, c); }
static void end_sha256(void *c, uint8_t *out) { SHA256_Final(out, c); }

static void begin_crc(void *c) { *(uint64_t *)c = 0; }
static void feed_crc32(void *c, const void *p, size_t n) { *(uint64_t *)c = crc32_zlib((uint32_t)*(uint64_t *)c, p, n); }
static void feed_crc32c(void *c, const void *p, size_t n) { *(uint64_t *)c = crc32c((uint32_t)*(uint64_t *)c, p, n); }
static void feed_crc64(void *c, const void *p, size_t n) { *(uint64_t *)c = crc64nvme(*(uint64_t *)c, p, n); }

static void big_endian(uint64_t v, uint8_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
}

static void end_crc32(void *c, uint8_t *out) { big_endian(*(uint64_t *)c, out, 4); }
static void end_crc64(void *c, uint8_t *out) { big_endian(*(uint64_t *)c, out, 8); }

static const struct kind {
	size_t size;
	void (*begin)(void *c);
	void (*feed)(void *c, const void *p, size_t n);
	void (*end)(void *c, uint8_t *out);
} kinds[DIGEST_KINDS] = {
	[DIGEST_MD5] = { 16, begin_md5, feed_md5, end_md5 },
	[DIGEST_SHA1] = { 20, begin_sha1, feed_sha1, end_sha1 },
	[DIGEST_SHA256] = { 32, begin_sha256, feed_sha256, end_sha256 },
	[DIGEST_CRC32] = { 4, begin_crc, feed_crc32, end_crc32 },
	[DIGEST_CRC32C] = { 4, begin_crc, feed_crc32c, end_crc32 },
	[DIGEST_CRC64NVME] = { 8, begin_crc, feed_crc64, end_crc64 },
};

size_t digest_size(enum digest_kind kind)
{
	CHECK(kind < DIGEST_KINDS);
	return kinds[kind].size;
}

void digest_begin(struct digest *d, enum digest_kind kind)
{
	CHECK(kind < DIGEST_KINDS);
	d->kind = kind;
	kinds[kind].begin(d->u.room);
}

void digest_feed(struct digest *d, const void *p, size_t n)
{
	kinds[d->kind].feed(d->u.room, p, n);
}

void digest_end(struct digest *d, uint8_t out[DIGEST_SIZE_MAX])
{
	kinds[d->kind].end(d->u.room, out);
}

void digest_of(enum digest_kind kind, struct str bytes, uint8_t out[DIGEST_SIZE_MAX])
{
	struct digest d;

	digest_begin(&d, kind);
	digest_feed(&d, bytes.p, bytes.n);
	digest_end(&d, out);
}

static void feed_piece(struct digest_piece *f, size_t n)
{
	if (n > f->n)
		n = f->n;
	digest_feed(f->d, f->p, n);
	f->p += n;
	f->n -= n;
}

static MD5_CTX *md5_of(struct digest_piece *f)
{
	CHECK(f->d->kind == DIGEST_MD5);
	return (MD5_CTX *)(void *)f->d->u.room;
}

/* As MD5_Update does for whole blocks when it holds none in part. */
static void run_kernel(const struct md5_kernel *k, struct digest_piece *const pieces[], int count, size_t blocks)
{
	struct md5_lane lane[MD5_LANES_MAX];

	for (int i = 0; i < count; i++) {
		const MD5_CTX *c = md5_of(pieces[i]);

		lane[i] = (struct md5_lane){ { c->A, c->B, c->C, c->D }, pieces[i]->p };
	}
	k->run(lane, count, blocks);
	for (int i = 0; i < count; i++) {
		MD5_CTX *c = md5_of(pieces[i]);
		uint64_t bits = ((uint64_t)c->Nh << 32 | c->Nl) + 8 * 64 * (uint64_t)blocks;

		c->A = lane[i].state[0];
		c->B = lane[i].state[1];
		c->C = lane[i].state[2];
		c->D = lane[i].state[3];
		c->Nl = (uint32_t)bits;
		c->Nh = (uint32_t)(bits >> 32);
		pieces[i]->p += 64 * blocks;
		pieces[i]->n -= 64 * blocks;
	}
}

/* No more than one kernel holds. Parts of blocks go to libcrypto: first what completes one, then what is left of one. */
static void feed_group(const struct md5_kernel *k, struct digest_piece *const pieces[], int count, size_t most)
{
	size_t n = most;

	for (int i = 0; i < count; i++) {
		const MD5_CTX *c = md5_of(pieces[i]);

		if (c->num > 0)
			feed_piece(pieces[i], 64 - c->num);
		n = pieces[i]->n < n ? pieces[i]->n : n;
	}
	if (n >= 64)
		run_kernel(k, pieces, count, n / 64);
	for (int i = 0; i < count; i++)
		if (pieces[i]->n < 64)
			feed_piece(pieces[i], 64);
}

void digest_feed_lanes(struct digest_piece *const pieces[], int count, size_t most)
{
	while (count > 0) {
		const struct md5_kernel *k = md5_kernel_for(count);
		int n = !k ? 1 : k->width < count ? k->width : count;

		if (n > 1)
			feed_group(k, pieces, n, most);
		else
			feed_piece(pieces[0], most);	/* for a single one libcrypto is faster than a lane */
		pieces += n;
		count -= n;
	}
}

uint64_t digest_crc_join(enum digest_kind kind, uint64_t a, uint64_t b, uint64_t b_len)
{
	CHECK(kind == DIGEST_CRC32 || kind == DIGEST_CRC32C || kind == DIGEST_CRC64NVME);
	return crc_join(kind == DIGEST_CRC32 ? CRC_POLY_ZLIB : kind == DIGEST_CRC32C ? CRC_POLY_CASTAGNOLI : CRC_POLY_NVME,
			a, b, b_len);
}

/* RFC 2104, for any digest whose block is 64 bytes. */
static void hmac(enum digest_kind kind, struct str key, struct str bytes, uint8_t *out)
{
	uint8_t block[64] = {0}, inner[DIGEST_SIZE_MAX], pad[64];
	struct digest d;

	if (key.n > sizeof block)
		digest_of(kind, key, block);
	else if (key.n)
		memcpy(block, key.p, key.n);
	for (size_t i = 0; i < sizeof block; i++)
		pad[i] = block[i] ^ 0x36;
	digest_begin(&d, kind);
	digest_feed(&d, pad, sizeof pad);
	digest_feed(&d, bytes.p, bytes.n);
	digest_end(&d, inner);
	for (size_t i = 0; i < sizeof block; i++)
		pad[i] = block[i] ^ 0x5c;
	digest_begin(&d, kind);
	digest_feed(&d, pad, sizeof pad);
	digest_feed(&d, inner, digest_size(kind));
	digest_end(&d, out);
}

void hmac_sha256(struct str key, struct str bytes, uint8_t out[32])
{
	hmac(DIGEST_SHA256, key, bytes, out);
}

void hmac_sha1(struct str key, struct str bytes, uint8_t out[20])
{
	hmac(DIGEST_SHA1, key, bytes, out);
}

bool digest_same(const void *a, const void *b, size_t n)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t diff = 0;

	for (size_t i = 0; i < n; i++)
		diff |= x[i] ^ y[i];
	return diff == 0;
}

void random_bytes(void *to, size_t n)
{
	uint8_t *p = to;

	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		CHECK(got > 0);
		p += got;
		n -= (size_t)got;
	}
}
