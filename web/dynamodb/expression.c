#include "web/dynamodb/expression.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"
#include "web/dynamodb/token.h"

#define MESSAGE_MAX (EXPRESSION_MAX + 256)

struct parser {
	struct dynamodb *d;
	const char *which;
	struct str text;
	struct token before, now;	/* the token looked at and the one before it */
	int depth;
	bool redundant;			/* (( )) somewhere */
};

static struct node *condition(struct parser *p);
static struct node *operand(struct parser *p);

const char *node_text(enum node_kind k)
{
#define X(name, text) text,
	static const char *const texts[] = { NODE_TABLE(X) };
#undef X

	return texts[k];
}

int expression_invalid(struct dynamodb *d, const char *which, const char *fmt, ...)
{
	char text[MESSAGE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return dynamodb_refuse(d, DYNAMODB_VALIDATION, "Invalid %s: %s", which, text);
}

static void move(struct parser *p)
{
	p->before = p->now;
	p->now = token_at(p->text, (size_t)(p->now.text.p - p->text.p) + p->now.text.n);
}

/* Refused; the tree is not looked at any more. Near is from the token before to the one after. */
static struct node *unexpected(struct parser *p)
{
	struct token after = token_at(p->text, (size_t)(p->now.text.p - p->text.p) + p->now.text.n);
	const char *from = p->before.text.n ? p->before.text.p : p->now.text.p;

	expression_invalid(p->d, p->which, "Syntax error; token: \"%.*s\", near: \"%.*s\"",
			   p->now.kind == TOKEN_END ? 5 : (int)p->now.text.n, p->now.kind == TOKEN_END ? "<EOF>" : p->now.text.p,
			   (int)(after.text.p + after.text.n - from), from);
	return NULL;
}

static bool take(struct parser *p, enum token_kind kind)
{
	if (p->now.kind != kind)
		return false;
	move(p);
	return true;
}

static struct node *make(struct parser *p, enum node_kind kind)
{
	struct node *n = arena_take(&p->d->arena, sizeof *n);

	n->kind = kind;
	return n;
}

static void append(struct node *parent, struct node *child)
{
	struct node **at = &parent->first;

	while (*at)
		at = &(*at)->next;
	*at = child;
	parent->count++;
}

static bool too_deep(struct parser *p)
{
	if (++p->depth <= EXPRESSION_DEPTH_MAX)
		return false;
	expression_invalid(p->d, p->which, "The expression is nested deeper than %d levels;", EXPRESSION_DEPTH_MAX);
	return true;
}

static struct path_step *step(struct parser *p, struct path_step ***tail)
{
	struct path_step *s = arena_take(&p->d->arena, sizeof *s);

	**tail = s;
	*tail = &s->next;
	return s;
}

static bool is_name(const struct parser *p)
{
	return p->now.kind == TOKEN_NAME || p->now.kind == TOKEN_NAME_PLACEHOLDER;
}

static struct node *path(struct parser *p)
{
	struct node *n = make(p, NODE_PATH);
	struct path_step **tail = &n->path;

	if (!is_name(p))
		return unexpected(p);
	step(p, &tail)->name = p->now.text;
	move(p);
	while (p->now.kind == TOKEN_DOT || p->now.kind == TOKEN_BRACKET) {
		bool dot = p->now.kind == TOKEN_DOT;

		move(p);
		if (dot ? !is_name(p) : p->now.kind != TOKEN_NUMBER)
			return unexpected(p);
		if (dot)
			step(p, &tail)->name = p->now.text;
		else if (str_to_int(p->now.text, 0, INT32_MAX, &step(p, &tail)->index) < 0)
			return unexpected(p);
		move(p);
		if (!dot && !take(p, TOKEN_UNBRACKET))
			return unexpected(p);
	}
	return n;
}

static enum node_kind function_kind(struct str name)
{
	enum node_kind k = NODE_EXISTS;

	while (k < NODE_UNKNOWN && !str_eq(name, str_of(node_text(k))))
		k++;
	return k;
}

/* The name is behind, the parenthesis is now. */
static struct node *function(struct parser *p)
{
	struct node *n = make(p, function_kind(p->before.text)), *one;

	n->text = p->before.text;
	if (too_deep(p))
		return NULL;
	move(p);
	do {
		if (!(one = operand(p)))
			return NULL;
		append(n, one);
	} while (take(p, TOKEN_COMMA));
	p->depth--;
	return take(p, TOKEN_CLOSE) ? n : unexpected(p);
}

static struct node *any_operand(struct parser *p)
{
	struct node *n;

	if (p->now.kind == TOKEN_VALUE_PLACEHOLDER) {
		n = make(p, NODE_VALUE);
		n->text = p->now.text;
		move(p);
		return n;
	}
	if (p->now.kind == TOKEN_NAME && token_at(p->text, (size_t)(p->now.text.p - p->text.p) + p->now.text.n).kind == TOKEN_OPEN) {
		move(p);
		return function(p);
	}
	return path(p);
}

static struct node *operand(struct parser *p)
{
	struct node *n = any_operand(p);

	if (n)
		n->operand = true;
	return n;
}

/* The operator is behind; `separator` stands between its further operands. */
static struct node *operands(struct parser *p, struct node *n, struct node *first, enum token_kind separator, int more)
{
	struct node *one;

	first->operand = true;
	append(n, first);
	for (int i = 0; i < more; i++) {
		if (i > 0 && !take(p, separator))
			return more == EXPRESSION_MAX ? n : unexpected(p);
		if (!(one = operand(p)))
			return NULL;
		append(n, one);
	}
	return n;
}

static struct node *in_list(struct parser *p, struct node *first)
{
	struct node *n = make(p, NODE_IN);

	if (!take(p, TOKEN_OPEN))
		return unexpected(p);
	n = operands(p, n, first, TOKEN_COMMA, EXPRESSION_MAX);	/* as many as there are: the text bounds them */
	return !n || take(p, TOKEN_CLOSE) ? n : unexpected(p);
}

/* What starts with an operand. A function without a comparison behind it is a condition of its own. */
static struct node *comparison(struct parser *p)
{
	static const enum node_kind kinds[] = {
		[TOKEN_EQ] = NODE_EQ, [TOKEN_NE] = NODE_NE, [TOKEN_LT] = NODE_LT, [TOKEN_LE] = NODE_LE,
		[TOKEN_GT] = NODE_GT, [TOKEN_GE] = NODE_GE,
	};
	struct node *first = any_operand(p);

	if (!first)
		return NULL;
	if (p->now.kind >= TOKEN_EQ && p->now.kind <= TOKEN_GE) {
		struct node *n = make(p, kinds[p->now.kind]);

		move(p);
		return operands(p, n, first, TOKEN_END, 1);
	}
	if (take(p, TOKEN_BETWEEN))
		return operands(p, make(p, NODE_BETWEEN), first, TOKEN_AND, 2);
	if (take(p, TOKEN_IN))
		return in_list(p, first);
	return first->kind == NODE_PATH || first->kind == NODE_VALUE ? unexpected(p) : first;
}

static struct node *atom(struct parser *p)
{
	struct node *n, *inner;

	if (p->now.kind != TOKEN_NOT && p->now.kind != TOKEN_OPEN)
		return comparison(p);
	if (too_deep(p))
		return NULL;
	if (take(p, TOKEN_NOT)) {
		n = make(p, NODE_NOT);
		if (!(inner = atom(p)))
			return NULL;
		append(n, inner);
	} else {
		move(p);
		if (!(n = condition(p)))
			return NULL;
		if (!take(p, TOKEN_CLOSE))
			return unexpected(p);
		p->redundant = p->redundant || n->parens;
		n->parens = true;
	}
	p->depth--;
	return n;
}

static struct node *chain(struct parser *p, enum token_kind token, enum node_kind kind, struct node *(*link)(struct parser *p))
{
	struct node *n = link(p), *all, *more;

	if (!n || p->now.kind != token)
		return n;
	all = make(p, kind);
	append(all, n);
	while (take(p, token)) {
		if (!(more = link(p)))
			return NULL;
		append(all, more);
	}
	return all;
}

static struct node *conjunction(struct parser *p)
{
	return chain(p, TOKEN_AND, NODE_AND, atom);
}

static struct node *condition(struct parser *p)
{
	return chain(p, TOKEN_OR, NODE_OR, conjunction);
}

int expression_parse(struct dynamodb *d, const char *which, struct str text, struct placeholders *ph, struct node **out)
{
	struct parser p = { .d = d, .which = which, .text = text };
	struct node *tree;

	if (text.n == 0)
		return expression_invalid(d, which, "The expression can not be empty;");
	if (text.n > EXPRESSION_MAX)
		return expression_invalid(d, which, "Expression size has exceeded the maximum allowed size; expression size: %zu", text.n);
	p.now = token_at(text, 0);
	p.before = (struct token){ TOKEN_END, str_n(text.p, 0) };
	if (!(tree = condition(&p)))
		return E_BAD_INPUT;
	if (p.now.kind != TOKEN_END) {
		unexpected(&p);
		return E_BAD_INPUT;
	}
	if (p.redundant)
		return expression_invalid(d, which, "The expression has redundant parentheses;");
	*out = tree;
	return expression_check(d, which, tree, ph);
}
