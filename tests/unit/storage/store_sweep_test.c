/* Bytes that no row names go, and others do not. */
#include "tests/unit/storage/store_rig.h"

static void tmp_is_emptied_at_the_start(void **state)
{
	int fd;

	store_close(open_in(test_path(state)));
	fd = openat(test_dir(state), "tmp/leftover", O_WRONLY | O_CREAT, 0600);
	close(fd);
	store_close(open_in(test_path(state)));
	assert_false(exists(test_dir(state), "tmp/leftover"));
}

struct file_row {
	struct change change;
	struct extent e;
	bool drop;
};

static int apply_file(struct change *c, struct db *db)
{
	struct file_row *f = container_of(c, struct file_row, change);

	return f->drop ? trash_add(db, &f->e, 1) : extents_adopt(db, &f->e, 1);
}

static struct extent put_file(struct store *s, bool adopt)
{
	struct file_row f = { .change = { .apply = apply_file } };
	struct blob b;

	assert_int_equal(blob_stage(&b, store_blobs(s), 4), 0);
	assert_int_equal(blob_write(&b, "file", 4), 0);
	assert_int_equal(blob_commit(&b, &f.e), 0);
	if (adopt)
		assert_int_equal(store_run(s, &f.change), 0);
	return f.e;
}

static bool readable(struct store *s, const struct extent *e)
{
	char room[8];

	return extent_read(store_blobs(s), e, 0, room, sizeof room) == 4;
}

static bool is_known(struct db *db, const struct extent *e)
{
	struct query q = db_query(db, SQL_FILE_HAS);
	bool yes;

	query_bytes(&q, 1, str_n(e->file, BLOB_FILE_ID));
	yes = query_step(&q) == QUERY_ROW;
	query_end(&q);
	return yes;
}

static void trashed_bytes_go_after_the_grace_and_not_before(void **state)
{
	struct store *s = open_in(test_path(state));
	struct extent e = put_file(s, true);
	struct file_row f = { .change = { .apply = apply_file }, .e = e, .drop = true };
	struct db *db;

	assert_int_equal(store_reader(s, &db), 0);
	assert_int_equal(store_run(s, &f.change), 0);
	assert_int_equal(trash_empty(db, store_writer(s), store_blobs(s), TRASH_GRACE_MS), 0);
	assert_true(readable(s, &e));
	clock_advance_ms(TRASH_GRACE_MS);
	WAIT_UNTIL(!readable(s, &e), 20000);
	WAIT_UNTIL(!is_known(db, &e), 20000);
	db_close(db);
	store_close(s);
}

static void a_file_that_a_row_names_cannot_be_named_twice(void **state)
{
	struct store *s = open_in(test_path(state));
	struct file_row f = { .change = { .apply = apply_file }, .e = put_file(s, true) };

	assert_int_equal(store_run(s, &f.change), E_EXISTS);
	store_close(s);
}

static void the_sweep_takes_orphans_that_are_old_and_nothing_else(void **state)
{
	struct store *s = open_in(test_path(state));
	struct extent named = put_file(s, true), orphan = put_file(s, false);
	const _Atomic bool stop = false;
	struct db *db;

	assert_int_equal(store_reader(s, &db), 0);
	assert_int_equal(sweep_orphans(test_dir(state), db, clock_wall_ms() - ORPHAN_AGE_MS, &stop), 0);
	assert_true(readable(s, &orphan));
	assert_int_equal(sweep_orphans(test_dir(state), db, clock_wall_ms() + ORPHAN_AGE_MS, &stop), 1);
	assert_false(readable(s, &orphan));
	assert_true(readable(s, &named));
	db_close(db);
	store_close(s);
}

/* As a crash left it: older than the start, with a name that the sweep comes to last. */
static void leave_orphan(int dir, const char *path)
{
	const struct timespec old[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };
	int fd;

	assert_int_equal(sys_mkdirat(dir, "obj/ff", 0700), 0);
	fd = openat(dir, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(futimens(fd, old), 0);
	close(fd);
}

static void an_upload_that_takes_hours_is_not_taken_for_an_orphan(void **state)
{
	static const char orphan[] = "obj/ff/ffffffffffffffffffffffffffffffff";
	struct store *s = open_in(test_path(state));
	struct file_row f = { .change = { .apply = apply_file } };
	struct blob b;

	assert_int_equal(blob_stage(&b, store_blobs(s), 4), 0);
	assert_int_equal(blob_write(&b, "file", 4), 0);
	leave_orphan(test_dir(state), orphan);
	clock_advance_ms(2 * SWEEP_EVERY_MS);
	WAIT_UNTIL(!exists(test_dir(state), orphan), 20000);
	assert_int_equal(blob_commit(&b, &f.e), 0);
	assert_int_equal(store_run(s, &f.change), 0);
	assert_true(readable(s, &f.e));
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(tmp_is_emptied_at_the_start),
		T(trashed_bytes_go_after_the_grace_and_not_before),
		T(a_file_that_a_row_names_cannot_be_named_twice),
		T(the_sweep_takes_orphans_that_are_old_and_nothing_else),
		T(an_upload_that_takes_hours_is_not_taken_for_an_orphan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
