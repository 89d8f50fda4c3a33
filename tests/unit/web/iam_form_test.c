/* The form of a request to IAM against what its operation takes, and the table of operations. */
#include "web/iam/iam.h"

#include "base/err.h"
#include "tests/lib/t.h"

#define ROLE "RoleName=r&AssumeRolePolicyDocument=%7B%7D"

/* "" when the form does. */
static const char *said(struct iam *i, const char *op, const char *form)
{
	struct iam_form f = { .count = 0 };

	*i = (struct iam){ .service = &iam_service_iam, .op = iam_service_iam.operations };
	while (strcmp(i->op->name, op) != 0)
		i->op++;
	if (form_read(i, str_of(form), &f) == 0 && form_check(i, &f) == 0)
		return "";
	return i->fault.message ? i->fault.message : iam_error((enum iam_code)i->fault.code)->message;
}

static void clear(struct iam *i)
{
	constraints_clear(&i->constraints);
	arena_clear(&i->arena);
}

/* "name=" and so often `c`. */
static const char *field(struct iam *i, const char *name, const char *c, int n)
{
	const char *s = name;

	for (; n > 0; n--)
		s = arena_printf(&i->arena, "%s%s", s, c);
	return s;
}

static void lengths_are_of_characters(void **state)
{
	static const struct {
		const char *name, *c;
		int n;
		bool does;
	} cases[] = {
		{ ROLE "&Description=", "d", 1000, true }, { ROLE "&Description=", "d", 1001, false },
		{ ROLE "&Description=", "%C3%BC", 1000, true }, { ROLE "&Description=", "%C3%BC", 1001, false },
		{ ROLE "&Tags.member.1.Value=&Tags.member.1.Key=", "%ED%95%9C", 128, true },
		{ ROLE "&Tags.member.1.Value=&Tags.member.1.Key=", "%ED%95%9C", 129, false },
	};

	(void)state;
	for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
		struct iam i, text = { 0 };
		const char *why = said(&i, "CreateRole", field(&text, cases[k].name, cases[k].c, cases[k].n));

		if (cases[k].does)
			assert_string_equal(why, "");
		else
			assert_non_null(strstr(why, "Member must have length less than or equal to"));
		clear(&i);
		clear(&text);
	}
}

/* When space is short, what is in the way must be able to go: a role is deleted after its policies. */
static void what_takes_something_away_needs_no_space(void **state)
{
	(void)state;
	for (const struct iam_operation *op = iam_service_iam.operations; op->name; op++) {
		struct str name = str_of(op->name);
		bool takes = str_starts(name, STR("Delete")) || str_starts(name, STR("Detach")) || str_starts(name, STR("Untag"));

		if (takes != (op->kind == ERRAND_FREES))
			fail_msg("%s", op->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(lengths_are_of_characters),
		T(what_takes_something_away_needs_no_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
