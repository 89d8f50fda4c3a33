/* query.c - Query and Scan. */
#include "web/dynamodb/dynamodb.h"

#include "base/err.h"
#include "storage/table_query.h"
#include "web/dynamodb/key_condition.h"
#include "web/dynamodb/param.h"
#include "web/dynamodb/value.h"

#define SELECTS "SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES"

#define READ_PARAMS \
	{ .name = "TableName", .kind = PARAM_TABLE, .required = true }, \
	{ .name = "IndexName", .kind = PARAM_NAME }, \
	{ .name = "Limit", .kind = PARAM_INT, .min = 1 }, \
	{ .name = "ExclusiveStartKey", .kind = PARAM_MAP }, \
	{ .name = "Select", .kind = PARAM_ENUM, .values = SELECTS, .built = "COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES" }, \
	{ .name = "ConsistentRead", .kind = PARAM_BOOL }, \
	{ .name = "ReturnConsumedCapacity", .kind = PARAM_ENUM, .values = "INDEXES, TOTAL, NONE", .built = "NONE" }, \
	{ .name = "ExpressionAttributeNames", .kind = PARAM_MAP }, \
	{ .name = "ExpressionAttributeValues", .kind = PARAM_MAP }, \
	{ .name = "FilterExpression", .kind = PARAM_ABSENT }, \
	{ .name = "ProjectionExpression", .kind = PARAM_ABSENT }, \
	{ .name = "AttributesToGet", .kind = PARAM_ABSENT }, \
	{ .name = "ConditionalOperator", .kind = PARAM_ABSENT }

const struct param_rule query_params[] = {
	READ_PARAMS,
	{ .name = "KeyConditionExpression", .kind = PARAM_TEXT },
	{ .name = "ScanIndexForward", .kind = PARAM_BOOL },
	{ .name = "KeyConditions", .kind = PARAM_ABSENT },
	{ .name = "QueryFilter", .kind = PARAM_ABSENT },
	{ 0 }
};

const struct param_rule scan_params[] = {
	READ_PARAMS,
	{ .name = "Segment", .kind = PARAM_INT, .max = TABLE_SEGMENTS_MAX - 1 },
	{ .name = "TotalSegments", .kind = PARAM_INT, .min = 1, .max = TABLE_SEGMENTS_MAX },
	{ .name = "ScanFilter", .kind = PARAM_ABSENT },
	{ 0 }
};

/* d->state of both. */
struct reading {
	struct key_condition key;
	int64_t segment, segments;	/* segments 0: not asked for */
};

static bool selects(struct dynamodb *d, struct str what)
{
	return str_eq(json_text(d->body, "Select"), what);
}

static int check_select(struct dynamodb *d, const char *verb)
{
	if (selects(d, STR("ALL_PROJECTED_ATTRIBUTES")) && !param_get(d->body, "IndexName"))
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "ALL_PROJECTED_ATTRIBUTES can be used only when %s using an IndexName", verb);
	return 0;
}

static int check_start(struct dynamodb *d)
{
	const struct json_value *after = param_get(d->body, "ExclusiveStartKey");

	return after ? values_check(d, after) : 0;
}

int query_check(struct dynamodb *d)
{
	const struct json_value *text = param_get(d->body, "KeyConditionExpression");
	struct reading *r = arena_take(&d->arena, sizeof *r);
	struct placeholders p = {0};
	struct node *tree;
	int rc;

	d->state = r;
	if ((rc = dynamodb_param_end(d)) < 0 || (rc = check_select(d, "Querying")) < 0)
		return rc;
	if (!text)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "Either the KeyConditions or KeyConditionExpression parameter must be "
				       "specified in the request.");
	if ((rc = placeholders_open(d, &p)) < 0)
		return rc;
	if ((rc = expression_parse(d, "KeyConditionExpression", text->text, &p, &tree)) < 0)
		return rc;
	if ((rc = placeholders_end(d, &p)) < 0 || (rc = key_condition_read(d, tree, &r->key)) < 0)
		return rc;
	return check_start(d);
}

static int check_segments(struct dynamodb *d, struct reading *r)
{
	bool segment = param_get(d->body, "Segment"), total = param_get(d->body, "TotalSegments");

	r->segment = json_number(d->body, "Segment", 0);
	r->segments = json_number(d->body, "TotalSegments", 0);
	if (segment && !total)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "The TotalSegments parameter is required but was not present in the request "
				       "when Segment parameter is present");
	if (total && !segment)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "The Segment parameter is required but was not present in the request when "
				       "parameter TotalSegments is present");
	if (segment && r->segment >= r->segments)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "The Segment parameter is zero-based and must be less than parameter "
				       "TotalSegments: Segment: %lld is not less than TotalSegments: %lld", (long long)r->segment,
				       (long long)r->segments);
	return 0;
}

int scan_check(struct dynamodb *d)
{
	struct reading *r = arena_take(&d->arena, sizeof *r);
	int rc;

	d->state = r;
	if ((rc = dynamodb_param_end(d)) < 0 || (rc = check_select(d, "Scanning")) < 0)
		return rc;
	if (param_get(d->body, "ExpressionAttributeNames"))
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "ExpressionAttributeNames can only be specified when using expressions");
	if (param_get(d->body, "ExpressionAttributeValues"))
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "ExpressionAttributeValues can only be specified when using expressions: "
				       "FilterExpression is null");
	if ((rc = check_segments(d, r)) < 0)
		return rc;
	return check_start(d);
}

static int choose_index(struct dynamodb *d, const struct table *t, struct table_query *q)
{
	struct str name = json_text(d->body, "IndexName");
	const struct json_value *consistent = param_get(d->body, "ConsistentRead");

	if (!str_is_set(name))
		return 0;
	for (int i = 0; i < t->index_count; i++)
		if (str_eq(t->indexes[i].name, name))
			q->index = &t->indexes[i];
	if (!q->index)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "The table does not have the specified index: %.*s", STR_ARG(name));
	if (consistent && consistent->yes && !q->index->local)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "Consistent reads are not supported on global secondary indexes");
	if (!selects(d, STR("ALL_ATTRIBUTES")) || q->index->projection == 'A')
		return 0;
	if (!q->index->local)
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not "
				       "supported for global secondary index %.*s because its projection type is not ALL", STR_ARG(name));
	q->whole = true;
	return 0;
}

static void write_page(struct dynamodb *d, const struct table_page *page, bool count_only)
{
	struct json j = json_into(&d->out);

	json_open(&j, NULL, '{');
	if (!count_only) {
		json_open(&j, "Items", '[');
		for (int i = 0; i < page->count; i++)
			json_raw(&j, NULL, page->items[i]);
		json_close(&j);
	}
	json_int(&j, "Count", page->count);
	json_int(&j, "ScannedCount", page->count);
	if (str_is_set(page->last))
		json_raw(&j, "LastEvaluatedKey", page->last);
	json_close(&j);
}

static int refuse_start(struct dynamodb *d, int rc)
{
	switch (rc) {
	case E_BAD_INPUT:
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "The provided starting key is invalid: The provided key element does not "
				       "match the schema");
	case E_MISMATCH:
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "The provided starting key is outside query boundaries based on provided "
				       "conditions");
	case E_PRECONDITION:
		return dynamodb_refuse(d, DYNAMODB_VALIDATION, "The provided starting key does not match the range key predicate");
	default:
		return rc;
	}
}

static int read_page(struct dynamodb *d, struct db *db, struct table_query *q)
{
	struct table_page page;
	int64_t limit = json_number(d->body, "Limit", 0);
	int rc;

	q->after = param_get(d->body, "ExclusiveStartKey");
	q->limit = limit > INT32_MAX ? INT32_MAX : (int)limit;
	q->count_only = selects(d, STR("COUNT"));
	if ((rc = table_query(db, q, &d->arena, &page)) < 0)
		return q->after ? refuse_start(d, rc) : rc;
	write_page(d, &page, q->count_only);
	return 0;
}

int query_table_run(struct dynamodb *d, struct db *db)
{
	struct reading *r = d->state;
	const struct json_value *forward = param_get(d->body, "ScanIndexForward");
	struct table_query q = { .backward = forward && !forward->yes };
	struct table t;
	int rc;

	if ((rc = dynamodb_table(d, db, &t)) < 0 || (rc = choose_index(d, &t, &q)) < 0)
		return rc;
	q.table = &t;
	if ((rc = key_condition_bind(d, &r->key, q.index ? &q.index->key : &t.key, &q)) < 0)
		return rc;
	return read_page(d, db, &q);
}

int scan_run(struct dynamodb *d, struct db *db)
{
	struct reading *r = d->state;
	struct table_query q = { .segment = (int)r->segment, .segments = (int)r->segments };
	struct table t;
	int rc;

	if ((rc = dynamodb_table(d, db, &t)) < 0 || (rc = choose_index(d, &t, &q)) < 0)
		return rc;
	q.table = &t;
	return read_page(d, db, &q);
}
