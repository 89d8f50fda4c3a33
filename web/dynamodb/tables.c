/* tables.c - DescribeTable, ListTables, DeleteTable, DescribeEndpoints, and how a table is described. */
#include "web/dynamodb/dynamodb.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/codec.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/log.h"
#include "web/dynamodb/param.h"

#define LIST_MAX 100
#define ON_DEMAND_READS 12000
#define ON_DEMAND_WRITES 4000
#define ENDPOINT_CACHE_MINUTES 1440

const struct param_rule no_params[] = { { 0 } };

const struct param_rule table_params[] = {
	{ .name = "TableName", .kind = PARAM_TABLE, .required = true },
	{ 0 }
};

const struct param_rule list_tables_params[] = {
	{ .name = "ExclusiveStartTableName", .kind = PARAM_NAME },
	{ .name = "Limit", .kind = PARAM_INT, .min = 1, .max = LIST_MAX },
	{ 0 }
};

/* As a UUID that is the same whenever the same table is asked about. */
static const char *table_id(struct dynamodb *d, const struct table *t)
{
	const char *seed = arena_printf(&d->arena, "%.*s/%lld/%lld", STR_ARG(t->name), (long long)t->id, (long long)t->created_ms);
	uint8_t sum[DIGEST_SIZE_MAX];
	char hex[33];

	digest_of(DIGEST_MD5, str_of(seed), sum);
	sum[6] = (uint8_t)((sum[6] & 0x0f) | 0x30);	/* RFC 9562: version 3 */
	sum[8] = (uint8_t)((sum[8] & 0x3f) | 0x80);
	hex_encode(hex, sum, 16);
	return arena_printf(&d->arena, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

static const char *table_arn(struct dynamodb *d, const struct table *t)
{
	return arena_printf(&d->arena, "arn:aws:dynamodb:%s:%s:table/%.*s", d->m->settings.region, d->m->settings.account,
			    STR_ARG(t->name));
}

static void write_throughput(struct json *j, const struct json_value *given)
{
	json_open(j, "ProvisionedThroughput", '{');
	json_int(j, "NumberOfDecreasesToday", 0);
	json_int(j, "ReadCapacityUnits", json_number(given, "ReadCapacityUnits", 0));
	json_int(j, "WriteCapacityUnits", json_number(given, "WriteCapacityUnits", 0));
	json_close(j);
}

static void write_index(struct dynamodb *d, struct json *j, const struct table *t, const struct json_value *x, const char *status)
{
	struct str name = json_text(x, "IndexName");

	json_open(j, NULL, '{');
	json_str(j, "IndexName", name);
	json_value(j, "KeySchema", json_get(x, "KeySchema"));
	json_value(j, "Projection", json_get(x, "Projection"));
	if (status) {
		json_cstr(j, "IndexStatus", status);
		write_throughput(j, json_get(x, "ProvisionedThroughput"));
	}
	json_cstr(j, "IndexArn", arena_printf(&d->arena, "%s/index/%.*s", table_arn(d, t), STR_ARG(name)));
	json_close(j);
}

/* Indexes have a state of their own only when global. */
static void write_indexes(struct dynamodb *d, struct json *j, const struct table *t, const struct json_value *def,
			  const char *member, const char *status)
{
	const struct json_value *list = json_get(def, member);

	if (!list)
		return;
	json_open(j, member, '[');
	for (const struct json_value *x = list->first; x; x = x->next)
		write_index(d, j, t, x, member[0] == 'G' ? status : NULL);
	json_close(j);
}

static void write_billing(struct json *j, const struct json_value *def)
{
	const struct json_value *given = json_get(def, "ProvisionedThroughput");

	write_throughput(j, given);
	if (!str_eq(json_text(def, "BillingMode"), STR("PAY_PER_REQUEST")))
		return;
	json_open(j, "BillingModeSummary", '{');
	json_cstr(j, "BillingMode", "PAY_PER_REQUEST");
	json_close(j);
}

static void write_warm_throughput(struct json *j, const struct json_value *def)
{
	const struct json_value *given = json_get(def, "ProvisionedThroughput");

	json_open(j, "WarmThroughput", '{');
	json_int(j, "ReadUnitsPerSecond", json_number(given, "ReadCapacityUnits", ON_DEMAND_READS));
	json_int(j, "WriteUnitsPerSecond", json_number(given, "WriteCapacityUnits", ON_DEMAND_WRITES));
	json_cstr(j, "Status", "ACTIVE");
	json_close(j);
}

void table_describe(struct dynamodb *d, struct json *j, const char *name, const struct table *t, const char *status)
{
	struct json_value *def;

	CHECK(json_parse(&d->arena, t->definition, &def) == 0);	/* table_open has read it */
	json_open(j, name, '{');
	json_value(j, "AttributeDefinitions", json_get(def, "AttributeDefinitions"));
	json_str(j, "TableName", t->name);
	json_value(j, "KeySchema", json_get(def, "KeySchema"));
	json_cstr(j, "TableStatus", status);
	json_real(j, "CreationDateTime", (double)t->created_ms / 1000);
	write_billing(j, def);
	json_int(j, "TableSizeBytes", t->bytes);
	json_int(j, "ItemCount", t->items);
	json_cstr(j, "TableArn", table_arn(d, t));
	json_cstr(j, "TableId", table_id(d, t));
	write_indexes(d, j, t, def, "LocalSecondaryIndexes", status);
	write_indexes(d, j, t, def, "GlobalSecondaryIndexes", status);
	json_bool(j, "DeletionProtectionEnabled", false);
	if (str_eq(str_of(status), STR("ACTIVE")))
		write_warm_throughput(j, def);
	json_close(j);
}

int describe_table_run(struct dynamodb *d, struct db *db)
{
	struct json j = json_into(&d->out);
	struct table t;
	int rc = dynamodb_table_named(d, db, &t);

	if (rc < 0)
		return rc;
	json_open(&j, NULL, '{');
	table_describe(d, &j, "Table", &t, "ACTIVE");
	json_close(&j);
	return 0;
}

struct listing {
	struct arena *a;
	struct json j;
	int left;
	struct str last;
	bool more;
};

static int on_table(void *owner, struct str name)
{
	struct listing *l = owner;

	if (l->left-- == 0) {
		l->more = true;
		return 0;
	}
	json_str(&l->j, NULL, name);
	l->last = arena_str(l->a, name);
	return 0;
}

int list_tables_run(struct dynamodb *d, struct db *db)
{
	int limit = (int)json_number(d->body, "Limit", LIST_MAX), rc;
	struct listing l = { .a = &d->arena, .j = json_into(&d->out), .left = limit };

	json_open(&l.j, NULL, '{');
	json_open(&l.j, "TableNames", '[');
	rc = table_list(db, json_text(d->body, "ExclusiveStartTableName"), limit + 1, on_table, &l);
	json_close(&l.j);
	if (l.more)
		json_str(&l.j, "LastEvaluatedTableName", l.last);
	json_close(&l.j);
	return rc;
}

int delete_table_run(struct dynamodb *d, struct db *db)
{
	struct json j = json_into(&d->out);
	struct table t;
	int rc;

	if ((rc = dynamodb_table_named(d, db, &t)) < 0 || (rc = table_delete(db, d->table)) < 0)
		return rc;
	json_open(&j, NULL, '{');
	table_describe(d, &j, "TableDescription", &t, "DELETING");
	json_close(&j);
	return 0;
}

/* What deleted tables left behind, a transaction at a time, so that others get their turn. */
struct sweep {
	struct change change;
	struct commit commit;
	struct minilab *m;
	struct room *room;
	bool more;
};

static int sweep_some(struct change *c, struct db *db)
{
	struct sweep *s = container_of(c, struct sweep, change);
	int rc = table_sweep(db);

	s->more = rc > 0;
	return rc < 0 ? rc : 0;
}

static void on_swept(struct commit *c)
{
	struct sweep *s = container_of(c, struct sweep, commit);
	struct room *room = s->room;

	if (s->change.rc == 0 && s->more && !room->emptied) {	/* a stop does not wait for all of a large table */
		lanes_commit(s->m->lanes, &s->commit);
		return;
	}
	if (s->change.rc < 0)
		log_warn(s->change.rc, "rows of deleted tables stay until the janitor comes");
	free(s);
	room_leave(room);
}

void delete_table_after(struct dynamodb *d)
{
	struct sweep *s = calloc(1, sizeof *s);

	CHECK(s != NULL);
	s->m = d->m;
	s->room = d->room;
	s->change = (struct change){ .apply = sweep_some, .always = true };
	s->commit = (struct commit){ .lanes = d->m->lanes, .change = &s->change, .done = on_swept };
	room_enter(s->room);
	lanes_commit(d->m->lanes, &s->commit);
}

/* The one the client came by. */
int describe_endpoints_check(struct dynamodb *d)
{
	struct str *host = arena_take(&d->arena, sizeof *host);

	*host = arena_str(&d->arena, http_field(d->call->r, "host"));
	if (!str_is_set(*host))
		*host = STR("localhost");
	d->state = host;
	return dynamodb_param_end(d);
}

int describe_endpoints_run(struct dynamodb *d, struct db *db)
{
	struct json j = json_into(&d->out);

	(void)db;
	json_open(&j, NULL, '{');
	json_open(&j, "Endpoints", '[');
	json_open(&j, NULL, '{');
	json_str(&j, "Address", *(const struct str *)d->state);
	json_int(&j, "CachePeriodInMinutes", ENDPOINT_CACHE_MINUTES);
	json_close(&j);
	json_close(&j);
	json_close(&j);
	return 0;
}
