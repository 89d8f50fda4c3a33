/* target.c - which function is meant: a name, a part of an ARN or all of it, and a qualifier in one of two places. */
#include "web/lambda/lambda.h"

#include "base/err.h"
#include "web/lambda/constraint.h"

#define NAME_TEXT_MAX 170
#define PIECES 8

bool lambda_is_number(struct str q)
{
	return shape_digits.fits(q);
}

const char *lambda_arn(struct lambda *l, struct str name, struct str qualifier)
{
	const struct settings *s = &l->m->settings;

	return arena_printf(&l->arena, "arn:aws:lambda:%s:%s:function:%.*s%s%.*s", s->region, s->account, STR_ARG(name),
			    str_is_set(qualifier) ? ":" : "", STR_ARG(qualifier));
}

int lambda_no_function(struct lambda *l, struct str qualifier)
{
	return lambda_refuse(l, LAMBDA_NOT_FOUND, "Function not found: %s", lambda_arn(l, l->target.name, qualifier));
}

int lambda_function(struct lambda *l, struct db *db, struct function_row *row)
{
	int rc = function_get(db, l->target.name, &l->arena, row);

	return rc == E_NOT_FOUND ? lambda_no_function(l, l->target.qualifier) : rc;
}

int lambda_function_document(struct lambda *l, struct db *db, struct function_row *row, struct str *version, const struct json_value **document)
{
	int rc = lambda_function(l, db, row);

	if (rc == 0)
		rc = lambda_document(l, db, row, l->target.qualifier, version, document);
	return rc == E_NOT_FOUND ? lambda_no_function(l, l->target.qualifier) : rc;
}

static int elsewhere(struct lambda *l, struct str region, struct str account, struct str text)
{
	const struct settings *s = &l->m->settings;

	if (str_is_set(region) && !str_eq(region, str_of(s->region)))
		return lambda_refuse(l, LAMBDA_NOT_FOUND, "Functions from '%.*s' are not reachable in this region ('%s')", STR_ARG(region),
				     s->region);
	if (str_is_set(account) && !str_eq(account, str_of(s->account)))
		return lambda_refuse(l, LAMBDA_ACCESS_DENIED, "User: arn:aws:iam::%s:root is not authorized to perform: lambda:%s on resource: "
				     "%.*s because no resource-based policy allows the lambda:%s action", s->account, l->op->name,
				     STR_ARG(text), l->op->name);
	return 0;
}

/* `text` has the shape, so what stands before the name can be told by its look. */
static int take_apart(struct lambda *l, struct str text)
{
	struct str piece[PIECES], rest = text, region = { 0 }, account = { 0 };
	int n = 0, at = 0;

	while (n < PIECES && str_next(&rest, ':', &piece[n]))
		n++;
	if (n > 3 && str_eq(piece[0], STR("arn")))
		at = 3;
	if (n - at > 2 && piece[at].n > 0 && !lambda_is_number(piece[at]) && !str_eq(piece[at], STR("function")))
		region = piece[at++];
	if (n - at > 1 && piece[at].n == 12 && lambda_is_number(piece[at]))
		account = piece[at++];
	if (n - at > 1 && str_eq(piece[at], STR("function")) && piece[at + 1].p[0] != '$')
		at++;
	l->target.name = piece[at];
	if (n - at > 1)
		l->target.qualifier = piece[at + 1];
	return elsewhere(l, region, account, text);
}

static int join_qualifier(struct lambda *l, struct str asked)
{
	struct lambda_target *t = &l->target;

	if (str_is_set(asked) && str_is_set(t->qualifier) && !str_eq(asked, t->qualifier))
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER,
				     "The derived qualifier from the function name does not match the specified qualifier.");
	if (str_is_set(asked))
		t->qualifier = asked;
	t->latest = str_eq(t->qualifier, STR("$LATEST"));
	return 0;
}

int lambda_target_of(struct lambda *l, struct str text, size_t max)
{
	struct str asked = params_get(&l->params, "Qualifier");
	int rc;

	constrain_text(l, "functionName", text, 1, (int64_t)max, &shape_function);
	if (str_is_set(asked))
		constrain_text(l, "qualifier", asked, 1, QUALIFIER_MAX, &shape_qualifier);
	if ((rc = constrain_end(l)) < 0 || (rc = take_apart(l, text)) < 0)
		return rc;
	return join_qualifier(l, asked);
}

int lambda_target(struct lambda *l)
{
	if (str_is_set(l->target.name) || !strstr(l->op->path, "/{FunctionName}"))
		return 0;
	return lambda_target_of(l, l->path[0], NAME_TEXT_MAX);
}
