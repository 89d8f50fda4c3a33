#include "web/dynamodb/key_condition.h"

#include "base/err.h"
#include "storage/attribute.h"
#include "web/dynamodb/keys.h"

#define WHICH "KeyConditionExpression"

static const struct {
	enum node_kind kind;
	enum key_op op, flipped;	/* flipped: with the value on the left */
} operators[] = {
	{ NODE_EQ, KEY_EQ, KEY_EQ }, { NODE_LT, KEY_LT, KEY_GT }, { NODE_LE, KEY_LE, KEY_GE },
	{ NODE_GT, KEY_GT, KEY_LT }, { NODE_GE, KEY_GE, KEY_LE },
	{ NODE_BETWEEN, KEY_BETWEEN, KEY_ANY }, { NODE_BEGINS, KEY_BEGINS, KEY_ANY },
};

static int check_operands(struct dynamodb *d, const struct node *n)
{
	for (const struct node *o = n->first; o; o = o->next) {
		if (o->kind != NODE_PATH && o->kind != NODE_VALUE)
			return dynamodb_refuse(d, DYNAMODB_VALIDATION, "KeyConditionExpressions cannot contain nested operations");
		if (o->kind == NODE_PATH && o->path->next)
			return dynamodb_refuse(d, DYNAMODB_VALIDATION, "KeyConditionExpressions cannot have conditions on nested attributes");
	}
	return 0;
}

static int count_paths(const struct node *n)
{
	int count = 0;

	for (const struct node *o = n->first; o; o = o->next)
		count += o->kind == NODE_PATH;
	return count;
}

static int add(struct dynamodb *d, const struct node *n, size_t row, struct key_condition *k)
{
	const struct node *a = n->first, *b = a->next;
	bool flip = a->kind == NODE_VALUE;
	struct one_condition *c;

	for (int i = 0; i < k->count; i++)
		if (str_eq(k->at[i].name, (flip ? b : a)->path->name))
			return dynamodb_refuse(d, DYNAMODB_VALIDATION, "KeyConditionExpressions must only contain one condition per key");
	if (k->count == KEY_CONDITIONS_MAX)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "Conditions can be of length 1 or 2 only");
	c = &k->at[k->count++];
	*c = (struct one_condition){ (flip ? b : a)->path->name, flip ? operators[row].flipped : operators[row].op,
		(flip ? a : b)->value, b->next ? b->next->value : NULL };
	return 0;
}

static int read_one(struct dynamodb *d, const struct node *n, struct key_condition *k)
{
	size_t row = 0, rows = sizeof operators / sizeof operators[0];
	int rc, paths;

	while (row < rows && operators[row].kind != n->kind)
		row++;
	if (row == rows)
		return expression_invalid(d, WHICH, "Invalid operator used in KeyConditionExpression: %s", node_text(n->kind));
	if ((rc = check_operands(d, n)) < 0)
		return rc;
	paths = count_paths(n);
	if (paths == 0)
		return expression_invalid(d, WHICH, "Invalid condition in KeyConditionExpression: No key attribute specified");
	if (paths > 1)
		return expression_invalid(d, WHICH, "Invalid condition in KeyConditionExpression: Multiple attribute names used in one "
					  "condition");
	if (operators[row].flipped == KEY_ANY && n->first->kind != NODE_PATH)
		return expression_invalid(d, WHICH, "Invalid condition in KeyConditionExpression: %s operator must have the key attribute "
					  "as its first operand", node_text(n->kind));
	return add(d, n, row, k);
}

/* ANDs may be grouped by parentheses in any way. */
int key_condition_read(struct dynamodb *d, const struct node *n, struct key_condition *k)
{
	int rc = 0;

	if (n->kind != NODE_AND)
		return read_one(d, n, k);
	for (const struct node *one = n->first; one && rc == 0; one = one->next)
		rc = key_condition_read(d, one, k);
	return rc;
}

static const struct one_condition *named(const struct key_condition *k, struct str name)
{
	for (int i = 0; i < k->count; i++)
		if (str_is_set(name) && str_eq(k->at[i].name, name))
			return &k->at[i];
	return NULL;
}

static int check_type(struct dynamodb *d, const struct one_condition *c, char type, bool hash)
{
	const struct json_value *values[] = { c->low, c->high };
	int rc = 0;

	for (int i = 0; i < 2 && rc == 0; i++) {
		if (!values[i])
			continue;
		if (!str_eq(values[i]->first->name, str_n(&type, 1)))
			return dynamodb_refuse(d, DYNAMODB_VALIDATION, "One or more parameter values were invalid: Condition parameter type "
					       "does not match schema type");
		rc = keys_check_value(d, c->name, type, hash, values[i]);
	}
	return rc;
}

int key_condition_bind(struct dynamodb *d, const struct key_condition *k, const struct table_key *schema, struct table_query *q)
{
	const struct one_condition *hash = named(k, schema->hash), *sort = named(k, schema->sort);
	int rc;

	if (!hash)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "Query condition missed key schema element: %.*s", STR_ARG(schema->hash));
	if (k->count == 2 && !sort && str_is_set(schema->sort))
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "Query condition missed key schema element: %.*s", STR_ARG(schema->sort));
	if (hash->op != KEY_EQ || (k->count == 2 && !sort))
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "Query key condition not supported");
	if ((rc = check_type(d, hash, schema->hash_type, true)) < 0)
		return rc;
	q->hash = hash->low;
	if (!sort)
		return 0;
	if ((rc = check_type(d, sort, schema->sort_type, false)) < 0)
		return rc;
	q->op = sort->op;
	q->low = sort->low;
	q->high = sort->high;
	return 0;
}
