#include "tests/lib/t.h"

#include <stdio.h>

#include "base/err.h"
#include "pipeline/registry.h"

static int parse(const char *config, struct function *f)
{
	*f = (struct function){0};
	return registry_parse(&(struct function_row){ .id = 7, .modified_ms = 9, .name = STR("thumbnail"), .config = str_of(config) }, f);
}

static void the_document_that_all_functions_have_is_taken(void **state)
{
	struct function f;

	(void)state;
	assert_int_equal(parse("{\"Runtime\":\"minilab.builtin\",\"Handler\":\"thumbnail\",\"Timeout\":9,\"MemorySize\":300,"
			       "\"Environment\":{\"Variables\":{\"TABLE\":\"t\",\"RENDITIONS\":\"a.jpg=9\"}},\"RevisionId\":\"r\"}", &f), 0);
	assert_int_equal(f.memory_mb, 300);
	assert_int_equal(f.timeout_ms, 9000);
	assert_string_equal(f.environment.data, "{\"TABLE\":\"t\",\"RENDITIONS\":\"a.jpg=9\"}");
	assert_true(str_is(f.renditions, "a.jpg=9"));
	function_clear(&f);
	assert_int_equal(parse("{\"Runtime\":\"minilab.builtin\"}", &f), 0);
	assert_int_equal(f.memory_mb, 128);
	assert_int_equal(f.timeout_ms, 3000);
	assert_string_equal(f.environment.data, "{}");
	function_clear(&f);
}

static void the_form_of_before_is_still_taken(void **state)
{
	struct function f;

	(void)state;
	assert_int_equal(parse("{\"kind\":\"native\",\"memory_mb\":256,\"timeout_ms\":1000,\"concurrency\":3,\"retries\":1,"
			       "\"environment\":{\"TABLE\":\"t\"}}", &f), 0);
	assert_string_equal(f.name, "thumbnail");
	assert_int_equal(f.id, 7);
	assert_int_equal(f.generation, 9);
	assert_int_equal(f.memory_mb, 256);
	assert_int_equal(f.timeout_ms, 1000);
	assert_int_equal(f.concurrency, 3);
	assert_int_equal(f.retries, 1);
	assert_string_equal(f.environment.data, "{\"TABLE\":\"t\"}");
	function_clear(&f);
}

static void numbers_out_of_bounds_fall_back(void **state)
{
	struct function f;

	(void)state;
	assert_int_equal(parse("{\"kind\":\"native\",\"memory_mb\":1,\"timeout_ms\":900001,\"retries\":9,\"environment\":{}}", &f), 0);
	assert_int_equal(f.memory_mb, 512);
	assert_int_equal(f.timeout_ms, 30000);
	assert_int_equal(f.retries, 2);
	function_clear(&f);
}

static void what_is_not_the_built_in_function_is_refused(void **state)
{
	static const char *const bad[] = { "", "{}", "[]", "{\"kind\":\"native\"}", "{\"kind\":\"custom\",\"environment\":{}}",
		"{\"Runtime\":\"python3.12\",\"Handler\":\"thumbnail\"}",
		"{\"Runtime\":\"minilab.builtin\",\"Environment\":{\"Variables\":[]}}" };
	struct function f;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(parse(bad[i], &f), E_BAD_INPUT);
}

static void the_bucket_stands_for_its_name_in_variables(void **state)
{
	struct arena a = {0};
	struct function f;

	(void)state;
	assert_int_equal(parse("{\"kind\":\"native\",\"environment\":{\"A\":\"x-{bucket}-y\",\"B\":\"{bucket}\",\"C\":\"plain\"}}", &f), 0);
	assert_true(str_is(function_variable(&f, "A", STR("photos"), &a), "x-photos-y"));
	assert_true(str_is(function_variable(&f, "B", STR("photos"), &a), "photos"));
	assert_true(str_is(function_variable(&f, "C", STR("photos"), &a), "plain"));
	assert_false(str_is_set(function_variable(&f, "D", STR("photos"), &a)));
	function_clear(&f);
	arena_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_document_that_all_functions_have_is_taken),
		T(the_form_of_before_is_still_taken),
		T(numbers_out_of_bounds_fall_back),
		T(what_is_not_the_built_in_function_is_refused),
		T(the_bucket_stands_for_its_name_in_variables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
