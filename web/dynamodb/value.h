/* value.h - attribute values as clients send them, checked with DynamoDB's own words for what is wrong.
 *
 * What passes here storage accepts: attribute_write and key_encode find nothing more to complain about, save sizes
 * and the types of keys.
 */
#ifndef DYNAMODB_VALUE_H
#define DYNAMODB_VALUE_H

#include "web/dynamodb/dynamodb.h"

#define ATTRIBUTE_NAME_MAX 65535

/* 0, or refused. */
int value_check(struct dynamodb *d, const struct json_value *v);

/* An object of name -> value: an item or a key. */
int values_check(struct dynamodb *d, const struct json_value *values);

#endif
