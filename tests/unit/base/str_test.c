#include "tests/lib/t.h"

#include "base/err.h"

static void empty_and_absent_are_told_apart(void **state)
{
	(void)state;
	assert_false(str_is_set((struct str){ 0 }));
	assert_false(str_is_set(str_of(NULL)));
	assert_true(str_is_set(STR("")));
	assert_true(str_eq(STR(""), (struct str){ 0 }));
}

static void equality_counts_every_byte(void **state)
{
	(void)state;
	assert_true(str_eq(str_n("a\0b", 3), str_n("a\0b", 3)));
	assert_false(str_eq(str_n("a\0b", 3), str_n("a\0c", 3)));
	assert_false(str_eq(STR("ab"), STR("abc")));
	assert_true(str_ieq(STR("Content-MD5"), STR("content-md5")));
	assert_false(str_ieq(STR("k[1]"), STR("k{1}")));
	assert_false(str_ieq(STR("\xc3\x84"), STR("\xc3\xa4")));	/* only ASCII has a case here */
}

static void keys_are_ordered_by_bytes_not_by_sign(void **state)
{
	(void)state;
	assert_true(str_cmp(STR("a"), STR("\xc3\xa9")) < 0);
	assert_true(str_cmp(STR("a"), STR("aa")) < 0);
	assert_true(str_cmp(STR("b"), STR("aa")) > 0);
	assert_true(str_cmp(STR("Z"), STR("a")) < 0);
	assert_int_equal(str_cmp(STR(""), (struct str){ 0 }), 0);
	assert_true(str_cmp(str_n("a\0", 2), STR("a")) > 0);
}

static void prefixes_and_suffixes(void **state)
{
	(void)state;
	assert_true(str_starts(STR("abc"), STR("ab")));
	assert_true(str_starts(STR("abc"), STR("")));
	assert_true(str_starts(STR("abc"), (struct str){ 0 }));
	assert_false(str_starts(STR("ab"), STR("abc")));
	assert_true(str_ends(STR("cat.jpg"), STR(".jpg")));
	assert_false(str_ends(STR("jpg"), STR(".jpg")));
	assert_true(str_ends(STR(""), STR("")));
}

static void trimming_takes_blanks_and_tabs_only(void **state)
{
	(void)state;
	assert_true(str_is(str_trim(STR(" \t a b\t ")), "a b"));
	assert_true(str_is(str_trim(STR("\na\n")), "\na\n"));
	assert_int_equal(str_trim(STR(" \t ")).n, 0);
	assert_int_equal(str_trim((struct str){ 0 }).n, 0);
}

static void splitting_gives_every_part_once(void **state)
{
	struct str rest = STR("a,,b,"), part;

	(void)state;
	assert_true(str_next(&rest, ',', &part));
	assert_true(str_is(part, "a"));
	assert_true(str_next(&rest, ',', &part));
	assert_true(str_is(part, ""));
	assert_true(str_next(&rest, ',', &part));
	assert_true(str_is(part, "b"));
	assert_true(str_next(&rest, ',', &part));
	assert_true(str_is(part, ""));
	assert_false(str_is_set(rest));
	assert_false(str_next(&rest, ',', &part));
}

static void splitting_the_empty_string_gives_one_empty_part(void **state)
{
	struct str rest = STR(""), part;

	(void)state;
	assert_true(str_next(&rest, ',', &part));
	assert_int_equal(part.n, 0);
	assert_false(str_next(&rest, ',', &part));
}

static void numbers_are_digits_within_bounds(void **state)
{
	static const struct {
		const char *text;
		int64_t min, max, value;
		int rc;
	} cases[] = {
		{ "0", 0, 10, 0, 0 },
		{ "10", 0, 10, 10, 0 },
		{ "11", 0, 10, 0, E_BAD_INPUT },
		{ "4", 5, 10, 0, E_BAD_INPUT },
		{ "007", 0, 10, 7, 0 },
		{ "", 0, 10, 0, E_BAD_INPUT },
		{ "+1", 0, 10, 0, E_BAD_INPUT },
		{ " 1", 0, 10, 0, E_BAD_INPUT },
		{ "1 ", 0, 10, 0, E_BAD_INPUT },
		{ "0x1", 0, 10, 0, E_BAD_INPUT },
		{ "1.0", 0, 10, 0, E_BAD_INPUT },
		{ "9223372036854775807", 0, INT64_MAX, INT64_MAX, 0 },
		{ "9223372036854775808", 0, INT64_MAX, 0, E_BAD_INPUT },
		{ "99999999999999999999999999", 0, INT64_MAX, 0, E_BAD_INPUT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int64_t v = -77;
		int rc = str_to_int(str_of(cases[i].text), cases[i].min, cases[i].max, &v);

		if (rc != cases[i].rc || (rc == 0 && v != cases[i].value))
			fail_msg("\"%s\" gave %d and %lld", cases[i].text, rc, (long long)v);
	}
}

static void every_error_has_a_text(void **state)
{
	(void)state;
	assert_string_equal(err_text(E_NOT_FOUND), "not found");
	assert_string_equal(err_text(E_BUSY), "too busy");
	assert_non_null(err_text(-5));
	assert_non_null(err_text(-123456));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(empty_and_absent_are_told_apart),
		T(equality_counts_every_byte),
		T(keys_are_ordered_by_bytes_not_by_sign),
		T(prefixes_and_suffixes),
		T(trimming_takes_blanks_and_tabs_only),
		T(splitting_gives_every_part_once),
		T(splitting_the_empty_string_gives_one_empty_part),
		T(numbers_are_digits_within_bounds),
		T(every_error_has_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
