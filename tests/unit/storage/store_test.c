#include "tests/lib/t.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "storage/keeper.h"
#include "storage/store.h"
#include "storage/sweep.h"
#include "storage/trash.h"

#define SMALL "the small bytes of a put"

static struct store_spec spec_of(const char *dir)
{
	return (struct store_spec){ .dir = dir, .region = "us-east-1", .account = "000000000000",
				    .segment_size = SEGMENT_SIZE_MIN };
}

static struct store *open_in(const char *dir)
{
	struct store_spec spec = spec_of(dir);
	struct store *s;

	assert_int_equal(store_open(&s, &spec), 0);
	return s;
}

static struct store *open_reading(const char *dir)
{
	struct store_spec spec = spec_of(dir);
	struct store *s;

	spec.read_only = true;
	assert_int_equal(store_open(&s, &spec), 0);
	return s;
}

/* A put in miniature: one needle, and a row of `meta` that names it. */
struct put {
	struct change change;
	struct needle needle;
	const char *name;
	int refuse;		/* apply returns this after writing the row */
};

static int apply_put(struct change *c, struct db *db)
{
	struct put *p = container_of(c, struct put, change);
	struct buf packed = { 0 };
	struct query q = db_query(db, SQL_META_SET);
	int rc;

	extents_pack(&packed, &p->needle.where, 1);
	query_text(&q, 1, str_of(p->name));
	query_bytes(&q, 2, str_n(packed.data, packed.len));
	rc = query_run(&q);
	buf_clear(&packed);
	return rc < 0 ? rc : p->refuse;
}

static int put_bytes(struct store *s, const char *name, struct str bytes, int refuse)
{
	struct put p = { .change = { .apply = apply_put, .needle_count = 1 }, .name = name, .refuse = refuse,
			 .needle = { .key = str_of(name), .data = bytes } };

	p.change.needles = &p.needle;
	return store_run(s, &p.change);
}

/* The extents that `name` has; count, 0 when there is no such row. */
static int extents_of(struct store *s, const char *name, struct arena *a, struct extent **e)
{
	struct query q;
	struct db *db;
	int n = 0;

	if (store_reader(s, &db) < 0)
		return -1;
	q = db_query(db, SQL_META_GET);
	query_text(&q, 1, str_of(name));
	if (query_step(&q) == QUERY_ROW && extents_unpack(a, col_str(&q, 0), e, &n) < 0)
		n = -1;
	query_end(&q);
	db_close(db);
	return n;
}

/* 1: the row is there with these bytes; 0: no row; negative: a row without them. */
static int has(struct store *s, const char *name, struct str bytes)
{
	struct arena a = { 0 };
	struct extent *e;
	char *room = malloc(bytes.n + 1);
	int n = extents_of(s, name, &a, &e);

	if (n > 0) {
		int64_t got = extent_read(store_blobs(s), e, 0, room, bytes.n + 1);

		n = got == (int64_t)bytes.n && memcmp(room, bytes.p, bytes.n) == 0 ? 1 : -2;
	}
	arena_clear(&a);
	free(room);
	return n;
}

static void an_empty_directory_becomes_a_store_and_opens_again(void **state)
{
	struct store *s = open_in(test_path(state));

	assert_string_equal(store_region(s), "us-east-1");
	assert_string_equal(store_account(s), "000000000000");
	store_close(s);
	assert_true(exists(test_dir(state), "FORMAT"));
	assert_true(exists(test_dir(state), "meta/meta.db"));
	store_close(open_in(test_path(state)));
}

/* A process that is there before the store's threads are (a fork would take along the locks that they hold) and does its
 * part when it is told to. */
struct beside {
	pid_t pid;
	int go;
};

static struct beside start_beside(int (*part)(void *dir), void *dir)
{
	struct beside b;
	int ends[2];
	char c;

	assert_int_equal(pipe(ends), 0);
	b.pid = fork();
	if (b.pid == 0)
		_exit(read(ends[0], &c, 1) == 1 ? part(dir) : 99);
	close(ends[0]);
	b.go = ends[1];
	return b;
}

/* What it ended with. */
static int go_beside(const struct beside *b)
{
	int status;

	assert_int_equal(write(b->go, "g", 1), 1);
	close(b->go);
	assert_int_equal(waitpid(b->pid, &status, 0), b->pid);
	return status;
}

static int open_locked(void *dir)
{
	struct store_spec spec = spec_of(dir);
	struct store *s;

	return store_open(&s, &spec) == E_BUSY ? 0 : 1;
}

static void a_store_in_use_is_refused_to_another_process(void **state)
{
	struct beside other = start_beside(open_locked, (void *)test_path(state));
	struct store *s = open_in(test_path(state));

	assert_int_equal(go_beside(&other), 0);
	store_close(s);
}

static void a_directory_of_another_layout_is_refused(void **state)
{
	struct store_spec spec = spec_of(test_path(state));
	struct store *s;
	int fd;

	store_close(open_in(test_path(state)));
	fd = openat(test_dir(state), "FORMAT", O_WRONLY | O_TRUNC);
	assert_int_equal(write(fd, "{\"v\":2}", 7), 7);
	close(fd);
	assert_int_equal(store_open(&s, &spec), E_BAD_INPUT);
}

static void reading_a_directory_without_a_store_is_not_found(void **state)
{
	struct store_spec spec = spec_of(test_path(state));
	struct store *s;

	spec.read_only = true;
	assert_int_equal(store_open(&s, &spec), E_NOT_FOUND);
	assert_int_equal(t_entries(test_dir(state)), 0);
}

static void what_was_put_is_read_after_a_restart(void **state)
{
	struct str big = t_bytes(BLOB_NEEDLE_MAX, 7);
	struct store *s = open_in(test_path(state));

	assert_int_equal(put_bytes(s, "small", STR(SMALL), 0), 0);
	assert_int_equal(put_bytes(s, "big", big, 0), 0);
	store_close(s);
	s = open_in(test_path(state));
	assert_int_equal(has(s, "small", STR(SMALL)), 1);
	assert_int_equal(has(s, "big", big), 1);
	assert_int_equal(put_bytes(s, "more", big, 0), 0);
	assert_int_equal(has(s, "small", STR(SMALL)), 1);
	assert_int_equal(has(s, "more", big), 1);
	store_close(s);
	free((void *)(uintptr_t)big.p);
}

static void a_refused_change_leaves_no_row(void **state)
{
	struct store *s = open_in(test_path(state));

	assert_int_equal(put_bytes(s, "a", STR(SMALL), E_PRECONDITION), E_PRECONDITION);
	assert_int_equal(has(s, "a", STR(SMALL)), 0);
	store_close(s);
}

static void below_the_free_floor_only_what_ends_work_is_done(void **state)
{
	struct store_spec spec = spec_of(test_path(state));
	struct put p = { .change = { .apply = apply_put, .always = true }, .name = "ack" };
	struct store_health h;
	struct store *s;

	spec.free_floor = INT64_MAX;
	assert_int_equal(store_open(&s, &spec), 0);
	assert_int_equal(put_bytes(s, "a", STR(SMALL), 0), E_FULL);
	assert_int_equal(store_run(s, &p.change), 0);
	store_get_health(s, &h);
	assert_false(h.writable);
	assert_int_equal(h.writer.last_rc, E_FULL);
	assert_true(h.disk_size >= h.disk_free);
	store_close(s);
}

static int read_beside(void *dir)
{
	struct store_spec spec = spec_of(dir);
	struct store *s;
	int rc;

	spec.read_only = true;
	if (store_open(&s, &spec) < 0)
		return 1;
	rc = has(s, "a", STR(SMALL));
	store_close(s);
	return rc == 1 ? 0 : 2;
}

static void a_reader_works_beside_the_daemon(void **state)
{
	struct beside reader = start_beside(read_beside, (void *)test_path(state));
	struct store *s = open_in(test_path(state));

	assert_int_equal(put_bytes(s, "a", STR(SMALL), 0), 0);
	assert_int_equal(go_beside(&reader), 0);
	assert_int_equal(put_bytes(s, "b", STR(SMALL), 0), 0);
	store_close(s);
}

static int put_and_die(void *dir)
{
	struct store_spec spec = spec_of(dir);
	struct store *s;

	if (store_open(&s, &spec) < 0 || put_bytes(s, "a", STR(SMALL), 0) < 0)
		return 1;
	_exit(0);
}

static void a_reader_works_after_the_daemon_died_with_a_live_wal(void **state)
{
	struct store *s;

	assert_int_equal(t_child((struct sys_fault){ 0 }, put_and_die, (void *)test_path(state)), T_FINISHED);
	unlinkat(test_dir(state), "meta/meta.db-shm", 0);	/* as after a power cut */
	s = open_reading(test_path(state));
	assert_int_equal(has(s, "a", STR(SMALL)), 1);
	store_close(s);
	s = open_in(test_path(state));
	assert_int_equal(has(s, "a", STR(SMALL)), 1);
	store_close(s);
}

static void tmp_is_emptied_at_the_start(void **state)
{
	int fd;

	store_close(open_in(test_path(state)));
	fd = openat(test_dir(state), "tmp/leftover", O_WRONLY | O_CREAT, 0600);
	close(fd);
	store_close(open_in(test_path(state)));
	assert_false(exists(test_dir(state), "tmp/leftover"));
}

/* Files, their rows and the trash. */

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

/* Faults and crashes of a whole small put. The parent knows what the child was told by
 * a file that the child writes without asking for faults. */

static void tell(const char *dir)
{
	char path[4200];
	int fd;

	snprintf(path, sizeof path, "%s/told", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
}

static int two_puts(void *dir)
{
	struct store_spec spec = spec_of(dir);
	struct store *s;

	if (store_open(&s, &spec) < 0)
		return 0;
	if (put_bytes(s, "a", STR(SMALL), 0) == 0)
		tell(dir);
	put_bytes(s, "b", STR(SMALL), 0);
	store_close(s);
	return 0;
}

static void check_what_is_left(void **state)
{
	struct store *s = open_in(test_path(state));
	bool told = exists(test_dir(state), "told");
	int a = has(s, "a", STR(SMALL));

	assert_true(a == 1 || (a == 0 && !told));
	assert_true(has(s, "b", STR(SMALL)) >= 0);
	assert_int_equal(put_bytes(s, "b", STR(SMALL), 0), 0);
	assert_int_equal(has(s, "b", STR(SMALL)), 1);
	assert_int_equal(has(s, "a", STR(SMALL)), a);
	store_close(s);
	t_wipe(test_dir(state));
}

static void dying_at_any_system_call_loses_nothing_told(void **state)
{
	int runs = 0;

	EACH_CRASH(c, two_puts, (void *)test_path(state)) {
		check_what_is_left(state);
		runs++;
	}
	assert_true(runs > 40);
}

static void failing_at_any_system_call_leaves_everything_or_nothing(void **state)
{
	static const int errors[] = { EIO, ENOSPC, EROFS };
	enum t_end end;
	long calls;

	sys_set_fault((struct sys_fault){ 0 });
	assert_int_equal(two_puts((void *)test_path(state)), 0);
	calls = sys_calls();
	t_wipe(test_dir(state));
	for (long n = 1; n <= calls; n++) {
		end = t_child((struct sys_fault){ .fail_at = n, .fail_with = errors[n % 3], .forever = n % 2 },
			      two_puts, (void *)test_path(state));
		assert_int_not_equal(end, T_FAILED);
		check_what_is_left(state);
	}
}

static void a_full_disk_refuses_puts_and_work_goes_on_when_space_returns(void **state)
{
	struct store *s = open_in(test_path(state));

	assert_int_equal(put_bytes(s, "a", STR(SMALL), 0), 0);
	sys_set_fault((struct sys_fault){ .fail_at = 1, .fail_with = ENOSPC, .forever = true });
	assert_int_equal(put_bytes(s, "b", STR(SMALL), 0), E_FULL);
	assert_int_equal(put_bytes(s, "b", STR(SMALL), 0), E_FULL);
	sys_set_fault((struct sys_fault){ 0 });
	assert_int_equal(has(s, "b", STR(SMALL)), 0);
	assert_int_equal(put_bytes(s, "b", STR(SMALL), 0), 0);
	assert_int_equal(has(s, "a", STR(SMALL)), 1);
	assert_int_equal(has(s, "b", STR(SMALL)), 1);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_empty_directory_becomes_a_store_and_opens_again),
		T(a_store_in_use_is_refused_to_another_process),
		T(a_directory_of_another_layout_is_refused),
		T(reading_a_directory_without_a_store_is_not_found),
		T(what_was_put_is_read_after_a_restart),
		T(a_refused_change_leaves_no_row),
		T(below_the_free_floor_only_what_ends_work_is_done),
		T(a_reader_works_beside_the_daemon),
		T(a_reader_works_after_the_daemon_died_with_a_live_wal),
		T(tmp_is_emptied_at_the_start),
		T(trashed_bytes_go_after_the_grace_and_not_before),
		T(a_file_that_a_row_names_cannot_be_named_twice),
		T(the_sweep_takes_orphans_that_are_old_and_nothing_else),
		T(an_upload_that_takes_hours_is_not_taken_for_an_orphan),
		T(dying_at_any_system_call_loses_nothing_told),
		T(failing_at_any_system_call_leaves_everything_or_nothing),
		T(a_full_disk_refuses_puts_and_work_goes_on_when_space_returns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
