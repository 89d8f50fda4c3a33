/* Reading patterns, and comparing texts with the values in them. */
#include "web/logs/pattern_parts.h"

#include <stdlib.h>

#define NUMBER_MAX 64

void *pattern_wrong(struct pattern_text *t, const char *why)
{
	if (!t->why)
		t->why = why;
	return NULL;
}

void pattern_blanks(struct pattern_text *t)
{
	while (t->s.n > 0 && pattern_is_blank(t->s.p[0]))
		t->s = str_n(t->s.p + 1, t->s.n - 1);
}

bool pattern_take(struct pattern_text *t, const char *text)
{
	struct str s = str_of(text);

	pattern_blanks(t);
	if (!str_starts(t->s, s))
		return false;
	t->s = str_n(t->s.p + s.n, t->s.n - s.n);
	return true;
}

struct str pattern_take_until(struct pattern_text *t, const char *ends)
{
	struct str got;
	size_t n = 0;

	while (n < t->s.n && !pattern_is_blank(t->s.p[n]) && !strchr(ends, t->s.p[n]))
		n++;
	got = str_n(t->s.p, n);
	t->s = str_n(t->s.p + n, t->s.n - n);
	return got;
}

/* A backslash takes the next byte as it is. */
struct str pattern_take_quoted(struct pattern_text *t)
{
	char *to = arena_take(t->a, t->s.n + 1);
	size_t n = 0, i = 0;

	for (; i < t->s.n && t->s.p[i] != '"'; i++) {
		if (t->s.p[i] == '\\' && i + 1 < t->s.n)
			i++;
		to[n++] = t->s.p[i];
	}
	if (i >= t->s.n) {
		pattern_wrong(t, "Invalid filter pattern: a quote is not closed");
		return (struct str){0};
	}
	t->s = str_n(t->s.p + i + 1, t->s.n - i - 1);
	return str_n(to, n);
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

static bool read_value(struct pattern_text *t, const char *ends, struct comparison *c)
{
	if (pattern_take(t, "%"))
		return pattern_wrong(t, "Invalid filter pattern: regular expressions are not implemented");
	if (pattern_take(t, "\"")) {
		c->value = pattern_take_quoted(t);
	} else {
		c->value = pattern_take_until(t, ends);
		c->is_number = to_number(c->value, &c->number);
		if (c->value.n == 0)
			return pattern_wrong(t, "Invalid filter pattern: a value is missing");
	}
	if (c->how >= LESS_OR_EQUAL && !c->is_number)
		return pattern_wrong(t, "Invalid filter pattern: only numbers are less or greater");
	return !t->why;
}

bool comparison_read(struct pattern_text *t, const char *ends, struct comparison *c)
{
	static const struct { const char *text; enum comparison_how how; } operators[] = {
		{ "!=", UNEQUAL }, { "<=", LESS_OR_EQUAL }, { ">=", GREATER_OR_EQUAL }, { "=", EQUAL }, { "<", LESS }, { ">", GREATER },
	};

	for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
		if (pattern_take(t, operators[i].text)) {
			c->how = operators[i].how;
			return read_value(t, ends, c);
		}
	return false;
}

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

bool comparison_holds(const struct comparison *c, struct str text, bool numeric)
{
	double n;

	if (c->is_number && numeric && to_number(text, &n)) {
		bool holds[] = { [EQUAL] = n == c->number, [UNEQUAL] = n != c->number, [LESS_OR_EQUAL] = n <= c->number,
				 [GREATER_OR_EQUAL] = n >= c->number, [LESS] = n < c->number, [GREATER] = n > c->number };

		return holds[c->how];
	}
	if (c->how == EQUAL)
		return fits(text, c->value);
	return c->how == UNEQUAL && !fits(text, c->value);
}
