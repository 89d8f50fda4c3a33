/* codec_fuzz.c - base64 and percent-encoding: strict decoders accept only what the encoder writes. */
#include "base/check.h"
#include "base/clock.h"
#include "base/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void base64(struct str s)
{
	struct buf plain = { 0 }, back = { 0 };

	if (base64_decode(&plain, s) == 0) {
		base64_encode(&back, plain.data, plain.len);
		CHECK(str_eq(str_n(back.data, back.len), s));
	}
	buf_clear(&plain);
	buf_clear(&back);
}

static void uri(struct arena *a, struct str s, enum uri_keep keep)
{
	struct buf coded = { 0 };
	struct str back;

	uri_encode(&coded, s, keep);
	CHECK(uri_decode(a, str_n(coded.data, coded.len), keep == URI_FORM, &back) == 0);
	CHECK(str_eq(back, s));
	buf_clear(&coded);
	(void)!uri_decode(a, s, false, &back);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena a = { 0 };
	struct str s = str_n(p, n);
	int64_t ms;

	base64(s);
	for (enum uri_keep k = URI_NOTHING; k <= URI_FORM; k++)
		uri(&a, s, k);
	(void)!clock_parse_basic(s, &ms);
	(void)!clock_parse_http(s, &ms);
	arena_clear(&a);
	return 0;
}
