/* keys.h - the key attributes that an item or a Key must have, with DynamoDB's words for what is wrong. */
#ifndef DYNAMODB_KEYS_H
#define DYNAMODB_KEYS_H

#include "web/dynamodb/dynamodb.h"

/* An item to be put: all keys of the table there, and those of indexes of the right type where they are there. */
int keys_check_item(struct dynamodb *d, const struct table *t, const struct json_value *item);

/* A Key: the table's key attributes and nothing else. */
int keys_check_key(struct dynamodb *d, const struct table *t, const struct json_value *key);

/* A key attribute's value that is of the right type: not empty, not too long. */
int keys_check_value(struct dynamodb *d, struct str name, char type, bool hash, const struct json_value *v);

const struct json_value *keys_attribute(const struct json_value *item, struct str name);

#endif
