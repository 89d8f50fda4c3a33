#include "tests/lib/t.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/json_check.h"

static void what_is_json_passes(void **state)
{
	static const char *const good[] = {
		"{}", "[]", "null", "true", "false", "0", "-1.5e+10", "\"\"", "\"a\\u00e9\\n\\ud800\"", " { \"a\" : [ 1 , {} , [ ] ] } ", "\"\xc3\xa9\"",
		"{\"a\":1,\"a\":2}", "[[[[]],{\"x\":{\"y\":[null]}}]]", "[1,2,3]\n", "\"\x7f\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct json_fault f;

		if (json_check(str_of(good[i]), &f) != 0)
			fail_msg("%s: fault %d at %zu", good[i], (int)f.kind, f.at);
	}
}

static void what_is_not_json_is_told_with_its_place(void **state)
{
	static const struct {
		const char *text;
		enum json_fault_kind kind;
		size_t at;
	} cases[] = {
		{ "", JSON_CUT_SHORT, 0 }, { "  ", JSON_CUT_SHORT, 2 }, { "{", JSON_CUT_SHORT, 1 }, { "[1,", JSON_CUT_SHORT, 3 },
		{ "{\"a\"", JSON_CUT_SHORT, 4 }, { "{\"a\":", JSON_CUT_SHORT, 5 }, { "\"abc", JSON_CUT_SHORT, 4 }, { "\"\\u12", JSON_CUT_SHORT, 5 },
		{ "\"\\", JSON_CUT_SHORT, 2 }, { "-", JSON_CUT_SHORT, 1 }, { "[", JSON_CUT_SHORT, 1 }, { "1.", JSON_CUT_SHORT, 2 },
		{ "foo", JSON_NO_TOKEN, 0 }, { "[truely]", JSON_NO_TOKEN, 1 }, { "nul", JSON_NO_TOKEN, 0 },
		{ "\x99", JSON_NO_VALUE, 0 }, { "}", JSON_NO_VALUE, 0 }, { "[1,]", JSON_NO_VALUE, 3 }, { "{\"a\":}", JSON_NO_VALUE, 5 },
		{ "{a:1}", JSON_NO_NAME, 1 }, { "{\"a\":1,}", JSON_NO_NAME, 7 }, { "{\"a\" 1}", JSON_NO_COLON, 5 },
		{ "[1 2]", JSON_NO_COMMA, 3 }, { "[1}", JSON_NO_COMMA, 2 }, { "{\"a\":1]", JSON_NO_COMMA, 6 },
		{ "-x", JSON_BAD_NUMBER, 1 }, { "1.e5", JSON_BAD_NUMBER, 2 }, { "1ex", JSON_BAD_NUMBER, 2 }, { "01", JSON_TRAILING, 1 },
		{ "\"\\x\"", JSON_BAD_ESCAPE, 2 }, { "\"\\u12g4\"", JSON_BAD_ESCAPE, 3 }, { "\"a\nb\"", JSON_CONTROL, 2 },
		{ "\"a\x87\"", JSON_NOT_UTF8, 2 }, { "\"\xc3", JSON_NOT_UTF8, 1 }, { "{} x", JSON_TRAILING, 3 }, { "1 2", JSON_TRAILING, 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct json_fault f = { 0 };

		assert_int_equal(json_check(str_of(cases[i].text), &f), E_BAD_INPUT);
		if (f.kind != cases[i].kind || f.at != cases[i].at)
			fail_msg("%s: fault %d at %zu", cases[i].text, (int)f.kind, f.at);
	}
}

static void lines_and_columns_are_counted_from_one(void **state)
{
	struct json_fault f;

	(void)state;
	assert_int_equal(json_check(STR("{\n \"a\": 1,\n  x}"), &f), E_BAD_INPUT);
	assert_int_equal(f.line, 3);
	assert_int_equal(f.column, 3);
	assert_true(f.object);
	assert_int_equal(json_check(STR("[}"), &f), E_BAD_INPUT);
	assert_int_equal(f.line, 1);
	assert_int_equal(f.column, 2);
	assert_false(f.object);
}

static void nesting_has_a_limit(void **state)
{
	struct json_fault f;

	(void)state;
	for (int depth = JSON_CHECK_DEPTH_MAX; depth <= JSON_CHECK_DEPTH_MAX + 1; depth++) {
		struct buf b = { 0 };

		for (int i = 0; i < depth; i++)
			buf_puts(&b, "[");
		for (int i = 0; i < depth; i++)
			buf_puts(&b, "]");
		assert_int_equal(json_check(str_n(b.data, b.len), &f), depth > JSON_CHECK_DEPTH_MAX ? E_BAD_INPUT : 0);
		buf_clear(&b);
	}
	assert_int_equal(f.kind, JSON_TOO_DEEP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_json_passes),
		T(what_is_not_json_is_told_with_its_place),
		T(lines_and_columns_are_counted_from_one),
		T(nesting_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
