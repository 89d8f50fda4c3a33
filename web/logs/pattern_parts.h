/* pattern_parts.h - what patterns in braces and in brackets share: how they are read, and comparisons with a value. */
#ifndef WEB_LOGS_PATTERN_PARTS_H
#define WEB_LOGS_PATTERN_PARTS_H

#include "web/logs/pattern.h"

struct pattern_text {			/* being read */
	struct arena *a;
	struct str s;			/* what is left */
	int depth;
	const char *why;		/* the first thing that was wrong, or NULL */
};

static inline bool pattern_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void *pattern_wrong(struct pattern_text *t, const char *why);	/* NULL */
void pattern_blanks(struct pattern_text *t);		/* skips them */
bool pattern_take(struct pattern_text *t, const char *text);	/* takes it if it comes next, after blanks */
struct str pattern_take_until(struct pattern_text *t, const char *ends);	/* bytes up to one of these, or a blank */
struct str pattern_take_quoted(struct pattern_text *t);	/* after the quote that opens it */

enum comparison_how { EQUAL, UNEQUAL, LESS_OR_EQUAL, GREATER_OR_EQUAL, LESS, GREATER };

struct comparison {
	enum comparison_how how;
	struct str value;
	bool is_number;
	double number;
};

/* An operator and a value that ends before one of `ends`; false when there is no operator, or something is wrong. */
bool comparison_read(struct pattern_text *t, const char *ends, struct comparison *c);

/* `numeric`: the text may be compared as a number, if it is one. */
bool comparison_holds(const struct comparison *c, struct str text, bool numeric);

/* The patterns by kind. Read from what is between the braces or brackets; NULL and *why as in pattern_read. */
struct condition;
const struct condition *condition_read(struct arena *a, struct str text, const char **why);
bool condition_holds(const struct condition *c, struct str line);	/* false for what is not JSON */

struct columns;
const struct columns *columns_read(struct arena *a, struct str text, const char **why);
bool columns_hold(const struct columns *c, struct str line);

#endif
