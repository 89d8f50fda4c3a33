/* Patterns in braces: conditions on what a JSON document holds. */
#include "base/json.h"
#include "web/logs/pattern_parts.h"

#define ENDS "()&|\""			/* of a value */

enum condition_kind { CONDITION_AND, CONDITION_OR, CONDITION_COMPARE, CONDITION_IS_NULL, CONDITION_IS_TRUE, CONDITION_IS_FALSE,
	CONDITION_NOT_EXISTS };

struct step {				/* of a selector */
	const char *name;		/* of a member; NULL: an element */
	int64_t index;			/* -1: any */
	struct step *next;
};

struct condition {
	enum condition_kind kind;
	const struct condition *left, *right;	/* AND, OR */
	const struct step *path;
	struct comparison compared;
};

/* Reading. */

static struct step *read_step(struct pattern_text *t)
{
	struct step *s = arena_take(t->a, sizeof *s);
	struct str text;

	if (pattern_take(t, "[\"")) {
		s->name = arena_dup(t->a, pattern_take_quoted(t));
		return pattern_take(t, "]") ? s : pattern_wrong(t, "Invalid filter pattern: a bracket is not closed");
	}
	if (pattern_take(t, "[")) {
		text = pattern_take_until(t, "]");
		s->index = -1;
		if (!str_eq(text, STR("*")) && str_to_int(text, 0, INT32_MAX, &s->index) < 0)
			return pattern_wrong(t, "Invalid filter pattern: an index is a number or an asterisk");
		return pattern_take(t, "]") ? s : pattern_wrong(t, "Invalid filter pattern: a bracket is not closed");
	}
	if (!pattern_take(t, "."))
		return NULL;
	text = pattern_take_until(t, ".[]=!<>()&|\"");
	if (text.n == 0 || memchr(text.p, '*', text.n))
		return pattern_wrong(t, "Invalid filter pattern: a selector names a member after each point");
	s->name = arena_dup(t->a, text);
	return s;
}

/* $.a.b[0], no blanks within. */
static struct step *read_path(struct pattern_text *t)
{
	struct step *first = NULL, **end = &first, *s;

	if (!pattern_take(t, "$"))
		return pattern_wrong(t, "Invalid filter pattern: a selector begins with $");
	while (t->s.n > 0 && !pattern_is_blank(t->s.p[0]) && (s = read_step(t))) {
		*end = s;
		end = &s->next;
	}
	return first || t->why ? first : pattern_wrong(t, "Invalid filter pattern: a selector names something");
}

static struct condition *read_comparison(struct pattern_text *t)
{
	static const struct { const char *text; enum condition_kind kind; } words[] = {
		{ "IS NULL", CONDITION_IS_NULL }, { "IS TRUE", CONDITION_IS_TRUE }, { "IS FALSE", CONDITION_IS_FALSE },
		{ "NOT EXISTS", CONDITION_NOT_EXISTS },
	};
	struct condition *c = arena_take(t->a, sizeof *c);

	c->kind = CONDITION_COMPARE;
	if (!(c->path = read_path(t)))
		return NULL;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (pattern_take(t, words[i].text)) {
			c->kind = words[i].kind;
			return c;
		}
	return comparison_read(t, ENDS, &c->compared) ? c :
		pattern_wrong(t, "Invalid filter pattern: a selector is compared by = != < <= > >= IS or NOT EXISTS");
}

static struct condition *read_any(struct pattern_text *t);

static struct condition *read_one(struct pattern_text *t)
{
	struct condition *c;

	if (!pattern_take(t, "("))
		return read_comparison(t);
	if (++t->depth > PATTERN_DEPTH_MAX)
		return pattern_wrong(t, "Invalid filter pattern: too many parentheses");
	c = read_any(t);
	t->depth--;
	return c && pattern_take(t, ")") ? c : pattern_wrong(t, "Invalid filter pattern: a parenthesis is not closed");
}

static struct condition *join(struct pattern_text *t, enum condition_kind kind, struct condition *left, struct condition *right)
{
	struct condition *c = arena_take(t->a, sizeof *c);

	c->kind = kind;
	c->left = left;
	c->right = right;
	return left && right ? c : NULL;
}

/* && binds tighter than ||. */
static struct condition *read_all(struct pattern_text *t)
{
	struct condition *c = read_one(t);

	while (c && pattern_take(t, "&&"))
		c = join(t, CONDITION_AND, c, read_one(t));
	return c;
}

static struct condition *read_any(struct pattern_text *t)
{
	struct condition *c = read_all(t);

	while (c && pattern_take(t, "||"))
		c = join(t, CONDITION_OR, c, read_all(t));
	return c;
}

const struct condition *condition_read(struct arena *a, struct str text, const char **why)
{
	struct pattern_text t = { .a = a, .s = text };
	const struct condition *c = read_any(&t);

	pattern_blanks(&t);
	if (c && t.s.n > 0)
		pattern_wrong(&t, "Invalid filter pattern: something follows the condition");
	*why = t.why;
	return t.why ? NULL : c;
}

/* Matching. */

static bool compares(const struct condition *c, const struct json_value *v)
{
	switch (v->kind) {
	case JSON_STRING:
		return comparison_holds(&c->compared, v->text, false);
	case JSON_NUMBER:
		return comparison_holds(&c->compared, v->text, true);
	case JSON_BOOL:
		return comparison_holds(&c->compared, v->yes ? STR("true") : STR("false"), false);
	case JSON_NULL:
	case JSON_ARRAY:
	case JSON_OBJECT:
	default:
		return false;
	}
}

static bool holds_at(const struct condition *c, const struct json_value *v)
{
	switch (c->kind) {
	case CONDITION_IS_NULL:
		return v->kind == JSON_NULL;
	case CONDITION_IS_TRUE:
		return v->kind == JSON_BOOL && v->yes;
	case CONDITION_IS_FALSE:
		return v->kind == JSON_BOOL && !v->yes;
	case CONDITION_NOT_EXISTS:
		return true;		/* it does: turned round by its caller */
	case CONDITION_AND:
	case CONDITION_OR:
	case CONDITION_COMPARE:
	default:
		return compares(c, v);
	}
}

/* What the selector means from here on holds for one of it, at least. As deep as the pattern is long. */
static bool holds_for(const struct condition *c, const struct json_value *v, const struct step *s)
{
	int64_t i = 0;

	if (!s)
		return holds_at(c, v);
	if (s->name) {
		v = v->kind == JSON_OBJECT ? json_get(v, s->name) : NULL;
		return v && holds_for(c, v, s->next);
	}
	if (v->kind != JSON_ARRAY)
		return false;
	for (const struct json_value *e = v->first; e; e = e->next, i++)
		if ((s->index < 0 || s->index == i) && holds_for(c, e, s->next))
			return true;
	return false;
}

static bool holds(const struct condition *c, const struct json_value *root)
{
	if (c->kind == CONDITION_AND)
		return holds(c->left, root) && holds(c->right, root);
	if (c->kind == CONDITION_OR)
		return holds(c->left, root) || holds(c->right, root);
	return holds_for(c, root, c->path) != (c->kind == CONDITION_NOT_EXISTS);
}

bool condition_holds(const struct condition *c, struct str line)
{
	struct arena a = {0};
	struct json_value *root;
	bool yes;

	yes = json_parse(&a, line, &root) == 0 && root->kind == JSON_OBJECT && holds(c, root);
	arena_clear(&a);
	return yes;
}
