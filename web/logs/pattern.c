#include "web/logs/pattern.h"

#include "web/logs/pattern_parts.h"

enum term_kind { TERM_ALL, TERM_ANY, TERM_NONE };

struct term {
	enum term_kind kind;
	struct str text;
	struct term *next;
};

struct pattern {
	const struct condition *condition;	/* of JSON; or */
	const struct columns *columns;	/* or, when both are NULL: */
	struct term *terms;
	bool only_any;			/* they are all TERM_ANY */
};

/* Letters of other alphabets are bytes of UTF-8 over 127. */
static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (unsigned char)c >= 0x80;
}

static void skip(struct str *s, size_t n)
{
	s->p += n;
	s->n -= n;
}

static struct str trim(struct str s)
{
	while (s.n > 0 && pattern_is_blank(s.p[0]))
		skip(&s, 1);
	while (s.n > 0 && pattern_is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* In quotes, where a backslash takes the next byte as it is. */
static bool read_phrase(struct arena *a, struct str *s, struct str *text)
{
	char *to = arena_take(a, s->n);
	size_t n = 0;

	skip(s, 1);
	while (s->n > 0 && s->p[0] != '"') {
		if (s->p[0] == '\\' && s->n > 1)
			skip(s, 1);
		to[n++] = s->p[0];
		skip(s, 1);
	}
	if (s->n == 0)
		return false;
	skip(s, 1);
	*text = str_n(to, n);
	return true;
}

static const char *read_word(struct arena *a, struct str *s, struct str *text)
{
	size_t n = 0;

	while (n < s->n && !pattern_is_blank(s->p[n]))
		n++;
	*text = str_n(s->p, n);
	skip(s, n);
	for (size_t i = 0; i < n; i++)
		if (!is_word(text->p[i]))
			return arena_printf(a, "Invalid character(s) in term '%.*s'", STR_ARG(*text));
	return n == 0 ? "Invalid filter pattern: a term is missing" : NULL;
}

/* The next term; one of blanks says nothing and is left out. Why not, or NULL. */
static const char *read_term(struct arena *a, struct str *s, struct term ***end)
{
	struct term *t = arena_take(a, sizeof *t);
	const char *why;

	t->kind = s->p[0] == '?' ? TERM_ANY : s->p[0] == '-' ? TERM_NONE : TERM_ALL;
	if (t->kind != TERM_ALL)
		skip(s, 1);
	if (s->n > 0 && s->p[0] == '"') {
		if (!read_phrase(a, s, &t->text))
			return "Invalid filter pattern: a quote is not closed";
	} else if ((why = read_word(a, s, &t->text))) {
		return why;
	}
	if (trim(t->text).n > 0) {
		**end = t;
		*end = &t->next;
	}
	return NULL;
}

static const char *read_terms(struct arena *a, struct str s, struct pattern *p)
{
	struct term **end = &p->terms;
	const char *why = NULL;

	for (s = trim(s); s.n > 0 && !why; s = trim(s))
		why = read_term(a, &s, &end);
	p->only_any = p->terms != NULL;
	for (const struct term *t = p->terms; t; t = t->next)
		p->only_any = p->only_any && t->kind == TERM_ANY;
	return why;
}

/* What is between a brace or bracket and the one that closes it. */
static bool within(struct str *s, char close, const char **why)
{
	if (s->p[s->n - 1] != close) {
		*why = "Invalid filter pattern: a brace or bracket is not closed";
		return false;
	}
	*s = str_n(s->p + 1, s->n - 2);
	return true;
}

const struct pattern *pattern_read(struct arena *a, struct str text, const char **why)
{
	struct pattern *p = arena_take(a, sizeof *p);
	struct str s = trim(text);

	*why = NULL;
	if (str_starts(s, STR("%")))
		*why = "Invalid filter pattern: regular expressions are not implemented";
	else if (str_starts(s, STR("{")))
		p->condition = within(&s, '}', why) ? condition_read(a, s, why) : NULL;
	else if (str_starts(s, STR("[")))
		p->columns = within(&s, ']', why) ? columns_read(a, s, why) : NULL;
	else
		*why = read_terms(a, s, p);
	return *why ? NULL : p;
}

/* The term is in the line, and not as a part of a longer word. In the middle of a word nothing begins: it is passed as one. */
static bool has(struct str line, struct str term)
{
	const char *end = line.p + line.n, *at = line.p;

	while (term.n <= (size_t)(end - at) && (at = memmem(at, (size_t)(end - at), term.p, term.n))) {
		bool begins = at == line.p || !is_word(at[0]) || !is_word(at[-1]);
		bool ends = at + term.n == end || !is_word(at[term.n - 1]) || !is_word(at[term.n]);

		if (begins && ends)
			return true;
		for (at++; at < end && is_word(term.p[0]) && is_word(at[-1]) && is_word(at[0]); at++)
			;
	}
	return false;
}

/* Of terms of several kinds those with a question mark do not count. */
bool pattern_matches(const struct pattern *p, struct str line)
{
	if (p->condition)
		return condition_holds(p->condition, line);
	if (p->columns)
		return columns_hold(p->columns, line);
	for (const struct term *t = p->terms; t; t = t->next) {
		bool there = (t->kind != TERM_ANY || p->only_any) && has(line, t->text);

		if (t->kind == TERM_ANY ? there : t->kind == TERM_NONE ? there : !there)
			return t->kind == TERM_ANY;
	}
	return !p->only_any;
}
