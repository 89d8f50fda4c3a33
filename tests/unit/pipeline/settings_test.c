#include "tests/lib/t.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/err.h"
#include "pipeline/settings.h"

static void defaults_are_those_of_the_table(void **state)
{
	struct settings s;

	(void)state;
	settings_defaults(&s);
	assert_string_equal(s.listen, "127.0.0.1:9000");
	assert_int_equal(s.retry_base_ms, 60000);
	assert_false(s.require_cage);
	settings_clear(&s);
}

static void dashes_and_underscores_name_the_same_setting(void **state)
{
	struct settings s;

	(void)state;
	settings_defaults(&s);
	assert_int_equal(settings_set(&s, SETTING_FLAG, STR("retry-base-ms"), STR("20")), 0);
	assert_int_equal(s.retry_base_ms, 20);
	assert_int_equal(settings_set(&s, SETTING_FLAG, STR("retry_base_ms"), STR("30")), 0);
	assert_int_equal(s.retry_base_ms, 30);
	settings_clear(&s);
}

static void values_out_of_bounds_change_nothing(void **state)
{
	static const struct { const char *name, *value; } bad[] = {
		{ "retry_base_ms", "0" }, { "retry_base_ms", "-1" }, { "retry_base_ms", "12x" }, { "retry_base_ms", "" },
		{ "readers", "65" }, { "account", "123" }, { "require_cage", "maybe" }, { "data", "" },
		{ "isolation", "house" }, { "isolation", "" }, { "log_level", "loud" },
	};
	struct settings s, before;

	(void)state;
	settings_defaults(&s);
	before = s;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(settings_set(&s, SETTING_FLAG, str_of(bad[i].name), str_of(bad[i].value)), E_BAD_INPUT);
	assert_int_equal(settings_set(&s, SETTING_FLAG, STR("colour"), STR("red")), E_NOT_FOUND);
	assert_memory_equal(&s, &before, sizeof s);
	settings_clear(&s);
}

static void a_word_is_one_of_its_words(void **state)
{
	struct settings s;

	(void)state;
	settings_defaults(&s);
	assert_string_equal(s.isolation, "environment");
	assert_int_equal(settings_set(&s, SETTING_FLAG, STR("isolation"), STR("photo")), 0);
	assert_string_equal(s.isolation, "photo");
	assert_int_equal(settings_set(&s, SETTING_FLAG, STR("isolation"), STR("debug")), E_BAD_INPUT);
	settings_clear(&s);
}

static void a_list_grows_up_to_its_limit(void **state)
{
	static char lengthy[65536];
	struct settings s;

	(void)state;
	settings_defaults(&s);
	assert_string_equal(s.preset, "");
	assert_int_equal(settings_set(&s, SETTING_FLAG, STR("preset"), STR("a.jpg=1")), 0);
	assert_int_equal(settings_set(&s, SETTING_FLAG, STR("preset"), STR("b.jpg=2")), 0);
	assert_string_equal(s.preset, "a.jpg=1\nb.jpg=2");
	memset(lengthy, 'x', sizeof lengthy);
	assert_int_equal(settings_set(&s, SETTING_FLAG, STR("renditions"), str_n(lengthy, sizeof lengthy)), 0);
	assert_int_equal(settings_set(&s, SETTING_FLAG, STR("renditions"), STR("x")), E_BAD_INPUT);
	assert_int_equal(strlen(s.renditions), sizeof lengthy);
	settings_clear(&s);
}

static void write_file(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
	close(fd);
}

static void a_file_sets_and_its_errors_name_the_line(void **state)
{
	struct settings s;
	char path[512], error[256];

	write_file(test_dir(state), "good", "# comment\n\n  readers = 7 \nregion=eu-west-1\nrequire_cage = yes\n");
	write_file(test_dir(state), "bad", "readers = 7\nreaders = many\n");
	settings_defaults(&s);
	snprintf(path, sizeof path, "%s/good", test_path(state));
	assert_int_equal(settings_file(&s, path, error), 0);
	assert_int_equal(s.readers, 7);
	assert_string_equal(s.region, "eu-west-1");
	assert_true(s.require_cage);
	snprintf(path, sizeof path, "%s/bad", test_path(state));
	assert_int_equal(settings_file(&s, path, error), E_BAD_INPUT);
	assert_non_null(strstr(error, "bad:2"));
	settings_clear(&s);
}

static void the_environment_sets_by_upper_case_names(void **state)
{
	struct settings s;
	char error[256];

	(void)state;
	settings_defaults(&s);
	setenv("MINILAB_READERS", "3", 1);
	assert_int_equal(settings_environment(&s, error), 0);
	assert_int_equal(s.readers, 3);
	setenv("MINILAB_READERS", "none", 1);
	assert_int_equal(settings_environment(&s, error), E_BAD_INPUT);
	assert_non_null(strstr(error, "MINILAB_READERS"));
	unsetenv("MINILAB_READERS");
	settings_clear(&s);
}

static void each_value_says_where_it_comes_from(void **state)
{
	struct settings s;
	char path[512], error[256];

	write_file(test_dir(state), "file", "readers = 7\nregion = eu-west-1\naccount = 000000000001\n");
	settings_defaults(&s);
	snprintf(path, sizeof path, "%s/file", test_path(state));
	assert_int_equal(settings_file(&s, path, error), 0);
	setenv("MINILAB_REGION", "eu-west-2", 1);
	setenv("MINILAB_ACCOUNT", "000000000002", 1);
	assert_int_equal(settings_environment(&s, error), 0);
	assert_int_equal(settings_set(&s, SETTING_FLAG, STR("account"), STR("000000000003")), 0);
	assert_int_equal(settings_set(&s, SETTING_FLAG, STR("readers"), STR("none")), E_BAD_INPUT);
	assert_int_equal(s.origin[SETTING_listen], SETTING_DEFAULT);
	assert_int_equal(s.origin[SETTING_readers], SETTING_FILE);
	assert_int_equal(s.origin[SETTING_region], SETTING_ENVIRONMENT);
	assert_int_equal(s.origin[SETTING_account], SETTING_FLAG);
	unsetenv("MINILAB_REGION");
	unsetenv("MINILAB_ACCOUNT");
	settings_clear(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(defaults_are_those_of_the_table),
		T(dashes_and_underscores_name_the_same_setting),
		T(values_out_of_bounds_change_nothing),
		T(a_word_is_one_of_its_words),
		T(a_list_grows_up_to_its_limit),
		T(a_file_sets_and_its_errors_name_the_line),
		T(the_environment_sets_by_upper_case_names),
		T(each_value_says_where_it_comes_from),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
