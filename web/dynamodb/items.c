/* items.c - PutItem, GetItem, DeleteItem. */
#include "web/dynamodb/dynamodb.h"

#include "base/err.h"
#include "storage/photo_item.h"
#include "web/dynamodb/keys.h"
#include "web/dynamodb/param.h"
#include "web/dynamodb/value.h"

#define RETURN_VALUES "ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW"
#define WRITE_PARAMS \
	{ .name = "TableName", .kind = PARAM_TABLE, .required = true }, \
	{ .name = "ReturnValues", .kind = PARAM_ENUM, .values = RETURN_VALUES }, \
	{ .name = "ReturnConsumedCapacity", .kind = PARAM_ENUM, .values = "INDEXES, TOTAL, NONE", .built = "NONE" }, \
	{ .name = "ReturnItemCollectionMetrics", .kind = PARAM_ENUM, .values = "SIZE, NONE", .built = "NONE" }, \
	{ .name = "ReturnValuesOnConditionCheckFailure", .kind = PARAM_ENUM, .values = "ALL_OLD, NONE" }, \
	{ .name = "ConditionExpression", .kind = PARAM_ABSENT }, \
	{ .name = "ExpressionAttributeNames", .kind = PARAM_MAP }, \
	{ .name = "ExpressionAttributeValues", .kind = PARAM_MAP }, \
	{ .name = "Expected", .kind = PARAM_ABSENT }, \
	{ .name = "ConditionalOperator", .kind = PARAM_ABSENT }, \
	{ 0 }

const struct param_rule put_item_params[] = { { .name = "Item", .kind = PARAM_MAP, .required = true }, WRITE_PARAMS };
const struct param_rule delete_item_params[] = { { .name = "Key", .kind = PARAM_MAP, .required = true }, WRITE_PARAMS };

const struct param_rule get_item_params[] = {
	{ .name = "TableName", .kind = PARAM_TABLE, .required = true },
	{ .name = "Key", .kind = PARAM_MAP, .required = true },
	{ .name = "ConsistentRead", .kind = PARAM_BOOL },	/* every read is */
	{ .name = "ReturnConsumedCapacity", .kind = PARAM_ENUM, .values = "INDEXES, TOTAL, NONE", .built = "NONE" },
	{ .name = "ProjectionExpression", .kind = PARAM_ABSENT },
	{ .name = "ExpressionAttributeNames", .kind = PARAM_MAP },
	{ .name = "AttributesToGet", .kind = PARAM_ABSENT },
	{ 0 }
};

/* Placeholders without an expression that could use them. */
static int check_placeholders(struct dynamodb *d)
{
	if (param_get(d->body, "ExpressionAttributeNames"))
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "ExpressionAttributeNames can only be specified when using expressions");
	if (param_get(d->body, "ExpressionAttributeValues"))
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "ExpressionAttributeValues can only be specified when using expressions: "
				       "ConditionExpression is null");
	return 0;
}

static int check_request(struct dynamodb *d, const char *values)
{
	struct str returns = json_text(d->body, "ReturnValues");
	int rc;

	if ((rc = dynamodb_param_end(d)) < 0 || (rc = check_placeholders(d)) < 0)
		return rc;
	if (str_is_set(returns) && !str_eq(returns, STR("NONE")) && !str_eq(returns, STR("ALL_OLD")))
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "ReturnValues can only be ALL_OLD or NONE");
	return values_check(d, json_get(d->body, values));
}

int put_item_check(struct dynamodb *d)
{
	return check_request(d, "Item");
}

int key_check(struct dynamodb *d)
{
	return check_request(d, "Key");
}

/* {"Attributes":{...}} when the old item was asked for and there was one. */
static void answer_old(struct dynamodb *d, struct str old)
{
	struct json j = json_into(&d->out);

	json_open(&j, NULL, '{');
	if (str_is_set(old) && str_eq(json_text(d->body, "ReturnValues"), STR("ALL_OLD")))
		json_raw(&j, "Attributes", old);
	json_close(&j);
}

int put_item_run(struct dynamodb *d, struct db *db)
{
	const struct json_value *item = json_get(d->body, "Item");
	struct table t;
	struct str old;
	int rc;

	if ((rc = dynamodb_table(d, db, &t)) < 0 || (rc = keys_check_item(d, &t, item)) < 0)
		return rc;
	rc = item_put(db, &t, item, &d->arena, &old);
	if (rc == E_TOO_LARGE)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "Item size has exceeded the maximum allowed size");
	if (rc == 0)
		rc = photo_item_touched(db, &t, old, item, &d->arena);
	if (rc == 0)
		answer_old(d, old);
	return rc;
}

int delete_item_run(struct dynamodb *d, struct db *db)
{
	const struct json_value *key = json_get(d->body, "Key");
	struct table t;
	struct str old;
	int rc;

	if ((rc = dynamodb_table(d, db, &t)) < 0 || (rc = keys_check_key(d, &t, key)) < 0)
		return rc;
	rc = item_delete(db, &t, key, &d->arena, &old);
	if (rc == 0)
		rc = photo_item_touched(db, &t, old, NULL, &d->arena);
	if (rc < 0 && rc != E_NOT_FOUND)
		return rc;
	answer_old(d, old);
	return 0;
}

int get_item_run(struct dynamodb *d, struct db *db)
{
	const struct json_value *key = json_get(d->body, "Key");
	struct json j = json_into(&d->out);
	struct table t;
	struct str item;
	int rc;

	if ((rc = dynamodb_table(d, db, &t)) < 0 || (rc = keys_check_key(d, &t, key)) < 0)
		return rc;
	rc = item_get(db, &t, key, &d->arena, &item);
	if (rc < 0 && rc != E_NOT_FOUND)
		return rc;
	json_open(&j, NULL, '{');
	if (rc == 0)
		json_raw(&j, "Item", item);
	json_close(&j);
	return 0;
}
