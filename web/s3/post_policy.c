#include "web/s3/post_policy.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/json.h"
#include "storage/object.h"

struct checking {
	struct arena *a;
	struct post_policy *p;
	bool spoken_of[PARAMS_MAX];	/* fields, by a condition */
};

static enum post_verdict no_policy(struct checking *c, const char *what)
{
	c->p->why = arena_printf(c->a, "Invalid Policy: %s", what);
	return POST_NO_POLICY;
}

static enum post_verdict forbid(struct checking *c, const char *what)
{
	c->p->why = arena_printf(c->a, "Invalid according to Policy: %s", what);
	return POST_FORBIDDEN;
}

/* As S3 shows it: ["eq", "$key", "a"]. */
static enum post_verdict failed(struct checking *c, struct str op, struct str what, struct str value)
{
	struct buf b = { 0 };

	buf_puts(&b, "Policy Condition failed: [");
	for (int i = 0; i < 3; i++) {
		struct str v = i == 0 ? op : i == 1 ? what : value;

		buf_printf(&b, "%s\"%.*s\"", i ? ", " : "", STR_ARG(v));
	}
	buf_puts(&b, "]");
	c->p->why = arena_printf(c->a, "Invalid according to Policy: %.*s", (int)b.len, b.data);
	buf_clear(&b);
	return POST_FORBIDDEN;
}

/* The field's value, "" when it was not sent; it is spoken of from now on. */
static struct str value_of(struct checking *c, struct str name)
{
	const struct params *fields = c->p->fields;
	struct str value = { 0 };

	for (int i = 0; i < fields->count; i++)
		if (str_ieq(fields->at[i].name, name)) {
			c->spoken_of[i] = true;
			if (!str_is_set(value))
				value = fields->at[i].value;
		}
	if (str_ieq(name, STR("bucket")))
		return c->p->bucket;
	return str_is_set(value) ? value : STR("");
}

static enum post_verdict check_simple(struct checking *c, const struct json_value *v)
{
	const struct json_value *only = v->first;

	if (!only || only->next)
		return no_policy(c, "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.");
	if (only->kind != JSON_STRING)
		return no_policy(c, "Invalid Simple-Condition: value must be a string.");
	if (str_eq(value_of(c, only->name), only->text))
		return POST_ALLOWED;
	return failed(c, STR("eq"), str_of(arena_printf(c->a, "$%.*s", STR_ARG(only->name))), only->text);
}

static enum post_verdict check_range(struct checking *c, const struct json_value *from, const struct json_value *to)
{
	int64_t min, max;

	if (str_to_int(from->text, 0, INT64_MAX, &min) < 0 || str_to_int(to->text, 0, INT64_MAX, &max) < 0)
		return failed(c, STR("content-length-range"), from->text, to->text);
	c->p->min = min > c->p->min ? min : c->p->min;
	c->p->max = max < c->p->max ? max : c->p->max;
	return POST_ALLOWED;
}

static enum post_verdict check_match(struct checking *c, const struct json_value *op, const struct json_value *what, const struct json_value *value)
{
	bool whole = str_ieq(op->text, STR("eq"));
	struct str given;

	if (!whole && !str_ieq(op->text, STR("starts-with")))
		return no_policy(c, arena_printf(c->a, "Invalid Condition: unknown operation '%.*s'.", STR_ARG(op->text)));
	if (!str_starts(what->text, STR("$")))
		return failed(c, op->text, what->text, value->text);
	given = value_of(c, str_n(what->text.p + 1, what->text.n - 1));
	if (whole ? str_eq(given, value->text) : str_starts(given, value->text))
		return POST_ALLOWED;
	return failed(c, op->text, what->text, value->text);
}

static enum post_verdict check_list(struct checking *c, const struct json_value *v)
{
	const struct json_value *op = v->first, *what, *value;

	if (v->count != 3)
		return no_policy(c, "Invalid Condition: a list must have three elements.");
	what = op->next;
	value = what->next;
	for (const struct json_value *e = op; e; e = e->next)
		if (e->kind != JSON_STRING && (e == op || e->kind != JSON_NUMBER))
			return no_policy(c, "Invalid Condition: elements of a list must be strings.");
	if (str_ieq(op->text, STR("content-length-range")))
		return check_range(c, what, value);
	return check_match(c, op, what, value);
}

static enum post_verdict check_conditions(struct checking *c, const struct json_value *conditions)
{
	enum post_verdict v = POST_ALLOWED;

	for (const struct json_value *one = conditions->first; one && v == POST_ALLOWED; one = one->next)
		v = one->kind == JSON_OBJECT ? check_simple(c, one) : one->kind == JSON_ARRAY ? check_list(c, one) :
		    no_policy(c, "Invalid Condition: conditions are objects or lists.");
	return v;
}

static bool needs_none(struct str name)
{
	static const char *const names[] = { "policy", "x-amz-signature", "signature", "awsaccesskeyid", "file" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (str_eq(name, str_of(names[i])))
			return true;
	return str_starts(name, STR("x-ignore-"));
}

static enum post_verdict check_extra(struct checking *c)
{
	const struct params *fields = c->p->fields;

	for (int i = 0; i < fields->count; i++)
		if (!c->spoken_of[i] && !needs_none(fields->at[i].name))
			return forbid(c, arena_printf(c->a, "Extra input fields: %.*s", STR_ARG(fields->at[i].name)));
	return POST_ALLOWED;
}

static enum post_verdict check_document(struct checking *c, const struct json_value *v)
{
	const struct json_value *end = json_get(v, "expiration"), *conditions = json_get(v, "conditions");
	enum post_verdict verdict;
	int64_t end_ms;

	if (v->kind != JSON_OBJECT)
		return no_policy(c, "Invalid JSON.");
	if (!end)
		return no_policy(c, "Policy missing expiration.");
	if (end->kind != JSON_STRING || clock_parse_iso(end->text, &end_ms) < 0)
		return no_policy(c, arena_printf(c->a, "Invalid 'expiration' value: '%.*s'", STR_ARG(end->text)));
	if (!conditions || conditions->kind != JSON_ARRAY)
		return no_policy(c, "Policy missing conditions.");
	if (c->p->now_ms >= end_ms)
		return forbid(c, "Policy expired.");
	verdict = check_conditions(c, conditions);
	return verdict == POST_ALLOWED ? check_extra(c) : verdict;
}

enum post_verdict post_policy_check(struct arena *a, struct str text, struct post_policy *p)
{
	struct checking c = { .a = a, .p = p };
	struct buf raw = { 0 };
	struct json_value *v;
	enum post_verdict verdict;

	p->min = 0;
	p->max = OBJECT_PUT_MAX;
	p->why = NULL;
	if (base64_decode(&raw, text) < 0 || json_parse(a, str_n(raw.data, raw.len), &v) < 0)
		verdict = no_policy(&c, "Invalid JSON.");
	else
		verdict = check_document(&c, v);
	buf_clear(&raw);
	return verdict;
}
