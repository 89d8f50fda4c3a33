#include "tests/lib/t.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"

static int parse(struct arena *a, const char *text, const struct json_value **out)
{
	struct json_value *v = NULL;
	int rc = json_parse(a, str_of(text), &v);

	*out = v;
	return rc;
}

static void what_is_written_reads_back_the_same(void **state)
{
	static const char text[] = "{\"a\":[1,-2.50e+3,true,false,null,\"x\\\"\\\\\\n\"],\"b\":{},\"c\":[]}";
	struct arena a = { 0 };
	struct buf b = { 0 };
	struct json j = json_into(&b);
	const struct json_value *v;

	(void)state;
	assert_int_equal(parse(&a, text, &v), 0);
	json_value(&j, NULL, v);
	assert_string_equal(b.data, text);
	buf_clear(&b);
	arena_clear(&a);
}

static void numbers_keep_their_text(void **state)
{
	struct arena a = { 0 };
	const struct json_value *v;

	(void)state;
	assert_int_equal(parse(&a, "{\"n\":123456789012345678901234567890.10,\"m\":1e400,\"z\":-0}", &v), 0);
	assert_true(str_is(json_get(v, "n")->text, "123456789012345678901234567890.10"));
	assert_true(str_is(json_get(v, "m")->text, "1e400"));
	assert_true(str_is(json_get(v, "z")->text, "-0"));
	assert_int_equal(json_number(v, "n", -3), -3);	/* no int64: the caller's default, not a wrapped value */
	arena_clear(&a);
}

static void whole_numbers_reach_as_far_down_as_up(void **state)
{
	struct arena a = { 0 };
	const struct json_value *v;

	(void)state;
	assert_int_equal(parse(&a, "{\"a\":9223372036854775807,\"b\":-9223372036854775807,\"c\":1.5,\"d\":\"7\"}", &v), 0);
	assert_true(json_number(v, "a", 0) == INT64_MAX);
	assert_true(json_number(v, "b", 0) == -INT64_MAX);
	assert_int_equal(json_number(v, "c", 11), 11);
	assert_int_equal(json_number(v, "d", 12), 12);
	assert_int_equal(json_number(v, "absent", 13), 13);
	assert_int_equal(json_number(NULL, "a", 14), 14);
	arena_clear(&a);
}

static void escapes_become_utf8(void **state)
{
	struct arena a = { 0 };
	const struct json_value *v;

	(void)state;
	assert_int_equal(parse(&a, "[\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\\/\\b\\f\\r\\t\"]", &v), 0);
	assert_true(str_is(v->first->text, "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80/\b\f\r\t"));
	arena_clear(&a);
}

static void a_nul_escape_is_kept_as_a_byte(void **state)
{
	struct arena a = { 0 };
	const struct json_value *v;

	(void)state;
	assert_int_equal(parse(&a, "[\"a\\u0000b\"]", &v), 0);
	assert_true(str_eq(v->first->text, str_n("a\0b", 3)));
	arena_clear(&a);
}

static void what_is_not_json_is_refused(void **state)
{
	static const char *const bad[] = {
		"", " ", "{", "[", "}", "{}}", "[1,]", "[,1]", "{\"a\":1,}", "{,}", "{\"a\"}", "{\"a\":}", "{a:1}",
		"{'a':1}", "[01]", "[1.]", "[.5]", "[-]", "[+1]", "[1e]", "[1e+]", "[0x10]", "[NaN]", "[Infinity]",
		"[tru]", "[nulL]", "[\"\n\"]", "[\"\t\"]", "[\"\\x\"]", "[\"\\u12\"]", "[\"\\u12g4\"]", "[\"abc]", "[1 2]",
		"[1]x", "[1] [2]", "{\"a\":1 \"b\":2}", "// c\n[]", "[1]\v",
		"[\"\\ud800\"]", "[\"\\udc00\"]", "[\"\\ud800\\u0041\"]", "[\"\\ud800\\ud800\"]",	/* lone surrogates */
		"[\"\xff\"]", "[\"\xc0\x80\"]", "[\"\xed\xa0\x80\"]", "[\"\xf4\x90\x80\x80\"]", "[\"\xe2\x82\"]",	/* not UTF-8 */
		"{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}",	/* the same name twice */
		"\xef\xbb\xbf[]",	/* a byte order mark */
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct arena a = { 0 };
		const struct json_value *v;
		int rc = parse(&a, bad[i], &v);

		if (rc != E_BAD_INPUT)
			fail_msg("accepted (%d): %s", rc, bad[i]);
		arena_clear(&a);
	}
}

static void a_nul_in_the_text_is_not_its_end(void **state)
{
	struct arena a = { 0 };
	struct json_value *v;

	(void)state;
	assert_int_equal(json_parse(&a, str_n("[1]\0", 4), &v), E_BAD_INPUT);
	assert_int_equal(json_parse(&a, str_n("[\"a\0b\"]", 7), &v), E_BAD_INPUT);
	arena_clear(&a);
}

static void names_of_different_objects_may_repeat(void **state)
{
	struct arena a = { 0 };
	const struct json_value *v;

	(void)state;
	assert_int_equal(parse(&a, "{\"a\":{\"a\":1},\"b\":{\"a\":2}}", &v), 0);
	assert_int_equal(json_number(json_get(v, "b"), "a", 0), 2);
	arena_clear(&a);
}

static int parse_depth(int depth, char open, char close)
{
	struct arena a = { 0 };
	struct buf b = { 0 };
	struct json_value *v;
	int rc;

	for (int i = 0; i < depth; i++)
		buf_puts(&b, open == '[' ? "[" : i < depth - 1 ? "{\"a\":" : "{");
	for (int i = 0; i < depth; i++)
		buf_add(&b, &close, 1);
	rc = json_parse(&a, str_n(b.data, b.len), &v);
	buf_clear(&b);
	arena_clear(&a);
	return rc;
}

static void depth_has_a_limit(void **state)
{
	(void)state;
	assert_int_equal(parse_depth(JSON_DEPTH_MAX - 1, '[', ']'), 0);
	assert_int_equal(parse_depth(JSON_DEPTH_MAX + 1, '[', ']'), E_BAD_INPUT);
	assert_int_equal(parse_depth(JSON_DEPTH_MAX - 1, '{', '}'), 0);
	assert_int_equal(parse_depth(JSON_DEPTH_MAX + 1, '{', '}'), E_BAD_INPUT);
	assert_int_equal(parse_depth(100000, '[', ']'), E_BAD_INPUT);
}

static void two_hundred_thousand_names_are_checked_in_good_time(void **state)
{
	struct arena a = { 0 };
	struct buf b = { 0 };
	struct json j = json_into(&b);
	struct json_value *v;

	(void)state;
	json_open(&j, NULL, '{');
	for (int i = 0; i < 200000; i++) {
		char name[16];

		snprintf(name, sizeof name, "n%d", i);
		json_int(&j, name, i);
	}
	json_close(&j);
	assert_int_equal(json_parse(&a, str_n(b.data, b.len), &v), 0);
	assert_int_equal(v->count, 200000);
	assert_int_equal(json_number(v, "n199999", 0), 199999);
	b.len--;
	buf_puts(&b, ",\"n5\":0}");
	assert_int_equal(json_parse(&a, str_n(b.data, b.len), &v), E_BAD_INPUT);
	buf_clear(&b);
	arena_clear(&a);
}

static void the_tree_outlives_the_text(void **state)
{
	struct arena a = { 0 };
	char text[] = "{\"key\":\"value\",\"n\":12}";
	struct json_value *v;

	(void)state;
	assert_int_equal(json_parse(&a, str_of(text), &v), 0);
	memset(text, 'x', sizeof text - 1);
	assert_true(str_is(json_text(v, "key"), "value"));
	assert_int_equal(json_number(v, "n", 0), 12);
	arena_clear(&a);
}

static void a_lent_text_is_pointed_into_where_it_needs_no_change(void **state)
{
	static const char text[] = "{\"plain\":\"abc\",\"escaped\":\"a\\u0062c\",\"empty\":\"\"}";
	struct arena a = { 0 };
	struct json_value *v;
	struct str plain, escaped;

	(void)state;
	assert_int_equal(json_parse_lent(&a, str_of(text), 4, &v), 0);
	plain = json_text(v, "plain");
	escaped = json_text(v, "escaped");
	assert_true(str_eq(plain, STR("abc")) && str_eq(escaped, STR("abc")));
	assert_ptr_equal(plain.p, strstr(text, "abc"));
	assert_false(escaped.p >= text && escaped.p < text + sizeof text);
	assert_true(str_is_set(json_text(v, "empty")));
	assert_int_equal(json_parse_lent(&a, STR("\"a\tb\""), 4, &v), E_BAD_INPUT);
	assert_int_equal(json_parse_lent(&a, STR("\"a"), 4, &v), E_BAD_INPUT);
	arena_clear(&a);
}

static void a_text_of_too_many_values_is_not_read(void **state)
{
	static const struct {
		const char *text;
		int most, rc;
	} cases[] = {
		{ "[0,[1],{\"a\":2}]", 6, 0 }, { "[0,[1],{\"a\":2}]", 5, E_TOO_LARGE }, { "[[[[]]]]", 4, 0 }, { "[[[[]]]]", 3, E_TOO_LARGE },
		{ "[0,0,", 2, E_TOO_LARGE }, { "[0,0,", 4, E_BAD_INPUT }, { "7", 1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct arena a = { 0 };
		struct json_value *v;

		assert_int_equal(json_parse_lent(&a, str_of(cases[i].text), cases[i].most, &v), cases[i].rc);
		arena_clear(&a);
	}
}

static void getters_accept_the_wrong_kind(void **state)
{
	struct arena a = { 0 };
	const struct json_value *v;

	(void)state;
	assert_int_equal(parse(&a, "{\"s\":\"x\",\"n\":1,\"o\":{}}", &v), 0);
	assert_null(json_get(NULL, "a"));
	assert_null(json_get(json_get(v, "s"), "a"));
	assert_null(json_get(v, "S"));
	assert_false(str_is_set(json_text(v, "n")));
	assert_false(str_is_set(json_text(v, "o")));
	assert_false(str_is_set(json_text(v, "none")));
	arena_clear(&a);
}

static void the_writer_places_commas_and_escapes(void **state)
{
	struct buf b = { 0 };
	struct json j = json_into(&b);

	(void)state;
	json_open(&j, NULL, '{');
	json_cstr(&j, "a", "q\"b\\s/\n\x01\x7f\xc3\xa9");
	json_open(&j, "l", '[');
	json_int(&j, NULL, INT64_MIN);
	json_bool(&j, NULL, true);
	json_null(&j, NULL);
	json_open(&j, NULL, '{');
	json_close(&j);
	json_close(&j);
	json_raw(&j, "r", STR("[1]"));
	json_name(&j, STR("out\"side"));
	json_bool(&j, JSON_NAMED, false);
	json_close(&j);
	assert_string_equal(b.data, "{\"a\":\"q\\\"b\\\\s/\\n\\u0001\x7f\xc3\xa9\",\"l\":[-9223372036854775808,true,null,{}],"
			    "\"r\":[1],\"out\\\"side\":false}");
	buf_clear(&b);
}

static void bad_utf8_is_written_as_the_replacement_character(void **state)
{
	struct arena a = { 0 };
	struct buf b = { 0 };
	struct json j = json_into(&b);
	const struct json_value *v;

	(void)state;
	json_open(&j, NULL, '[');
	json_str(&j, NULL, STR("a\xff" "b\xe2\x82"));
	json_str(&j, NULL, (struct str){ 0 });
	json_close(&j);
	assert_int_equal(parse(&a, b.data, &v), 0);	/* whatever came in, JSON came out */
	assert_true(str_starts(v->first->text, STR("a\xef\xbf\xbd" "b\xef\xbf\xbd")));
	buf_clear(&b);
	arena_clear(&a);
}

static void reals_are_short_and_read_back(void **state)
{
	struct buf b = { 0 };
	struct json j = json_into(&b);

	(void)state;
	json_open(&j, NULL, '[');
	json_real(&j, NULL, 0.5);
	json_real(&j, NULL, -48.858222);
	json_real(&j, NULL, 3);
	json_close(&j);
	assert_string_equal(b.data, "[0.5,-48.858222,3]");
	buf_clear(&b);
}

static int close_what_was_not_opened(void *arg)
{
	struct buf b = { 0 };
	struct json j = json_into(&b);

	json_close(&j);
	(void)arg;
	return 0;
}

static void closing_what_was_not_opened_aborts(void **state)
{
	(void)state;
	assert_int_equal(t_child((struct sys_fault){ 0 }, close_what_was_not_opened, NULL), T_DIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_written_reads_back_the_same),
		T(numbers_keep_their_text),
		T(whole_numbers_reach_as_far_down_as_up),
		T(escapes_become_utf8),
		T(a_nul_escape_is_kept_as_a_byte),
		T(what_is_not_json_is_refused),
		T(a_nul_in_the_text_is_not_its_end),
		T(names_of_different_objects_may_repeat),
		T(depth_has_a_limit),
		T(two_hundred_thousand_names_are_checked_in_good_time),
		T(the_tree_outlives_the_text),
		T(a_lent_text_is_pointed_into_where_it_needs_no_change),
		T(a_text_of_too_many_values_is_not_read),
		T(getters_accept_the_wrong_kind),
		T(the_writer_places_commas_and_escapes),
		T(bad_utf8_is_written_as_the_replacement_character),
		T(reals_are_short_and_read_back),
		T(closing_what_was_not_opened_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
