#include "functions/reason.h"

#include "base/check.h"

static const struct {
	const char *code, *text;
	int what;
} table[] = {
	[REASON_NONE] = { "", "", 0 },
#define X(name, code, what, text) [name] = { code, text, what },
	REASON_TABLE(X)
#undef X
};

const char *reason_code(enum reason r)
{
	CHECK(r < REASONS);
	return table[r].code;
}

const char *reason_text(enum reason r)
{
	CHECK(r < REASONS);
	return table[r].text;
}

bool reason_is(enum reason r, int what)
{
	CHECK(r < REASONS);
	return (table[r].what & what) != 0;
}

enum reason reason_find(struct str code)
{
	for (int r = REASON_NONE + 1; r < REASONS; r++)
		if (str_eq(code, str_of(table[r].code)))
			return (enum reason)r;
	return REASON_NONE;
}
