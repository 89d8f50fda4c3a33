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
	return f;
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
	free(f);
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
	free(f);
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
	free(f);
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
	free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(only_the_file_that_was_read_is_deleted),
		T(a_file_that_is_moved_replaces_none),
		T(a_file_that_cannot_be_moved_keeps_its_name),
		T(what_was_cut_off_is_done_when_the_file_is_an_object_and_undone_when_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
