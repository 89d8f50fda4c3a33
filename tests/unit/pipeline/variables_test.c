/* variables_test - the function's variables as the settings file has them. */
#include "tests/lib/t.h"

#include <errno.h>

#include "base/err.h"
#include "pipeline/variables.h"

static void lines_become_an_object_of_texts(void **state)
{
	char error[VARIABLES_ERROR_MAX];
	struct buf json = { 0 };

	(void)state;
	assert_int_equal(variables_read(&json, STR("GPS=drop\n\n  QUALITY=75 \nA_1=x=\"y\"\nEMPTY="), error), 0);
	assert_string_equal(json.data, "{\"GPS\":\"drop\",\"QUALITY\":\"75\",\"A_1\":\"x=\\\"y\\\"\",\"EMPTY\":\"\"}");
	buf_clear(&json);
}

static void what_is_no_variable_is_told(void **state)
{
	static const char *const bad[] = { "GPS", "=x", "gps=drop", "A B=1", "RENDITIONS=a.jpg=1", "TABLE=t", "DESTINATION=d" };
	char error[VARIABLES_ERROR_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct buf json = { 0 };

		error[0] = '\0';
		assert_int_equal(variables_read(&json, str_of(bad[i]), error), E_BAD_INPUT);
		assert_non_null(strstr(error, bad[i]));
		buf_clear(&json);
	}
}

static void they_come_over_those_of_the_row(void **state)
{
	struct buf environment = { 0 };

	(void)state;
	buf_puts(&environment, "{\"RENDITIONS\":\"a.jpg=9\",\"QUALITY\":\"80\"}");
	variables_put(&environment, (struct str){ 0 });
	variables_put(&environment, STR("{}"));
	assert_string_equal(environment.data, "{\"RENDITIONS\":\"a.jpg=9\",\"QUALITY\":\"80\"}");
	variables_put(&environment, STR("{\"QUALITY\":\"75\",\"GPS\":\"drop\"}"));
	assert_int_equal(environment.data[environment.len - 1], '}');
	assert_true(str_eq(str_n(environment.data, environment.len), STR("{\"RENDITIONS\":\"a.jpg=9\",\"QUALITY\":\"75\",\"GPS\":\"drop\"}")));
	buf_clear(&environment);
}

static void a_runner_that_is_not_there_is_no_nonsense(void **state)
{
	(void)state;
	assert_int_equal(variables_check("/nowhere/minilab-runner", STR("{}")), -ENOENT);
	assert_int_equal(variables_check("/bin/false", STR("{}")), E_CRASHED);
}

static void the_runner_knows_what_makes_sense(void **state)
{
	(void)state;
	assert_int_equal(variables_check(t_runner(), STR("{\"GPS\":\"drop\",\"MAX_PIXELS\":\"5\"}")), 0);
	assert_int_equal(variables_check(t_runner(), STR("{\"GPS\":\"blur\"}")), E_BAD_INPUT);
	assert_int_equal(variables_check(t_runner(), STR("{\"NOBODY\":\"1\"}")), E_BAD_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(lines_become_an_object_of_texts),
		T(what_is_no_variable_is_told),
		T(they_come_over_those_of_the_row),
		T(a_runner_that_is_not_there_is_no_nonsense),
		T(the_runner_knows_what_makes_sense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
