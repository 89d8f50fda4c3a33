/* param.h - the parameters of an operation against the table of what it takes.
 *
 * Wrong JSON types are SerializationException at once. Broken constraints are collected, here and by the
 * operation's own check, and told together by constraint_end, as AWS's framework does. What is known and not built, and
 * what nobody knows, answers NotImplemented: never silently ignored. A null is as good as absent.
 */
#ifndef DYNAMODB_PARAM_H
#define DYNAMODB_PARAM_H

#include "web/dynamodb/dynamodb.h"

#define CONSTRAINTS_MAX 10

/* Sets d->table when the operation takes one. */
int param_check(struct dynamodb *d, const struct param_rule *rules);

/* The value of a parameter, or NULL when it is absent or null. */
const struct json_value *param_get(const struct json_value *object, const char *name);

/* An object inside the request, by the same rules; `path` is how messages name it, "keySchema.1.member". */
int param_check_in(struct dynamodb *d, const struct json_value *object, const char *path, const struct param_rule *rules);

/* "Value 'x' at 'path' failed to satisfy constraint: text"; an absent value is null. */
void constraint_broken(struct dynamodb *d, struct str value, const char *path, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
int constraint_end(struct dynamodb *d);

#endif
