#include "web/dynamodb/token.h"

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return is_letter(c) || is_digit(c) || c == '_';
}

static size_t run(struct str s, size_t from, bool (*is)(char c))
{
	while (from < s.n && is(s.p[from]))
		from++;
	return from;
}

static enum token_kind keyword(struct str word)
{
	static const struct { struct str word; enum token_kind kind; } keywords[] = {
		{ { "OR", 2 }, TOKEN_OR }, { { "AND", 3 }, TOKEN_AND }, { { "NOT", 3 }, TOKEN_NOT },
		{ { "BETWEEN", 7 }, TOKEN_BETWEEN }, { { "IN", 2 }, TOKEN_IN },
	};

	for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++)
		if (str_ieq(word, keywords[i].word))
			return keywords[i].kind;
	return TOKEN_NAME;
}

static struct token symbol(struct str s)
{
	static const struct { struct str text; enum token_kind kind; } symbols[] = {
		{ { "<>", 2 }, TOKEN_NE }, { { "<=", 2 }, TOKEN_LE }, { { ">=", 2 }, TOKEN_GE },	/* the longer ones first */
		{ { "<", 1 }, TOKEN_LT }, { { ">", 1 }, TOKEN_GT }, { { "=", 1 }, TOKEN_EQ },
		{ { "(", 1 }, TOKEN_OPEN }, { { ")", 1 }, TOKEN_CLOSE }, { { ",", 1 }, TOKEN_COMMA }, { { ".", 1 }, TOKEN_DOT },
		{ { "[", 1 }, TOKEN_BRACKET }, { { "]", 1 }, TOKEN_UNBRACKET },
	};

	for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++)
		if (str_starts(s, symbols[i].text))
			return (struct token){ symbols[i].kind, str_n(s.p, symbols[i].text.n) };
	return (struct token){ TOKEN_BAD, str_n(s.p, 1) };
}

struct token token_at(struct str e, size_t at)
{
	struct str s;
	size_t n;

	while (at < e.n && (e.p[at] == ' ' || e.p[at] == '\t' || e.p[at] == '\n' || e.p[at] == '\r'))
		at++;
	s = str_n(e.p + at, e.n - at);
	if (s.n == 0)
		return (struct token){ TOKEN_END, s };
	if (is_letter(*s.p)) {
		s = str_n(s.p, run(s, 0, is_word));
		return (struct token){ keyword(s), s };
	}
	if (is_digit(*s.p))
		return (struct token){ TOKEN_NUMBER, str_n(s.p, run(s, 0, is_digit)) };
	if ((*s.p == '#' || *s.p == ':') && (n = run(s, 1, is_word)) > 1)
		return (struct token){ *s.p == '#' ? TOKEN_NAME_PLACEHOLDER : TOKEN_VALUE_PLACEHOLDER, str_n(s.p, n) };
	return symbol(s);
}
