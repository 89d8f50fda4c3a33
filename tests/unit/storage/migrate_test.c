/* A database of an older layout is brought up to date when it is opened, and loses nothing by it. */
#include "tests/lib/t.h"

#include <sqlite3.h>
#include <stdio.h>

#include "base/buf.h"
#include "storage/function.h"
#include "storage/logs.h"
#include "storage/made.h"
#include "storage/outbox.h"
#include "storage/photo.h"
#include "storage/queue.h"
#include "storage/schema.h"
#include "storage/version.h"

/* One photo that is done, one event that waits and one dead letter, as layout 1 had them. */
static const char old_rows[] =
	"INSERT INTO bucket VALUES(1, 'photos', 0);"
	"INSERT INTO photo VALUES(1, x'61', 5, 1, 99, 'rows', 3), (1, x'62', 6, 1, 99, 'rows', 3), (2, x'61', 7, 1, 99, 'rows', 3);"
	"INSERT INTO job VALUES(10, 1, 0, 50, 1, 0, 40, 0, 'r', 1, x'63', 8, 0, x'7b7d', NULL, NULL);"
	"INSERT INTO job VALUES(11, 1, 2, 50, 3, 0, 40, 0, 'r', 1, x'64', 9, 0, x'7b7d', 'Code', 'why');"
	"INSERT INTO function VALUES(1, 'thumbnail', '{}', 7), (4, 'silent', '{}', 8);"
	"INSERT INTO logline VALUES(1, 1, 100, 'one', 'START'), (2, 1, 100, 'one', 'END'), (3, 1, 90, 'two', 'é'), (4, 1, 100, '', 'odd'),"
	" (5, 2, 100, 'one', 'of a function that is gone');";

static void make_old(const char *path, const char *upgrade)
{
	sqlite3 *h;

	assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
	assert_int_equal(sqlite3_exec(h, SCHEMA_1 "PRAGMA user_version=1;", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(h, old_rows, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(h, upgrade, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(h), SQLITE_OK);
}

static void open_old(void **state, const char *upgrade, struct db **db)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/meta.db", test_path(state));
	make_old(path, upgrade);
	assert_int_equal(db_open(db, path, DB_WRITER), 0);
}

static int note_list(void *owner, struct str list, int64_t photos)
{
	int64_t *sum = owner;

	assert_int_equal(list.n, 0);
	*sum += photos;
	return 0;
}

static void events_and_results_of_layout_1_are_kept(void **state)
{
	struct arena a = {0};
	struct queue_counts counts;
	struct job_row *rows;
	int64_t photos = 0;
	char path[4096];
	struct db *db;

	snprintf(path, sizeof path, "%s/meta.db", test_path(state));
	open_old(state, "", &db);
	assert_int_equal(made_of_bucket(db, 1, note_list, &photos), 0);
	assert_int_equal(photos, 2);
	assert_int_equal(queue_count(db, &counts), 0);
	assert_true(counts.ready == 1 && counts.dead == 1 && counts.leased == 0 && counts.oldest_first_ms == 40);
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(queue_claim(db, 1, 100, 1000, 10, &a, &rows), 1);
	assert_true(rows[0].id == 10 && rows[0].backfill == 0 && str_is(rows[0].key, "c"));
	assert_true(str_is(rows[0].qualifier, "") && str_is(rows[0].trace, ""));
	assert_int_equal(db_commit(db), 0);
	arena_clear(&a);
	db_close(db);
	assert_int_equal(db_open(&db, path, DB_WRITER), 0);	/* a second time there is nothing to do */
	db_close(db);
}

static int note_group(void *owner, const struct log_group *g)
{
	buf_printf(owner, "%.*s from %lld, %lld bytes; ", STR_ARG(g->name), (long long)g->created_ms, (long long)g->bytes);
	return 0;
}

static int note_stream(void *owner, const struct log_stream *s)
{
	buf_printf(owner, "%.*s %lld-%lld; ", STR_ARG(s->name), (long long)s->first_ms, (long long)s->last_ms);
	return 0;
}

static int note_line(void *owner, const struct log_line *l)
{
	buf_printf(owner, "%lld.%lld %.*s: %.*s; ", (long long)l->at_ms, (long long)l->id, STR_ARG(l->stream), STR_ARG(l->text));
	return 0;
}

static void functions_of_layout_2_keep_their_ids_and_get_log_groups_of_their_lines(void **state)
{
	struct log_query q = { .to_ms = INT64_MAX, .max = 10 };
	struct arena a = {0};
	struct buf b = {0};
	struct function_row f;
	struct log_group g;
	struct db *db;
	int64_t id;

	open_old(state, SCHEMA_2 "PRAGMA user_version=2;", &db);
	assert_int_equal(function_get(db, STR("silent"), &a, &f), 0);
	assert_true(f.id == 4 && f.modified_ms == 8);
	assert_int_equal(log_group_list(db, (struct str){0}, (struct str){0}, 10, note_group, &b), 0);
	assert_string_equal(b.data, "/aws/lambda/thumbnail from 90, 117 bytes; ");
	b.len = 0;
	assert_int_equal(log_group_get(db, STR("/aws/lambda/thumbnail"), &a, &g), 0);
	assert_int_equal(log_stream_list(db, &(struct log_stream_query){ .group = g.id, .max = 10 }, note_stream, &b), 0);
	assert_string_equal(b.data, "one 100-100; stream 100-100; two 90-90; ");
	b.len = 0;
	q.group = g.id;
	assert_int_equal(log_lines(db, &q, note_line, &b), 0);
	assert_string_equal(b.data, "90.1 two: é; 100.1 one: START; 100.2 one: END; 100.3 stream: odd; ");
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(function_delete(db, 4, NULL, NULL), 0);
	assert_int_equal(function_put(db, STR("next"), STR("{}"), &id), 0);
	assert_int_equal(id, 5);	/* 4 is never another's */
	assert_int_equal(db_commit(db), 0);
	buf_clear(&b);
	arena_clear(&a);
	db_close(db);
}

/* As layout 3 had it: an object that is done, and rules that asked for what was never told. */
static const char photos_of_layout_3[] =
	"INSERT INTO object VALUES(1, x'61', 5, 70, 4, 'etag', NULL, NULL, NULL, '{}', 1, x'');"
	"INSERT INTO rule VALUES(1, 0, 'r', 1, 'arn', 0, 2147483648, 's3:ObjectTagging:* s3:LifecycleExpiration:Delete', NULL, NULL),"
	" (1, 1, 's', 1, 'arn', 0, 15, 's3:ObjectCreated:*', NULL, NULL);";

static void objects_of_layout_3_are_null_versions_and_stay_done(void **state)
{
	struct buf upgrades = {0};
	struct arena a = {0};
	struct photo_row photo;
	struct version v;
	struct rule *rules;
	struct db *db;
	bool missing;
	int n;

	buf_printf(&upgrades, "%s%s%s", SCHEMA_2, SCHEMA_3 "PRAGMA user_version=3;", photos_of_layout_3);
	open_old(state, upgrades.data, &db);
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(version_get(db, STR("photos"), STR("a"), STR("null"), &a, &v, &missing), 0);
	assert_true(v.current && !v.o.named && v.o.born == 5 && v.o.seq == 5 && v.o.mtime_ms == 70 && !v.o.versioned && !str_is_set(v.o.tags));
	assert_int_equal(photo_get(db, 1, STR("a"), &a, &photo), 0);
	assert_true(photo.seq == 5 && photo.renditions == 3);
	assert_int_equal(rules_get(db, 1, &a, &rules, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(rules[0].set, EVENT_SET_SILENT | event_set(STR("s3:ObjectTagging:*")) | event_set(STR("s3:LifecycleExpiration:Delete")));
	assert_int_equal(rules[1].set, event_set(STR("s3:ObjectCreated:*")));
	assert_int_equal(db_commit(db), 0);
	buf_clear(&upgrades);
	arena_clear(&a);
	db_close(db);
}

/* As layout 4 had it: one line that waits and two dead ones. */
static const char outbox_of_layout_4[] =
	"INSERT INTO outbox VALUES(1, 1, x'61', 5, 1, 0, 70, 60, 0, '{}', NULL, NULL), (2, 1, x'61', 5, 2, 2, 70, 50, 3, '{}', 'Code', 'why'),"
	" (3, 2, x'61', 5, 2, 2, 70, 50, 3, '{}', 'Code', 'why');";

/* Its other form, which had some indexes of step 5 already. */
static const char early_indexes[] =
	"DROP INDEX outbox_subject; CREATE INDEX outbox_dead_since ON outbox(due) WHERE state = 2;"
	"CREATE INDEX outbox_dead_bucket ON outbox(bucket, id) WHERE state = 2; CREATE INDEX resumable_token ON resumable(token) WHERE seq = 0;";

static void count_lines(void **state, const char *form)
{
	struct buf upgrades = {0};
	struct outbox_counts c;
	struct db *db;

	buf_printf(&upgrades, "%s%s%s%s", SCHEMA_2 SCHEMA_3, SCHEMA_4 "PRAGMA user_version=4;", outbox_of_layout_4, form);
	open_old(state, upgrades.data, &db);
	assert_int_equal(outbox_count(db, &c), 0);
	assert_true(c.waiting == 1 && c.dead == 2 && c.most == 1 && c.oldest_first_ms == 60);
	assert_int_equal(outbox_make_room(db, 1, 10), 1);	/* by an index that must be there */
	buf_clear(&upgrades);
	db_close(db);
}

static void webhook_lines_of_layout_4_are_counted(void **state)
{
	count_lines(state, "");
}

static void layout_4_that_had_the_indexes_of_5_is_brought_up_to_date_too(void **state)
{
	count_lines(state, early_indexes);
}

static int upgrade(void *arg)
{
	struct db *db;
	int rc = db_open(&db, arg, DB_WRITER);

	if (rc == 0)
		db_close(db);
	return rc;
}

static void dying_in_the_middle_leaves_the_old_layout_or_the_new_one(void **state)
{
	char path[4096];
	int runs = 0;

	snprintf(path, sizeof path, "%s/meta.db", test_path(state));
	make_old(path, "");
	EACH_CRASH(c, upgrade, path) {
		struct arena a = {0};
		struct log_group g;
		struct db *db;

		assert_int_equal(db_open(&db, path, DB_WRITER), 0);
		assert_int_equal(log_group_get(db, STR("/aws/lambda/thumbnail"), &a, &g), 0);
		assert_int_equal(g.bytes, 117);
		arena_clear(&a);
		db_close(db);
		t_wipe(test_dir(state));
		make_old(path, "");
		runs++;
	}
	assert_true(runs > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(events_and_results_of_layout_1_are_kept),
		T(dying_in_the_middle_leaves_the_old_layout_or_the_new_one),
		T(functions_of_layout_2_keep_their_ids_and_get_log_groups_of_their_lines),
		T(objects_of_layout_3_are_null_versions_and_stay_done),
		T(webhook_lines_of_layout_4_are_counted),
		T(layout_4_that_had_the_indexes_of_5_is_brought_up_to_date_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
