#include "web/policy_parts.h"

#include "pipeline/shelf.h"
#include "storage/bucket.h"
#include "storage/object.h"
#include "web/grant.h"

static bool any_like(const struct json_value *patterns, struct str s, bool any_case)
{
	POLICY_EACH(v, patterns)
		if (grant_like(v->text, s, any_case))
			return true;
	return false;
}

static bool action_fits(const struct json_value *s, const struct policy_request *q)
{
	const struct json_value *yes = json_get(s, "Action");

	return yes ? any_like(yes, q->action, true) : !any_like(json_get(s, "NotAction"), q->action, true);
}

/* arn:aws:s3:::bucket/key; absent when there can be no such key. */
static struct str arn_of(const struct policy_request *q, char to[sizeof POLICY_ARN + BUCKET_NAME_MAX + 1 + OBJECT_KEY_MAX])
{
	size_t n = sizeof POLICY_ARN - 1;

	if (q->bucket.n > BUCKET_NAME_MAX || q->key.n > OBJECT_KEY_MAX)
		return (struct str){ 0 };
	memcpy(to, POLICY_ARN, n);
	memcpy(to + n, q->bucket.p, q->bucket.n);
	n += q->bucket.n;
	if (str_is_set(q->key)) {
		to[n++] = '/';
		memcpy(to + n, q->key.p, q->key.n);
		n += q->key.n;
	}
	return str_n(to, n);
}

static bool resource_fits(const struct json_value *s, struct str arn)
{
	const struct json_value *yes = json_get(s, "Resource");

	if (!str_is_set(arn))
		return false;
	return yes ? any_like(yes, arn, false) : !any_like(json_get(s, "NotResource"), arn, false);
}

bool policy_means_anybody(const struct json_value *principal)
{
	if (principal && principal->kind == JSON_OBJECT)
		principal = json_get(principal, "AWS");
	POLICY_EACH(v, principal)
		if (str_eq(v->text, STR("*")))
			return true;
	return false;
}

/* Checked when it was put: who is not anybody is the account. */
static bool principal_fits(const struct json_value *s, const struct policy_request *q)
{
	return q->account || policy_means_anybody(json_get(s, "Principal"));
}

/* One that is not understood makes an Allow narrower and a Deny wider. */
static bool conditions_fit(const struct json_value *s, const struct policy_request *q, bool denies)
{
	const struct json_value *condition = json_get(s, "Condition");

	for (const struct json_value *op = condition ? condition->first : NULL; op; op = op->next)
		for (const struct json_value *key = op->first; key; key = key->next) {
			const struct policy_test *t = policy_test_find(op->name, key->name);

			if (t ? !policy_test_fits(t, key, q, denies) : !denies)
				return false;
		}
	return true;
}

static bool is_effect(const struct json_value *s, struct str effect)
{
	return str_eq(json_text(s, "Effect"), effect);
}

enum policy_verdict policy_decide(const struct json_value *policy, const struct policy_request *q)
{
	char room[sizeof POLICY_ARN + BUCKET_NAME_MAX + 1 + OBJECT_KEY_MAX];
	struct str arn = arn_of(q, room);
	enum policy_verdict v = POLICY_SILENT;

	POLICY_EACH(s, json_get(policy, "Statement")) {
		bool denies = is_effect(s, STR("Deny"));

		if (!principal_fits(s, q) || !action_fits(s, q) || !resource_fits(s, arn) || !conditions_fit(s, q, denies))
			continue;
		if (denies)
			return POLICY_DENIES;
		v = POLICY_ALLOWS;
	}
	return v;
}

static bool is_narrowed(const struct json_value *s)
{
	const struct json_value *condition = json_get(s, "Condition");

	for (const struct json_value *op = condition ? condition->first : NULL; op; op = op->next)
		for (const struct json_value *key = op->first; key; key = key->next) {
			const struct policy_test *t = policy_test_find(op->name, key->name);

			if (t && policy_test_narrows(t, key))
				return true;
		}
	return false;
}

bool policy_is_public(const struct json_value *policy)
{
	POLICY_EACH(s, json_get(policy, "Statement"))
		if (is_effect(s, STR("Allow")) && policy_means_anybody(json_get(s, "Principal")) && !is_narrowed(s))
			return true;
	return false;
}

bool policy_blocks(const struct json_value *block, const char *name)
{
	const struct json_value *v = json_get(block, name);

	return !block || (v && v->kind == JSON_BOOL && v->yes);
}

bool policy_allows(const struct json_value *policy, const struct json_value *block, const struct policy_request *q)
{
	if (policy_blocks(block, "RestrictPublicBuckets") && policy_is_public(policy))
		return false;
	return policy_decide(policy, q) == POLICY_ALLOWS;
}

bool policy_public(struct call *c, const char *action, struct str bucket, struct str key)
{
	const struct json_value *policy = shelf_get(c->m->shelf, bucket, RECORD_BUCKET_POLICY);
	struct policy_request q = { .action = str_of(action), .bucket = bucket, .key = key, .source_ip = str_of(c->r->peer),
		.referer = http_field(c->r, "referer") };

	return policy && policy_allows(policy, shelf_get(c->m->shelf, bucket, RECORD_BUCKET_PUBLIC_BLOCK), &q);
}
