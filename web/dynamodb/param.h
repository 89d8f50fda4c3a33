/* param.h - the parameters of an operation against the table of what it takes (param_rules.h), in DynamoDB's words.
 *
 * A wrong JSON type is a SerializationException. Broken constraints are told together by dynamodb_param_end, those that the operation's own
 * check found too.
 */
#ifndef DYNAMODB_PARAM_H
#define DYNAMODB_PARAM_H

#include "web/dynamodb/dynamodb.h"

enum {
	PARAM_TABLE = PARAM_OWN,	/* a table's name, or its ARN, which becomes the name: d->table */
	PARAM_NAME			/* likewise a name, of an index or a table */
};

int dynamodb_param_check(struct dynamodb *d);

/* An object inside the request, by the same rules; `path` is how messages name it, "keySchema.1.member". */
int dynamodb_param_check_in(struct dynamodb *d, const struct json_value *object, const char *path, const struct param_rule *rules);

int dynamodb_param_end(struct dynamodb *d);

#endif
