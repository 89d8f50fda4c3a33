/* What an object's etag and checksum are that is made of parts: told from the parts', without their bytes.
 * docs.aws.amazon.com: "Checking object integrity", composite and full object checksums of multipart uploads. */
#include "base/codec.h"
#include "base/err.h"
#include "storage/upload_row.h"

static struct str hex_of(struct arena *a, const uint8_t *md5)
{
	char hex[2 * 16 + 1];

	hex_encode(hex, md5, 16);
	return arena_str(a, str_of(hex));
}

struct str upload_piece_etag(struct arena *a, const struct part *p)
{
	return hex_of(a, p->md5);
}

struct str upload_join_etag(struct arena *a, const struct part *parts, int n)
{
	uint8_t sum[DIGEST_SIZE_MAX];
	struct digest d;

	digest_begin(&d, DIGEST_MD5);
	for (int i = 0; i < n; i++)
		digest_feed(&d, parts[i].md5, sizeof parts[i].md5);
	digest_end(&d, sum);
	return str_of(arena_printf(a, "%.*s-%d", STR_ARG(hex_of(a, sum)), n));
}

/* Checksums. */

static bool is_crc(enum digest_kind k)
{
	return k == DIGEST_CRC32 || k == DIGEST_CRC32C || k == DIGEST_CRC64NVME;
}

/* What the object's checksum can be: as asked for at the beginning, else the CRC all parts happen to have. */
static struct checksum plan(const struct part *parts, int n, const struct checksum *asked)
{
	struct checksum first = parts[0].sum;

	if (asked->type != SUM_NONE)
		return *asked;
	if (first.type == SUM_NONE || !is_crc(first.kind))
		return *asked;
	for (int i = 1; i < n; i++)
		if (parts[i].sum.type == SUM_NONE || parts[i].sum.kind != first.kind)
			return *asked;
	return (struct checksum){ .type = SUM_FULL, .kind = first.kind };
}

static uint64_t from_big_endian(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

/* All parts' checksums as bytes, one after the other. */
static int raw_sums(const struct part *parts, int n, size_t each, struct buf *raw)
{
	int rc;

	for (int i = 0; i < n; i++) {
		if ((rc = base64_decode(raw, parts[i].sum.text)) < 0)
			return rc;
		if (raw->len != (size_t)(i + 1) * each)
			return E_BAD_INPUT;
	}
	return 0;
}

static void joined(const struct part *parts, int n, enum digest_kind kind, const uint8_t *raw, uint8_t *out)
{
	size_t each = digest_size(kind);
	uint64_t crc = from_big_endian(raw, each);

	for (int i = 1; i < n; i++)
		crc = digest_crc_join(kind, crc, from_big_endian(raw + (size_t)i * each, each), (uint64_t)parts[i].size);
	for (size_t i = 0; i < each; i++)
		out[i] = (uint8_t)(crc >> (8 * (each - 1 - i)));
}

int upload_join_sum(struct arena *a, const struct part *parts, int n, const struct checksum *asked, struct checksum *to)
{
	struct checksum c = plan(parts, n, asked);
	uint8_t sum[DIGEST_SIZE_MAX];
	struct buf raw = {0}, text = {0};
	int rc = 0;

	if (c.type == SUM_NONE)
		goto out;
	if (c.type == SUM_FULL && !is_crc(c.kind)) {
		rc = E_BAD_INPUT;
		goto out;
	}
	if ((rc = raw_sums(parts, n, digest_size(c.kind), &raw)) < 0)
		goto out;
	if (c.type == SUM_COMPOSITE)
		digest_of(c.kind, str_n(raw.data, raw.len), sum);
	else
		joined(parts, n, c.kind, (const uint8_t *)raw.data, sum);
	base64_encode(&text, sum, digest_size(c.kind));
	if (c.type == SUM_COMPOSITE)
		buf_printf(&text, "-%d", n);
	c.text = arena_str(a, str_n(text.data, text.len));
	*to = c;
out:
	buf_clear(&raw);
	buf_clear(&text);
	return rc;
}
