#include "web/dynamodb/param.h"

#include "base/err.h"

#define NAME_PATTERN "[a-zA-Z0-9_.-]+"

static const char *value_word(const struct json_value *v)
{
	switch (v->kind) {
	case JSON_STRING:
		return "STRING_VALUE";
	case JSON_BOOL:
		return v->yes ? "TRUE_VALUE" : "FALSE_VALUE";
	case JSON_NUMBER:
		return memchr(v->text.p, '.', v->text.n) ? "DECIMAL_VALUE" : "NUMBER_VALUE";
	case JSON_ARRAY:
		return "Start of list";
	case JSON_OBJECT:
		return "Start of structure or map";
	case JSON_NULL:
	default:
		return "NULL_VALUE";
	}
}

static int mistyped(void *owner, const struct param_rule *p, const struct json_value *v)
{
	static const char *const java[] = { [PARAM_TEXT] = "String", [PARAM_ENUM] = "String", [PARAM_INT] = "Integer", [PARAM_BOOL] = "Boolean",
		[PARAM_TABLE] = "String", [PARAM_NAME] = "String" };
	struct dynamodb *d = owner;

	if (v->kind == JSON_ARRAY || v->kind == JSON_OBJECT)
		return dynamodb_refuse(d, DYNAMODB_SERIALIZATION, "%s found where not expected", value_word(v));
	if (!java[p->kind])
		return dynamodb_refuse(d, DYNAMODB_SERIALIZATION, "Unexpected value type in payload");
	return dynamodb_refuse(d, DYNAMODB_SERIALIZATION, "%s cannot be converted to %s", value_word(v), java[p->kind]);
}

static int not_built(void *owner, const char *subject, struct str name)
{
	return dynamodb_refuse(owner, DYNAMODB_NOT_BUILT, "%s %.*s is not implemented", subject, STR_ARG(name));
}

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("_.-", c))))
			return false;
	}
	return s.n > 0;
}

/* arn:aws:dynamodb:REGION:ACCOUNT:table/NAME is as good as NAME. */
static struct str table_name(struct dynamodb *d, struct str s)
{
	const char *prefix = arena_printf(&d->arena, "arn:aws:dynamodb:%s:%s:table/", d->m->settings.region, d->m->settings.account);
	struct str p = str_of(prefix);

	return str_starts(s, p) ? str_n(s.p + p.n, s.n - p.n) : s;
}

static int check_table(struct dynamodb *d, struct constraints *k, struct str value, const char *path)
{
	int64_t n;

	d->table = table_name(d, value);
	n = constraints_characters(d->table);
	if (n < TABLE_NAME_MIN || n > TABLE_NAME_MAX)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION,
				       "TableName must be at least %d characters long and at most %d characters long",
				       TABLE_NAME_MIN, TABLE_NAME_MAX);
	if (!is_name(d->table))
		constraints_broken(k, path, value, "Member must satisfy regular expression pattern: " NAME_PATTERN);
	return 0;
}

static int check_own(void *owner, struct constraints *k, const struct param_rule *p, struct str value, const char *path)
{
	if (p->kind == PARAM_TABLE)
		return check_table(owner, k, value, path);
	constraints_length(k, path, value, constraints_characters(value), TABLE_NAME_MIN, TABLE_NAME_MAX);
	if (!is_name(value))
		constraints_broken(k, path, value, "Member must satisfy regular expression pattern: " NAME_PATTERN);
	return 0;
}

static struct str shown(void *owner, const struct json_value *v)
{
	struct dynamodb *d = owner;
	struct buf b = {0};
	struct json j = json_into(&b);
	struct str s;

	json_value(&j, NULL, v);
	s = arena_str(&d->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return s;
}

int dynamodb_param_check_in(struct dynamodb *d, const struct json_value *object, const char *path, const struct param_rule *rules)
{
	static const struct param_face face = { .own = check_own, .mistyped = mistyped, .not_built = not_built, .shown = shown };
	struct param_check k = { .face = &face, .owner = d, .broken = &d->constraints };

	return param_rules_check(&k, object, path, rules);
}

int dynamodb_param_check(struct dynamodb *d)
{
	return dynamodb_param_check_in(d, d->body, "", d->op->params);
}

int dynamodb_param_end(struct dynamodb *d)
{
	const char *broken = constraints_sentence(&d->constraints, &d->arena);

	return broken ? dynamodb_refuse(d, DYNAMODB_VALIDATION, "%s", broken) : 0;
}
