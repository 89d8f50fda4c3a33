#include "tests/lib/t.h"

#include <string.h>

#include "base/codec.h"
#include "base/err.h"

static void hex_goes_both_ways(void **state)
{
	static const uint8_t bytes[] = { 0x00, 0x0f, 0xf0, 0xff, 0xa5 };
	uint8_t back[5];
	char hex[11];

	(void)state;
	hex_encode(hex, bytes, 5);
	assert_string_equal(hex, "000ff0ffa5");
	assert_int_equal(hex_decode(STR("000FF0ffa5"), back, 5), 0);
	assert_memory_equal(back, bytes, 5);
}

static void hex_of_the_wrong_length_or_letters_is_refused(void **state)
{
	uint8_t to[4];

	(void)state;
	assert_int_equal(hex_decode(STR("00"), to, 2), E_BAD_INPUT);
	assert_int_equal(hex_decode(STR("000000"), to, 2), E_BAD_INPUT);
	assert_int_equal(hex_decode(STR("00g0"), to, 2), E_BAD_INPUT);
	assert_int_equal(hex_decode(STR("00 0"), to, 2), E_BAD_INPUT);
	assert_int_equal(hex_decode((struct str){ 0 }, to, 2), E_BAD_INPUT);
	assert_int_equal(hex_decode(STR(""), to, 0), 0);
}

static void base64_matches_rfc_4648(void **state)
{
	static const char *const pairs[][2] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" }, { "\xfb\xff\xfe", "+//+" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		struct buf b = { 0 }, back = { 0 };

		base64_encode(&b, pairs[i][0], strlen(pairs[i][0]));
		assert_true(str_is(str_n(b.data ? b.data : "", b.len), pairs[i][1]));
		assert_int_equal(base64_decode(&back, str_of(pairs[i][1])), 0);
		assert_true(str_eq(str_n(back.data, back.len), str_of(pairs[i][0])));
		assert_int_equal(base64_decode_in_place(b.data, b.len), back.len);
		assert_true(str_eq(str_n(b.data, back.len), str_of(pairs[i][0])));
		buf_clear(&b);
		buf_clear(&back);
	}
}

static void base64_that_no_encoder_writes_is_refused(void **state)
{
	static const char *const bad[] = {
		"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8", "=", "====", "Zg==Zg==", "Zm9v\n", " Zm9v", "Zm 9v", "Zm9-", "Zm_v",
		"Z===", "Zm=v",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct buf b = { 0 };

		if (base64_decode(&b, str_of(bad[i])) != E_BAD_INPUT)
			fail_msg("accepted: \"%s\"", bad[i]);
		buf_add(&b, bad[i], strlen(bad[i]));
		assert_int_equal(base64_decode_in_place(b.data, b.len), E_BAD_INPUT);
		buf_clear(&b);
	}
}

static void uris_are_encoded_for_their_place(void **state)
{
	static const struct {
		enum uri_keep keep;
		const char *plain, *coded;
	} cases[] = {
		{ URI_NOTHING, "a b/c~-_.*+&=\xc3\xa9", "a%20b%2Fc~-_.%2A%2B%26%3D%C3%A9" },
		{ URI_SLASH, "a b/c*", "a%20b/c%2A" },
		{ URI_FORM, "a b/c*+%\xc3\xa9", "a+b/c*%2B%25%C3%A9" },
		{ URI_NOTHING, "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf b = { 0 };

		buf_puts(&b, "");
		uri_encode(&b, str_of(cases[i].plain), cases[i].keep);
		assert_true(str_is(str_n(b.data ? b.data : "", b.len), cases[i].coded));
		buf_clear(&b);
	}
}

static void uris_decode_once_and_strictly(void **state)
{
	struct arena a = { 0 };
	struct str s;

	(void)state;
	assert_int_equal(uri_decode(&a, STR("a%20b%2fc+%2B%2525"), false, &s), 0);
	assert_true(str_is(s, "a b/c++%25"));
	assert_int_equal(uri_decode(&a, STR("a+b%2B"), true, &s), 0);
	assert_true(str_is(s, "a b+"));
	assert_int_equal(uri_decode(&a, STR("%00x"), false, &s), 0);
	assert_true(str_eq(s, str_n("\0x", 2)));
	assert_int_equal(uri_decode(&a, STR("%"), false, &s), E_BAD_INPUT);
	assert_int_equal(uri_decode(&a, STR("a%2"), false, &s), E_BAD_INPUT);
	assert_int_equal(uri_decode(&a, STR("%zz"), false, &s), E_BAD_INPUT);
	assert_int_equal(uri_decode(&a, STR("%%20"), false, &s), E_BAD_INPUT);
	arena_clear(&a);
}

static void every_byte_survives_a_uri(void **state)
{
	char all[256];

	(void)state;
	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	for (enum uri_keep k = URI_NOTHING; k <= URI_FORM; k++) {
		struct arena a = { 0 };
		struct buf b = { 0 };
		struct str back;

		uri_encode(&b, str_n(all, 256), k);
		assert_int_equal(uri_decode(&a, str_n(b.data, b.len), k == URI_FORM, &back), 0);
		assert_true(str_eq(back, str_n(all, 256)));
		buf_clear(&b);
		arena_clear(&a);
	}
}

static void utf8_is_told_from_what_looks_like_it(void **state)
{
	static const char *const good[] = { "", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
		"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "\xef\xbf\xbf" };
	static const char *const bad[] = { "\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf", "\xed\xa0\x80",
		"\xe2\x82", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xfe", "\xff", "\xf0\x9f\x98" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_true(utf8_valid(str_of(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(utf8_valid(str_of(bad[i])));
	assert_true(utf8_valid((struct str){ 0 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(hex_goes_both_ways),
		T(hex_of_the_wrong_length_or_letters_is_refused),
		T(base64_matches_rfc_4648),
		T(base64_that_no_encoder_writes_is_refused),
		T(uris_are_encoded_for_their_place),
		T(uris_decode_once_and_strictly),
		T(every_byte_survives_a_uri),
		T(utf8_is_told_from_what_looks_like_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
