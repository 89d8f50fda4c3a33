/* What is done with a file of a drop folder that is an object. */
#include "pipeline/watch_parts.h"

#include "tests/unit/storage/house.h"

static void make(int dir, const char *name)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static struct watch_stamp stamp(int dir, const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return watch_stamp_of(&st);
}

static struct watch_folder *folder(int top, enum watch_after after)
{
	struct watch_folder *f = calloc(1, sizeof *f);

	f->top = top;
	f->done = -1;
	f->spec.after = after;
	snprintf(f->done_inside, sizeof f->done_inside, "done");
	snprintf(f->spec.name, sizeof f->spec.name, "inbox");
	uv_mutex_init(&f->lock);
	drops_open(&f->drops);
	return f;
}

static void end(struct watch_folder *f)
{
	drops_close(f->drops);
	free(f);
}

static void only_the_file_that_was_read_is_deleted(void **state)
{
	struct watch_folder *f = folder(test_dir(state), WATCH_DELETE);
	struct watch_stamp s;

	mkdirat(f->top, "sub", 0700);
	make(f->top, "sub/a");
	s = stamp(f->top, "sub/a");
	make(f->top, "b");
	assert_int_equal(renameat(f->top, "b", f->top, "sub/a"), 0);	/* another one came to its name */
	assert_int_equal(after_do(f, "sub/a", &s), 0);
	assert_true(exists(f->top, "sub/a"));
	s = stamp(f->top, "sub/a");
	assert_int_equal(after_do(f, "sub/a", &s), 0);
	assert_false(exists(f->top, "sub/a"));
	assert_int_equal(after_do(f, "sub/a", &s), 0);
	assert_int_equal(t_entries(f->top), 1);
	assert_int_equal(unlinkat(f->top, "sub", AT_REMOVEDIR), 0);	/* nothing of ours stayed in it */
	end(f);
}

static void a_file_that_is_moved_replaces_none(void **state)
{
	struct watch_folder *f = folder(test_dir(state), WATCH_MOVE);

	mkdirat(f->top, "sub", 0700);
	for (int i = 0; i < 3; i++) {
		struct watch_stamp s;

		make(f->top, "sub/a.b.jpg");
		s = stamp(f->top, "sub/a.b.jpg");
		assert_int_equal(after_do(f, "sub/a.b.jpg", &s), 0);
	}
	assert_true(exists(f->top, "done/sub/a.b.jpg") && exists(f->top, "done/sub/a.b-2.jpg") && exists(f->top, "done/sub/a.b-3.jpg"));
	end(f);
}

static void a_file_that_cannot_be_moved_keeps_its_name(void **state)
{
	struct watch_folder *f = folder(test_dir(state), WATCH_MOVE);
	struct watch_stamp s;

	make(f->top, "done");		/* in the way */
	make(f->top, "a");
	s = stamp(f->top, "a");
	assert_true(after_do(f, "a", &s) < 0);
	assert_true(exists(f->top, "a"));
	assert_int_equal(t_entries(f->top), 2);
	end(f);
}

static void a_file_that_cannot_be_moved_keeps_its_name_however_long_it_is(void **state)
{
	struct watch_folder *f = folder(test_dir(state), WATCH_MOVE);
	struct watch_stamp s;
	char name[251];

	memset(name, 'n', 250);
	name[250] = '\0';
	make(f->top, "done");		/* in the way */
	make(f->top, name);
	s = stamp(f->top, name);
	assert_true(after_do(f, name, &s) < 0);
	assert_true(exists(f->top, name));
	assert_int_equal(unlinkat(f->top, "done", 0), 0);
	assert_int_equal(after_do(f, name, &s), 0);
	assert_false(exists(f->top, name));
	end(f);
}

static void a_file_is_moved_and_deleted_where_renaming_always_replaces(void **state)
{
	struct watch_folder *f = folder(test_dir(state), WATCH_MOVE);
	struct watch_stamp s;

	mkdirat(f->top, "done", 0700);
	make(f->top, "done/a.jpg");
	make(f->top, "a.jpg");
	s = stamp(f->top, "a.jpg");
	sys_set_fault((struct sys_fault){ .fail_at = 5, .fail_with = EINVAL });	/* after its hiding, the done folder and its mark */
	assert_int_equal(after_do(f, "a.jpg", &s), 0);
	assert_true(exists(f->top, "done/a.jpg") && exists(f->top, "done/a-2.jpg") && !exists(f->top, "a.jpg"));
	f->spec.after = WATCH_DELETE;
	make(f->top, "b.jpg");
	s = stamp(f->top, "b.jpg");
	sys_set_fault((struct sys_fault){ 0 });
	assert_int_equal(after_do(f, "b.jpg", &s), 0);
	assert_int_equal(sys_calls(), 2);		/* hidden by one renaming, and deleted: it never has two names */
	assert_int_equal(t_entries(f->top), 1);		/* done */
	end(f);
}

static void a_file_that_anything_happened_to_since_it_was_read_stays(void **state)
{
	struct watch_folder *f = folder(test_dir(state), WATCH_DELETE);
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { 0 } };
	struct watch_stamp s, later;
	struct stat st;

	make(f->top, "a");
	s = stamp(f->top, "a");
	assert_int_equal(fstatat(f->top, "a", &st, 0), 0);
	times[1] = st.st_mtim;
	do {				/* in place, as long as before, and as old: once the clock of the file system has moved on */
		assert_int_equal(utimensat(f->top, "a", times, 0), 0);
		later = stamp(f->top, "a");
	} while (later.ctime_ns == s.ctime_ns);
	assert_int_equal(after_do(f, "a", &s), 0);
	assert_true(exists(f->top, "a"));
	assert_int_equal(after_do(f, "a", &later), 0);
	assert_false(exists(f->top, "a"));
	end(f);
}

static void what_a_hand_is_at_was_not_cut_off(void **state)
{
	struct watch_folder *f = folder(test_dir(state), WATCH_DELETE);
	struct drop *d;

	mkdirat(f->top, "sub", 0700);
	make(f->top, "sub/.minilab~a");
	d = drops_add(f->drops, "sub/a");
	drops_hold(f->drops, d);
	after_resume(f, "sub/.minilab~a");
	assert_true(exists(f->top, "sub/.minilab~a") && !exists(f->top, "sub/a"));
	drops_remove(f->drops, d);
	end(f);
}

/* What a crash leaves between the two names. */

static int put_line(struct db *db, void *arg)
{
	return ledger_put(db, arg);
}

/* A file that has a name of minilab's own, and its line in the ledger as `path`. */
static void leave_cut_off(struct house *h, struct watch_folder *f, const char *hidden, const char *path)
{
	struct ledger_line l = { .folder = STR("inbox"), .path = str_of(path), .key = STR("k") };
	struct watch_stamp s;

	make(f->top, hidden);
	s = stamp(f->top, hidden);
	l.inode = s.inode;
	l.size = s.size;
	l.mtime_ns = s.mtime_ns;
	assert_int_equal(house_do(h, put_line, &l), 0);
}

static void what_was_cut_off_is_done_when_the_file_is_an_object_and_undone_when_not(void **state)
{
	struct watch_folder *f = folder(test_dir(state), WATCH_DELETE);
	char path[4096];
	struct house h;

	snprintf(path, sizeof path, "%s/store", test_path(state));
	mkdirat(f->top, "store", 0700);
	house_new(&h, path);
	f->reader = h.r;
	mkdirat(f->top, "sub", 0700);
	leave_cut_off(&h, f, "sub/.minilab~a", "sub/a");
	after_resume(f, "sub/.minilab~a");
	assert_false(exists(f->top, "sub/.minilab~a") || exists(f->top, "sub/a"));
	leave_cut_off(&h, f, "sub/.minilab~b", "sub/other");
	after_resume(f, "sub/.minilab~b");
	assert_true(exists(f->top, "sub/b"));
	leave_cut_off(&h, f, "sub/.minilab~b", "sub/other");	/* and another one has its name by now */
	after_resume(f, "sub/.minilab~b");
	assert_true(exists(f->top, "sub/b") && exists(f->top, "sub/b-2"));
	f->spec.after = WATCH_KEEP;		/* it was told anew */
	leave_cut_off(&h, f, ".minilab~c", "c");
	after_resume(f, ".minilab~c");
	assert_true(exists(f->top, "c"));
	house_close(&h);
	end(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(only_the_file_that_was_read_is_deleted),
		T(a_file_that_is_moved_replaces_none),
		T(a_file_that_cannot_be_moved_keeps_its_name),
		T(a_file_that_cannot_be_moved_keeps_its_name_however_long_it_is),
		T(a_file_is_moved_and_deleted_where_renaming_always_replaces),
		T(a_file_that_anything_happened_to_since_it_was_read_stays),
		T(what_a_hand_is_at_was_not_cut_off),
		T(what_was_cut_off_is_done_when_the_file_is_an_object_and_undone_when_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
