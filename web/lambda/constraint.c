#include "web/lambda/constraint.h"

#include <ctype.h>

#include "base/err.h"

/* Cut when it is long. */
static struct str quoted(struct lambda *l, struct str value)
{
	if (value.n <= CONSTRAINT_VALUE_MAX)
		return value;
	return str_of(arena_printf(&l->arena, "%.*s...", CONSTRAINT_VALUE_MAX, value.p));
}

void constrain_broken(struct lambda *l, const char *path, struct str value, const char *text)
{
	constraints_broken(&l->constraints, path, quoted(l, value), "%s", text);
}

int constrain_end(struct lambda *l)
{
	const char *sentence;

	if (l->message)
		return E_BAD_INPUT;
	sentence = constraints_sentence(&l->constraints, &l->arena);
	return sentence ? lambda_refuse(l, LAMBDA_VALIDATION, "%s", sentence) : 0;
}

/* Without the brackets. */
static struct str listed(const char *values)
{
	return str_n(values + 1, strlen(values) - 2);
}

void constrain_enum(struct lambda *l, const char *path, struct str value, const char *values)
{
	constraints_enum(&l->constraints, path, quoted(l, value), listed(values));
}

static void check_shape(struct lambda *l, const char *path, struct str value, const char *pattern)
{
	constraints_broken(&l->constraints, path, quoted(l, value), "Member must satisfy regular expression pattern: %s", pattern);
}

void constrain_text(struct lambda *l, const char *path, struct str value, int64_t min, int64_t max, const struct shape *shape)
{
	if (min > 0 || max > 0)		/* a zip has no limit here, and need not be counted */
		constraints_length(&l->constraints, path, quoted(l, value), constraints_characters(value), min, max);
	if (shape && !shape->fits(value))
		check_shape(l, path, value, shape->pattern);
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
	int64_t n;

	if (!str_is_set(value))
		return otherwise;
	if (!constraints_whole_number(value, &n) || n < INT32_MIN || n > INT32_MAX) {
		lambda_refuse(l, LAMBDA_SERIALIZATION, "NUMBER_VALUE can not be converted to an Integer");
		return otherwise;
	}
	constraints_range(&l->constraints, path, quoted(l, value), n, min, max);
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

void constrain_map(struct lambda *l, const char *path, const struct json_value *map, const char *what)
{
	constrain_broken(l, path, printed(l, map), what);
}

static bool element_does(const struct member *m, struct str s)
{
	return (!m->shape || m->shape->fits(s)) && (!m->values || constraints_among(listed(m->values), s));
}

static void check_elements(struct lambda *l, const char *path, const struct json_value *v, const struct member *m)
{
	bool does = true, counts = v->count >= m->min && (m->max == 0 || v->count <= m->max);
	struct str shown;

	for (const struct json_value *i = v->first; i; i = i->next) {
		if (i->kind != JSON_STRING && m->kind != MEMBER_LIST) {
			lambda_refuse(l, LAMBDA_SERIALIZATION, "%s can not be converted to a String", kind_of(i));
			return;
		}
		if (m->kind == MEMBER_TEXTS)
			does = does && element_does(m, i->text);
	}
	if (does && counts)
		return;
	shown = quoted(l, printed(l, v));
	constraints_length(&l->constraints, path, shown, v->count, m->min, m->max);
	if (does)
		return;
	if (m->each)
		constraints_broken(&l->constraints, path, shown, "Member must satisfy constraint: [%s]", m->each);
	else if (m->values)
		constraints_broken(&l->constraints, path, shown, "Member must satisfy enum value set: %s", m->values);
	else
		check_shape(l, path, shown, m->shape->pattern);
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
			constrain_broken(l, path, (struct str){ 0 }, CONSTRAINT_MISSING);
		if (v && is_kind(l, v, m->kind))
			check_member(l, path, v, m);
	}
}
