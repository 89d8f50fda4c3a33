/* tables_create.c - CreateTable: the shape of each part of the request, and what of it is kept as the definition. */
#include "web/dynamodb/dynamodb.h"

#include "base/err.h"
#include "web/dynamodb/param.h"
#include "web/dynamodb/schema.h"

const struct param_rule create_table_params[] = {
	{ .name = "TableName", .kind = PARAM_TABLE, .required = true },
	{ .name = "AttributeDefinitions", .kind = PARAM_LIST, .required = true },
	{ .name = "KeySchema", .kind = PARAM_LIST, .required = true, .min = 1, .max = 2 },
	{ .name = "BillingMode", .kind = PARAM_ENUM, .values = "PROVISIONED, PAY_PER_REQUEST" },
	{ .name = "ProvisionedThroughput", .kind = PARAM_MAP },
	{ .name = "GlobalSecondaryIndexes", .kind = PARAM_LIST },
	{ .name = "LocalSecondaryIndexes", .kind = PARAM_LIST },
	{ .name = "StreamSpecification", .kind = PARAM_MAP },
	{ .name = "SSESpecification", .kind = PARAM_MAP },
	{ .name = "Tags", .kind = PARAM_LIST },
	{ .name = "TableClass", .kind = PARAM_ENUM, .values = "STANDARD, STANDARD_INFREQUENT_ACCESS", .built = "STANDARD" },
	{ .name = "DeletionProtectionEnabled", .kind = PARAM_BOOL },
	{ .name = "OnDemandThroughput", .kind = PARAM_ABSENT },
	{ .name = "WarmThroughput", .kind = PARAM_ABSENT },
	{ .name = "ResourcePolicy", .kind = PARAM_ABSENT },
	{ 0 }
};

static const struct param_rule definition_rules[] = {
	{ .name = "AttributeName", .kind = PARAM_TEXT, .required = true, .min = 1, .max = 255 },
	{ .name = "AttributeType", .kind = PARAM_ENUM, .required = true, .values = "B, N, S" },
	{ 0 }
};

static const struct param_rule key_rules[] = {
	{ .name = "AttributeName", .kind = PARAM_TEXT, .required = true, .min = 1, .max = 255 },
	{ .name = "KeyType", .kind = PARAM_ENUM, .required = true, .values = "HASH, RANGE" },
	{ 0 }
};

static const struct param_rule throughput_rules[] = {
	{ .name = "ReadCapacityUnits", .kind = PARAM_INT, .required = true, .min = 1 },
	{ .name = "WriteCapacityUnits", .kind = PARAM_INT, .required = true, .min = 1 },
	{ 0 }
};

static const struct param_rule projection_rules[] = {
	{ .name = "ProjectionType", .kind = PARAM_ENUM, .values = "ALL, INCLUDE, KEYS_ONLY" },
	{ .name = "NonKeyAttributes", .kind = PARAM_LIST, .min = 1, .max = 20 },
	{ 0 }
};

static const struct param_rule index_rules[] = {
	{ .name = "IndexName", .kind = PARAM_NAME, .required = true },
	{ .name = "KeySchema", .kind = PARAM_LIST, .required = true, .min = 1, .max = 2 },
	{ .name = "Projection", .kind = PARAM_MAP, .required = true },
	{ .name = "ProvisionedThroughput", .kind = PARAM_MAP },
	{ .name = "OnDemandThroughput", .kind = PARAM_ABSENT },
	{ .name = "WarmThroughput", .kind = PARAM_ABSENT },
	{ 0 }
};

static int each_of(struct dynamodb *d, const struct json_value *list, const char *path, const struct param_rule *rules)
{
	int rc = 0, i = 0;

	for (const struct json_value *m = list ? list->first : NULL; m && rc == 0; m = m->next) {
		if (m->kind != JSON_OBJECT)
			return dynamodb_refuse(d, DYNAMODB_SERIALIZATION, "Unexpected value type in payload");
		rc = dynamodb_param_check_in(d, m, arena_printf(&d->arena, "%s.%d.member", path, ++i), rules);
	}
	return rc;
}

static int check_within(struct dynamodb *d, const struct json_value *object, const char *path, const struct param_rule *rules)
{
	return object ? dynamodb_param_check_in(d, object, path, rules) : 0;
}

static int check_names(struct dynamodb *d, const struct json_value *list)
{
	for (const struct json_value *m = list ? list->first : NULL; m; m = m->next)
		if (m->kind != JSON_STRING || m->text.n == 0 || constraints_characters(m->text) > 255)
			return dynamodb_refuse(d, DYNAMODB_VALIDATION, "One or more parameter values were invalid: NonKeyAttributes are names of 1 "
					       "to 255 characters");
	return 0;
}

static int check_index_parts(struct dynamodb *d, const char *member, const char *path)
{
	const struct json_value *list = param_get(d->body, member);
	int rc = each_of(d, list, path, index_rules), i = 0;

	for (const struct json_value *x = list ? list->first : NULL; x && rc == 0; x = x->next) {
		const char *here = arena_printf(&d->arena, "%s.%d.member", path, ++i);
		const struct json_value *projection = param_get(x, "Projection");

		rc = each_of(d, param_get(x, "KeySchema"), arena_printf(&d->arena, "%s.keySchema", here), key_rules);
		if (rc == 0)
			rc = check_within(d, projection, arena_printf(&d->arena, "%s.projection", here), projection_rules);
		if (rc == 0)
			rc = check_names(d, param_get(projection, "NonKeyAttributes"));
		if (rc == 0)
			rc = check_within(d, param_get(x, "ProvisionedThroughput"),
					  arena_printf(&d->arena, "%s.provisionedThroughput", here), throughput_rules);
	}
	return rc;
}

static int check_parts(struct dynamodb *d)
{
	int rc = each_of(d, param_get(d->body, "AttributeDefinitions"), "attributeDefinitions", definition_rules);

	if (rc == 0)
		rc = each_of(d, param_get(d->body, "KeySchema"), "keySchema", key_rules);
	if (rc == 0)
		rc = check_within(d, param_get(d->body, "ProvisionedThroughput"), "provisionedThroughput", throughput_rules);
	if (rc == 0)
		rc = check_index_parts(d, "GlobalSecondaryIndexes", "globalSecondaryIndexes");
	if (rc == 0)
		rc = check_index_parts(d, "LocalSecondaryIndexes", "localSecondaryIndexes");
	return rc < 0 ? rc : dynamodb_param_end(d);
}

static bool asks_for(const struct json_value *object, const char *name)
{
	const struct json_value *v = param_get(object, name);

	return v && v->kind == JSON_BOOL && v->yes;
}

/* Saying no to what is not built is fine; saying yes is not. */
static int check_built(struct dynamodb *d)
{
	const struct json_value *tags = param_get(d->body, "Tags");
	const char *what = asks_for(param_get(d->body, "StreamSpecification"), "StreamEnabled") ? "StreamSpecification" :
			   asks_for(param_get(d->body, "SSESpecification"), "Enabled") ? "SSESpecification" :
			   tags && tags->count > 0 ? "Tags" :
			   asks_for(d->body, "DeletionProtectionEnabled") ? "DeletionProtectionEnabled" : NULL;

	return what ? dynamodb_refuse(d, DYNAMODB_NOT_BUILT, "Parameter %s is not implemented", what) : 0;
}

static struct str make_definition(struct dynamodb *d)
{
	static const char *const kept[] = {
		"AttributeDefinitions", "KeySchema", "BillingMode", "ProvisionedThroughput", "GlobalSecondaryIndexes",
		"LocalSecondaryIndexes",
	};
	struct buf b = {0};
	struct json j = json_into(&b);
	struct str s;

	json_open(&j, NULL, '{');
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
		const struct json_value *v = param_get(d->body, kept[i]);

		if (v)
			json_value(&j, kept[i], v);
	}
	json_close(&j);
	s = arena_str(&d->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return s;
}

int create_table_check(struct dynamodb *d)
{
	struct str *definition = arena_take(&d->arena, sizeof *definition);
	int rc;

	if ((rc = check_parts(d)) < 0 || (rc = schema_check(d)) < 0 || (rc = check_built(d)) < 0)
		return rc;
	*definition = make_definition(d);
	if (definition->n > TABLE_DEFINITION_MAX)
		return dynamodb_refuse(d, DYNAMODB_LIMIT, "The definition of the table is larger than %d bytes", TABLE_DEFINITION_MAX);
	d->state = definition;
	return 0;
}

int create_table_run(struct dynamodb *d, struct db *db)
{
	const struct str *definition = d->state;
	struct json j = json_into(&d->out);
	struct table t;
	int rc = table_create(db, d->table, *definition, &d->arena, &t);

	if (rc == E_EXISTS)
		return dynamodb_refuse(d, DYNAMODB_IN_USE, "Table already exists: %.*s", STR_ARG(d->table));
	if (rc == E_TOO_LARGE)
		return dynamodb_refuse(d, DYNAMODB_LIMIT, "Subscriber limit exceeded: There is a limit of %d tables", TABLES_MAX);
	if (rc < 0)
		return rc;
	json_open(&j, NULL, '{');
	table_describe(d, &j, "TableDescription", &t, "CREATING");
	json_close(&j);
	return 0;
}
