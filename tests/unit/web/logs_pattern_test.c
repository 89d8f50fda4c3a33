#include "tests/lib/t.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "web/logs/pattern.h"

/* The samples of the User Guide, "Filter pattern syntax". */
static const char *const errors[] = {
	"[ERROR 400] BAD REQUEST", "[ERROR 401] UNAUTHORIZED REQUEST", "[ERROR 419] MISSING ARGUMENTS", "[ERROR 420] INVALID ARGUMENTS",
	"[ERROR 500] INTERNAL SERVER ERROR",
};

static const char trail[] =
	"{\"eventType\":\"UpdateTrail\",\"sourceIPAddress\":\"111.111.111.111\",\"arrayKey\":[\"value\",\"another value\"],"
	"\"objectList\":[{\"name\":\"a\",\"id\":1},{\"name\":\"b\",\"id\":2}],\"SomeObject\":null,\"yes\":true,\"no\":false,"
	"\"user\":{\"id\":1,\"email\":\"John.Stiles@example.com\"},\"coordinates\":[[0,1,2],[4,5,6]],\"actions\":[\"GET\",\"PUT\",\"DELETE\"],"
	"\"took\":12.5,\"code\":\"404\",\"a.b\":\"dotted\"}";

static bool matches(const char *pattern, const char *line)
{
	struct arena a = {0};
	const char *why;
	const struct pattern *p = pattern_read(&a, str_of(pattern), &why);
	bool yes;

	if (!p)
		print_error("%s: %s\n", pattern, why);
	assert_non_null(p);
	yes = pattern_matches(p, str_of(line));
	arena_clear(&a);
	return yes;
}

static void a_term_is_found_behind_a_longer_word_that_begins_with_it(void **state)
{
	(void)state;
	assert_true(matches("ERR", "ERROR ERRORS ERR"));
	assert_false(matches("ERR", "ERROR ERRORS XERR"));
	assert_true(matches("aa", "aaa aaaa-aa"));
	assert_true(matches("\"a-a\"", "xa-a-a"));
	assert_true(matches("\"-a\"", "x-ab-a"));
	assert_false(matches("\"-a\"", "x-ab-ab"));
}

static void terms_mean_the_lines_of_the_user_guide(void **state)
{
	static const struct { const char *pattern, *lines; } samples[] = {
		{ "ERROR", "12345" },
		{ "ERROR ARGUMENTS", "34" },
		{ "?ERROR ?ARGUMENTS", "12345" },
		{ "?BAD ?ARGUMENTS", "134" },
		{ "\"INTERNAL SERVER ERROR\"", "5" },
		{ "ERROR -ARGUMENTS", "125" },
		{ "-ARGUMENTS", "125" },
		{ "ERROR -\"BAD REQUEST\" -INTERNAL", "234" },
		{ "ARGUMENTS ?BAD", "34" },		/* a question mark does not count beside others */
		{ "\"[ERROR 4\"", "" },			/* 400 is a longer word */
		{ "\"[ERROR 400]\"", "1" },
		{ "\" \"", "12345" },
		{ "", "12345" },
		{ "  ", "12345" },
		{ "error", "" },
		{ "ERR", "" },
		{ "RROR", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		char got[6] = "";

		for (int k = 0, n = 0; k < 5; k++)
			if (matches(samples[i].pattern, errors[k]))
				got[n++] = "12345"[k];
		if (strcmp(got, samples[i].lines) != 0)
			print_error("pattern: %s\n", samples[i].pattern);
		assert_string_equal(got, samples[i].lines);
	}
}

static void a_word_is_found_wherever_it_stands_whole(void **state)
{
	(void)state;
	assert_true(matches("abc", "xabc abcx abc"));
	assert_false(matches("abc", "xabc abcx"));
	assert_true(matches("\"a\\\"b\"", "say a\"b now"));
	assert_true(matches("\"Task timed out\"", "id Task timed out after 3.00 seconds"));
	assert_true(matches("größe", "die größe zählt"));
	assert_false(matches("abc", ""));
}

static void conditions_mean_the_document_of_the_user_guide(void **state)
{
	static const char *const yes[] = {
		"{ $.eventType = \"UpdateTrail\" }", "{ $.eventType = UpdateTrail }", "{$.eventType=\"Update*\"}",
		"{ $.sourceIPAddress != 123.123.* }", "{ $.sourceIPAddress = 111.111.* }", "{ $.arrayKey[0] = \"value\" }",
		"{ $.objectList[1].id = 2 }", "{ $.objectList[*].name = b }", "{ $.SomeObject IS NULL }", "{ $.SomeOtherObject NOT EXISTS }",
		"{ $.yes IS TRUE }", "{ $.no IS FALSE }", "{ $.yes = true }", "{ $.took > 12.4 && $.took <= 1.25e1 }", "{ $.took != 3 }",
		"{ $.code = 404 }", "{ $.code = 4* }", "{ $[\"a.b\"] = dotted }", "{ $.eventType = *date*ail }",
		"{ $.user.email = \"John.Stiles@example.com\" || $.coordinates[0][1] = \"nonmatch\" && $.actions[2] = \"nonmatch\" }",
	};
	static const char *const no[] = {
		"{ $.eventType = \"updatetrail\" }", "{ $.eventType = Update }", "{ $.eventType != \"Update*\" }", "{ $.arrayKey[2] = \"value\" }",
		"{ $.missing != 1 }", "{ $.missing IS NULL }", "{ $.eventType NOT EXISTS }", "{ $.SomeObject NOT EXISTS }", "{ $.SomeObject = \"\" }",
		"{ $.took > 12.5 }", "{ $.code > 100 }", "{ $.objectList[*].name = c }", "{ $.user = 1 }", "{ $.no IS TRUE }", "{ $.yes IS FALSE }",
		"{ ($.user.email = \"John.Stiles@example.com\" || $.coordinates[0][1] = \"nonmatch\") && $.actions[2] = \"nonmatch\" }",
	};

	(void)state;
	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
		if (!matches(yes[i], trail))
			fail_msg("does not match: %s", yes[i]);
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		if (matches(no[i], trail))
			fail_msg("matches: %s", no[i]);
	assert_true(matches("{ $.a = 1 }", " {\"a\":1}\n"));
	assert_false(matches("{ $.a = 1 }", "INFO {\"a\":1}"));
	assert_false(matches("{ $.a NOT EXISTS }", "no JSON"));
}

static void columns_mean_the_lines_of_the_user_guide(void **state)
{
	static const char line[] = "127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] \"GET /index.html HTTP/1.0\" 404 1534\n";
	static const char *const yes[] = {
		"[ip, user, username, timestamp, request, status_code, bytes]", "[ip,user,username,timestamp,request=*html*,status_code=4*,bytes>1000]",
		"[..., status_code, bytes]", "[ip, ...]", "[...]", "[ip, ..., bytes]", "[..., request = \"GET /index.html HTTP/1.0\", status_code, bytes]",
		"[..., status_code = 404 || status_code = 410, bytes]", "[..., status_code = 410 || status_code = 404.0, bytes]",
		"[..., status_code >= 400 && status_code < 500, bytes]", "[ip = 127.0.0.1, user != Test, ...]", "[..., time = 10/Oct*, r, s, b]",
		"[a, b, c, d, e, f, g, ...]", "[a, b, =frank, ...]",
	};
	static const char *const no[] = {
		"[ip, user, username, timestamp, request, status_code]", "[a, b, c, d, e, f, g, h]", "[a, b, c, d, e, f, g, h, ...]",
		"[..., status_code = 5*, bytes]", "[..., bytes > 2000]", "[ip != 127.*, ...]", "[..., s = 404 && s = 410 || s = 500, b]", "[user = Prod, ...]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
		if (!matches(yes[i], line))
			fail_msg("does not match: %s", yes[i]);
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		if (matches(no[i], line))
			fail_msg("matches: %s", no[i]);
	assert_true(matches("[w1=ERROR, w2]", "ERROR this"));
	assert_false(matches("[w1=ERROR, w2]", "ERROR this one"));
	assert_true(matches("[report=\"REPORT\", ...]", "REPORT RequestId: 1 Duration: 2 ms"));
	assert_true(matches("[a, b]", "[open \"x"));
	assert_false(matches("[a]", ""));
}

static void what_opens_and_is_not_closed_is_a_word(void **state)
{
	(void)state;
	assert_true(matches("[a = \"[x\", b = y]", "[x y"));
	assert_true(matches("[a = x, b = \"[\"]", "[x] ["));
	assert_true(matches("[a = \"x y\", b = \"[\", c = z, d = \"\\\"\"]", "\"x y\" [ z \""));
	assert_true(matches("[a = \"\\\"x\", b = \"y z\"]", "\"x [y z]"));
}

#define OPENED (8 << 20)		/* read to its end at each of them, this would take the night */

static void a_line_of_many_that_open_is_read_once(void **state)
{
	char *line = malloc(OPENED + 1);

	(void)state;
	for (int i = 0; i < OPENED; i++)
		line[i] = i % 2 ? ' ' : '[';
	line[OPENED] = '\0';
	assert_true(matches("[..., a = \"[\"]", line));
	assert_false(matches("[a, b]", line));
	free(line);
}

static void what_is_no_pattern_or_is_not_built_is_refused(void **state)
{
	static const char *const bad[] = {
		"a-b", "ERROR:", "\"open", "?", "-", "ERROR -", "[ip, user", "[a b]", "[]", "[a,]", "[..., a, ...]", "[a =]", "[a > b]", "[a = 1 &&]", "[a = %x%]", "%ERR.*%", "{ $.a = 1", "{ }", "{ a = 1 }", "{ $ = 1 }", "{ $. = 1 }",
		"{ $.a }", "{ $.a = }", "{ $.a = \"x }", "{ $.a > b }", "{ $.a[x] = 1 }", "{ $.a[0 = 1 }", "{ $.a = 1 && }", "{ $.a = 1 $.b = 2 }",
		"{ ($.a = 1 }", "{ $.a = %x% }", "{ $.a.* = 1 }", "{ $.a IS EMPTY }", "{ $[\"a = 1 }", "{ || $.a = 1 }",
	};
	struct buf deep = {0};
	struct arena a = {0};
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		if (pattern_read(&a, str_of(bad[i]), &why))
			fail_msg("is read: %s", bad[i]);
		assert_non_null(why);
	}
	buf_puts(&deep, "{ ");
	for (int i = 0; i <= PATTERN_DEPTH_MAX; i++)
		buf_puts(&deep, "(");
	buf_puts(&deep, "$.a = 1");
	for (int i = 0; i <= PATTERN_DEPTH_MAX; i++)
		buf_puts(&deep, ")");
	buf_puts(&deep, " }");
	assert_null(pattern_read(&a, str_n(deep.data, deep.len), &why));
	assert_non_null(strstr(why, "parentheses"));
	buf_clear(&deep);
	arena_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(terms_mean_the_lines_of_the_user_guide),
		T(a_term_is_found_behind_a_longer_word_that_begins_with_it),
		T(a_word_is_found_wherever_it_stands_whole),
		T(conditions_mean_the_document_of_the_user_guide),
		T(columns_mean_the_lines_of_the_user_guide),
		T(what_opens_and_is_not_closed_is_a_word),
		T(a_line_of_many_that_open_is_read_once),
		T(what_is_no_pattern_or_is_not_built_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
