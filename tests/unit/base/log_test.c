#include "tests/lib/t.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"

static void plain_values_stay_as_they_are(void **state)
{
	(void)state;
	assert_string_equal(log_quote(STR("photos/2026/cat.jpg")), "photos/2026/cat.jpg");
}

static void values_cannot_forge_a_line_or_a_pair(void **state)
{
	static const char *const nasty[] = { "a b", "a\nlevel=error", "a=b\"c", "\x1b[31m", "\xff", "", "a\rb" };

	(void)state;
	for (size_t i = 0; i < sizeof nasty / sizeof nasty[0]; i++) {
		const char *q = log_quote(str_of(nasty[i]));

		assert_int_equal(q[0], '"');
		assert_int_equal(q[strlen(q) - 1], '"');
		for (const char *p = q; *p; p++)
			assert_true((unsigned char)*p >= ' ' && (unsigned char)*p < 0x7f);
	}
	assert_string_equal(log_quote(STR("a\n")), "\"a\\x0a\"");
}

static void long_values_are_cut(void **state)
{
	struct str s = t_bytes(5000, 1);

	(void)state;
	assert_true(strlen(log_quote(s)) < 1000);
	free((void *)(uintptr_t)s.p);
}

static void four_quoted_values_live_side_by_side(void **state)
{
	const char *q[4];

	(void)state;
	q[0] = log_quote(STR("one"));
	q[1] = log_quote(STR("two"));
	q[2] = log_quote(STR("three"));
	q[3] = log_quote(STR("four"));
	assert_string_equal(q[0], "one");
	assert_string_equal(q[1], "two");
	assert_string_equal(q[2], "three");
	assert_string_equal(q[3], "four");
}

/* What the body writes to stderr, as a file of the test's directory. */
static void capture(void **state, void (*body)(void), char *to, size_t max)
{
	int fd = openat(test_dir(state), "log", O_CREAT | O_TRUNC | O_RDWR, 0600), saved = dup(2);
	ssize_t n;

	assert_true(fd >= 0 && saved >= 0);
	dup2(fd, 2);
	body();
	dup2(saved, 2);
	close(saved);
	n = pread(fd, to, max - 1, 0);
	close(fd);
	assert_true(n >= 0);
	to[n] = '\0';
}

static void say_something(void)
{
	log_set_level(LOG_INFO);
	log_debug("quiet=%d", 1);
	log_info("loud=%d", 2);
	log_warn(E_NOT_FOUND, "what=%s", "thing");
	log_error(-5, "disk=%s", "bad");
}

static void one_line_each_at_or_above_the_level(void **state)
{
	char text[4096];
	int lines = 0;

	capture(state, say_something, text, sizeof text);
	for (const char *p = text; (p = strchr(p, '\n')); p++)
		lines++;
	assert_int_equal(lines, 3);
	assert_null(strstr(text, "quiet"));
	assert_non_null(strstr(text, "loud=2"));
	assert_non_null(strstr(text, "not found"));
	assert_non_null(strstr(text, "disk=bad"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(plain_values_stay_as_they_are),
		T(values_cannot_forge_a_line_or_a_pair),
		T(long_values_are_cut),
		T(four_quoted_values_live_side_by_side),
		T(one_line_each_at_or_above_the_level),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
