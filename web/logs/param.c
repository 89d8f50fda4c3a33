#include "web/logs/param.h"

#include "base/err.h"

#define GROUP_PATTERN "[\\.\\-_/#A-Za-z0-9]+"
#define STREAM_PATTERN "[^:*]*"

static int mistyped(void *owner, const struct param_rule *p, const struct json_value *v)
{
	static const char *const wanted[] = { [PARAM_TEXT] = "a string", [PARAM_ENUM] = "a string", [PARAM_INT] = "a number",
		[PARAM_BOOL] = "a boolean", [PARAM_MAP] = "an object", [PARAM_LIST] = "a list", [PARAM_GROUP] = "a string",
		[PARAM_GROUP_ID] = "a string", [PARAM_STREAM] = "a string" };
	bool broken = p->kind == PARAM_INT && v->kind == JSON_NUMBER;

	return logs_refuse(owner, LOGS_SERIALIZATION, "%s is not %s", p->name, broken ? "a whole number" : wanted[p->kind]);
}

static int not_built(void *owner, const char *subject, struct str name)
{
	return logs_refuse(owner, LOGS_NOT_BUILT, "%s %.*s is not implemented", subject, STR_ARG(name));
}

static struct str shown(void *owner, const struct json_value *v)
{
	(void)owner;
	(void)v;
	return STR("[...]");
}

static bool is_group_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("._-/#", c))))
			return false;
	}
	return true;
}

static int check_name(struct logs *l, struct constraints *k, struct str s, const char *path, bool stream)
{
	if (constraints_characters(s) > LOG_GROUP_NAME_MAX)
		return logs_refuse(l, LOGS_INVALID_PARAMETER, "Invalid LogGroup or LogStream, both must have length less than or equal to %d.",
				   LOG_GROUP_NAME_MAX);
	if (s.n == 0)
		constraints_broken(k, path, s, "Member must have length greater than or equal to 1");
	if (stream ? memchr(s.p, ':', s.n) || memchr(s.p, '*', s.n) : !is_group_name(s))
		constraints_broken(k, path, s, "Member must satisfy regular expression pattern: %s", stream ? STREAM_PATTERN : GROUP_PATTERN);
	return 0;
}

bool logs_param_group_of_arn(struct logs *l, struct str arn, struct str *name)
{
	struct str prefix = str_of(logs_group_arn(l, STR("")));

	if (!str_starts(arn, prefix))
		return false;
	*name = str_n(arn.p + prefix.n, arn.n - prefix.n);
	if (str_ends(*name, STR(":*")))
		name->n -= 2;
	return name->n > 0;
}

static int check_group_id(struct logs *l, struct constraints *k, struct str id, const char *path)
{
	struct str name = id;

	if (str_starts(id, STR("arn:")) && !logs_param_group_of_arn(l, id, &name))
		return logs_refuse(l, LOGS_NO_GROUP, NULL);
	if (str_is_set(l->group))
		return logs_refuse(l, LOGS_VALIDATION, "LogGroup name and LogGroup ARN are mutually exclusive parameters.");
	l->group = name;
	return check_name(l, k, name, path, false);
}

static int check_own(void *owner, struct constraints *k, const struct param_rule *p, struct str value, const char *path)
{
	struct logs *l = owner;

	if (p->kind == PARAM_GROUP_ID)
		return check_group_id(l, k, value, path);
	if (p->kind == PARAM_GROUP)
		l->group = value;
	return check_name(l, k, value, path, p->kind == PARAM_STREAM);
}

int logs_param_check_in(struct logs *l, const struct json_value *object, const char *path, const struct param_rule *rules)
{
	static const struct param_face face = { .own = check_own, .mistyped = mistyped, .not_built = not_built, .shown = shown };
	struct constraints broken = { .most = CONSTRAINTS_MOST };
	struct param_check k = { .face = &face, .owner = l, .broken = &broken };
	int rc = param_rules_check(&k, object, path, rules);
	const char *sentence = rc < 0 ? NULL : constraints_sentence(&broken, &l->arena);

	if (sentence)
		rc = logs_refuse(l, LOGS_INVALID_PARAMETER, "%s", sentence);
	constraints_clear(&broken);
	return rc;
}

int logs_param_check(struct logs *l, const struct param_rule *rules)
{
	return logs_param_check_in(l, l->body, "", rules);
}
