/* Is a text a policy of this bucket? In AWS's words where it is not one, in ours where AWS would take it. */
#include <stdarg.h>

#include "web/grant.h"
#include "web/policy_parts.h"

#define WHY_MAX 1024

struct checking {
	struct arena *a;
	struct str bucket;
	const char *account;
	enum policy_fault fault;
	const char *why;
	/* of the statement at hand */
	const struct json_value *actions, *resources;	/* NULL: the opposite is listed */
	bool opens;			/* it allows, and anybody */
};

/* Always false, for `return`. */
static bool refuse(struct checking *c, enum policy_fault fault, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static bool refuse(struct checking *c, enum policy_fault fault, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	c->fault = fault;
	c->why = arena_vprintf(c->a, WHY_MAX, fmt, ap);
	va_end(ap);
	return false;
}

static bool bad_syntax(struct checking *c)
{
	return refuse(c, POLICY_MALFORMED, "Invalid policy syntax.");
}

static bool has_only(struct checking *c, const struct json_value *object, const char *names)
{
	for (const struct json_value *v = object->first; v; v = v->next) {
		struct str rest = str_of(names), one;
		bool known = false;

		while (!known && str_next(&rest, ' ', &one))
			known = str_eq(one, v->name);
		if (!known)
			return refuse(c, POLICY_MALFORMED, "Unknown field %.*s", STR_ARG(v->name));
	}
	return true;
}

/* A text, or a list of at least one, each of which is fine. */
static bool each_text(struct checking *c, const struct json_value *v, const char *field, bool (*is_fine)(struct checking *c, struct str one))
{
	if (v->kind != JSON_STRING && v->kind != JSON_ARRAY)
		return bad_syntax(c);
	if (v->kind == JSON_ARRAY && !v->first)
		return refuse(c, POLICY_MALFORMED, "Missing required field %s cannot be empty!", field);
	POLICY_EACH(one, v) {
		if (one->kind != JSON_STRING)
			return bad_syntax(c);
		if (!is_fine(c, one->text))
			return false;
	}
	return true;
}

/* -- principals -- */

static bool is_account(struct checking *c, struct str id)
{
	return str_eq(id, str_of(c->account)) || str_eq(id, str_of(arena_printf(c->a, "arn:aws:iam::%s:root", c->account)));
}

static bool check_principal_text(struct checking *c, struct str id)
{
	if (str_eq(id, STR("*")) || is_account(c, id))
		return true;
	if (str_starts(id, str_of(arena_printf(c->a, "arn:aws:iam::%s:", c->account))) ||
	    str_starts(id, str_of(arena_printf(c->a, "arn:aws:sts::%s:", c->account))))
		return refuse(c, POLICY_NOT_BUILT, "Principals within the account are not implemented: requests are its own or anybody's");
	return refuse(c, POLICY_MALFORMED, "Invalid principal in policy");
}

static bool check_principal(struct checking *c, const struct json_value *s)
{
	const struct json_value *p = json_get(s, "Principal");

	if (json_get(s, "NotPrincipal"))
		return p ? refuse(c, POLICY_MALFORMED, "Statement/policy already has instance of Principal") :
			   refuse(c, POLICY_NOT_BUILT, "NotPrincipal is not implemented");
	if (!p)
		return refuse(c, POLICY_MALFORMED, "Missing required field Principal");
	if (p->kind == JSON_STRING)
		return str_eq(p->text, STR("*")) || refuse(c, POLICY_MALFORMED, "Invalid principal in policy");
	if (p->kind != JSON_OBJECT || !p->first)
		return refuse(c, POLICY_MALFORMED, "Invalid principal in policy");
	for (const struct json_value *v = p->first; v; v = v->next)
		if (!str_eq(v->name, STR("AWS")))
			return refuse(c, POLICY_NOT_BUILT, "Principals of kind %.*s are not implemented", STR_ARG(v->name));
	return each_text(c, p->first, "Principal", check_principal_text);
}

/* -- actions and resources -- */

static bool check_action(struct checking *c, struct str action)
{
	if (!policy_levels(action))
		return refuse(c, POLICY_MALFORMED, "Policy has invalid action");
	if (c->opens && c->actions && !policy_can_open(action))
		return refuse(c, POLICY_NOT_BUILT, "Anybody can be allowed s3:GetObject, s3:GetObjectVersion, s3:ListBucket, "
			      "s3:PutObject and s3:PutObjectTagging; %.*s is not implemented", STR_ARG(action));
	return true;
}

/* What comes after the constant part of an ARN; absent: it is none of S3's. */
static struct str resource_name(struct str resource)
{
	static const struct str arn = { POLICY_ARN, sizeof POLICY_ARN - 1 };

	return str_starts(resource, arn) ? str_n(resource.p + arn.n, resource.n - arn.n) : (struct str){ 0 };
}

/* "bucket/..." is of objects; a star may mean either. */
static int resource_levels(struct str resource)
{
	struct str name = resource_name(resource);

	if (memchr(name.p, '/', name.n))
		return LEVEL_OBJECT;
	return memchr(name.p, '*', name.n) ? LEVEL_OBJECT | LEVEL_BUCKET : LEVEL_BUCKET;
}

static bool check_resource(struct checking *c, struct str resource)
{
	struct str name = resource_name(resource), bucket;

	if (!str_is_set(name) || !str_next(&name, '/', &bucket) || !grant_like(bucket, c->bucket, false))
		return refuse(c, POLICY_MALFORMED, "Policy has invalid resource");
	for (size_t i = 0; i + 1 < resource.n; i++)
		if (resource.p[i] == '$' && resource.p[i + 1] == '{')
			return refuse(c, POLICY_NOT_BUILT, "Policy variables are not implemented");
	return true;
}

/* Every action must have something to be about. */
static bool check_match(struct checking *c)
{
	int levels = 0;

	if (!c->actions || !c->resources)
		return true;
	POLICY_EACH(r, c->resources)
		levels |= resource_levels(r->text);
	POLICY_EACH(a, c->actions)
		if (!(policy_levels(a->text) & levels))
			return refuse(c, POLICY_MALFORMED, "Action does not apply to any resource(s) in statement");
	return true;
}

/* One of the two, and not both. */
static bool check_either(struct checking *c, const struct json_value *s, const char *field, const char *opposite,
			 bool (*is_fine)(struct checking *c, struct str one))
{
	const struct json_value *yes = json_get(s, field), *no = json_get(s, opposite);

	if (yes && no)
		return refuse(c, POLICY_MALFORMED, "Statement/policy already has instance of %s", field);
	if (!yes && !no)
		return refuse(c, POLICY_MALFORMED, "Missing required field %s", field);
	return each_text(c, yes ? yes : no, field, is_fine);
}

/* -- conditions -- */

static bool lists_bucket(const struct json_value *actions)
{
	if (!actions)
		return true;
	POLICY_EACH(a, actions)
		if (grant_like(a->text, STR("s3:ListBucket"), true) || grant_like(a->text, STR("s3:ListBucketVersions"), true))
			return true;
	return false;
}

static bool check_test(struct checking *c, struct str op, const struct json_value *key)
{
	const struct policy_test *t = policy_test_find(op, key->name);

	if (!t)
		return refuse(c, POLICY_NOT_BUILT, "The condition %.*s on %.*s is not implemented", STR_ARG(op), STR_ARG(key->name));
	if (policy_test_is_prefix(t) && !lists_bucket(c->actions))
		return refuse(c, POLICY_MALFORMED, "Conditions do not apply to combination of actions and resources in statement");
	if (key->kind == JSON_ARRAY && !key->first)
		return bad_syntax(c);
	POLICY_EACH(v, key) {
		if (!policy_test_takes(t, v))
			return refuse(c, POLICY_MALFORMED, "Invalid value for condition key %.*s", STR_ARG(key->name));
	}
	return true;
}

static bool check_condition(struct checking *c, const struct json_value *condition)
{
	if (!condition)
		return true;
	if (condition->kind != JSON_OBJECT)
		return bad_syntax(c);
	for (const struct json_value *op = condition->first; op; op = op->next) {
		if (op->kind != JSON_OBJECT)
			return bad_syntax(c);
		for (const struct json_value *key = op->first; key; key = key->next)
			if (!check_test(c, op->name, key))
				return false;
	}
	return true;
}

/* -- the whole -- */

static bool check_statement(struct checking *c, const struct json_value *s)
{
	const struct json_value *sid = json_get(s, "Sid"), *effect = json_get(s, "Effect");

	if (s->kind != JSON_OBJECT || (sid && sid->kind != JSON_STRING))
		return bad_syntax(c);
	if (!has_only(c, s, "Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition"))
		return false;
	if (!effect)
		return refuse(c, POLICY_MALFORMED, "Missing required field Effect");
	if (!str_eq(effect->text, STR("Allow")) && !str_eq(effect->text, STR("Deny")))
		return refuse(c, POLICY_MALFORMED, "Invalid effect: %.*s", STR_ARG(effect->text));
	if (!check_principal(c, s))
		return false;
	c->actions = json_get(s, "Action");
	c->resources = json_get(s, "Resource");
	c->opens = str_eq(effect->text, STR("Allow")) && policy_means_anybody(json_get(s, "Principal"));
	return check_either(c, s, "Action", "NotAction", check_action) && check_either(c, s, "Resource", "NotResource", check_resource) &&
	       check_match(c) && check_condition(c, json_get(s, "Condition"));
}

static bool check_statements(struct checking *c, const struct json_value *statements)
{
	if (!statements)
		return refuse(c, POLICY_MALFORMED, "Missing required field Statement");
	if (statements->kind == JSON_ARRAY && !statements->first)
		return refuse(c, POLICY_MALFORMED, "Could not parse the policy: Statement is empty!");
	POLICY_EACH(s, statements)
		if (!check_statement(c, s))
			return false;
	return true;
}

static bool check_document(struct checking *c, struct str text)
{
	const struct json_value *version, *id;
	struct json_value *v;

	if (text.n > POLICY_BYTES_MAX)
		return refuse(c, POLICY_MALFORMED, "Policy exceeds the maximum allowed document size.");
	if (json_parse(c->a, text, &v) < 0 || v->kind != JSON_OBJECT)
		return refuse(c, POLICY_MALFORMED, "Policies must be valid JSON and the first byte must be '{'");
	version = json_get(v, "Version");
	id = json_get(v, "Id");
	if (version && !str_eq(version->text, STR("2012-10-17")) && !str_eq(version->text, STR("2008-10-17")))
		return refuse(c, POLICY_MALFORMED, "The policy must contain a valid version string");
	if (id && id->kind != JSON_STRING)
		return bad_syntax(c);
	return has_only(c, v, "Version Id Statement") && check_statements(c, json_get(v, "Statement"));
}

enum policy_fault policy_check(struct arena *a, struct str text, struct str bucket, const char *account, const char **why)
{
	struct checking c = { .a = a, .bucket = bucket, .account = account };

	(void)check_document(&c, text);
	*why = c.why;
	return c.fault;
}
