#include "web/s3/checksum.h"

#include "base/check.h"
#include "base/codec.h"
#include "base/err.h"

static const struct row {
	const char *header, *algorithm, *lower, *element;
	bool full, composite;
} rows[DIGEST_KINDS] = {
	[DIGEST_CRC32] = { "x-amz-checksum-crc32", "CRC32", "crc32", "ChecksumCRC32", true, true },
	[DIGEST_CRC32C] = { "x-amz-checksum-crc32c", "CRC32C", "crc32c", "ChecksumCRC32C", true, true },
	[DIGEST_CRC64NVME] = { "x-amz-checksum-crc64nvme", "CRC64NVME", "crc64nvme", "ChecksumCRC64NVME", true, false },
	[DIGEST_SHA1] = { "x-amz-checksum-sha1", "SHA1", "sha1", "ChecksumSHA1", false, true },
	[DIGEST_SHA256] = { "x-amz-checksum-sha256", "SHA256", "sha256", "ChecksumSHA256", false, true },
};

enum digest_kind checksum_of_header(struct str name)
{
	for (int k = 0; k < DIGEST_KINDS; k++)
		if (rows[k].header && str_ieq(name, str_of(rows[k].header)))
			return (enum digest_kind)k;
	return DIGEST_KINDS;
}

enum digest_kind checksum_of_algorithm(struct str name)
{
	for (int k = 0; k < DIGEST_KINDS; k++)
		if (rows[k].algorithm && str_ieq(name, str_of(rows[k].algorithm)))
			return (enum digest_kind)k;
	return DIGEST_KINDS;
}

static const struct row *row(enum digest_kind k)
{
	CHECK(k < DIGEST_KINDS && rows[k].header);
	return &rows[k];
}

const char *checksum_header(enum digest_kind k)
{
	return row(k)->header;
}

const char *checksum_algorithm(enum digest_kind k)
{
	return row(k)->algorithm;
}

const char *checksum_lower(enum digest_kind k)
{
	return row(k)->lower;
}

const char *checksum_element(enum digest_kind k)
{
	return row(k)->element;
}

const char *checksum_type(enum sum_type t)
{
	return t == SUM_COMPOSITE ? "COMPOSITE" : "FULL_OBJECT";
}

bool checksum_can(enum digest_kind k, enum sum_type t)
{
	return t == SUM_COMPOSITE ? row(k)->composite : row(k)->full;
}

enum sum_type checksum_default(enum digest_kind k)
{
	return row(k)->composite ? SUM_COMPOSITE : SUM_FULL;
}

int checksum_decode(enum digest_kind k, struct str text, uint8_t out[DIGEST_SIZE_MAX])
{
	struct buf b = { 0 };
	int rc = E_BAD_INPUT;

	if (text.n < 2 * DIGEST_SIZE_MAX && base64_decode(&b, text) == 0 && b.len == digest_size(k)) {
		memcpy(out, b.data, b.len);
		rc = 0;
	}
	buf_clear(&b);
	return rc;
}

struct str checksum_encode(struct arena *a, enum digest_kind k, const uint8_t *sum)
{
	struct buf b = { 0 };
	struct str out;

	base64_encode(&b, sum, digest_size(k));
	out = arena_str(a, str_n(b.data, b.len));
	buf_clear(&b);
	return out;
}
