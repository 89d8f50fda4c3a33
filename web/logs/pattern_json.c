#include "web/logs/pattern_json.h"

#include <stdlib.h>

#include "base/json.h"

#define NUMBER_MAX 64

enum condition_kind { CONDITION_AND, CONDITION_OR, CONDITION_COMPARE, CONDITION_IS_NULL, CONDITION_IS_TRUE, CONDITION_IS_FALSE,
	CONDITION_NOT_EXISTS };
enum comparison { EQUAL, UNEQUAL, LESS_OR_EQUAL, GREATER_OR_EQUAL, LESS, GREATER };

struct step {				/* of a selector */
	const char *name;		/* of a member; NULL: an element */
	int64_t index;			/* -1: any */
	struct step *next;
};

struct condition {
	enum condition_kind kind;
	const struct condition *left, *right;	/* AND, OR */
	const struct step *path;
	enum comparison how;
	struct str value;
	bool is_number;
	double number;
};

/* Reading. */

struct reading {
	struct arena *a;
	struct str s;			/* what is left */
	int depth;
	const char *why;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void *wrong(struct reading *r, const char *why)
{
	if (!r->why)
		r->why = why;
	return NULL;
}

static void blanks(struct reading *r)
{
	while (r->s.n > 0 && is_blank(r->s.p[0])) {
		r->s.p++;
		r->s.n--;
	}
}

/* Takes that text, if it comes next. */
static bool take(struct reading *r, const char *text)
{
	struct str t = str_of(text);

	blanks(r);
	if (!str_starts(r->s, t))
		return false;
	r->s = str_n(r->s.p + t.n, r->s.n - t.n);
	return true;
}

/* Bytes up to one of `ends`, or a blank. */
static struct str take_until(struct reading *r, const char *ends)
{
	size_t n = 0;
	struct str got;

	while (n < r->s.n && !is_blank(r->s.p[n]) && !strchr(ends, r->s.p[n]))
		n++;
	got = str_n(r->s.p, n);
	r->s = str_n(r->s.p + n, r->s.n - n);
	return got;
}

/* After the quote that opens it; a backslash takes the next byte as it is. */
static struct str take_quoted(struct reading *r)
{
	char *to = arena_take(r->a, r->s.n + 1);
	size_t n = 0, i = 0;

	for (; i < r->s.n && r->s.p[i] != '"'; i++) {
		if (r->s.p[i] == '\\' && i + 1 < r->s.n)
			i++;
		to[n++] = r->s.p[i];
	}
	if (i >= r->s.n) {
		wrong(r, "Invalid filter pattern: a quote is not closed");
		return (struct str){0};
	}
	r->s = str_n(r->s.p + i + 1, r->s.n - i - 1);
	return str_n(to, n);
}

static struct step *read_step(struct reading *r)
{
	struct step *s = arena_take(r->a, sizeof *s);
	struct str text;

	if (take(r, "[\"")) {
		s->name = arena_dup(r->a, take_quoted(r));
		return take(r, "]") ? s : wrong(r, "Invalid filter pattern: a bracket is not closed");
	}
	if (take(r, "[")) {
		text = take_until(r, "]");
		s->index = -1;
		if (!str_eq(text, STR("*")) && str_to_int(text, 0, INT32_MAX, &s->index) < 0)
			return wrong(r, "Invalid filter pattern: an index is a number or an asterisk");
		return take(r, "]") ? s : wrong(r, "Invalid filter pattern: a bracket is not closed");
	}
	if (!take(r, "."))
		return NULL;
	text = take_until(r, ".[]=!<>()&|\"");
	if (text.n == 0 || memchr(text.p, '*', text.n))
		return wrong(r, "Invalid filter pattern: a selector names a member after each point");
	s->name = arena_dup(r->a, text);
	return s;
}

/* $.a.b[0], no blanks within. */
static struct step *read_path(struct reading *r)
{
	struct step *first = NULL, **end = &first, *s;

	if (!take(r, "$"))
		return wrong(r, "Invalid filter pattern: a selector begins with $");
	while (r->s.n > 0 && !is_blank(r->s.p[0]) && (s = read_step(r))) {
		*end = s;
		end = &s->next;
	}
	return first || r->why ? first : wrong(r, "Invalid filter pattern: a selector names something");
}

static bool to_number(struct str s, double *number)
{
	char text[NUMBER_MAX], *end;

	if (s.n == 0 || s.n >= sizeof text)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!s.p[i] || !strchr("0123456789+-.eE", s.p[i]))
			return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	*number = strtod(text, &end);
	return *end == '\0';
}

static struct condition *read_value(struct reading *r, struct condition *c)
{
	blanks(r);
	if (take(r, "%"))
		return wrong(r, "Invalid filter pattern: regular expressions are not implemented");
	if (take(r, "\"")) {
		c->value = take_quoted(r);
	} else {
		c->value = take_until(r, "()&|\"");
		c->is_number = to_number(c->value, &c->number);
		if (c->value.n == 0)
			return wrong(r, "Invalid filter pattern: a value is missing");
	}
	if (c->how >= LESS_OR_EQUAL && !c->is_number)
		return wrong(r, "Invalid filter pattern: only numbers are less or greater");
	return r->why ? NULL : c;
}

static struct condition *read_comparison(struct reading *r)
{
	static const struct { const char *text; enum condition_kind kind; } words[] = {
		{ "IS NULL", CONDITION_IS_NULL }, { "IS TRUE", CONDITION_IS_TRUE }, { "IS FALSE", CONDITION_IS_FALSE },
		{ "NOT EXISTS", CONDITION_NOT_EXISTS },
	};
	static const struct { const char *text; enum comparison how; } operators[] = {
		{ "!=", UNEQUAL }, { "<=", LESS_OR_EQUAL }, { ">=", GREATER_OR_EQUAL }, { "=", EQUAL }, { "<", LESS }, { ">", GREATER },
	};
	struct condition *c = arena_take(r->a, sizeof *c);

	c->kind = CONDITION_COMPARE;
	if (!(c->path = read_path(r)))
		return NULL;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (take(r, words[i].text)) {
			c->kind = words[i].kind;
			return c;
		}
	for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
		if (take(r, operators[i].text)) {
			c->how = operators[i].how;
			return read_value(r, c);
		}
	return wrong(r, "Invalid filter pattern: a selector is compared by = != < <= > >= IS or NOT EXISTS");
}

static struct condition *read_any(struct reading *r);

static struct condition *read_one(struct reading *r)
{
	struct condition *c;

	if (!take(r, "("))
		return read_comparison(r);
	if (++r->depth > PATTERN_DEPTH_MAX)
		return wrong(r, "Invalid filter pattern: too many parentheses");
	c = read_any(r);
	r->depth--;
	return c && take(r, ")") ? c : wrong(r, "Invalid filter pattern: a parenthesis is not closed");
}

static struct condition *join(struct reading *r, enum condition_kind kind, struct condition *left, struct condition *right)
{
	struct condition *c = arena_take(r->a, sizeof *c);

	c->kind = kind;
	c->left = left;
	c->right = right;
	return left && right ? c : NULL;
}

/* && binds tighter than ||. */
static struct condition *read_all(struct reading *r)
{
	struct condition *c = read_one(r);

	while (c && take(r, "&&"))
		c = join(r, CONDITION_AND, c, read_one(r));
	return c;
}

static struct condition *read_any(struct reading *r)
{
	struct condition *c = read_all(r);

	while (c && take(r, "||"))
		c = join(r, CONDITION_OR, c, read_all(r));
	return c;
}

const struct condition *condition_read(struct arena *a, struct str text, const char **why)
{
	struct reading r = { .a = a, .s = text };
	const struct condition *c = read_any(&r);

	blanks(&r);
	if (c && r.s.n > 0)
		wrong(&r, "Invalid filter pattern: something follows the condition");
	*why = r.why;
	return r.why ? NULL : c;
}

/* Matching. */

/* `*` in the pattern is any bytes; goes back to the last one when what follows does not fit. */
static bool fits(struct str text, struct str pattern)
{
	size_t t = 0, p = 0, star = SIZE_MAX, mark = 0;

	while (t < text.n) {
		if (p < pattern.n && pattern.p[p] == '*') {
			star = p++;
			mark = t;
		} else if (p < pattern.n && pattern.p[p] == text.p[t]) {
			p++;
			t++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			t = ++mark;
		} else {
			return false;
		}
	}
	while (p < pattern.n && pattern.p[p] == '*')
		p++;
	return p == pattern.n;
}

static bool compares(const struct condition *c, const struct json_value *v)
{
	struct str text = v->kind == JSON_BOOL ? (v->yes ? STR("true") : STR("false")) : v->text;
	double n;

	if (v->kind == JSON_NULL || v->kind == JSON_ARRAY || v->kind == JSON_OBJECT)
		return false;
	if (c->is_number && v->kind == JSON_NUMBER && to_number(v->text, &n)) {
		bool holds[] = { [EQUAL] = n == c->number, [UNEQUAL] = n != c->number, [LESS_OR_EQUAL] = n <= c->number,
				 [GREATER_OR_EQUAL] = n >= c->number, [LESS] = n < c->number, [GREATER] = n > c->number };

		return holds[c->how];
	}
	if (c->how == EQUAL)
		return fits(text, c->value);
	return c->how == UNEQUAL && !fits(text, c->value);
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

	while (line.n > 0 && is_blank(line.p[0]))
		line = str_n(line.p + 1, line.n - 1);
	yes = line.n > 0 && line.p[0] == '{' && json_parse(&a, line, &root) == 0 && holds(c, root);
	arena_clear(&a);
	return yes;
}
