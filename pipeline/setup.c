/* setup.c - the default pipeline, made at first start: buckets photos and photos-thumbnails, function
 * thumbnail, table photos with its indexes `newest` and `near-0` to `near-3`, and the rules between them. One change: all of it or none,
 * and it is noted that it was done. Whoever removes a part later meant it. The few rows are written on a full disk too: a house must open. */
#include "pipeline/setup.h"

#include <stdio.h>

#include "base/check.h"
#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "pipeline/builtin.h"
#include "pipeline/similar.h"
#include "storage/bucket.h"
#include "storage/function.h"
#include "storage/rule.h"
#include "storage/table.h"

#define THUMBNAIL "thumbnail"
#define TABLE "photos"
#define MADE "default_pipeline"		/* of the store's named numbers: 1 */

struct setup {
	struct change change;
	struct store *store;
	struct buf config, table;
	bool made;
};

static void write_config(struct buf *to, const char *account)
{
	struct buf variables = {0};
	struct json j = json_into(&variables);

	json_open(&j, NULL, '{');
	json_cstr(&j, "RENDITIONS", "small.webp=160 medium.webp=480 large.jpg=1280");
	json_cstr(&j, "DESTINATION", "{bucket}-thumbnails");
	json_cstr(&j, "TABLE", "{bucket}");
	json_close(&j);
	builtin_write(to, &(struct builtin_spec){ .account = account, .memory_mb = 512, .timeout_s = 30,
						  .variables = str_n(variables.data, variables.len) });
	buf_clear(&variables);
}

static void attribute(struct json *j, const char *name)
{
	json_open(j, NULL, '{');
	json_cstr(j, "AttributeName", name);
	json_cstr(j, "AttributeType", "S");
	json_close(j);
}

static void key(struct json *j, const char *hash, const char *range)
{
	const char *names[] = { hash, range }, *types[] = { "HASH", "RANGE" };

	json_open(j, "KeySchema", '[');
	for (int i = 0; i < (range ? 2 : 1); i++) {
		json_open(j, NULL, '{');
		json_cstr(j, "AttributeName", names[i]);
		json_cstr(j, "KeyType", types[i]);
		json_close(j);
	}
	json_close(j);
}

/* One band of the perceptual hash, and what the search needs of a row. */
static void near_index(struct json *j, int band)
{
	json_open(j, NULL, '{');
	json_cstr(j, "IndexName", similar_index(band));
	key(j, similar_attribute(band), NULL);
	json_open(j, "Projection", '{');
	json_cstr(j, "ProjectionType", "INCLUDE");
	json_open(j, "NonKeyAttributes", '[');
	json_cstr(j, NULL, "phash");
	json_cstr(j, NULL, "origin");
	json_close(j);
	json_close(j);
	json_close(j);
}

/* As a CreateTable request would say it. */
static void write_table(struct buf *to, const char *name, bool near)
{
	struct json j = json_into(to);
	int bands = near ? SIMILAR_BANDS : 0;

	json_open(&j, NULL, '{');
	json_cstr(&j, "TableName", name);
	json_open(&j, "AttributeDefinitions", '[');
	attribute(&j, "key");
	attribute(&j, "origin");
	attribute(&j, "uploaded_at");
	for (int i = 0; i < bands; i++)
		attribute(&j, similar_attribute(i));
	json_close(&j);
	key(&j, "key", NULL);
	json_cstr(&j, "BillingMode", "PAY_PER_REQUEST");
	json_open(&j, "GlobalSecondaryIndexes", '[');
	json_open(&j, NULL, '{');
	json_cstr(&j, "IndexName", "newest");
	key(&j, "origin", "uploaded_at");
	json_open(&j, "Projection", '{');
	json_cstr(&j, "ProjectionType", "ALL");
	json_close(&j);
	json_close(&j);
	for (int i = 0; i < bands; i++)
		near_index(&j, i);
	json_close(&j);
	json_close(&j);
}

static int make_bucket(struct db *db, const char *name, int64_t *id)
{
	int64_t created;
	int rc = bucket_find(db, str_of(name), id, &created);

	return rc == E_NOT_FOUND ? bucket_create(db, str_of(name), id) : rc;
}

static int make_table(struct setup *u, struct db *db)
{
	struct arena a = {0};
	struct table t;
	int rc = table_open(db, STR(TABLE), &a, &t);

	if (rc == E_NOT_FOUND)
		rc = table_create(db, STR(TABLE), str_n(u->table.data, u->table.len), &a, &t);
	arena_clear(&a);
	return rc;
}

/* Stores of before the note have the function's row instead. */
static bool done_before(struct db *db, int *rc)
{
	struct function_row row;
	struct arena a = {0};
	int64_t made;

	if ((*rc = db_meta_get(db, MADE, 0, &made)) < 0 || made)
		return true;
	*rc = function_get(db, STR(THUMBNAIL), &a, &row);
	arena_clear(&a);
	if (*rc == 0)
		*rc = db_meta_set(db, MADE, 1);
	return *rc != E_NOT_FOUND;
}

static int make_rules(struct setup *u, struct db *db, int64_t bucket, int64_t function)
{
	char arn[256];
	struct rule rules[2];

	snprintf(arn, sizeof arn, "arn:aws:lambda:%s:%s:function:%s", store_region(u->store), store_account(u->store), THUMBNAIL);
	rules[0] = (struct rule){ .id = STR("thumbnail-created"), .arn = str_of(arn), .function = function, .native = true,
				  .events = STR("s3:ObjectCreated:*"), .set = event_set(STR("s3:ObjectCreated:*")) };
	rules[1] = (struct rule){ .id = STR("thumbnail-removed"), .arn = str_of(arn), .function = function, .native = true,
				  .events = STR("s3:ObjectRemoved:*"), .set = event_set(STR("s3:ObjectRemoved:*")) };
	return rules_replace(db, bucket, rules, 2);
}

static int set_up(struct change *c, struct db *db)
{
	struct setup *u = container_of(c, struct setup, change);
	int64_t photos, thumbnails, function;
	int rc;

	if (done_before(db, &rc))
		return rc;
	if ((rc = make_bucket(db, "photos", &photos)) < 0 || (rc = make_bucket(db, "photos-thumbnails", &thumbnails)) < 0)
		return rc;
	if ((rc = function_put(db, STR(THUMBNAIL), str_n(u->config.data, u->config.len), &function)) < 0)
		return rc;
	if ((rc = make_table(u, db)) < 0 || (rc = make_rules(u, db, photos, function)) < 0 || (rc = db_meta_set(db, MADE, 1)) < 0)
		return rc;
	u->made = true;
	return 0;
}

int setup_default(struct store *s, bool near)
{
	struct setup u = { .change = { .apply = set_up, .always = true }, .store = s };
	int rc;

	write_config(&u.config, store_account(s));
	write_table(&u.table, TABLE, near);
	rc = store_run(s, &u.change);
	if (rc == 0 && u.made)
		log_info("setup=done buckets=photos,photos-thumbnails function=%s table=photos", THUMBNAIL);
	buf_clear(&u.config);
	buf_clear(&u.table);
	return rc;
}

struct upgrade {
	struct change change;
	struct buf table;		/* with the indexes */
	struct buf before;		/* as it was set up without them */
	bool made;
};

static int add_indexes(struct change *c, struct db *db)
{
	struct upgrade *u = container_of(c, struct upgrade, change);
	struct arena a = {0};
	struct table t;
	int rc = table_open(db, STR(TABLE), &a, &t);

	if (rc == 0 && str_eq(t.definition, str_n(u->before.data, u->before.len))) {
		rc = table_add_indexes(db, &t, str_n(u->table.data, u->table.len));
		u->made = rc == 0;
	}
	arena_clear(&a);
	return rc == E_NOT_FOUND ? 0 : rc;
}

int setup_near(struct store *s)
{
	struct upgrade u = { .change = { .apply = add_indexes, .always = true } };
	int rc;

	write_table(&u.table, TABLE, true);
	write_table(&u.before, TABLE, false);
	rc = store_run(s, &u.change);
	if (rc == 0 && u.made)
		log_info("table=%s indexes=near-0,near-1,near-2,near-3 rows_before=\"in them once made again: minilab backfill BUCKET --all\"",
			 TABLE);
	buf_clear(&u.table);
	buf_clear(&u.before);
	return rc;
}
