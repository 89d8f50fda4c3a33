#include "web/dynamodb/keys.h"

#include "base/err.h"
#include "storage/attribute.h"
#include "storage/table_key.h"

#define WRONG "One or more parameter values were invalid: "
#define NOT_VALID "One or more parameter values are not valid. "

const struct json_value *keys_attribute(const struct json_value *item, struct str name)
{
	for (const struct json_value *m = item->first; m; m = m->next)
		if (str_eq(m->name, name))
			return m;
	return NULL;
}

static bool has_type(const struct json_value *v, char type)
{
	enum attribute_type t = attribute_type(v);

	return t <= ATTRIBUTE_B && attribute_type_name(t)[0] == type;
}

static bool is_empty(const struct json_value *v)
{
	return v->first->text.n == 0;
}

static const char *empty_what(char type)
{
	return type == 'B' ? "binary" : "string";
}

int keys_check_value(struct dynamodb *d, struct str name, char type, bool hash, const struct json_value *v)
{
	struct buf key = {0};
	int rc;

	if (is_empty(v))
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, NOT_VALID "The AttributeValue for a key attribute cannot contain an empty "
				       "%s value. Key: %.*s", empty_what(type), STR_ARG(name));
	rc = key_encode(&key, type, v, hash ? ITEM_PK_MAX : ITEM_SK_MAX);
	buf_clear(&key);
	if (rc != E_TOO_LARGE)
		return rc;
	if (hash)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "Size of hashkey has exceeded the maximum size limit of%d bytes",
				       ITEM_PK_MAX);
	return dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "Aggregated size of all range keys has exceeded the size limit of %d bytes",
			       ITEM_SK_MAX);
}

static int check_own(struct dynamodb *d, const struct json_value *item, struct str name, char type, bool hash)
{
	const struct json_value *v = keys_attribute(item, name);

	if (!v)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "Missing the key %.*s in the item", STR_ARG(name));
	if (!has_type(v, type))
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "Type mismatch for key %.*s expected: %c actual: %s", STR_ARG(name),
				       type, attribute_type_name(attribute_type(v)));
	return keys_check_value(d, name, type, hash, v);
}

static int check_index(struct dynamodb *d, const struct table_index *x, const struct json_value *item, struct str name, char type,
		       bool hash)
{
	const struct json_value *v = str_is_set(name) ? keys_attribute(item, name) : NULL;

	if (!v)
		return 0;
	if (!has_type(v, type))
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "Type mismatch for Index Key %.*s Expected: %c Actual: %s IndexName: %.*s",
				       STR_ARG(name), type, attribute_type_name(attribute_type(v)), STR_ARG(x->name));
	if (is_empty(v))
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, NOT_VALID "A value specified for a secondary index key is not supported. "
				       "The AttributeValue for a key attribute cannot contain an empty %s value. IndexName: %.*s, IndexKey: %.*s",
				       empty_what(type), STR_ARG(x->name), STR_ARG(name));
	return keys_check_value(d, name, type, hash, v);
}

int keys_check_item(struct dynamodb *d, const struct table *t, const struct json_value *item)
{
	int rc = check_own(d, item, t->key.hash, t->key.hash_type, true);

	if (rc == 0 && str_is_set(t->key.sort))
		rc = check_own(d, item, t->key.sort, t->key.sort_type, false);
	for (int i = 0; i < t->index_count && rc == 0; i++) {
		const struct table_index *x = &t->indexes[i];

		rc = check_index(d, x, item, x->key.hash, x->key.hash_type, true);
		if (rc == 0)
			rc = check_index(d, x, item, x->key.sort, x->key.sort_type, false);
	}
	return rc;
}

int keys_check_key(struct dynamodb *d, const struct table *t, const struct json_value *key)
{
	const struct json_value *hash = keys_attribute(key, t->key.hash), *sort = NULL;
	bool sorted = str_is_set(t->key.sort);
	int rc;

	if (sorted)
		sort = keys_attribute(key, t->key.sort);
	if (key->count != 1 + sorted || !has_type(hash, t->key.hash_type) || (sorted && !has_type(sort, t->key.sort_type)))
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "The provided key element does not match the schema");
	rc = keys_check_value(d, t->key.hash, t->key.hash_type, true, hash);
	if (rc == 0 && sorted)
		rc = keys_check_value(d, t->key.sort, t->key.sort_type, false, sort);
	return rc;
}
