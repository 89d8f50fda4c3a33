#include "web/iam/iam.h"

#include "base/codec.h"
#include "base/err.h"

#define SHOWN_MAX 512	/* bytes of a value in a message */
#define TAG_KEY_MAX 128
#define TAG_VALUE_MAX 256

enum param_kind { KIND_NAME, KIND_TEXT, KIND_PATH, KIND_PREFIX, KIND_NUMBER, KIND_BOOL, KIND_SCOPE, KIND_USAGE, KIND_TAGS };

static const struct param_row {
	const char *form, *message;
	enum param_kind kind;
	int64_t min, max;
} rows[] = {
#define X(name, form, message, kind, min, max) [PARAM_##name] = { form, message, KIND_##kind, min, max },
	IAM_PARAMS(X)
#undef X
};

int form_read(struct iam *i, struct str text, struct iam_form *form)
{
	struct str part, name;

	while (str_next(&text, '&', &part)) {
		struct named *f = &form->field[form->count];

		if (part.n == 0)
			continue;
		if (form->count == IAM_FIELDS_MAX)
			return iam_refuse(i, IAM_BAD_QUERY, "The form has more than %d fields", IAM_FIELDS_MAX);
		(void)str_next(&part, '=', &name);
		if (uri_decode(&i->arena, name, true, &f->name) < 0 || uri_decode(&i->arena, part, true, &f->value) < 0)
			return iam_refuse(i, IAM_BAD_QUERY, NULL);
		f->name = arena_str(&i->arena, f->name);
		f->value = f->value.n ? arena_str(&i->arena, f->value) : STR("");
		if (str_eq(f->name, STR("Action")))
			i->action = f->value;
		else if (str_eq(f->name, STR("Version")))
			i->version = f->value;
		else
			form->count++;
	}
	return 0;
}

/* A document is long: no more of a value is shown than this. */
static struct str shown(struct str value)
{
	return value.n > SHOWN_MAX ? str_n(value.p, SHOWN_MAX) : value;
}

static void check_length(struct iam *i, struct str value, const char *at, int64_t min, int64_t max)
{
	constraints_length(&i->constraints, at, shown(value), constraints_characters(value), min, max);
}

static bool is_of(struct str s, const char *others)
{
	for (size_t k = 0; k < s.n; k++) {
		char c = s.p[k];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) && (!c || !strchr(others, c)))
			return false;
	}
	return true;
}

static int check_name(struct iam *i, const struct param_row *p, struct str value)
{
	check_length(i, value, p->message, p->min, p->max);
	if (is_of(value, "_+=,.@-"))
		return 0;
	return iam_refuse(i, IAM_VALIDATION, "The specified value for %s is invalid. It must contain only alphanumeric characters and/or the "
			  "following: +=,.@_-", p->message);
}

static int check_path(struct iam *i, const struct param_row *p, struct str value)
{
	bool ends = p->kind == KIND_PREFIX || str_ends(value, STR("/"));

	check_length(i, value, p->message, p->min, p->max);
	for (size_t k = 0; k < value.n; k++)
		ends = ends && value.p[k] > ' ' && value.p[k] < 127;
	if (ends && str_starts(value, STR("/")))
		return 0;
	return iam_refuse(i, IAM_VALIDATION, "The specified value for %s is invalid. It must begin%s with / and contain only alphanumeric "
			  "characters and/or / characters.", p->message, p->kind == KIND_PATH ? " and end" : "");
}

static void check_number(struct iam *i, const struct param_row *p, struct str value)
{
	int64_t n;

	if (str_to_int(value, 0, INT32_MAX, &n) < 0)
		constraints_broken(&i->constraints, p->message, shown(value), "Member must be a number");
	else
		constraints_range(&i->constraints, p->message, value, n, p->min, p->max);
}

static void check_word(struct iam *i, const struct param_row *p, struct str value, const char *words)
{
	constraints_enum(&i->constraints, p->message, shown(value), str_of(words));
}

static int check_value(struct iam *i, const struct param_row *p, struct str value)
{
	switch (p->kind) {
	case KIND_NAME:
		return check_name(i, p, value);
	case KIND_PATH:
	case KIND_PREFIX:
		return check_path(i, p, value);
	case KIND_NUMBER:
		check_number(i, p, value);
		break;
	case KIND_BOOL:
		check_word(i, p, value, "true, false");
		break;
	case KIND_SCOPE:
		check_word(i, p, value, "All, AWS, Local");
		break;
	case KIND_USAGE:
		check_word(i, p, value, "PermissionsPolicy, PermissionsBoundary");
		break;
	case KIND_TEXT:
		check_length(i, value, p->message, p->min, p->max);
		break;
	case KIND_TAGS:
		break;
	}
	return 0;
}

/* "Tags.member.3.Key", "TagKeys.member.3": members are numbered from 1, in any order. */
static int take_member(struct iam *i, enum iam_param p, struct str rest, struct str value)
{
	struct str number;
	int64_t n;

	(void)str_next(&rest, '.', &number);
	if (str_to_int(number, 1, IAM_TAGS_MAX, &n) < 0)
		return iam_refuse(i, IAM_LIMIT, "The number of tags has reached the maximum limit.");
	if (p == PARAM_TAG_KEYS && !str_is_set(rest)) {
		i->tag_keys[n - 1] = value;
		i->tag_key_count = n > i->tag_key_count ? (int)n : i->tag_key_count;
		return 0;
	}
	if (p == PARAM_TAG_KEYS || (!str_eq(rest, STR("Key")) && !str_eq(rest, STR("Value"))))
		return iam_refuse(i, IAM_BAD_QUERY, NULL);
	*(str_eq(rest, STR("Key")) ? &i->tags[n - 1].name : &i->tags[n - 1].value) = value;
	i->tag_count = n > i->tag_count ? (int)n : i->tag_count;
	return 0;
}

static int take_field(struct iam *i, const struct named *f)
{
	uint32_t known = i->op->needs | i->op->takes;

	for (int p = 0; p < PARAMS_OF_IAM; p++) {
		if (!(known >> p & 1))
			continue;
		if (rows[p].kind == KIND_TAGS && str_starts(f->name, str_of(rows[p].form))) {
			size_t n = strlen(rows[p].form);

			i->param[p] = STR("");		/* some are there */
			return take_member(i, p, str_n(f->name.p + n, f->name.n - n), f->value);
		}
		if (str_eq(f->name, str_of(rows[p].form))) {
			i->param[p] = f->value;
			return 0;
		}
	}
	if (str_starts(f->name, STR("X-Amz-")) || str_eq(f->name, STR("Tags")) || str_eq(f->name, STR("TagKeys")))
		return 0;	/* of the signature; an empty list */
	return iam_refuse(i, IAM_NOT_BUILT, "The parameter %.*s of %s is not implemented", STR_ARG(f->name), i->op->name);
}

static int check_tags(struct iam *i)
{
	for (int k = 0; k < i->tag_count; k++) {
		struct named *t = &i->tags[k];
		const char *at = arena_printf(&i->arena, "tags.%d.member.key", k + 1);

		if (!str_is_set(t->name))
			constraints_broken(&i->constraints, at, t->name, "Member must not be null");
		else
			check_length(i, t->name, at, 1, TAG_KEY_MAX);
		check_length(i, t->value, arena_printf(&i->arena, "tags.%d.member.value", k + 1), 0, TAG_VALUE_MAX);
		for (int other = 0; other < k; other++)
			if (str_ieq(i->tags[other].name, t->name))
				return iam_refuse(i, IAM_INVALID_INPUT, "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
	}
	for (int k = 0; k < i->tag_key_count; k++)
		check_length(i, i->tag_keys[k], arena_printf(&i->arena, "tagKeys.%d.member", k + 1), 1, TAG_KEY_MAX);
	return 0;
}

int form_check(struct iam *i, const struct iam_form *form)
{
	const char *sentence;
	int rc;

	for (int k = 0; k < form->count; k++)
		if ((rc = take_field(i, &form->field[k])) < 0)
			return rc;
	for (int p = 0; p < PARAMS_OF_IAM; p++) {
		if (str_is_set(i->param[p]) && (rc = check_value(i, &rows[p], i->param[p])) < 0)
			return rc;
		if (!str_is_set(i->param[p]) && i->op->needs >> p & 1)
			constraints_broken(&i->constraints, rows[p].message, i->param[p], "Member must not be null");
	}
	if ((rc = check_tags(i)) < 0)
		return rc;
	sentence = constraints_sentence(&i->constraints, &i->arena);
	return sentence ? iam_refuse(i, IAM_VALIDATION, "%s", sentence) : 0;
}

bool param_true(const struct iam *i, enum iam_param p)
{
	return str_eq(i->param[p], STR("true"));
}
