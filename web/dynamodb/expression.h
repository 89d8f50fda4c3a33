/* expression.h - DynamoDB's little language, from text to a tree.
 *
 *     cond    := and {OR and}         and := not {AND not}         not := [NOT] atom
 *     atom    := operand (= | <> | < | <= | > | >=) operand | operand BETWEEN operand AND operand
 *              | operand IN (operand {, operand}) | function(operand {, operand}) | ( cond )
 *     operand := path | :value | function(operand {, operand})
 *     path    := name {.name | [n]}   name := letter {letter | digit | _} | #placeholder
 *
 * Keywords in any case; function names in lower case only. Placeholders are resolved here and marked as used, so that
 * those left over can be refused. What a tree may contain and what it means is its user's business (key_condition.h).
 */
#ifndef DYNAMODB_EXPRESSION_H
#define DYNAMODB_EXPRESSION_H

#include "web/dynamodb/dynamodb.h"

#define EXPRESSION_MAX 4096
#define EXPRESSION_DEPTH_MAX 100	/* parentheses, NOTs and functions inside one another */
#define PLACEHOLDER_MAX 255
#define EXPRESSION_IN_MAX 100

/* X(node, text in messages) */
#define NODE_TABLE(X) \
	X(OR, "OR") X(AND, "AND") X(NOT, "NOT") X(EQ, "=") X(NE, "<>") X(LT, "<") X(LE, "<=") X(GT, ">") X(GE, ">=") \
	X(BETWEEN, "BETWEEN") X(IN, "IN") X(EXISTS, "attribute_exists") X(NOT_EXISTS, "attribute_not_exists") \
	X(TYPE, "attribute_type") X(BEGINS, "begins_with") X(CONTAINS, "contains") X(SIZE, "size") X(IF_NOT_EXISTS, "if_not_exists") \
	X(LIST_APPEND, "list_append") X(UNKNOWN, "function") X(PATH, "path") X(VALUE, "value")

#define X(name, text) NODE_##name,
enum node_kind { NODE_TABLE(X) NODE_KINDS };
#undef X

const char *node_text(enum node_kind k);

struct path_step {
	struct str name;		/* resolved; absent: an element of a list */
	int64_t index;
	struct path_step *next;
};

struct node {				/* in the request's arena */
	enum node_kind kind;
	bool parens;			/* written in parentheses */
	bool operand;			/* of a comparison or a function, so not a condition itself */
	struct str text;		/* name of a function, :value */
	struct node *first, *next;	/* operands, in order */
	int count;
	struct path_step *path;		/* NODE_PATH */
	const struct json_value *value;	/* NODE_VALUE: the typed value */
};

/* ExpressionAttributeNames and -Values of one request. */
struct placeholders {
	const struct json_value *names, *values;	/* NULL: not given */
	bool *name_used, *value_used;			/* by place */
};

/* Checks both maps, the values with value_check. 0, or refused. */
int placeholders_open(struct dynamodb *d, struct placeholders *p);
int placeholders_end(struct dynamodb *d, const struct placeholders *p);	/* refuses what no expression used */
const struct json_value *placeholders_name(struct placeholders *p, struct str name);	/* marked as used; NULL: not defined */
const struct json_value *placeholders_value(struct placeholders *p, struct str name);

/* `which` is "KeyConditionExpression" etc., for messages. 0, or refused. */
int expression_parse(struct dynamodb *d, const char *which, struct str text, struct placeholders *p, struct node **out);
int expression_invalid(struct dynamodb *d, const char *which, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* expression_check.c: all that is wrong with a tree whatever its use, in DynamoDB's order of complaints. */
int expression_check(struct dynamodb *d, const char *which, struct node *tree, struct placeholders *p);

bool expression_reserved(struct str name);
const char *expression_path(struct dynamodb *d, const struct node *path);	/* "[a, b, [3]]" */

#endif
