/* aws-chunked bodies, cut in every possible way. */
#include "web/s3/chunked.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "tests/lib/t.h"

struct heard {				/* what the decoder told, as text */
	struct buf text;
	int fail_after;			/* callbacks; 0: never */
};

static int count(struct heard *h)
{
	return h->fail_after > 0 && --h->fail_after == 0 ? E_FULL : 0;
}

/* Data of one chunk may be told in pieces, so it is noted without marks. */
static int on_data(void *owner, const void *p, size_t n)
{
	struct heard *h = owner;

	buf_add(&h->text, p, n);
	return count(h);
}

static int on_chunk(void *owner, struct str signature)
{
	struct heard *h = owner;

	buf_printf(&h->text, "|%.*s|", STR_ARG(signature));
	return count(h);
}

static int on_trailer(void *owner, struct str name, struct str value)
{
	struct heard *h = owner;

	buf_printf(&h->text, "[%.*s=%.*s]", STR_ARG(name), STR_ARG(value));
	return count(h);
}

static const struct chunked_calls calls = { on_data, on_chunk, on_trailer };

static int feed(struct heard *h, struct str in, size_t first, size_t second, bool *complete)
{
	struct chunked c;
	int rc;

	h->text.len = 0;
	chunked_init(&c, &calls, h);
	rc = chunked_feed(&c, in.p, first);
	if (rc == 0)
		rc = chunked_feed(&c, in.p + first, second - first);
	if (rc == 0)
		rc = chunked_feed(&c, in.p + second, in.n - second);
	*complete = chunked_complete(&c);
	return rc;
}

static void check_every_split(const char *in, const char *want)
{
	struct heard h = { 0 };
	struct str s = str_of(in);
	bool complete;

	for (size_t i = 0; i <= s.n; i++)
		for (size_t k = i; k <= s.n; k++) {
			assert_int_equal(feed(&h, s, i, k, &complete), 0);
			assert_true(complete);
			assert_string_equal(h.text.data, want);
		}
	buf_clear(&h.text);
}

#define SIG_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SIG_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static void every_form_is_read_however_it_is_cut(void **state)
{
	(void)state;
	check_every_split("5\r\nhello\r\n0\r\n\r\n", "hello||||");
	check_every_split("0\r\n\r\n", "||");
	check_every_split("5\r\nhello\r\nA\r\n0123456789\r\n0\r\nx-amz-checksum-crc32:AAAA==\r\n\r\n",
			  "hello||0123456789||||[x-amz-checksum-crc32=AAAA==]");
	check_every_split("3;chunk-signature=" SIG_A "\r\na\r\n\r\n0;chunk-signature=" SIG_B "\r\n\r\n",
			  "a\r\n|" SIG_A "||" SIG_B "|");
	check_every_split("1;chunk-signature=" SIG_A "\r\nx\r\n0;chunk-signature=" SIG_B "\r\nn: v \r\n"
			  "x-amz-trailer-signature:00\r\n\r\n", "x|" SIG_A "||" SIG_B "|[n=v][x-amz-trailer-signature=00]");
	check_every_split("1\nx\n0\nn:v\n\n", "x||||[n=v]");
	check_every_split("1\r\nx\r\n0\r\n", "x||||");		/* the closing line is missing */
	check_every_split("1\r\nx\r\n0\r\n\r\n\r\n\r\n", "x||||");
}

static void a_cut_off_body_is_not_complete(void **state)
{
	static const char body[] = "5\r\nhello\r\n0\r\nname:value\r\n\r\n";
	struct heard h = { 0 };
	bool complete;

	(void)state;
	for (size_t n = 0; n < sizeof body - 1; n++) {
		assert_int_equal(feed(&h, str_n(body, n), 0, n, &complete), 0);
		/* Only what lacks nothing but whole trailer lines or the last blank may pass; the caller checks trailers. */
		assert_int_equal(complete, n == 13 || n == 25 || n == 26);
	}
	buf_clear(&h.text);
}

static void nonsense_is_refused(void **state)
{
	static const struct {
		const char *in;
		int rc;
	} cases[] = {
		{ "\r\n", E_BAD_INPUT }, { "x\r\n", E_BAD_INPUT }, { "-1\r\n", E_BAD_INPUT }, { "0x5\r\n", E_BAD_INPUT },
		{ "11111111111111111\r\n", E_BAD_INPUT }, { "ffffffffffffffff\r\n", E_TOO_LARGE },
		{ "1\r\nxy\r\n", E_BAD_INPUT }, { "0\r\nno colon\r\n", E_BAD_INPUT }, { "0\r\n\r\nmore\r\n", E_BAD_INPUT },
		{ "1;chunk-signature=abc\r\n", E_BAD_INPUT }, { "1;chunk-signature\r\n", E_BAD_INPUT },
	};
	struct heard h = { 0 };
	bool complete;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct str in = str_of(cases[i].in);

		assert_int_equal(feed(&h, in, in.n / 2, in.n, &complete), cases[i].rc);
	}
	buf_clear(&h.text);
}

static void lines_and_trailers_have_limits(void **state)
{
	struct heard h = { 0 };
	struct buf in = { 0 };
	bool complete;

	(void)state;
	for (int i = 0; i < CHUNKED_LINE_MAX + 1; i++)
		buf_puts(&in, "0");
	assert_int_equal(feed(&h, str_n(in.data, in.len), 1, 2, &complete), E_TOO_LARGE);
	in.len = 0;
	buf_puts(&in, "0\r\n");
	for (int i = 0; i < CHUNKED_TRAILERS_MAX + 1; i++)
		buf_puts(&in, "a:b\r\n");
	assert_int_equal(feed(&h, str_n(in.data, in.len), 1, 2, &complete), E_TOO_LARGE);
	buf_clear(&in);
	buf_clear(&h.text);
}

static void a_callbacks_refusal_ends_the_decoding(void **state)
{
	struct str in = STR("1\r\nx\r\n0\r\nn:v\r\n\r\n");
	struct heard h = { 0 };
	bool complete;

	(void)state;
	for (int i = 1; i <= 4; i++) {
		h.fail_after = i;
		assert_int_equal(feed(&h, in, 0, 0, &complete), E_FULL);
	}
	buf_clear(&h.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_form_is_read_however_it_is_cut),
		T(a_cut_off_body_is_not_complete),
		T(nonsense_is_refused),
		T(lines_and_trailers_have_limits),
		T(a_callbacks_refusal_ends_the_decoding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
