/* What tus has headers for: pairs in base64, and checksums. */
#include "base/codec.h"
#include "base/err.h"
#include "web/api/tus.h"

const char tus_algorithms[] = "sha1,md5,sha256,crc32,crc32c";

static const struct {
	struct str name;
	enum digest_kind kind;
} algorithms[] = {
	{ { "sha1", 4 }, DIGEST_SHA1 }, { { "md5", 3 }, DIGEST_MD5 }, { { "sha256", 6 }, DIGEST_SHA256 }, { { "crc32", 5 }, DIGEST_CRC32 },
	{ { "crc32c", 6 }, DIGEST_CRC32C },
};

static bool is_name(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~')
			return false;
	return name.n > 0;
}

int tus_metadata_next(struct str *rest, struct arena *a, struct str *name, struct str *value)
{
	struct buf b = { 0 };
	struct str pair;
	int rc;

	if (rest->n == 0 || !str_next(rest, ',', &pair))
		return 0;
	pair = str_trim(pair);
	(void)str_next(&pair, ' ', name);
	if (!is_name(*name))
		return E_BAD_INPUT;
	rc = base64_decode(&b, str_is_set(pair) ? str_trim(pair) : STR(""));
	*value = rc == 0 && b.len > 0 ? arena_str(a, str_n(b.data, b.len)) : STR("");
	buf_clear(&b);
	return rc < 0 ? rc : 1;
}

int tus_checksum(struct str header, enum digest_kind *kind, uint8_t sum[DIGEST_SIZE_MAX])
{
	struct str name, base64 = header;
	struct buf b = { 0 };
	int rc = E_NOT_FOUND;

	(void)str_next(&base64, ' ', &name);
	for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
		if (str_eq(name, algorithms[i].name)) {
			*kind = algorithms[i].kind;
			rc = 0;
		}
	if (rc == 0)
		rc = base64.n == 0 || base64.n > 2 * DIGEST_SIZE_MAX ? E_BAD_INPUT : base64_decode(&b, str_trim(base64));
	if (rc == 0 && b.len != digest_size(*kind))
		rc = E_BAD_INPUT;
	if (rc == 0)
		memcpy(sum, b.data, b.len);
	buf_clear(&b);
	return rc;
}
