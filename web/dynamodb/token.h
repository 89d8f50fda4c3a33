/* token.h - the words of an expression. */
#ifndef DYNAMODB_TOKEN_H
#define DYNAMODB_TOKEN_H

#include "base/str.h"

enum token_kind {
	TOKEN_END, TOKEN_NAME, TOKEN_NAME_PLACEHOLDER, TOKEN_VALUE_PLACEHOLDER, TOKEN_NUMBER,
	TOKEN_EQ, TOKEN_NE, TOKEN_LT, TOKEN_LE, TOKEN_GT, TOKEN_GE,
	TOKEN_OPEN, TOKEN_CLOSE, TOKEN_COMMA, TOKEN_DOT, TOKEN_BRACKET, TOKEN_UNBRACKET,
	TOKEN_OR, TOKEN_AND, TOKEN_NOT, TOKEN_BETWEEN, TOKEN_IN,
	TOKEN_BAD		/* a character that belongs nowhere */
};

struct token {
	enum token_kind kind;
	struct str text;	/* in the expression; empty at the end */
};

/* The token at or after `at`; the next one is looked for behind its text. */
struct token token_at(struct str expression, size_t at);

#endif
