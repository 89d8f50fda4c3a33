/* Patterns in brackets: conditions on the columns of a line. What stands in quotes or brackets is one column, without them. */
#include "web/logs/pattern_parts.h"

#define ENDS ",]&|\""			/* of a name or value */

struct test {				/* of a column */
	struct comparison compared;
	bool ends_group;		/* what follows is an alternative */
	struct test *next;
};

struct column {
	bool rest;			/* "...": any number of them */
	struct test *tests;
	struct column *next;
};

struct columns {
	struct column *first;
	size_t before, after;		/* the rest; all are before it when there is none */
	bool has_rest;
};

/* Reading. */

/* [name] op value && [name] op value || ...; the name is the column's own and says nothing. */
static bool read_tests(struct pattern_text *t, struct column *c)
{
	struct test **end = &c->tests, *test;
	struct str name = pattern_take_until(t, ENDS "=!<>");

	for (;;) {
		test = arena_take(t->a, sizeof *test);
		if (!comparison_read(t, ENDS, &test->compared))
			return !t->why && !c->tests && name.n > 0;	/* that alone */
		*end = test;
		end = &test->next;
		if (pattern_take(t, "||"))
			test->ends_group = true;
		else if (!pattern_take(t, "&&"))
			return true;
		pattern_blanks(t);
		pattern_take_until(t, ENDS "=!<>");
	}
}

static bool read_column(struct pattern_text *t, struct columns *all, struct column *c)
{
	pattern_blanks(t);
	if (pattern_take(t, "...")) {
		if (all->has_rest)
			return pattern_wrong(t, "Invalid filter pattern: there are two ellipses");
		c->rest = all->has_rest = true;
		return true;
	}
	++*(all->has_rest ? &all->after : &all->before);
	return read_tests(t, c) || pattern_wrong(t, "Invalid filter pattern: a column is a name, or compared by = != < <= > >=");
}

const struct columns *columns_read(struct arena *a, struct str text, const char **why)
{
	struct pattern_text t = { .a = a, .s = text };
	struct columns *all = arena_take(a, sizeof *all);
	struct column **end = &all->first;

	do {
		struct column *c = arena_take(a, sizeof *c);

		if (!read_column(&t, all, c))
			break;
		*end = c;
		end = &c->next;
	} while (pattern_take(&t, ","));
	pattern_blanks(&t);
	if (t.s.n > 0)
		pattern_wrong(&t, "Invalid filter pattern: columns are separated by commas");
	*why = t.why;
	return t.why ? NULL : all;
}

/* Matching. */

/* What is left of a line. What nothing closes from here on nothing closes further on: looked for each time, lines of many that open would be
 * read to their end as often. */
struct rest {
	struct str s;
	bool no_quote, no_bracket;
};

/* What closes the column that begins here; NULL: nothing, it is a word. */
static const char *closing(struct rest *r)
{
	bool quote = r->s.p[0] == '"', *none = quote ? &r->no_quote : &r->no_bracket;
	const char *end;

	if ((!quote && r->s.p[0] != '[') || *none)
		return NULL;
	end = memchr(r->s.p + 1, quote ? '"' : ']', r->s.n - 1);
	*none = end == NULL;
	return end;
}

/* The next column of a line; false at its end. */
static bool next(struct rest *r, struct str *column)
{
	struct str *s = &r->s;
	const char *end;
	size_t n = 0;

	while (s->n > 0 && pattern_is_blank(s->p[0]))
		*s = str_n(s->p + 1, s->n - 1);
	if (s->n == 0)
		return false;
	if ((end = closing(r))) {
		*column = str_n(s->p + 1, (size_t)(end - s->p) - 1);
		*s = str_n(end + 1, s->n - column->n - 2);
		return true;
	}
	while (n < s->n && !pattern_is_blank(s->p[n]))
		n++;
	*column = str_n(s->p, n);
	*s = str_n(s->p + n, s->n - n);
	return true;
}

/* && binds tighter than ||. */
static bool passes(const struct column *c, struct str text)
{
	bool all = true;

	for (const struct test *t = c->tests; t; t = t->next) {
		all = all && comparison_holds(&t->compared, text, true);
		if (all && t->ends_group)
			return true;
		all = all || t->ends_group;
	}
	return all;
}

static size_t count(struct str line)
{
	struct rest r = { .s = line };
	struct str column;
	size_t n = 0;

	while (next(&r, &column))
		n++;
	return n;
}

bool columns_hold(const struct columns *all, struct str line)
{
	size_t n = count(line), left_out = n - all->before - all->after;
	struct rest r = { .s = line };
	struct str column;

	if (n < all->before + all->after || (!all->has_rest && left_out > 0))
		return false;
	for (const struct column *c = all->first; c; c = c->next) {
		for (; c->rest && left_out > 0; left_out--)
			next(&r, &column);
		if (!c->rest && (!next(&r, &column) || !passes(c, column)))
			return false;
	}
	return true;
}
