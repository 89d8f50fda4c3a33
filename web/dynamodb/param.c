#include "web/dynamodb/param.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/check.h"
#include "base/err.h"

#define NAME_PATTERN "[a-zA-Z0-9_.-]+"
#define PATH_TEXT_MAX 256
#define CONSTRAINT_TEXT_MAX 512

const struct json_value *param_get(const struct json_value *object, const char *name)
{
	const struct json_value *v = json_get(object, name);

	return v && v->kind != JSON_NULL ? v : NULL;
}

void constraint_broken(struct dynamodb *d, struct str value, const char *path, const char *fmt, ...)
{
	char text[CONSTRAINT_TEXT_MAX];
	va_list ap;

	if (++d->constraint_count > CONSTRAINTS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_puts(&d->constraints, d->constraint_count > 1 ? "; Value " : "Value ");
	if (str_is_set(value))
		buf_printf(&d->constraints, "'%.*s'", STR_ARG(value));
	else
		buf_puts(&d->constraints, "null");
	buf_printf(&d->constraints, " at '%s' failed to satisfy constraint: %s", path, text);
}

int constraint_end(struct dynamodb *d)
{
	int n = d->constraint_count < CONSTRAINTS_MAX ? d->constraint_count : CONSTRAINTS_MAX;

	if (n == 0)
		return 0;
	return dynamodb_refuse(d, DYNAMODB_VALIDATION, "%d validation error%s detected: %s", n, n > 1 ? "s" : "",
			       d->constraints.data);
}

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

static int check_type(struct dynamodb *d, const struct param_rule *p, const struct json_value *v)
{
	static const struct { enum json_kind kind; const char *java; } wanted[] = {
		[PARAM_TABLE] = { JSON_STRING, "String" },	[PARAM_TEXT] = { JSON_STRING, "String" },
		[PARAM_ENUM] = { JSON_STRING, "String" },	[PARAM_INT] = { JSON_NUMBER, "Integer" },
		[PARAM_BOOL] = { JSON_BOOL, "Boolean" },	[PARAM_MAP] = { JSON_OBJECT, NULL },
		[PARAM_LIST] = { JSON_ARRAY, NULL },
	};

	if (v->kind == wanted[p->kind].kind)
		return 0;
	if (v->kind == JSON_ARRAY || v->kind == JSON_OBJECT)
		return dynamodb_refuse(d, DYNAMODB_SERIALIZATION, "%s found where not expected", value_word(v));
	if (!wanted[p->kind].java)
		return dynamodb_refuse(d, DYNAMODB_SERIALIZATION, "Unexpected value type in payload");
	return dynamodb_refuse(d, DYNAMODB_SERIALIZATION, "%s cannot be converted to %s", value_word(v), wanted[p->kind].java);
}

/* `word` is one of "A, B, C". */
static bool listed(const char *values, struct str word)
{
	struct str rest = str_of(values), one;

	while (str_next(&rest, ',', &one))
		if (str_eq(str_trim(one), word))
			return true;
	return false;
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

static void check_length(struct dynamodb *d, const struct param_rule *p, struct str shown, int64_t n, const char *path)
{
	if (n < p->min)
		constraint_broken(d, shown, path, "Member must have length greater than or equal to %lld", (long long)p->min);
	else if (p->max > 0 && n > p->max)
		constraint_broken(d, shown, path, "Member must have length less than or equal to %lld", (long long)p->max);
}

static bool whole_number(struct str s, int64_t *n)
{
	bool minus = str_starts(s, STR("-"));

	if (minus)
		s = str_n(s.p + 1, s.n - 1);
	if (str_to_int(s, 0, INT64_MAX, n) < 0)
		return false;
	*n = minus ? -*n : *n;
	return true;
}

static int check_int(struct dynamodb *d, const struct param_rule *p, const struct json_value *v, const char *path)
{
	int64_t n;

	if (!whole_number(v->text, &n))
		return dynamodb_refuse(d, DYNAMODB_SERIALIZATION, "%s cannot be converted to Integer", value_word(v));
	if (n < p->min)
		constraint_broken(d, v->text, path, "Member must have value greater than or equal to %lld", (long long)p->min);
	else if (p->max > 0 && n > p->max)
		constraint_broken(d, v->text, path, "Member must have value less than or equal to %lld", (long long)p->max);
	return 0;
}

/* arn:aws:dynamodb:REGION:ACCOUNT:table/NAME is as good as NAME. */
static struct str table_name(struct dynamodb *d, struct str s)
{
	const char *prefix = arena_printf(&d->arena, "arn:aws:dynamodb:%s:%s:table/", d->m->settings.region, d->m->settings.account);
	struct str p = str_of(prefix);

	return str_starts(s, p) ? str_n(s.p + p.n, s.n - p.n) : s;
}

static int check_table(struct dynamodb *d, const struct json_value *v, const char *path)
{
	d->table = table_name(d, v->text);
	if (d->table.n < TABLE_NAME_MIN || d->table.n > TABLE_NAME_MAX)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION,
				       "TableName must be at least %d characters long and at most %d characters long",
				       TABLE_NAME_MIN, TABLE_NAME_MAX);
	if (!is_name(d->table))
		constraint_broken(d, v->text, path, "Member must satisfy regular expression pattern: " NAME_PATTERN);
	return 0;
}

static int check_enum(struct dynamodb *d, const struct param_rule *p, const struct json_value *v, const char *path)
{
	if (!listed(p->values, v->text)) {
		constraint_broken(d, v->text, path, "Member must satisfy enum value set: [%s]", p->values);
		return 0;
	}
	if (p->built && !listed(p->built, v->text))
		return dynamodb_refuse(d, DYNAMODB_NOT_BUILT, "%s %.*s is not implemented", p->name, STR_ARG(v->text));
	return 0;
}

static struct str as_text(struct dynamodb *d, const struct json_value *v)
{
	struct buf b = {0};
	struct json j = json_into(&b);
	struct str s;

	json_value(&j, NULL, v);
	s = arena_str(&d->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return s;
}

static int check_value(struct dynamodb *d, const struct param_rule *p, const struct json_value *v, const char *path)
{
	int rc = p->kind == PARAM_ABSENT ? 0 : check_type(d, p, v);

	if (rc < 0)
		return rc;
	switch (p->kind) {
	case PARAM_TABLE:
		return check_table(d, v, path);
	case PARAM_ENUM:
		return check_enum(d, p, v, path);
	case PARAM_INT:
		return check_int(d, p, v, path);
	case PARAM_TEXT:
		check_length(d, p, v->text, (int64_t)v->text.n, path);
		if (p->values && !is_name(v->text))
			constraint_broken(d, v->text, path, "Member must satisfy regular expression pattern: " NAME_PATTERN);
		return 0;
	case PARAM_MAP:
	case PARAM_LIST:
		if (v->count < p->min || (p->max > 0 && v->count > p->max))
			check_length(d, p, as_text(d, v), v->count, path);
		return 0;
	case PARAM_BOOL:
		return 0;
	case PARAM_ABSENT:
	default:
		return dynamodb_refuse(d, DYNAMODB_NOT_BUILT, "Parameter %s is not implemented", p->name);
	}
}

/* TableName at the top is 'tableName'. */
static void path_of(char to[PATH_TEXT_MAX], const char *within, const char *name)
{
	snprintf(to, PATH_TEXT_MAX, "%s%s%c%s", within, *within ? "." : "", name[0] | 0x20, name + 1);
}

static bool known(const struct param_rule *rules, struct str name)
{
	for (; rules->name; rules++)
		if (str_eq(str_of(rules->name), name))
			return true;
	return false;
}

int param_check_in(struct dynamodb *d, const struct json_value *object, const char *path, const struct param_rule *rules)
{
	char full[PATH_TEXT_MAX];
	int rc;

	for (const struct param_rule *p = rules; p->name; p++) {
		const struct json_value *v = param_get(object, p->name);

		path_of(full, path, p->name);
		if (!v && p->required)
			constraint_broken(d, (struct str){0}, full, "Member must not be null");
		if (v && (rc = check_value(d, p, v, full)) < 0)
			return rc;
	}
	for (const struct json_value *m = object->first; m; m = m->next)
		if (m->kind != JSON_NULL && !known(rules, m->name))
			return dynamodb_refuse(d, DYNAMODB_NOT_BUILT, "Parameter %.*s is not implemented", STR_ARG(m->name));
	return 0;
}

int param_check(struct dynamodb *d, const struct param_rule *rules)
{
	return param_check_in(d, d->body, "", rules);
}
