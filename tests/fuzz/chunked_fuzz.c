/* chunked_fuzz.c - an aws-chunked body means the same however its bytes arrive. */
#include "base/buf.h"
#include "base/check.h"
#include "web/s3/chunked.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static int on_data(void *owner, const void *p, size_t n)
{
	buf_add(owner, p, n);
	return 0;
}

static int on_chunk(void *owner, struct str signature)
{
	buf_puts(owner, "<");
	buf_add(owner, signature.p, signature.n);
	return 0;
}

static int on_trailer(void *owner, struct str name, struct str value)
{
	buf_puts(owner, "[");
	buf_add(owner, name.p, name.n);
	buf_puts(owner, "=");
	buf_add(owner, value.p, value.n);
	return 0;
}

static int decode(struct buf *told, const uint8_t *p, size_t n, size_t step)
{
	static const struct chunked_calls calls = { .data = on_data, .chunk = on_chunk, .trailer = on_trailer };
	struct chunked c;
	int rc = 0;

	chunked_init(&c, &calls, told);
	for (size_t at = 0; at < n && rc == 0; at += step)
		rc = chunked_feed(&c, p + at, n - at < step ? n - at : step);
	return rc < 0 ? rc : chunked_complete(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const size_t steps[] = { 1, 2, 7, 100 };
	struct buf whole = { 0 };
	int verdict = decode(&whole, p, n, n ? n : 1);

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		struct buf pieces = { 0 };

		CHECK(decode(&pieces, p, n, steps[i]) == verdict);
		CHECK(verdict < 0 || str_eq(str_n(pieces.data, pieces.len), str_n(whole.data, whole.len)));
		buf_clear(&pieces);
	}
	buf_clear(&whole);
	return 0;
}
