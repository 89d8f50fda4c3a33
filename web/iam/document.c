#include "web/iam/document.h"

#include "base/err.h"
#include "base/json.h"

#define SID_LETTERS "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"

int64_t document_size(struct str text)
{
	int64_t n = 0;

	for (size_t k = 0; k < text.n; k++)
		n += text.p[k] != ' ' && text.p[k] != '\t' && text.p[k] != '\n' && text.p[k] != '\r';
	return n;
}

static int wrong(struct iam *i, const char *why)
{
	return iam_refuse(i, IAM_MALFORMED_POLICY, why ? "%s" : NULL, why);
}

/* Elements are case-sensitive, and one that is not known may have been meant to narrow the rest. */
static bool has_only(const struct json_value *object, const char *names)
{
	for (const struct json_value *v = object->first; v; v = v->next) {
		struct str rest = str_of(names), one;
		bool known = false;

		while (!known && str_next(&rest, ' ', &one))
			known = str_eq(one, v->name);
		if (!known)
			return false;
	}
	return true;
}

/* A text, or a list of at least one of them, each of which `fits`. */
static int each_text(struct iam *i, const struct json_value *v, int (*fits)(struct iam *i, struct str one))
{
	int rc;

	if (v->kind == JSON_STRING)
		return fits(i, v->text);
	if (v->kind != JSON_ARRAY || !v->first)
		return wrong(i, NULL);
	for (const struct json_value *one = v->first; one; one = one->next) {
		if (one->kind != JSON_STRING)
			return wrong(i, NULL);
		if ((rc = fits(i, one->text)) < 0)
			return rc;
	}
	return 0;
}

static int is_action(struct iam *i, struct str s)
{
	const char *colon = memchr(s.p, ':', s.n);

	if (str_eq(s, STR("*")) || (colon && colon > s.p && colon + 1 < s.p + s.n))
		return 0;
	return wrong(i, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
}

static int is_sts_action(struct iam *i, struct str s)
{
	if (s.n > 4 && str_ieq(str_n(s.p, 4), STR("sts:")))
		return 0;
	return wrong(i, "AssumeRole policy may only specify STS AssumeRole actions.");
}

static int is_resource(struct iam *i, struct str s)
{
	int colons = 0;

	for (size_t k = 0; k < s.n; k++)
		colons += s.p[k] == ':';
	if (str_eq(s, STR("*")) || (str_starts(s, STR("arn:")) && colons >= 5))
		return 0;
	return iam_refuse(i, IAM_MALFORMED_POLICY, "Resource %.*s must be in ARN format or \"*\".", STR_ARG(s));
}

static int is_text(struct iam *i, struct str s)
{
	(void)i;
	(void)s;
	return 0;
}

/* {"StringEquals":{"aws:SourceAccount":"..."}}: values are texts, numbers, booleans or lists of those. */
static int check_condition(struct iam *i, const struct json_value *condition)
{
	if (condition->kind != JSON_OBJECT)
		return wrong(i, NULL);
	for (const struct json_value *op = condition->first; op; op = op->next) {
		if (op->kind != JSON_OBJECT)
			return wrong(i, NULL);
		for (const struct json_value *key = op->first; key; key = key->next) {
			const struct json_value *one = key->kind == JSON_ARRAY ? key->first : key;

			for (; one; one = key->kind == JSON_ARRAY ? one->next : NULL)
				if (one->kind == JSON_OBJECT || one->kind == JSON_ARRAY || one->kind == JSON_NULL)
					return wrong(i, NULL);
		}
	}
	return 0;
}

/* {"Service":"lambda.amazonaws.com","AWS":[...]} or "*". */
static int check_principal(struct iam *i, const struct json_value *p)
{
	int rc;

	if (p->kind == JSON_STRING && str_eq(p->text, STR("*")))
		return 0;
	if (p->kind != JSON_OBJECT || !p->first || !has_only(p, "AWS Service Federated CanonicalUser"))
		return wrong(i, NULL);
	for (const struct json_value *v = p->first; v; v = v->next)
		if ((rc = each_text(i, v, is_text)) < 0)
			return rc;
	return 0;
}

/* Exactly one of the two; `missing` when there is neither. */
static const struct json_value *either(const struct json_value *s, const char *one, const char *other, bool *both)
{
	const struct json_value *a = json_get(s, one), *b = json_get(s, other);

	*both = a && b;
	return a ? a : b;
}

static int check_permissions(struct iam *i, const struct json_value *s)
{
	bool both;
	const struct json_value *resource = either(s, "Resource", "NotResource", &both), *principal;

	if (both)
		return wrong(i, NULL);
	principal = either(s, "Principal", "NotPrincipal", &both);
	if (principal)
		return wrong(i, "Policy document should not specify a principal.");
	if (!resource)
		return wrong(i, "Policy statement must contain resources.");
	return each_text(i, resource, is_resource);
}

static int check_trust(struct iam *i, const struct json_value *s)
{
	bool both;
	const struct json_value *principal = either(s, "Principal", "NotPrincipal", &both);

	if (json_get(s, "Resource") || json_get(s, "NotResource"))
		return wrong(i, "Has prohibited field Resource");
	if (both)
		return wrong(i, NULL);
	return principal ? check_principal(i, principal) : wrong(i, "Missing required field Principal");
}

static int check_sid(struct iam *i, const struct json_value *s)
{
	const struct json_value *sid = json_get(s, "Sid");

	if (!sid)
		return 0;
	if (sid->kind != JSON_STRING)
		return wrong(i, NULL);
	for (size_t k = 0; k < sid->text.n; k++) {
		char c = sid->text.p[k];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
			return wrong(i, SID_LETTERS);
	}
	return 0;
}

static int check_statement(struct iam *i, const struct json_value *s, enum document_kind kind)
{
	const struct json_value *action, *condition = json_get(s, "Condition");
	struct str effect = json_text(s, "Effect");
	bool both;
	int rc;

	if (s->kind != JSON_OBJECT ||
	    !has_only(s, "Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition") ||
	    (!str_eq(effect, STR("Allow")) && !str_eq(effect, STR("Deny"))))
		return wrong(i, NULL);
	action = either(s, "Action", "NotAction", &both);
	if (both)
		return wrong(i, NULL);
	if (!action)
		return wrong(i, kind == DOCUMENT_TRUST ? "Missing required field Action" : "Policy statement must contain actions.");
	if ((rc = check_sid(i, s)) < 0 || (rc = each_text(i, action, kind == DOCUMENT_TRUST ? is_sts_action : is_action)) < 0)
		return rc;
	if ((rc = kind == DOCUMENT_TRUST ? check_trust(i, s) : check_permissions(i, s)) < 0)
		return rc;
	return condition ? check_condition(i, condition) : 0;
}

static bool same_sid(const struct json_value *a, const struct json_value *b)
{
	struct str sid = json_text(a, "Sid");

	return sid.n > 0 && str_eq(sid, json_text(b, "Sid"));
}

static int check_statements(struct iam *i, const struct json_value *statements, enum document_kind kind)
{
	int rc;

	if (statements->kind == JSON_OBJECT)
		return check_statement(i, statements, kind);
	if (statements->kind != JSON_ARRAY || !statements->first)
		return wrong(i, NULL);
	for (const struct json_value *s = statements->first; s; s = s->next) {
		if ((rc = check_statement(i, s, kind)) < 0)
			return rc;
		for (const struct json_value *other = statements->first; other != s; other = other->next)
			if (same_sid(s, other))
				return wrong(i, "Statement IDs (SID) in a single policy must be unique.");
	}
	return 0;
}

int document_check(struct iam *i, struct str text, enum document_kind kind)
{
	const struct json_value *version, *statements;
	struct json_value *v;

	if (text.n > DOCUMENT_BYTES_MAX)
		return iam_refuse(i, IAM_LIMIT, "Cannot exceed quota for the text of a policy, blanks included: %d", DOCUMENT_BYTES_MAX);
	if (json_parse(&i->arena, text, &v) < 0)
		return wrong(i, kind == DOCUMENT_TRUST ? "This policy contains invalid Json" : NULL);
	if (v->kind != JSON_OBJECT || !has_only(v, "Version Id Statement") || !(statements = json_get(v, "Statement")))
		return wrong(i, NULL);
	version = json_get(v, "Version");
	if (version && !str_eq(version->text, STR("2012-10-17")) && !str_eq(version->text, STR("2008-10-17")))
		return wrong(i, NULL);
	if (kind == DOCUMENT_PERMISSIONS && (!version || !str_eq(version->text, STR("2012-10-17"))))
		return wrong(i, "Policy document must be version 2012-10-17 or greater.");
	return check_statements(i, statements, kind);
}
