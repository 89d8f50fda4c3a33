#include "web/dynamodb/value.h"

#include <stdlib.h>

#include "base/codec.h"
#include "base/err.h"
#include "storage/attribute.h"
#include "storage/table_key.h"

#define WRONG "One or more parameter values were invalid: "

typedef int check_fn(struct dynamodb *d, const struct json_value *v, int depth);

static int typed(struct dynamodb *d, const struct json_value *v, int depth);

static int not_text(struct dynamodb *d, const struct json_value *v)
{
	static const char *const words[] = {
		[JSON_NULL] = "NULL_VALUE", [JSON_BOOL] = "TRUE_VALUE", [JSON_NUMBER] = "NUMBER_VALUE",
		[JSON_STRING] = "STRING_VALUE", [JSON_ARRAY] = "Start of list", [JSON_OBJECT] = "Start of structure or map",
	};

	return dynamodb_refuse(d, DYNAMODB_SERIALIZATION, v->kind == JSON_ARRAY || v->kind == JSON_OBJECT ?
			       "%s found where not expected" : "%s cannot be converted to String", words[v->kind]);
}

static int text(struct dynamodb *d, const struct json_value *v, int depth)
{
	(void)depth;
	return v->kind == JSON_STRING ? 0 : not_text(d, v);
}

static int number(struct dynamodb *d, const struct json_value *v, int depth)
{
	struct number n;

	(void)depth;
	if (v->kind != JSON_STRING)
		return not_text(d, v);
	switch (number_parse(v->text, &n)) {
	case NUMBER_MALFORMED:
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "The parameter cannot be converted to a numeric value%s%.*s",
				       v->text.n ? ": " : "", STR_ARG(v->text));
	case NUMBER_OVERFLOW:
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "Number overflow. Attempting to store a number with magnitude "
				       "larger than supported range");
	case NUMBER_UNDERFLOW:
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "Number underflow. Attempting to store a number with magnitude "
				       "smaller than supported range");
	case NUMBER_TOO_PRECISE:
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "Attempting to store more than %d significant digits in a Number",
				       NUMBER_DIGITS_MAX);
	case NUMBER_OK:
	default:
		return 0;
	}
}

static int binary(struct dynamodb *d, const struct json_value *v, int depth)
{
	struct buf bytes = {0};
	int rc;

	(void)depth;
	if (v->kind != JSON_STRING)
		return not_text(d, v);
	rc = base64_decode(&bytes, v->text);
	buf_clear(&bytes);
	if (rc == 0)
		return 0;
	if (v->text.n % 4 != 0)
		return dynamodb_refuse(d, DYNAMODB_SERIALIZATION, "Base64 encoded length is expected a multiple of 4 bytes but "
				       "found: %zu", v->text.n);
	return dynamodb_refuse(d, DYNAMODB_SERIALIZATION, "Invalid Base64 encoding");
}

static int truth(struct dynamodb *d, const struct json_value *v, int depth)
{
	(void)depth;
	return v->kind == JSON_BOOL ? 0 :
	       dynamodb_refuse(d, DYNAMODB_SERIALIZATION, "Unexpected value type in payload");
}

static int null(struct dynamodb *d, const struct json_value *v, int depth)
{
	if (v->kind == JSON_BOOL && !v->yes)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "Null attribute value types must have the value of true");
	return truth(d, v, depth);
}

/* Elements of a set as they compare: numbers by value. */
static struct str *set_elements(struct dynamodb *d, const struct json_value *v, bool numbers)
{
	struct str *s = arena_take(&d->arena, sizeof *s * (size_t)v->count), *at = s;
	char room[NUMBER_TEXT_MAX];
	struct number n;

	for (const struct json_value *m = v->first; m; m = m->next, at++) {
		*at = m->text;
		if (numbers && number_parse(m->text, &n) == NUMBER_OK)
			*at = arena_str(&d->arena, str_of(number_text(room, &n)));
	}
	return s;
}

static int by_bytes(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static bool has_twice(struct str *s, int n)
{
	qsort(s, (size_t)n, sizeof *s, by_bytes);
	for (int i = 1; i < n; i++)
		if (str_eq(s[i - 1], s[i]))
			return true;
	return false;
}

/* "[a, a]" */
static const char *listing(struct dynamodb *d, const struct json_value *v)
{
	struct buf b = {0};
	const char *all;

	for (const struct json_value *m = v->first; m; m = m->next)
		buf_printf(&b, "%s%.*s", m == v->first ? "[" : ", ", STR_ARG(m->text));
	buf_puts(&b, "]");
	all = arena_dup(&d->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return all;
}

static int elements(struct dynamodb *d, const struct json_value *v, check_fn *one, int depth)
{
	int rc = 0;

	for (const struct json_value *m = v->first; m && rc == 0; m = m->next)
		rc = one(d, m, depth);
	return rc;
}

static int set_of(struct dynamodb *d, const struct json_value *v, check_fn *one, const char *empty)
{
	if (v->kind != JSON_ARRAY)
		return dynamodb_refuse(d, DYNAMODB_SERIALIZATION, "Unexpected value type in payload");
	if (v->count == 0)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "%s", empty);
	return elements(d, v, one, 0);
}

static int text_set(struct dynamodb *d, const struct json_value *v, int depth)
{
	int rc = set_of(d, v, text, "An string set  may not be empty");

	(void)depth;
	if (rc == 0 && has_twice(set_elements(d, v, false), v->count))
		rc = dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "Input collection %s contains duplicates.", listing(d, v));
	return rc;
}

static int number_set(struct dynamodb *d, const struct json_value *v, int depth)
{
	int rc = set_of(d, v, number, "An number set  may not be empty");

	(void)depth;
	if (rc == 0 && has_twice(set_elements(d, v, true), v->count))
		rc = dynamodb_refuse(d, DYNAMODB_VALIDATION, "Input collection contains duplicates");
	return rc;
}

static int binary_set(struct dynamodb *d, const struct json_value *v, int depth)
{
	int rc = set_of(d, v, binary, "Binary sets should not be empty");

	(void)depth;
	if (rc == 0 && has_twice(set_elements(d, v, false), v->count))
		rc = dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "Input collection %sof type BS contains duplicates.", listing(d, v));
	return rc;
}

static int name_check(struct dynamodb *d, struct str name)
{
	if (name.n == 0)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "Empty attribute name");
	if (name.n > ATTRIBUTE_NAME_MAX)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "Attribute name is too large, must be less than %d bytes",
				       ATTRIBUTE_NAME_MAX + 1);
	return 0;
}

static int member(struct dynamodb *d, const struct json_value *v, int depth)
{
	int rc = name_check(d, v->name);

	return rc < 0 ? rc : typed(d, v, depth);
}

static int container(struct dynamodb *d, const struct json_value *v, enum json_kind kind, int depth)
{
	if (v->kind != kind)
		return dynamodb_refuse(d, DYNAMODB_SERIALIZATION, "Unexpected value type in payload");
	if (depth == ATTRIBUTE_DEPTH_MAX)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "Nesting Levels have exceeded supported limits");
	return elements(d, v, kind == JSON_OBJECT ? member : typed, depth + 1);
}

static int map(struct dynamodb *d, const struct json_value *v, int depth)
{
	return container(d, v, JSON_OBJECT, depth);
}

static int list(struct dynamodb *d, const struct json_value *v, int depth)
{
	return container(d, v, JSON_ARRAY, depth);
}

static check_fn *const checks[ATTRIBUTE_TYPES] = {
	[ATTRIBUTE_S] = text,		[ATTRIBUTE_N] = number,		[ATTRIBUTE_B] = binary,
	[ATTRIBUTE_BOOL] = truth,	[ATTRIBUTE_NULL] = null,
	[ATTRIBUTE_M] = map,		[ATTRIBUTE_L] = list,
	[ATTRIBUTE_SS] = text_set,	[ATTRIBUTE_NS] = number_set,	[ATTRIBUTE_BS] = binary_set,
};

static int typed(struct dynamodb *d, const struct json_value *v, int depth)
{
	enum attribute_type t;

	if (v->kind != JSON_OBJECT)
		return dynamodb_refuse(d, DYNAMODB_SERIALIZATION, "Unexpected value type in payload");
	if (v->count > 1)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "Supplied AttributeValue has more than one datatypes set, must "
				       "contain exactly one of the supported datatypes");
	t = attribute_type(v);
	if (t == ATTRIBUTE_TYPES)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "Supplied AttributeValue is empty, must contain exactly one of the "
				       "supported datatypes");
	return checks[t](d, v->first, depth);
}

int value_check(struct dynamodb *d, const struct json_value *v)
{
	return typed(d, v, 0);
}

int values_check(struct dynamodb *d, const struct json_value *values)
{
	return elements(d, values, member, 0);
}
