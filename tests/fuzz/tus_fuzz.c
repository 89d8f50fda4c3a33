/* tus_fuzz.c - what tus sends in headers: pairs in base64 mean what they say, and a checksum has its algorithm's size. First line: Upload-Metadata; the
 * rest: Upload-Checksum. */
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/codec.h"
#include "base/err.h"
#include "web/api/tus.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* Written again and read again the pairs are the same. */
static int read_pairs(struct str header, struct arena *a, struct buf *again)
{
	struct str name, value;
	int rc;

	while ((rc = tus_metadata_next(&header, a, &name, &value)) == 1) {
		CHECK(name.n > 0 && !memchr(name.p, ' ', name.n) && !memchr(name.p, ',', name.n));
		if (again->len > 0)
			buf_puts(again, ",");
		buf_add(again, name.p, name.n);
		buf_puts(again, " ");
		base64_encode(again, value.p, value.n);
	}
	return rc;
}

static void fuzz_metadata(struct str header)
{
	struct buf once = { 0 }, twice = { 0 };
	struct arena a = { 0 };

	if (read_pairs(header, &a, &once) == 0) {
		CHECK(read_pairs(str_n(once.data, once.len), &a, &twice) == 0);
		CHECK(str_eq(str_n(once.data, once.len), str_n(twice.data, twice.len)));
	}
	buf_clear(&once);
	buf_clear(&twice);
	arena_clear(&a);
}

static void fuzz_checksum(struct str header)
{
	uint8_t sum[DIGEST_SIZE_MAX];
	enum digest_kind kind = DIGEST_KINDS;
	struct buf again = { 0 };

	if (tus_checksum(header, &kind, sum) == 0) {
		CHECK(kind < DIGEST_KINDS);
		base64_encode(&again, sum, digest_size(kind));
		CHECK(str_ends(str_trim(header), str_n(again.data, again.len)));
	}
	buf_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const uint8_t *line = n ? memchr(p, '\n', n) : NULL;
	size_t first = line ? (size_t)(line - p) : n, skip = line ? first + 1 : n;

	fuzz_metadata(str_n(p, first));
	fuzz_checksum(str_n(p + skip, n - skip));
	return 0;
}
