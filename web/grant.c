#include "web/grant.h"

#include <ctype.h>

#define ARN_PARTS 6

static bool same_letter(char a, char b, bool any_case)
{
	return a == b || (any_case && tolower((unsigned char)a) == tolower((unsigned char)b));
}

bool grant_like(struct str pattern, struct str s, bool any_case)
{
	struct str retry = { 0 }, from = { 0 };

	while (s.n > 0) {
		if (pattern.n > 0 && *pattern.p == '*') {
			retry = pattern = str_n(pattern.p + 1, pattern.n - 1);
			from = s;
		} else if (pattern.n > 0 && (*pattern.p == '?' || same_letter(*pattern.p, *s.p, any_case))) {
			pattern = str_n(pattern.p + 1, pattern.n - 1);
			s = str_n(s.p + 1, s.n - 1);
		} else if (str_is_set(retry)) {		/* the last star takes one more */
			pattern = retry;
			s = from = str_n(from.p + 1, from.n - 1);
		} else {
			return false;
		}
	}
	while (pattern.n > 0 && *pattern.p == '*')
		pattern = str_n(pattern.p + 1, pattern.n - 1);
	return pattern.n == 0;
}

/* The last part is all the rest. */
static bool next_part(struct str *rest, int at, struct str *part)
{
	if (at < ARN_PARTS - 1)
		return str_next(rest, ':', part);
	*part = *rest;
	return str_is_set(*rest);
}

bool grant_arn_like(struct str pattern, struct str arn)
{
	struct str a, b;

	for (int i = 0; i < ARN_PARTS; i++)
		if (!next_part(&pattern, i, &a) || !next_part(&arn, i, &b) || !grant_like(a, b, false))
			return false;
	return true;
}

static bool text_is(struct str wanted, struct str given)
{
	return str_is_set(given) && str_eq(wanted, given);
}

static bool arn_is(struct str wanted, struct str given)
{
	return str_is_set(given) && grant_arn_like(wanted, given);
}

static bool condition_fits(const struct grant *g, struct str op, struct str key, struct str wanted)
{
	const struct {
		const char *op, *key;
		bool fits;
	} known[] = {
		{ "ArnLike", "AWS:SourceArn", arn_is(wanted, g->source_arn) },
		{ "StringEquals", "AWS:SourceAccount", text_is(wanted, g->source_account) },
		{ "StringEquals", "lambda:FunctionUrlAuthType", text_is(wanted, g->url_auth) },
		{ "Bool", "lambda:InvokedViaFunctionUrl", str_eq(wanted, g->via_url ? STR("true") : STR("false")) },
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (str_eq(op, str_of(known[i].op)) && str_ieq(key, str_of(known[i].key)))
			return known[i].fits;
	return false;
}

static bool conditions_fit(const struct json_value *statement, const struct grant *g)
{
	const struct json_value *condition = json_get(statement, "Condition");

	for (const struct json_value *op = condition ? condition->first : NULL; op; op = op->next)
		for (const struct json_value *key = op->first; key; key = key->next)
			if (!condition_fits(g, op->name, key->name, key->text))
				return false;
	return true;
}

static bool principal_fits(const struct json_value *statement, const struct grant *g)
{
	const struct json_value *p = json_get(statement, "Principal");

	if (p && p->kind == JSON_STRING)
		return str_eq(p->text, STR("*"));
	return text_is(json_text(p, "Service"), g->service);
}

static bool statement_fits(const struct json_value *statement, const struct grant *g)
{
	struct str action = json_text(statement, "Action");

	return str_eq(json_text(statement, "Effect"), STR("Allow")) && principal_fits(statement, g) && grant_like(action, g->action, false) &&
	       conditions_fit(statement, g);
}

bool grant_fits(const struct json_value *policy, const struct grant *g)
{
	const struct json_value *statements = json_get(policy, "Statement");

	for (const struct json_value *s = statements ? statements->first : NULL; s; s = s->next)
		if (statement_fits(s, g))
			return true;
	return false;
}
