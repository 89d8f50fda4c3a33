#include "web/logs/param.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"

#define GROUP_PATTERN "[\\.\\-_/#A-Za-z0-9]+"
#define STREAM_PATTERN "[^:*]*"
#define PATH_TEXT_MAX 256
#define CONSTRAINTS_MAX 10

struct checking {
	struct logs *l;
	struct buf broken;		/* what "validation errors detected" will say */
	int count;
};

const struct json_value *logs_param_get(const struct json_value *object, const char *name)
{
	const struct json_value *v = json_get(object, name);

	return v && v->kind != JSON_NULL ? v : NULL;
}

/* "Value 'x' at 'path' failed to satisfy constraint: text"; an absent value is null. */
static void broken(struct checking *k, struct str value, const char *path, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
static void broken(struct checking *k, struct str value, const char *path, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (++k->count > CONSTRAINTS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_puts(&k->broken, k->count > 1 ? "; Value " : "Value ");
	if (str_is_set(value))
		buf_printf(&k->broken, "'%.*s'", STR_ARG(value));
	else
		buf_puts(&k->broken, "null");
	buf_printf(&k->broken, " at '%s' failed to satisfy constraint: %s", path, text);
}

static int end(struct checking *k, int rc)
{
	int n = k->count < CONSTRAINTS_MAX ? k->count : CONSTRAINTS_MAX;

	if (rc == 0 && n > 0)
		rc = logs_refuse(k->l, LOGS_INVALID_PARAMETER, "%d validation error%s detected: %s", n, n > 1 ? "s" : "", k->broken.data);
	buf_clear(&k->broken);
	return rc;
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

static int check_type(struct checking *k, const struct param_rule *p, const struct json_value *v)
{
	static const struct { enum json_kind kind; const char *text; } wanted[] = {
		[PARAM_GROUP] = { JSON_STRING, "a string" },	[PARAM_GROUP_ID] = { JSON_STRING, "a string" },
		[PARAM_STREAM] = { JSON_STRING, "a string" },	[PARAM_TEXT] = { JSON_STRING, "a string" },
		[PARAM_ENUM] = { JSON_STRING, "a string" },	[PARAM_INT] = { JSON_NUMBER, "a number" },
		[PARAM_BOOL] = { JSON_BOOL, "a boolean" },	[PARAM_MAP] = { JSON_OBJECT, "an object" },
		[PARAM_LIST] = { JSON_ARRAY, "a list" },
	};

	if (v->kind == wanted[p->kind].kind)
		return 0;
	return logs_refuse(k->l, LOGS_SERIALIZATION, "%s is not %s", p->name, wanted[p->kind].text);
}

static void check_length(struct checking *k, const struct param_rule *p, struct str shown, int64_t n, const char *path)
{
	if (n < p->min)
		broken(k, shown, path, "Member must have length greater than or equal to %lld", (long long)p->min);
	else if (p->max > 0 && n > p->max)
		broken(k, shown, path, "Member must have length less than or equal to %lld", (long long)p->max);
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

static int check_int(struct checking *k, const struct param_rule *p, const struct json_value *v, const char *path)
{
	int64_t n;

	if (!whole_number(v->text, &n))
		return logs_refuse(k->l, LOGS_SERIALIZATION, "%s is not a whole number", p->name);
	if (n < p->min)
		broken(k, v->text, path, "Member must have value greater than or equal to %lld", (long long)p->min);
	else if (p->max > 0 && n > p->max)
		broken(k, v->text, path, "Member must have value less than or equal to %lld", (long long)p->max);
	return 0;
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

static int check_name(struct checking *k, struct str s, const char *path, bool stream)
{
	if (s.n > LOG_GROUP_NAME_MAX)
		return logs_refuse(k->l, LOGS_INVALID_PARAMETER, "Invalid LogGroup or LogStream, both must have length less than or equal to %d.",
				   LOG_GROUP_NAME_MAX);
	if (s.n == 0)
		broken(k, s, path, "Member must have length greater than or equal to 1");
	if (stream ? memchr(s.p, ':', s.n) || memchr(s.p, '*', s.n) : !is_group_name(s))
		broken(k, s, path, "Member must satisfy regular expression pattern: %s", stream ? STREAM_PATTERN : GROUP_PATTERN);
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

static int check_group_id(struct checking *k, struct str id, const char *path)
{
	struct str name = id;

	if (str_starts(id, STR("arn:")) && !logs_param_group_of_arn(k->l, id, &name))
		return logs_refuse(k->l, LOGS_NO_GROUP, NULL);
	if (str_is_set(k->l->group))
		return logs_refuse(k->l, LOGS_VALIDATION, "LogGroup name and LogGroup ARN are mutually exclusive parameters.");
	k->l->group = name;
	return check_name(k, name, path, false);
}

static int check_enum(struct checking *k, const struct param_rule *p, const struct json_value *v, const char *path)
{
	if (!listed(p->values, v->text)) {
		broken(k, v->text, path, "Member must satisfy enum value set: [%s]", p->values);
		return 0;
	}
	if (p->built && !listed(p->built, v->text))
		return logs_refuse(k->l, LOGS_NOT_BUILT, "%s %.*s is not implemented", p->name, STR_ARG(v->text));
	return 0;
}

static int check_value(struct checking *k, const struct param_rule *p, const struct json_value *v, const char *path)
{
	int rc = p->kind >= PARAM_IGNORED ? 0 : check_type(k, p, v);

	if (rc < 0)
		return rc;
	switch (p->kind) {
	case PARAM_GROUP:
		k->l->group = v->text;
		return check_name(k, v->text, path, false);
	case PARAM_GROUP_ID:
		return check_group_id(k, v->text, path);
	case PARAM_STREAM:
		return check_name(k, v->text, path, true);
	case PARAM_ENUM:
		return check_enum(k, p, v, path);
	case PARAM_INT:
		return check_int(k, p, v, path);
	case PARAM_TEXT:
		check_length(k, p, v->text, (int64_t)v->text.n, path);
		return 0;
	case PARAM_MAP:
	case PARAM_LIST:
		check_length(k, p, STR("[...]"), v->count, path);
		return 0;
	case PARAM_BOOL:
	case PARAM_IGNORED:
		return 0;
	case PARAM_ABSENT:
	default:
		if (v->kind == JSON_BOOL && !v->yes)
			return 0;
		return logs_refuse(k->l, LOGS_NOT_BUILT, "Parameter %s is not implemented", p->name);
	}
}

static bool known(const struct param_rule *rules, struct str name)
{
	for (; rules->name; rules++)
		if (str_eq(str_of(rules->name), name))
			return true;
	return false;
}

static int check_all(struct checking *k, const struct json_value *object, const char *path, const struct param_rule *rules)
{
	char full[PATH_TEXT_MAX];
	int rc;

	for (const struct param_rule *p = rules; p->name; p++) {
		const struct json_value *v = logs_param_get(object, p->name);

		snprintf(full, sizeof full, "%s%s%s", path, *path ? "." : "", p->name);
		if (!v && p->required)
			broken(k, (struct str){0}, full, "Member must not be null");
		if (v && (rc = check_value(k, p, v, full)) < 0)
			return rc;
	}
	for (const struct json_value *m = object->first; m; m = m->next)
		if (m->kind != JSON_NULL && !known(rules, m->name))
			return logs_refuse(k->l, LOGS_NOT_BUILT, "Parameter %.*s is not implemented", STR_ARG(m->name));
	return 0;
}

int logs_param_check_in(struct logs *l, const struct json_value *object, const char *path, const struct param_rule *rules)
{
	struct checking k = { .l = l };
	int rc = check_all(&k, object, path, rules);

	return end(&k, rc);
}

int logs_param_check(struct logs *l, const struct param_rule *rules)
{
	return logs_param_check_in(l, l->body, "", rules);
}
