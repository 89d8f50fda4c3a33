#include "web/param_rules.h"

#include <stdio.h>

const struct json_value *param_get(const struct json_value *object, const char *name)
{
	const struct json_value *v = json_get(object, name);

	return v && v->kind != JSON_NULL ? v : NULL;
}

static bool is_typed(const struct param_rule *p, const struct json_value *v)
{
	static const enum json_kind wanted[] = {
		[PARAM_TEXT] = JSON_STRING,	[PARAM_ENUM] = JSON_STRING,	[PARAM_INT] = JSON_NUMBER,	[PARAM_BOOL] = JSON_BOOL,
		[PARAM_MAP] = JSON_OBJECT,	[PARAM_LIST] = JSON_ARRAY,
	};

	return v->kind == (p->kind >= PARAM_OWN ? JSON_STRING : wanted[p->kind]);
}

static int check_enum(const struct param_check *k, const struct param_rule *p, const struct json_value *v, const char *path)
{
	if (!constraints_enum(k->broken, path, v->text, str_of(p->values)))
		return 0;
	if (p->built && !constraints_among(str_of(p->built), v->text))
		return k->face->not_built(k->owner, p->name, v->text);
	return 0;
}

static int check_int(const struct param_check *k, const struct param_rule *p, const struct json_value *v, const char *path)
{
	int64_t n;

	if (!constraints_whole_number(v->text, &n))
		return k->face->mistyped(k->owner, p, v);
	constraints_range(k->broken, path, v->text, n, p->min, p->max);
	return 0;
}

static void check_count(const struct param_check *k, const struct param_rule *p, const struct json_value *v, const char *path)
{
	if (v->count < p->min || (p->max > 0 && v->count > p->max))	/* to show one is work */
		constraints_length(k->broken, path, k->face->shown(k->owner, v), v->count, p->min, p->max);
}

static int check_value(const struct param_check *k, const struct param_rule *p, const struct json_value *v, const char *path)
{
	switch (p->kind) {
	case PARAM_IGNORED:
		return 0;
	case PARAM_OFF:
		if (v->kind == JSON_BOOL && !v->yes)
			return 0;
		return k->face->not_built(k->owner, "Parameter", str_of(p->name));
	case PARAM_ABSENT:
		return k->face->not_built(k->owner, "Parameter", str_of(p->name));
	}
	if (!is_typed(p, v))
		return k->face->mistyped(k->owner, p, v);
	switch (p->kind) {
	case PARAM_ENUM:
		return check_enum(k, p, v, path);
	case PARAM_INT:
		return check_int(k, p, v, path);
	case PARAM_TEXT:
		constraints_length(k->broken, path, v->text, constraints_characters(v->text), p->min, p->max);
		return 0;
	case PARAM_MAP:
	case PARAM_LIST:
		check_count(k, p, v, path);
		return 0;
	case PARAM_BOOL:
		return 0;
	default:
		return k->face->own(k->owner, k->broken, p, v->text, path);
	}
}

static bool is_known(const struct param_rule *rules, struct str name)
{
	for (; rules->name; rules++)
		if (str_eq(str_of(rules->name), name))
			return true;
	return false;
}

int param_rules_check(const struct param_check *k, const struct json_value *object, const char *path, const struct param_rule *rules)
{
	char full[PARAM_PATH_MAX];
	int rc;

	for (const struct param_rule *p = rules; p->name; p++) {
		const struct json_value *v = param_get(object, p->name);

		/* TableName at the top is 'tableName' */
		snprintf(full, sizeof full, "%s%s%c%s", path, *path ? "." : "", p->name[0] | 0x20, p->name + 1);
		if (!v && p->required)
			constraints_broken(k->broken, full, (struct str){ 0 }, "Member must not be null");
		if (v && (rc = check_value(k, p, v, full)) < 0)
			return rc;
	}
	for (const struct json_value *m = object->first; m; m = m->next)
		if (m->kind != JSON_NULL && !is_known(rules, m->name))
			return k->face->not_built(k->owner, "Parameter", m->name);
	return 0;
}
