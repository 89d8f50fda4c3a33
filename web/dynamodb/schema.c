#include "web/dynamodb/schema.h"

#include "base/err.h"
#include "web/dynamodb/param.h"

#define WRONG "One or more parameter values were invalid: "

static struct str attribute_name(const struct json_value *v)
{
	return json_text(v, "AttributeName");
}

static bool has(const struct json_value *list, struct str name)
{
	for (const struct json_value *m = list->first; m; m = m->next)
		if (str_eq(attribute_name(m), name))
			return true;
	return false;
}

/* "[a, b]" */
static const char *names(struct dynamodb *d, const struct json_value *list)
{
	struct buf b = {0};
	const char *all;

	buf_puts(&b, "[");
	for (const struct json_value *m = list->first; m; m = m->next)
		buf_printf(&b, "%s%.*s", m == list->first ? "" : ", ", STR_ARG(attribute_name(m)));
	buf_puts(&b, "]");
	all = arena_dup(&d->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return all;
}

static int check_keys(struct dynamodb *d, const struct json_value *keys)
{
	const struct json_value *definitions = json_get(d->body, "AttributeDefinitions"), *hash = keys->first, *sort = hash->next;

	for (const struct json_value *k = hash; k; k = k->next)
		if (!has(definitions, attribute_name(k)))
			return dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "Some index key attributes are not defined in "
					       "AttributeDefinitions. Keys: %s, AttributeDefinitions: %s", names(d, keys),
					       names(d, definitions));
	if (!str_eq(json_text(hash, "KeyType"), STR("HASH")))
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
	if (sort && str_eq(attribute_name(hash), attribute_name(sort)))
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "Both the Hash Key and the Range Key element in the KeySchema have the same name");
	if (sort && !str_eq(json_text(sort, "KeyType"), STR("RANGE")))
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
	return 0;
}

static int check_projection(struct dynamodb *d, const struct json_value *p, int *projected)
{
	struct str type = json_text(p, "ProjectionType");
	const struct json_value *include = param_get(p, "NonKeyAttributes");
	bool wanted = str_eq(type, STR("INCLUDE"));

	if (!str_is_set(type))
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "Unknown ProjectionType: null");
	if (include && !wanted)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "ProjectionType is %.*s, but NonKeyAttributes is specified",
				       STR_ARG(type));
	if (!include && wanted)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
	if (include && (*projected += include->count) > PROJECTED_NAMES_MAX)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "Number of projected attributes over all indexes exceeds the limit of %d",
				       PROJECTED_NAMES_MAX);
	return 0;
}

static int check_local(struct dynamodb *d, const struct json_value *index)
{
	const struct json_value *own = json_get(d->body, "KeySchema"), *keys = json_get(index, "KeySchema");
	struct str name = json_text(index, "IndexName"), hash = attribute_name(own->first);

	if (own->count == 1)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "Table KeySchema does not have a range key, which is required when "
				       "specifying a LocalSecondaryIndex");
	if (keys->count == 1)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "Index KeySchema does not have a range key for index: %.*s", STR_ARG(name));
	if (!str_eq(attribute_name(keys->first), hash))
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "Index KeySchema does not have the same leading hash key as table KeySchema "
				       "for index: %.*s. index hash key: %.*s, table hash key: %.*s", STR_ARG(name),
				       STR_ARG(attribute_name(keys->first)), STR_ARG(hash));
	return 0;
}

/* Names of indexes are unique over both lists: the list before `stop`, then that list up to it. */
static bool name_taken(struct dynamodb *d, const struct json_value *stop)
{
	static const char *const lists[] = { "GlobalSecondaryIndexes", "LocalSecondaryIndexes" };

	for (int i = 0; i < 2; i++) {
		const struct json_value *list = param_get(d->body, lists[i]);

		for (const struct json_value *x = list ? list->first : NULL; x; x = x->next) {
			if (x == stop)
				return false;
			if (str_eq(json_text(x, "IndexName"), json_text(stop, "IndexName")))
				return true;
		}
	}
	return false;
}

static int check_indexes(struct dynamodb *d, const char *member, int max, const char *too_many, int *projected)
{
	const struct json_value *list = param_get(d->body, member);
	bool local = member[0] == 'L';
	int rc = 0;

	if (!list)
		return 0;
	if (list->count == 0)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "List of %s is empty", member);
	if (list->count > max)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "%s %d", too_many, max);
	for (const struct json_value *x = list->first; x && rc == 0; x = x->next) {
		if ((rc = check_keys(d, json_get(x, "KeySchema"))) < 0)
			return rc;
		if (name_taken(d, x))
			return dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "Duplicate index name: %.*s", STR_ARG(json_text(x, "IndexName")));
		if (local && (rc = check_local(d, x)) < 0)
			return rc;
		rc = check_projection(d, json_get(x, "Projection"), projected);
	}
	return rc;
}

static bool used_by_index(struct dynamodb *d, const char *member, struct str name)
{
	const struct json_value *list = param_get(d->body, member);

	for (const struct json_value *x = list ? list->first : NULL; x; x = x->next)
		if (has(json_get(x, "KeySchema"), name))
			return true;
	return false;
}

/* Every definition once, and used by some key. */
static int check_definitions(struct dynamodb *d)
{
	const struct json_value *definitions = json_get(d->body, "AttributeDefinitions"), *keys = json_get(d->body, "KeySchema");
	bool indexed = param_get(d->body, "GlobalSecondaryIndexes") || param_get(d->body, "LocalSecondaryIndexes");

	for (const struct json_value *m = definitions->first; m; m = m->next) {
		struct str name = attribute_name(m);

		for (const struct json_value *n = m->next; n; n = n->next)
			if (str_eq(attribute_name(n), name))
				return dynamodb_refuse(d, DYNAMODB_VALIDATION, "Cannot have two attributes with the same name");
		if (has(keys, name) || used_by_index(d, "GlobalSecondaryIndexes", name) || used_by_index(d, "LocalSecondaryIndexes", name))
			continue;
		if (!indexed)
			return dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "Number of attributes in KeySchema does not exactly match number of "
					       "attributes defined in AttributeDefinitions");
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "Some AttributeDefinitions are not used. AttributeDefinitions: %s, keys "
				       "used: %s", names(d, definitions), names(d, keys));
	}
	return 0;
}

static int check_throughput(struct dynamodb *d)
{
	bool on_demand = str_eq(json_text(d->body, "BillingMode"), STR("PAY_PER_REQUEST"));
	const struct json_value *indexes = param_get(d->body, "GlobalSecondaryIndexes");

	if (on_demand && param_get(d->body, "ProvisionedThroughput"))
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
				       "BillingMode is PAY_PER_REQUEST");
	if (!on_demand && !param_get(d->body, "ProvisionedThroughput"))
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "ReadCapacityUnits and WriteCapacityUnits must both be specified when "
				       "BillingMode is PROVISIONED");
	for (const struct json_value *x = indexes ? indexes->first : NULL; x; x = x->next) {
		bool given = param_get(x, "ProvisionedThroughput");

		if (on_demand && given)
			return dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "ProvisionedThroughput should not be specified for index: %.*s when "
					       "BillingMode is PAY_PER_REQUEST", STR_ARG(json_text(x, "IndexName")));
		if (!on_demand && !given)
			return dynamodb_refuse(d, DYNAMODB_VALIDATION, WRONG "ProvisionedThroughput must be specified for index: %.*s",
					       STR_ARG(json_text(x, "IndexName")));
	}
	return 0;
}

int schema_check(struct dynamodb *d)
{
	int rc, projected = 0;

	if ((rc = check_throughput(d)) < 0 || (rc = check_keys(d, json_get(d->body, "KeySchema"))) < 0)
		return rc;
	rc = check_indexes(d, "LocalSecondaryIndexes", TABLE_LOCAL_INDEXES_MAX,
			   "Number of LocalSecondaryIndexes exceeds per-table limit of", &projected);
	if (rc < 0)
		return rc;
	rc = check_indexes(d, "GlobalSecondaryIndexes", TABLE_INDEXES_MAX, "GlobalSecondaryIndex count exceeds the per-table limit of",
			   &projected);
	return rc < 0 ? rc : check_definitions(d);
}
