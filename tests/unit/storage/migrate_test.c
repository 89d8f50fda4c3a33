/* A database of an older layout is brought up to date when it is opened, and loses nothing by it. */
#include "tests/lib/t.h"

#include <sqlite3.h>
#include <stdio.h>

#include "storage/made.h"
#include "storage/queue.h"
#include "storage/schema.h"

/* One photo that is done, one event that waits and one dead letter, as layout 1 had them. */
static const char old_rows[] =
	"INSERT INTO bucket VALUES(1, 'photos', 0);"
	"INSERT INTO photo VALUES(1, x'61', 5, 1, 99, 'rows', 3), (1, x'62', 6, 1, 99, 'rows', 3), (2, x'61', 7, 1, 99, 'rows', 3);"
	"INSERT INTO job VALUES(10, 1, 0, 50, 1, 0, 40, 0, 'r', 1, x'63', 8, 0, x'7b7d', NULL, NULL);"
	"INSERT INTO job VALUES(11, 1, 2, 50, 3, 0, 40, 0, 'r', 1, x'64', 9, 0, x'7b7d', 'Code', 'why');";

static void make_old(const char *path)
{
	sqlite3 *h;

	assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
	assert_int_equal(sqlite3_exec(h, SCHEMA_1 "PRAGMA user_version=1;", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(h, old_rows, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(h), SQLITE_OK);
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
	make_old(path);
	assert_int_equal(db_open(&db, path, DB_WRITER), 0);
	assert_int_equal(made_of_bucket(db, 1, note_list, &photos), 0);
	assert_int_equal(photos, 2);
	assert_int_equal(queue_count(db, &counts), 0);
	assert_true(counts.ready == 1 && counts.dead == 1 && counts.leased == 0 && counts.oldest_first_ms == 40);
	assert_int_equal(db_begin(db), 0);
	assert_int_equal(queue_claim(db, 1, 100, 1000, 10, &a, &rows), 1);
	assert_true(rows[0].id == 10 && rows[0].backfill == 0 && str_is(rows[0].key, "c"));
	assert_int_equal(db_commit(db), 0);
	arena_clear(&a);
	db_close(db);
	assert_int_equal(db_open(&db, path, DB_WRITER), 0);	/* a second time there is nothing to do */
	db_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(events_and_results_of_layout_1_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
