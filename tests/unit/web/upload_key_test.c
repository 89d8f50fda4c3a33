/* Names and types that uploads get. */
#include "web/api/upload.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "tests/lib/t.h"

#define AT_MS 1795565045678LL		/* 2026-11-25T00:04:05Z */

static int make(const char *template, const char *name, const char *type, char to[2000])
{
	struct arena a = { 0 };
	struct str key = { 0 };
	int rc = upload_key_make(&a, str_of(template), str_of(name), str_of(type), AT_MS, &key);

	snprintf(to, 2000, "%.*s", STR_ARG(key));
	arena_clear(&a);
	return rc;
}

static void variables_become_what_they_stand_for(void **state)
{
	static const struct {
		const char *template, *name, *type, *want;
	} cases[] = {
		{ "a/b.jpg", NULL, NULL, "a/b.jpg" },
		{ "{date}/{time}", NULL, NULL, "2026/11/25/000405" },
		{ "{name}", "cat.jpg", NULL, "cat.jpg" },
		{ "{name}", "C:\\photos\\cat.jpg", NULL, "cat.jpg" },
		{ "{name}", "../../etc/pass\twd\x7f", NULL, "passwd" },
		{ "x/{name}", "..", NULL, "x/file" }, { "x/{name}", ".", NULL, "x/file" }, { "x/{name}", "a/", NULL, "x/file" }, { "x/{name}", NULL, NULL, "x/file" },
		{ "{ext}", "Cat.JPEG", "image/png", "jpeg" },
		{ "{ext}", "cat", "image/jpeg; x=y", "jpg" }, { "{ext}", ".jpg", "IMAGE/TIFF", "jpg" }, { "{ext}", "jpg", "IMAGE/TIFF", "tif" }, { "{ext}", "a.tar-gz", NULL, "bin" },
		{ "{ext}", "a.averylongone", "x/y", "bin" }, { "{ext}", NULL, NULL, "bin" },
		{ "{{date}/{name}{{", "n", NULL, "{date}/n{" },
		{ "///a//b", NULL, NULL, "a//b" },
		{ "\xc3\xa4/{name}", "\xe6\x97\xa5.jpg", NULL, "\xc3\xa4/\xe6\x97\xa5.jpg" },
	};
	char key[2000];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(make(cases[i].template, cases[i].name, cases[i].type, key), 0);
		assert_string_equal(key, cases[i].want);
	}
}

static void a_uuid_is_another_every_time(void **state)
{
	char one[2000], two[2000];

	(void)state;
	assert_int_equal(make("{uuid}", NULL, NULL, one), 0);
	assert_int_equal(make("{uuid}", NULL, NULL, two), 0);
	assert_int_equal(strlen(one), 36);
	assert_string_not_equal(one, two);
}

static void what_makes_no_key_is_refused(void **state)
{
	static const char *const bad[] = { "", "/", "//", "{hash}", "{}", "{date", "{", "a{name }", "{{}{" };
	char long_one[OBJECT_KEY_MAX + 2], key[2000];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(make(bad[i], "n", NULL, key), E_BAD_INPUT);
	memset(long_one, 'x', sizeof long_one);
	long_one[OBJECT_KEY_MAX] = '\0';
	assert_int_equal(make(long_one, NULL, NULL, key), 0);
	long_one[OBJECT_KEY_MAX] = 'x';
	long_one[OBJECT_KEY_MAX + 1] = '\0';
	assert_int_equal(make(long_one, NULL, NULL, key), E_TOO_LARGE);
	long_one[OBJECT_KEY_MAX] = '\0';
	assert_int_equal(make("x{name}", long_one, NULL, key), E_TOO_LARGE);
}

static void types_are_believed_or_guessed_by_the_name(void **state)
{
	static const struct {
		const char *sent, *name, *key, *want;
	} cases[] = {
		{ "image/png", "a.jpg", "b.webp", "image/png" }, { "", "a.jpg", "b.webp", "image/jpeg" }, { NULL, NULL, "b.WebP", "image/webp" },
		{ "application/octet-stream", "a.heic", NULL, "image/heic" }, { "application/octet-stream", "a", "b", "application/octet-stream" },
		{ "application/x-www-form-urlencoded", NULL, "a.gif", "image/gif" }, { "application/x-www-form-urlencoded", NULL, "a", NULL }, { NULL, NULL, "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct str got = upload_type(str_of(cases[i].sent), str_of(cases[i].name), str_of(cases[i].key));

		assert_int_equal(str_is_set(got), cases[i].want != NULL);
		assert_true(!cases[i].want || str_is(got, cases[i].want));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(variables_become_what_they_stand_for),
		T(a_uuid_is_another_every_time),
		T(what_makes_no_key_is_refused),
		T(types_are_believed_or_guessed_by_the_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
