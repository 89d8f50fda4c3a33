#include "tests/lib/t.h"

#include "pipeline/result.h"
#include "pipeline/similar.h"

static void a_hash_has_four_bands(void **state)
{
	struct similar_bands b;

	(void)state;
	assert_true(similar_bands(STR("0123456789abcdef"), &b));
	assert_true(str_is(b.of[0], "0123") && str_is(b.of[1], "4567") && str_is(b.of[2], "89ab") && str_is(b.of[3], "cdef"));
	assert_string_equal(similar_attribute(3), "phash_3");
	assert_string_equal(similar_index(0), "near-0");
}

static void what_is_no_hash_has_none(void **state)
{
	static const char *const bad[] = { "", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeg", "0123456789ABCDEF" };
	struct similar_bands b;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(similar_bands(str_of(bad[i]), &b));
	assert_false(similar_bands((struct str){0}, &b));
}

/* The row of a photo with these facts. */
static bool row_says(const char *photo, bool bands, const char *what)
{
	struct object o = { .key = STR("a.jpg"), .etag = STR("e"), .headers = STR("{}") };
	struct json_value *facts;
	struct result r = {0};
	struct arena a = {0};
	struct buf row = {0};
	bool says;

	assert_int_equal(json_parse(&a, str_of(photo), &facts), 0);
	r.photo = facts;
	result_row(&row, &(struct row_facts){ .bucket = STR("photos"), .to_bucket = STR("t"), .original = &o, .result = &r, .bands = bands });
	says = memmem(row.data, row.len, what, strlen(what)) != NULL;
	buf_clear(&row);
	arena_clear(&a);
	return says;
}

static void a_row_has_bands_when_they_are_wanted_and_there_is_a_hash(void **state)
{
	(void)state;
	assert_true(row_says("{\"phash\":\"0123456789abcdef\"}", true, "\"phash_2\":{\"S\":\"89ab\"}"));
	assert_true(row_says("{\"phash\":\"0123456789abcdef\"}", false, "\"phash\":"));
	assert_false(row_says("{\"phash\":\"0123456789abcdef\"}", false, "phash_"));
	assert_false(row_says("{\"phash\":\"zzz\"}", true, "phash_"));
	assert_false(row_says("{\"width\":5}", true, "phash"));
}

static void a_number_that_no_table_takes_is_left_out(void **state)
{
	(void)state;
	assert_true(row_says("{\"aperture\":2.8}", false, "aperture"));
	assert_false(row_says("{\"aperture\":1e999}", false, "aperture"));
	assert_false(row_says("{\"aperture\":1234567890123456789012345678901234567890}", false, "aperture"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_hash_has_four_bands),
		T(what_is_no_hash_has_none),
		T(a_row_has_bands_when_they_are_wanted_and_there_is_a_hash),
		T(a_number_that_no_table_takes_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
