#include "tests/unit/storage/store_rig.h"

#define SMALL "the small bytes of a put"

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

/* Files, their rows and the trash. */

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
		T(dying_at_any_system_call_loses_nothing_told),
		T(failing_at_any_system_call_leaves_everything_or_nothing),
		T(a_full_disk_refuses_puts_and_work_goes_on_when_space_returns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
