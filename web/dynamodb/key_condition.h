/* key_condition.h - what a KeyConditionExpression asks for: one value of the partition key and, maybe, a
 * range of the sort key. Taken from the tree without the table; bound to a schema when the table is open. */
#ifndef DYNAMODB_KEY_CONDITION_H
#define DYNAMODB_KEY_CONDITION_H

#include "storage/table_query.h"
#include "web/dynamodb/expression.h"

#define KEY_CONDITIONS_MAX 2

struct key_condition {
	struct one_condition {
		struct str name;
		enum key_op op;
		const struct json_value *low, *high;
	} at[KEY_CONDITIONS_MAX];
	int count;
};

/* 0, or refused. */
int key_condition_read(struct dynamodb *d, const struct node *tree, struct key_condition *k);

/* Sets hash, op, low and high of the query. 0, or refused. */
int key_condition_bind(struct dynamodb *d, const struct key_condition *k, const struct table_key *schema, struct table_query *q);

#endif
