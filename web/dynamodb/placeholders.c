/* placeholders.c - ExpressionAttributeNames and ExpressionAttributeValues. */
#include "web/dynamodb/expression.h"

#include "base/err.h"
#include "web/dynamodb/param.h"
#include "web/dynamodb/token.h"
#include "web/dynamodb/value.h"

static bool well_formed(struct str key, enum token_kind kind)
{
	struct token t = token_at(key, 0);

	return key.n > 0 && key.n <= PLACEHOLDER_MAX && t.kind == kind && t.text.n == key.n;
}

static int check_keys(struct dynamodb *d, const char *map, const struct json_value *v, enum token_kind kind)
{
	if (v->count == 0)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "%s must not be empty", map);
	for (const struct json_value *m = v->first; m; m = m->next)
		if (!well_formed(m->name, kind))
			return dynamodb_refuse(d, DYNAMODB_VALIDATION, "%s contains invalid key: Syntax error; key: \"%.*s\"", map,
					       STR_ARG(m->name));
	return 0;
}

static int check_names(struct dynamodb *d, const struct json_value *names)
{
	for (const struct json_value *m = names->first; m; m = m->next) {
		if (m->kind != JSON_STRING)
			return dynamodb_refuse(d, DYNAMODB_SERIALIZATION, "Unexpected value type in payload");
		if (m->text.n == 0 || m->text.n > ATTRIBUTE_NAME_MAX)
			return dynamodb_refuse(d, DYNAMODB_VALIDATION, "ExpressionAttributeNames contains invalid value: Empty attribute "
					       "name or one over %d bytes for key %.*s", ATTRIBUTE_NAME_MAX, STR_ARG(m->name));
	}
	return check_keys(d, "ExpressionAttributeNames", names, TOKEN_NAME_PLACEHOLDER);
}

static int check_values(struct dynamodb *d, const struct json_value *values)
{
	int rc = check_keys(d, "ExpressionAttributeValues", values, TOKEN_VALUE_PLACEHOLDER);

	for (const struct json_value *m = values->first; m && rc == 0; m = m->next) {
		rc = value_check(d, m);
		if (rc < 0 && d->fault.code == DYNAMODB_VALIDATION)
			d->fault.message = arena_printf(&d->arena, "ExpressionAttributeValues contains invalid value: %s for key %.*s",
							d->fault.message, STR_ARG(m->name));
	}
	return rc;
}

int placeholders_open(struct dynamodb *d, struct placeholders *p)
{
	int rc;

	p->names = param_get(d->body, "ExpressionAttributeNames");
	p->values = param_get(d->body, "ExpressionAttributeValues");
	if (p->names) {
		if ((rc = check_names(d, p->names)) < 0)
			return rc;
		p->name_used = arena_take(&d->arena, (size_t)p->names->count);
	}
	if (p->values) {
		if ((rc = check_values(d, p->values)) < 0)
			return rc;
		p->value_used = arena_take(&d->arena, (size_t)p->values->count);
	}
	return 0;
}

static const struct json_value *find(const struct json_value *map, bool *used, struct str key)
{
	int i = 0;

	for (const struct json_value *m = map ? map->first : NULL; m; m = m->next, i++) {
		if (!str_eq(m->name, key))
			continue;
		used[i] = true;
		return m;
	}
	return NULL;
}

const struct json_value *placeholders_name(struct placeholders *p, struct str name)
{
	return find(p->names, p->name_used, name);
}

const struct json_value *placeholders_value(struct placeholders *p, struct str name)
{
	return find(p->values, p->value_used, name);
}

static int refuse_unused(struct dynamodb *d, const char *map, const struct json_value *v, const bool *used)
{
	struct buf keys = {0};
	int i = 0, rc = 0;

	for (const struct json_value *m = v ? v->first : NULL; m; m = m->next, i++)
		if (!used[i])
			buf_printf(&keys, "%s%.*s", keys.len ? ", " : "", STR_ARG(m->name));
	if (keys.len > 0)
		rc = dynamodb_refuse(d, DYNAMODB_VALIDATION, "Value provided in %s unused in expressions: keys: {%s}", map, keys.data);
	buf_clear(&keys);
	return rc;
}

int placeholders_end(struct dynamodb *d, const struct placeholders *p)
{
	int rc = refuse_unused(d, "ExpressionAttributeNames", p->names, p->name_used);

	return rc < 0 ? rc : refuse_unused(d, "ExpressionAttributeValues", p->values, p->value_used);
}
