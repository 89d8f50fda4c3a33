/* The tables that JSON operations check their parameters with, and the sentence about what is broken. */
#include "tests/lib/t.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "web/param_rules.h"

enum { PARAM_EVEN = PARAM_OWN };	/* a text of even length */

static const struct param_rule rules[] = {
	{ .name = "Name", .kind = PARAM_TEXT, .required = true, .min = 2, .max = 4 },
	{ .name = "Size", .kind = PARAM_INT, .min = -1, .max = 10 },
	{ .name = "Mode", .kind = PARAM_ENUM, .values = "ON, OFF, LATER", .built = "ON, OFF" },
	{ .name = "Flag", .kind = PARAM_BOOL },
	{ .name = "List", .kind = PARAM_LIST, .min = 1, .max = 2 },
	{ .name = "Map", .kind = PARAM_MAP },
	{ .name = "Old", .kind = PARAM_IGNORED },
	{ .name = "New", .kind = PARAM_ABSENT },
	{ .name = "Switch", .kind = PARAM_OFF },
	{ .name = "Even", .kind = PARAM_EVEN },
	{ 0 }
};

struct asked {
	char said[256];			/* by a refusal */
};

static int check_own(void *owner, struct constraints *k, const struct param_rule *p, struct str value, const char *path)
{
	(void)owner;
	assert_int_equal(p->kind, PARAM_EVEN);
	if (value.n % 2)
		constraints_broken(k, path, value, "Member must be even");
	return 0;
}

static int mistyped(void *owner, const struct param_rule *p, const struct json_value *v)
{
	struct asked *a = owner;

	snprintf(a->said, sizeof a->said, "%s mistyped %d", p->name, (int)v->kind);
	return E_BAD_INPUT;
}

static int not_built(void *owner, const char *subject, struct str name)
{
	struct asked *a = owner;

	snprintf(a->said, sizeof a->said, "%s %.*s", subject, STR_ARG(name));
	return E_BAD_INPUT;
}

static struct str shown(void *owner, const struct json_value *v)
{
	(void)owner;
	(void)v;
	return STR("[..]");
}

/* What was refused, or the sentence about what is broken, or "". */
static void ask(const char *body, int most, char out[2048])
{
	static const struct param_face face = { .own = check_own, .mistyped = mistyped, .not_built = not_built, .shown = shown };
	struct constraints broken = { .most = most };
	struct asked asked = { .said = "" };
	struct param_check k = { .face = &face, .owner = &asked, .broken = &broken };
	struct json_value *v;
	struct arena a = { 0 };
	const char *sentence;
	int rc;

	assert_int_equal(json_parse(&a, str_of(body), &v), 0);
	rc = param_rules_check(&k, v, "", rules);
	assert_int_equal(rc < 0, asked.said[0] != '\0');
	sentence = rc < 0 ? NULL : constraints_sentence(&broken, &a);
	snprintf(out, 2048, "%s", sentence ? sentence : asked.said);
	constraints_clear(&broken);
	arena_clear(&a);
}

#define BROKEN(value, path) "1 validation error detected: Value " value " at '" path "' failed to satisfy constraint: Member must "

static void each_kind_is_checked(void **state)
{
	static const struct { const char *body, *said; } cases[] = {
		{ "{\"Name\":\"ab\"}", "" },
		{ "{\"Name\":\"ab\",\"Size\":-1,\"Mode\":\"OFF\",\"Flag\":true,\"List\":[1],\"Map\":{},\"Old\":7,\"Switch\":false,\"Even\":\"12\"}", "" },
		{ "{\"Name\":\"ab\",\"Size\":null,\"New\":null,\"Nobody\":null}", "" },
		{ "{}", BROKEN("null", "name") "not be null" },
		{ "{\"Name\":null}", BROKEN("null", "name") "not be null" },
		{ "{\"Name\":\"a\"}", BROKEN("'a'", "name") "have length greater than or equal to 2" },
		{ "{\"Name\":\"abcde\"}", BROKEN("'abcde'", "name") "have length less than or equal to 4" },
		{ "{\"Name\":\"äöüß\"}", "" },	/* characters, not bytes */
		{ "{\"Name\":\"日\"}", BROKEN("'日'", "name") "have length greater than or equal to 2" },
		{ "{\"Name\":\"😀😀\"}", "" },	/* as UTF-16 has them: two each */
		{ "{\"Name\":\"a😀😀\"}", BROKEN("'a😀😀'", "name") "have length less than or equal to 4" },
		{ "{\"Name\":\"ab\",\"Size\":-2}", BROKEN("'-2'", "size") "have value greater than or equal to -1" },
		{ "{\"Name\":\"ab\",\"Size\":11}", BROKEN("'11'", "size") "have value less than or equal to 10" },
		{ "{\"Name\":\"ab\",\"Mode\":\"on\"}", BROKEN("'on'", "mode") "satisfy enum value set: [ON, OFF, LATER]" },
		{ "{\"Name\":\"ab\",\"List\":[]}", BROKEN("'[..]'", "list") "have length greater than or equal to 1" },
		{ "{\"Name\":\"ab\",\"List\":[1,2,3]}", BROKEN("'[..]'", "list") "have length less than or equal to 2" },
		{ "{\"Name\":\"ab\",\"Even\":\"123\"}", BROKEN("'123'", "even") "be even" },
		{ "{\"Name\":7}", "Name mistyped 2" },
		{ "{\"Name\":\"ab\",\"Size\":1.5}", "Size mistyped 2" },
		{ "{\"Name\":\"ab\",\"Flag\":\"true\"}", "Flag mistyped 3" },
		{ "{\"Name\":\"ab\",\"Even\":[]}", "Even mistyped 4" },
		{ "{\"Name\":\"ab\",\"Mode\":\"LATER\"}", "Mode LATER" },
		{ "{\"Name\":\"ab\",\"New\":false}", "Parameter New" },
		{ "{\"Name\":\"ab\",\"Switch\":true}", "Parameter Switch" },
		{ "{\"Name\":\"ab\",\"Nobody\":1}", "Parameter Nobody" },
	};
	char said[2048];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ask(cases[i].body, CONSTRAINTS_MOST, said);
		assert_string_equal(said, cases[i].said);
	}
}

static void several_are_told_together_and_no_more_than_wanted(void **state)
{
	static const char body[] = "{\"Name\":\"a\",\"Size\":11,\"Even\":\"1\"}";
	char said[2048];

	(void)state;
	ask(body, 0, said);
	assert_string_equal(said, "3 validation errors detected: Value 'a' at 'name' failed to satisfy constraint: Member must have length greater "
			    "than or equal to 2; Value '11' at 'size' failed to satisfy constraint: Member must have value less than or equal to "
			    "10; Value '1' at 'even' failed to satisfy constraint: Member must be even");
	ask(body, 2, said);
	assert_non_null(strstr(said, "2 validation errors detected: "));
	assert_null(strstr(said, "even"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_kind_is_checked),
		T(several_are_told_together_and_no_more_than_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
