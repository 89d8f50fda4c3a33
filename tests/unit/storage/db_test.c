#include "tests/lib/t.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "storage/db.h"

static const char *db_path(void **state)
{
	static char path[4200];

	snprintf(path, sizeof path, "%s/meta.db", test_path(state));
	return path;
}

static struct db *open_as(const char *path, enum db_role role)
{
	struct db *db;

	assert_int_equal(db_open(&db, path, role), 0);
	return db;
}

static int64_t number(struct db *db, const char *name)
{
	int64_t v;

	assert_int_equal(db_meta_get(db, name, -1, &v), 0);
	return v;
}

static void set(struct db *db, const char *name, int64_t value)
{
	assert_int_equal(db_meta_set(db, name, value), 0);
}

static void every_statement_compiles(void **state)
{
	struct db *db = open_as(db_path(state), DB_WRITER);

	for (int i = 0; i < SQL_COUNT; i++) {
		struct query q = db_query(db, (enum sql)i);

		assert_int_equal(query_end(&q), 0);
	}
	db_close(db);
}

static void a_second_writer_is_refused(void **state)
{
	struct db *db = open_as(db_path(state), DB_WRITER), *other;

	assert_int_equal(db_open(&other, db_path(state), DB_WRITER), E_BUSY);
	assert_null(other);
	db_close(db);
	db = open_as(db_path(state), DB_WRITER);
	db_close(db);
}

static void a_reader_sees_what_was_committed_and_nothing_else(void **state)
{
	struct db *w = open_as(db_path(state), DB_WRITER), *r = open_as(db_path(state), DB_READER);

	assert_int_equal(db_begin(w), 0);
	set(w, "a", 1);
	assert_int_equal(number(r, "a"), -1);
	assert_int_equal(db_commit(w), 0);
	assert_int_equal(number(r, "a"), 1);
	assert_int_equal(db_begin(w), 0);
	set(w, "a", 2);
	db_rollback(w);
	assert_int_equal(number(r, "a"), 1);
	db_close(r);
	db_close(w);
}

static void a_snapshot_sees_one_state_until_it_ends(void **state)
{
	struct db *w = open_as(db_path(state), DB_WRITER), *r = open_as(db_path(state), DB_READER);

	set(w, "a", 1);
	assert_int_equal(db_snapshot_begin(r), 0);
	assert_int_equal(number(r, "a"), 1);
	set(w, "a", 2);
	assert_int_equal(number(r, "a"), 1);
	db_snapshot_end(r);
	assert_int_equal(number(r, "a"), 2);
	db_close(r);
	db_close(w);
}

static void a_reader_cannot_write(void **state)
{
	struct db *w = open_as(db_path(state), DB_WRITER), *r = open_as(db_path(state), DB_READER);

	assert_int_equal(db_meta_set(r, "a", 1), -EROFS);
	db_close(r);
	db_close(w);
}

static void a_reader_without_a_database_is_an_error(void **state)
{
	struct db *r;

	assert_int_equal(db_open(&r, db_path(state), DB_READER), -ENOENT);
	assert_null(r);
}

static void one_change_of_a_group_can_be_undone(void **state)
{
	struct db *db = open_as(db_path(state), DB_WRITER);

	assert_int_equal(db_begin(db), 0);
	assert_int_equal(db_mark(db), 0);
	set(db, "first", 1);
	db_release(db);
	assert_int_equal(db_mark(db), 0);
	set(db, "second", 2);
	db_undo(db);
	assert_int_equal(db_mark(db), 0);
	set(db, "third", 3);
	db_release(db);
	assert_int_equal(db_commit(db), 0);
	assert_int_equal(number(db, "first"), 1);
	assert_int_equal(number(db, "second"), -1);
	assert_int_equal(number(db, "third"), 3);
	db_close(db);
}

static void a_duplicate_key_is_told(void **state)
{
	struct db *db = open_as(db_path(state), DB_WRITER);
	struct query q;

	for (int i = 0; i < 2; i++) {
		q = db_query(db, SQL_FILE_ADD);
		query_bytes(&q, 1, STR("0123456789abcdef"));
		assert_int_equal(query_run(&q), i == 0 ? 0 : E_EXISTS);
	}
	db_close(db);
}

static void absent_empty_and_zero_bytes_stay_apart(void **state)
{
	static const struct { struct str in; bool null; } cases[] = {
		{ { NULL, 0 }, true }, { { "", 0 }, false }, { { "a\0b", 3 }, false },
	};
	struct db *db = open_as(db_path(state), DB_WRITER);

	for (int i = 0; i < 3; i++) {
		struct query q = db_query(db, SQL_META_SET);

		query_text(&q, 1, STR("k"));
		query_bytes(&q, 2, cases[i].in);
		assert_int_equal(query_run(&q), 0);
		assert_int_equal(db_changes(db), 1);
		q = db_query(db, SQL_META_GET);
		query_text(&q, 1, STR("k"));
		assert_int_equal(query_step(&q), QUERY_ROW);
		assert_int_equal(col_null(&q, 0), cases[i].null);
		assert_int_equal(str_is_set(col_str(&q, 0)), !cases[i].null);
		assert_true(str_eq(col_str(&q, 0), cases[i].in));
		assert_int_equal(query_end(&q), 0);
	}
	db_close(db);
}

static int64_t next_in_a_transaction(struct db *db, bool keep)
{
	int64_t n;

	assert_int_equal(db_begin(db), 0);
	n = db_next_seq(db);
	assert_true(n > 0);
	if (keep)
		assert_int_equal(db_commit(db), 0);
	else
		db_rollback(db);
	return n;
}

static void a_number_never_comes_twice_whatever_was_undone(void **state)
{
	struct db *db = open_as(db_path(state), DB_WRITER);
	int64_t last = 0, n;

	for (int i = 0; i < 3000; i++) {
		n = next_in_a_transaction(db, i % 3 != 0);
		assert_true(n > last);
		last = n;
		if (i % 500 == 499) {
			db_close(db);
			db = open_as(db_path(state), DB_WRITER);
		}
	}
	db_close(db);
}

static void a_number_of_an_undone_change_is_reserved_again(void **state)
{
	struct db *db = open_as(db_path(state), DB_WRITER);
	int64_t kept;

	assert_int_equal(db_begin(db), 0);
	assert_int_equal(db_mark(db), 0);
	assert_true(db_next_seq(db) > 0);
	db_undo(db);
	assert_int_equal(db_mark(db), 0);
	kept = db_next_seq(db);
	db_release(db);
	assert_int_equal(db_commit(db), 0);
	db_close(db);
	db = open_as(db_path(state), DB_WRITER);
	assert_true(next_in_a_transaction(db, true) > kept);
	db_close(db);
}

static void a_checkpoint_empties_the_log(void **state)
{
	struct db *db = open_as(db_path(state), DB_WRITER);

	assert_int_equal(db_begin(db), 0);
	set(db, "a", 1);
	assert_int_equal(db_commit(db), 0);
	assert_true(db_wal_frames(db) > 0);
	assert_int_equal(db_checkpoint(db), 0);
	assert_int_equal(db_wal_frames(db), 0);
	assert_int_equal(db_begin(db), 0);
	set(db, "a", 2);
	assert_int_equal(db_commit(db), 0);
	assert_in_range(db_wal_frames(db), 1, 3);
	assert_int_equal(db_verify(db), 0);
	db_close(db);
}

static void a_full_disk_undoes_the_group_and_says_so(void **state)
{
	struct db *db = open_as(db_path(state), DB_WRITER);

	assert_int_equal(db_begin(db), 0);
	set(db, "a", 1);
	sys_set_fault((struct sys_fault){ .fail_at = 1, .fail_with = ENOSPC, .forever = true });
	assert_int_equal(db_commit(db), E_FULL);
	db_rollback(db);
	sys_set_fault((struct sys_fault){ 0 });
	assert_int_equal(number(db, "a"), -1);
	assert_int_equal(db_begin(db), 0);
	set(db, "a", 2);
	assert_int_equal(db_commit(db), 0);
	assert_int_equal(number(db, "a"), 2);
	db_close(db);
}

static void a_read_only_disk_is_told_as_such(void **state)
{
	struct db *db = open_as(db_path(state), DB_WRITER);

	assert_int_equal(db_begin(db), 0);
	set(db, "a", 1);
	sys_set_fault((struct sys_fault){ .fail_at = 1, .fail_with = EROFS });
	assert_int_equal(db_commit(db), -EROFS);
	db_rollback(db);
	db_close(db);
}

static int set_once(void *path)
{
	struct db *db;
	int rc;

	if (db_open(&db, path, DB_WRITER) < 0)
		return 0;	/* a failed open is an answer too */
	rc = db_begin(db);
	if (rc == 0)
		rc = db_meta_set(db, "a", 1);
	if (rc == 0)
		rc = db_commit(db);
	if (rc == 0 && db_meta_set(db, "told", 1) < 0)
		rc = 0;
	db_rollback(db);
	db_close(db);
	return 0;
}

static void check_after_crash(void **state)
{
	struct db *db = open_as(db_path(state), DB_WRITER);

	if (number(db, "told") == 1)
		assert_int_equal(number(db, "a"), 1);
	assert_int_equal(db_verify(db), 0);
	db_close(db);
	t_wipe(test_dir(state));
}

static void dying_anywhere_keeps_what_was_committed(void **state)
{
	EACH_CRASH(c, set_once, (void *)db_path(state))
		check_after_crash(state);
}

static void failing_anywhere_keeps_what_was_committed(void **state)
{
	enum t_end end;
	long calls;

	sys_set_fault((struct sys_fault){ 0 });
	assert_int_equal(set_once((void *)db_path(state)), 0);
	calls = sys_calls();
	check_after_crash(state);
	for (long n = 1; n <= calls; n++) {
		end = t_child((struct sys_fault){ .fail_at = n }, set_once, (void *)db_path(state));
		assert_int_not_equal(end, T_FAILED);
		check_after_crash(state);
	}
}

struct commit {
	const char *path;
	long fail_at;
};

static int commit_with_a_fault(void *arg)
{
	struct commit *c = arg;
	struct db *db;

	if (db_open(&db, c->path, DB_WRITER) < 0 || db_begin(db) < 0 || db_meta_set(db, "a", 1) < 0)
		return 1;
	sys_set_fault((struct sys_fault){ .fail_at = c->fail_at });
	db_commit(db);
	return 0;
}

/* A commit writes frames, then syncs them once: of its calls the last is the sync. */
static void a_failed_sync_never_returns(void **state)
{
	struct commit c = { .path = db_path(state) };
	int died = 0;

	db_close(open_as(c.path, DB_WRITER));
	for (c.fail_at = 1; c.fail_at < 8; c.fail_at++) {
		enum t_end end = t_child((struct sys_fault){ 0 }, commit_with_a_fault, &c);

		assert_int_not_equal(end, T_FAILED);
		died += end == T_DIED;
	}
	assert_int_equal(died, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_statement_compiles),
		T(a_second_writer_is_refused),
		T(a_reader_sees_what_was_committed_and_nothing_else),
		T(a_snapshot_sees_one_state_until_it_ends),
		T(a_reader_cannot_write),
		T(a_reader_without_a_database_is_an_error),
		T(one_change_of_a_group_can_be_undone),
		T(a_duplicate_key_is_told),
		T(absent_empty_and_zero_bytes_stay_apart),
		T(a_number_never_comes_twice_whatever_was_undone),
		T(a_number_of_an_undone_change_is_reserved_again),
		T(a_checkpoint_empties_the_log),
		T(a_full_disk_undoes_the_group_and_says_so),
		T(a_read_only_disk_is_told_as_such),
		T(dying_anywhere_keeps_what_was_committed),
		T(failing_anywhere_keeps_what_was_committed),
		T(a_failed_sync_never_returns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
