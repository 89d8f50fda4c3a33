/* expression_check.c - one pass over the tree per complaint, in the order in which DynamoDB complains. */
#include "web/dynamodb/expression.h"

#include "base/check.h"
#include "base/err.h"
#include "storage/attribute.h"
#include "storage/table_key.h"

struct checker {
	struct dynamodb *d;
	const char *which;
	struct placeholders *p;
};

typedef int pass_fn(struct checker *c, struct node *n);

static bool is_function(enum node_kind k)
{
	return k >= NODE_EXISTS && k <= NODE_UNKNOWN;
}

static int known_function(struct checker *c, struct node *n)
{
	if (n->kind != NODE_UNKNOWN)
		return 0;
	return expression_invalid(c->d, c->which, "Invalid function name; function: %.*s", STR_ARG(n->text));
}

/* size() is a value; if_not_exists() and list_append() belong to updates; the others are conditions. */
static int function_in_its_place(struct checker *c, struct node *n)
{
	bool value = n->kind == NODE_SIZE, update = n->kind == NODE_IF_NOT_EXISTS || n->kind == NODE_LIST_APPEND;

	if (!is_function(n->kind) || (!update && value == n->operand))
		return 0;
	return expression_invalid(c->d, c->which, "The function is not allowed to be used this way in an expression; function: %.*s",
				  STR_ARG(n->text));
}

static bool is_placeholder(struct str name)
{
	return name.n > 0 && name.p[0] == '#';
}

static int not_reserved(struct checker *c, struct node *n)
{
	for (struct path_step *s = n->path; s; s = s->next)
		if (str_is_set(s->name) && !is_placeholder(s->name) && expression_reserved(s->name))
			return expression_invalid(c->d, c->which, "Attribute name is a reserved keyword; reserved keyword: %.*s",
						  STR_ARG(s->name));
	return 0;
}

static int resolve_names(struct checker *c, struct node *n)
{
	for (struct path_step *s = n->path; s; s = s->next) {
		const struct json_value *name;

		if (!is_placeholder(s->name))
			continue;
		if (!(name = placeholders_name(c->p, s->name)))
			return expression_invalid(c->d, c->which, "An expression attribute name used in the document path is not defined; "
						  "attribute name: %.*s", STR_ARG(s->name));
		s->name = name->text;
	}
	return 0;
}

static int resolve_values(struct checker *c, struct node *n)
{
	if (n->kind != NODE_VALUE)
		return 0;
	if (!(n->value = placeholders_value(c->p, n->text)))
		return expression_invalid(c->d, c->which, "An expression attribute value used in expression is not defined; "
					  "attribute value: %.*s", STR_ARG(n->text));
	return 0;
}

static int operand_count(struct checker *c, struct node *n)
{
	bool one = n->kind == NODE_EXISTS || n->kind == NODE_NOT_EXISTS || n->kind == NODE_SIZE;

	if (is_function(n->kind) && n->count != (one ? 1 : 2))
		return expression_invalid(c->d, c->which, "Incorrect number of operands for operator or function; operator or "
					  "function: %s, number of operands: %d", node_text(n->kind), n->count);
	if (n->kind == NODE_IN && n->count - 1 > EXPRESSION_IN_MAX)
		return expression_invalid(c->d, c->which, "Too many operands for operator or function; operator or function: IN, number "
					  "of operands: %d", n->count - 1);
	return 0;
}

static int path_where_needed(struct checker *c, struct node *n)
{
	if ((n->kind != NODE_EXISTS && n->kind != NODE_NOT_EXISTS) || n->first->kind == NODE_PATH)
		return 0;
	return expression_invalid(c->d, c->which, "Operator or function requires a document path; operator or function: %s",
				  node_text(n->kind));
}

static bool same_path(const struct path_step *a, const struct path_step *b)
{
	for (; a && b; a = a->next, b = b->next)
		if (str_is_set(a->name) != str_is_set(b->name) || !str_eq(a->name, b->name) || a->index != b->index)
			return false;
	return !a && !b;
}

const char *expression_path(struct dynamodb *d, const struct node *path)
{
	struct buf b = {0};
	const char *text;

	for (const struct path_step *s = path->path; s; s = s->next) {
		buf_puts(&b, s == path->path ? "[" : ", ");
		if (str_is_set(s->name))
			buf_add(&b, s->name.p, s->name.n);
		else
			buf_printf(&b, "[%lld]", (long long)s->index);
	}
	buf_puts(&b, "]");
	text = arena_dup(&d->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return text;
}

static int distinct(struct checker *c, struct node *n)
{
	const struct node *a = n->first;

	if (n->kind < NODE_EQ || n->kind > NODE_CONTAINS || !a || a->kind != NODE_PATH)
		return 0;
	for (const struct node *b = a->next; b; b = b->next)
		if (b->kind == NODE_PATH && same_path(a->path, b->path))
			return expression_invalid(c->d, c->which, "The first operand must be distinct from the remaining operands for this "
						  "operator or function; operator: %s, first operand: %s", node_text(n->kind),
						  expression_path(c->d, a));
	return 0;
}

/* Ordering needs S, N or B; begins_with S or B. Only values of the request are looked at: an item's are just false. */
static int operand_types(struct checker *c, struct node *n)
{
	bool orders = (n->kind >= NODE_LT && n->kind <= NODE_BETWEEN), begins = n->kind == NODE_BEGINS;

	if (!orders && !begins)
		return 0;
	for (const struct node *o = n->first; o; o = o->next) {
		enum attribute_type t;

		if (o->kind != NODE_VALUE)
			continue;
		t = attribute_type(o->value);
		if (t > ATTRIBUTE_B || (begins && t == ATTRIBUTE_N))
			return expression_invalid(c->d, c->which, "Incorrect operand type for operator or function; operator or function: %s, "
						  "operand type: %s", node_text(n->kind), attribute_type_name(t));
	}
	return 0;
}

static const char *shown(struct dynamodb *d, const struct json_value *v)
{
	return arena_printf(&d->arena, "AttributeValue: {%s:%.*s}", attribute_type_name(attribute_type(v)), STR_ARG(v->first->text));
}

/* -1, 0, 1. Both are of one of the types S, N, B and, being checked, can be encoded. */
static int compare(const struct json_value *a, const struct json_value *b)
{
	char type = attribute_type_name(attribute_type(a))[0];
	struct buf x = {0}, y = {0};
	int order = 0;

	if (a->first->text.n > 0 && b->first->text.n > 0) {
		CHECK(key_encode(&x, type, a, SIZE_MAX) == 0 && key_encode(&y, type, b, SIZE_MAX) == 0);
		order = str_cmp(str_n(x.data, x.len), str_n(y.data, y.len));
	} else {
		order = a->first->text.n > 0;
	}
	buf_clear(&x);
	buf_clear(&y);
	return order;
}

static int bounds(struct checker *c, struct node *n)
{
	const struct node *low, *high;
	const char *what = "requires upper bound to be greater than or equal to lower bound";

	if (n->kind != NODE_BETWEEN)
		return 0;
	low = n->first->next;
	high = low->next;
	if (low->kind != NODE_VALUE || high->kind != NODE_VALUE)
		return 0;
	if (attribute_type(low->value) != attribute_type(high->value))
		what = "requires same data type for lower and upper bounds";
	else if (compare(low->value, high->value) <= 0)
		return 0;
	return expression_invalid(c->d, c->which, "The BETWEEN operator %s; lower bound operand: %s, upper bound operand: %s", what,
				  shown(c->d, low->value), shown(c->d, high->value));
}

static int everywhere(struct checker *c, struct node *n, pass_fn *pass)
{
	int rc = pass(c, n);

	for (struct node *o = n->first; o && rc == 0; o = o->next)
		rc = everywhere(c, o, pass);
	return rc;
}

int expression_check(struct dynamodb *d, const char *which, struct node *tree, struct placeholders *p)
{
	static pass_fn *const passes[] = {
		known_function, function_in_its_place, not_reserved, resolve_names, resolve_values, operand_count,
		path_where_needed, distinct, operand_types, bounds,
	};
	struct checker c = { .d = d, .which = which, .p = p };
	int rc = 0;

	for (size_t i = 0; i < sizeof passes / sizeof passes[0] && rc == 0; i++)
		rc = everywhere(&c, tree, passes[i]);
	return rc;
}
