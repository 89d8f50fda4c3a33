#include "web/lambda/constraint.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"

static void quote(struct buf *to, struct str value)
{
	size_t n = value.n < CONSTRAINT_VALUE_MAX ? value.n : CONSTRAINT_VALUE_MAX;

	buf_add(to, value.p, n);
	if (n < value.n)
		buf_puts(to, "...");
}

static struct buf *begin(struct lambda *l, const char *path, struct str value)
{
	struct buf *b = &l->constraints;

	buf_puts(b, l->constraint_count++ ? "; Value " : "Value ");
	if (str_is_set(value)) {
		buf_puts(b, "'");
		quote(b, value);
		buf_puts(b, "'");
	} else {
		buf_puts(b, "null");
	}
	buf_printf(b, " at '%s' failed to satisfy constraint: ", path);
	return b;
}

void constrain_broken(struct lambda *l, const char *path, struct str value, const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_printf(begin(l, path, value), "Member must %s", text);
}

int constrain_end(struct lambda *l)
{
	if (l->message)
		return E_BAD_INPUT;
	if (l->constraint_count == 0)
		return 0;
	return lambda_refuse(l, LAMBDA_VALIDATION, "%d validation error%s detected: %s", l->constraint_count, l->constraint_count > 1 ? "s" : "",
			     l->constraints.data);
}

bool constrain_among(struct str s, const char *values)
{
	struct str rest = str_n(values + 1, strlen(values) - 2), one;

	while (str_next(&rest, ',', &one))
		if (str_eq(str_trim(one), s))
			return true;
	return false;
}

void constrain_enum(struct lambda *l, const char *path, struct str value, const char *values)
{
	if (!constrain_among(value, values))
		constrain_broken(l, path, value, "satisfy enum value set: %s", values);
}

void constrain_text(struct lambda *l, const char *path, struct str value, int64_t min, int64_t max, const struct shape *shape)
{
	if (max > 0 && (int64_t)value.n > max)
		constrain_broken(l, path, value, "have length less than or equal to %lld", (long long)max);
	if ((int64_t)value.n < min)
		constrain_broken(l, path, value, "have length greater than or equal to %lld", (long long)min);
	if (shape && !shape->fits(value))
		constrain_broken(l, path, value, "satisfy regular expression pattern: %s", shape->pattern);
}

static const char *kind_of(const struct json_value *v)
{
	static const char *const names[] = { [JSON_NULL] = "NULL_VALUE", [JSON_BOOL] = "BOOLEAN_VALUE", [JSON_NUMBER] = "NUMBER_VALUE",
		[JSON_STRING] = "STRING_VALUE", [JSON_ARRAY] = "START_ARRAY", [JSON_OBJECT] = "START_OBJECT" };

	return names[v->kind];
}

/* What a member of that kind is written as, and what it is called when it is not. */
static const struct {
	enum json_kind json;
	const char *type;
} kinds[] = {
	[MEMBER_TEXT] = { JSON_STRING, "a String" }, [MEMBER_INT] = { JSON_NUMBER, "an Integer" }, [MEMBER_BOOL] = { JSON_BOOL, "a Boolean" },
	[MEMBER_TEXTS] = { JSON_ARRAY, "a List" }, [MEMBER_MAP] = { JSON_OBJECT, "a Map" }, [MEMBER_OBJECT] = { JSON_OBJECT, "a Structure" },
	[MEMBER_LIST] = { JSON_ARRAY, "a List" },
};

static bool is_kind(struct lambda *l, const struct json_value *v, enum member_kind kind)
{
	if (kind == MEMBER_ANY || v->kind == kinds[kind].json)
		return true;
	lambda_refuse(l, LAMBDA_SERIALIZATION, "%s can not be converted to %s", kind_of(v), kinds[kind].type);
	return false;
}

int64_t constrain_int(struct lambda *l, const char *path, struct str value, int64_t min, int64_t max, int64_t otherwise)
{
	bool minus = str_starts(value, STR("-"));
	struct str digits = minus ? str_n(value.p + 1, value.n - 1) : value;
	int64_t n;

	if (!str_is_set(value))
		return otherwise;
	if (str_to_int(digits, 0, INT32_MAX + (int64_t)minus, &n) < 0) {
		lambda_refuse(l, LAMBDA_SERIALIZATION, "NUMBER_VALUE can not be converted to an Integer");
		return otherwise;
	}
	n = minus ? -n : n;
	if (max > 0 && n > max)
		constrain_broken(l, path, value, "have value less than or equal to %lld", (long long)max);
	if (n < min)
		constrain_broken(l, path, value, "have value greater than or equal to %lld", (long long)min);
	return n;
}

/* "[a, b]", "{k=v}": as Java prints them. */
static struct str printed(struct lambda *l, const struct json_value *v)
{
	bool map = v->kind == JSON_OBJECT;
	struct buf b = { 0 };
	struct str s;

	buf_puts(&b, map ? "{" : "[");
	for (const struct json_value *i = v->first; i && b.len < CONSTRAINT_VALUE_MAX; i = i->next) {
		if (map)
			buf_printf(&b, "%.*s=", STR_ARG(i->name));
		buf_add(&b, i->text.p, i->text.n < CONSTRAINT_VALUE_MAX ? i->text.n : CONSTRAINT_VALUE_MAX);
		if (i->next)
			buf_puts(&b, ", ");
	}
	buf_puts(&b, map ? "}" : "]");
	s = arena_str(&l->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return s;
}

void constrain_java(struct lambda *l, const char *path, struct str value, const char *whole)
{
	buf_puts(begin(l, path, value), whole);
}

void constrain_map(struct lambda *l, const char *path, const struct json_value *map, const char *what)
{
	constrain_java(l, path, printed(l, map), what);
}

static void check_count(struct lambda *l, const char *path, const struct json_value *v, const struct member *m)
{
	if (m->max > 0 && v->count > m->max)
		constrain_broken(l, path, printed(l, v), "have length less than or equal to %lld", (long long)m->max);
	if (v->count < m->min)
		constrain_broken(l, path, printed(l, v), "have length greater than or equal to %lld", (long long)m->min);
}

static bool element_does(const struct member *m, struct str s)
{
	return (!m->shape || m->shape->fits(s)) && (!m->values || constrain_among(s, m->values));
}

static void check_elements(struct lambda *l, const char *path, const struct json_value *v, const struct member *m)
{
	bool does = true;

	for (const struct json_value *i = v->first; i; i = i->next) {
		if (i->kind != JSON_STRING && m->kind != MEMBER_LIST) {
			lambda_refuse(l, LAMBDA_SERIALIZATION, "%s can not be converted to a String", kind_of(i));
			return;
		}
		if (m->kind == MEMBER_TEXTS)
			does = does && element_does(m, i->text);
	}
	check_count(l, path, v, m);
	if (does)
		return;
	if (m->each)
		constrain_broken(l, path, printed(l, v), "satisfy constraint: [%s]", m->each);
	else if (m->values)
		constrain_broken(l, path, printed(l, v), "satisfy enum value set: %s", m->values);
	else
		constrain_broken(l, path, printed(l, v), "satisfy regular expression pattern: %s", m->shape->pattern);
}

static void check_member(struct lambda *l, const char *path, const struct json_value *v, const struct member *m)
{
	switch (m->kind) {
	case MEMBER_TEXT:
		constrain_text(l, path, v->text, m->min, m->max, m->shape);
		if (m->values)
			constrain_enum(l, path, v->text, m->values);
		break;
	case MEMBER_INT:
		constrain_int(l, path, v->text, m->min, m->max, 0);
		break;
	case MEMBER_TEXTS:
	case MEMBER_MAP:
	case MEMBER_LIST:
		check_elements(l, path, v, m);
		break;
	case MEMBER_OBJECT:
		constrain_members(l, v, arena_printf(&l->arena, "%s.", path), m->inner);
		break;
	case MEMBER_BOOL:
	case MEMBER_ANY:
		break;
	}
}

void constrain_members(struct lambda *l, const struct json_value *object, const char *prefix, const struct member *rows)
{
	for (const struct member *m = rows; m->name; m++) {
		const struct json_value *v = json_get(object, m->name);
		char *path = arena_printf(&l->arena, "%s%c%s", prefix, tolower((unsigned char)m->name[0]), m->name + 1);

		if (v && v->kind == JSON_NULL)
			v = NULL;
		if (!v && m->required)
			constrain_broken(l, path, (struct str){ 0 }, "not be null");
		if (v && is_kind(l, v, m->kind))
			check_member(l, path, v, m);
	}
}
