/* The watcher's tools: files on their way, walks and notifications. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "pipeline/watch_parts.h"
#include "tests/lib/t.h"

/* -- files on their way -- */

static void files_are_due_in_the_order_of_their_times(void **state)
{
	struct drops *d;
	int64_t last = -1;

	(void)state;
	drops_open(&d);
	for (int i = 0; i < 1000; i++) {
		char path[32];

		snprintf(path, sizeof path, "%d", i);
		drops_settle(d, drops_add(d, path), i % 3 ? DROP_SETTLES : DROP_WRITTEN, i * 7919 % 1000);
	}
	drops_remove(d, drops_find(d, "500"));
	drops_settle(d, drops_find(d, "0"), DROP_FAILED, 5000);
	assert_true(drops_waiting(d, DROP_FAILED) == 1 && drops_waiting(d, DROP_WRITTEN) == 333);
	for (int left = 999; left > 0; left--) {
		struct drop *it = drops_find(d, drops_first(d)->path);

		assert_true(it->due_ms >= last);
		last = it->due_ms;
		drops_hold(d, it);
		drops_remove(d, it);
	}
	assert_true(last == 5000 && drops_first(d) == NULL);
	drops_close(d);
}

static void there_is_room_for_so_many_and_those_that_wait_long_have_only_a_part_of_it(void **state)
{
	struct drops *d;
	char path[32];

	(void)state;
	drops_open(&d);
	for (int i = 0; i < WATCH_DROPS_MAX; i++) {
		assert_false(drops_full(d));
		snprintf(path, sizeof path, "%d", i);
		assert_non_null(drops_add(d, path));
	}
	assert_true(drops_full(d) && drops_add(d, "more") == NULL);
	for (int i = 0; i < WATCH_DROPS_MAX; i++) {
		snprintf(path, sizeof path, "%d", i);
		drops_settle(d, drops_find(d, path), DROP_FAILED, 1);
	}
	assert_int_equal(drops_waiting(d, DROP_FAILED), WATCH_DROPS_LATE_MAX);
	assert_false(drops_full(d));
	drops_close(d);
}

/* -- walks and notifications -- */

static void make(int dir, const char *name)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All that a walk finds, sorted. */
static void walk(int top, struct buf *to)
{
	struct watch_walk *w = calloc(1, sizeof *w);
	char *found[200];
	int n = 0, fd, rc;

	walk_begin(w, top);
	assert_int_equal(walk_enter(w, "", &fd), 0);
	while ((rc = walk_next(w)) != 0) {
		assert_int_equal(rc, 1);
		found[n++] = strdup(w->path);
		if (S_ISDIR(w->st.st_mode) && walk_enter(w, w->path, &fd) == E_TOO_LARGE)
			buf_puts(to, "too deep; ");
	}
	walk_end(w);
	free(w);
	qsort(found, (size_t)n, sizeof found[0], by_text);
	for (int i = 0; i < n; i++) {
		buf_printf(to, "%s%s", i ? " " : "", found[i]);
		free(found[i]);
	}
}

static void a_walk_finds_all_names_and_follows_no_link(void **state)
{
	int top = test_dir(state), fd;
	struct watch_walk *w = calloc(1, sizeof *w);
	struct buf b = {0};

	mkdirat(top, "a", 0700);
	mkdirat(top, "a/b", 0700);
	make(top, "a/b/c");
	make(top, "d");
	assert_int_equal(symlinkat("/etc", top, "e"), 0);
	walk(top, &b);
	assert_string_equal(b.data, "a a/b a/b/c d e");
	walk_begin(w, top);
	assert_int_equal(walk_enter(w, "e", &fd), -ENOTDIR);
	assert_int_equal(walk_enter(w, "e/ssl", &fd), -ELOOP);
	assert_int_equal(walk_enter(w, "../", &fd), -EXDEV);
	assert_int_equal(walk_enter(w, "d", &fd), -ENOTDIR);
	free(w);
	buf_clear(&b);
}

static void a_walk_ends_where_folders_are_too_deep(void **state)
{
	char path[4 * WATCH_DEPTH_MAX] = "d";
	struct buf b = {0};

	for (int i = 0; i < WATCH_DEPTH_MAX + 3; i++) {
		assert_int_equal(mkdirat(test_dir(state), path, 0700), 0);
		strncat(path, "/d", sizeof path - strlen(path) - 1);
	}
	walk(test_dir(state), &b);
	assert_true(str_starts(str_of(b.data), STR("too deep; d d/d ")));
	buf_clear(&b);
}

static void hear_file(void *owner, const char *path, enum notify_what what)
{
	buf_printf(owner, "%s:%d ", path, what);
}

static void hear_folder(void *owner, const char *path)
{
	buf_printf(owner, "%s/ ", path);
}

static void hears(struct watch_notify *n, const char *want)
{
	struct buf b = {0};
	const struct notify_ears ears = { hear_file, hear_folder, &b };

	while (notify_hear(n, &ears))
		;
	assert_string_equal(b.data ? b.data : "", want);
	buf_clear(&b);
}

static void add(struct watch_notify *n, int top, const char *path)
{
	int fd = watch_open_beneath(top, path, O_RDONLY | O_DIRECTORY);

	assert_true(fd >= 0);
	notify_add(n, fd, path);
	close(fd);
}

static void a_tree_that_is_renamed_leaves_and_comes_and_one_that_went_is_silent(void **state)
{
	int top = test_dir(state);
	struct watch_notify n;

	assert_int_equal(notify_open(&n), 0);
	mkdirat(top, "a", 0700);
	mkdirat(top, "a/b", 0700);
	mkdirat(top, "ab", 0700);
	add(&n, top, "");
	add(&n, top, "a");
	add(&n, top, "a/b");
	add(&n, top, "ab");
	make(top, "a/b/x");
	hears(&n, "a/b/x:1 a/b/x:3 ");
	assert_int_equal(renameat(top, "a", top, "z"), 0);
	hears(&n, "z/ ");
	assert_int_equal(n.count, 2);		/* the top and ab: z is to be read, and so is watched again */
	make(top, "z/b/y");
	make(top, "ab/y");
	hears(&n, "ab/y:1 ab/y:3 ");
	add(&n, top, "z/b");
	assert_int_equal(renameat(top, "ab/y", top, "z/b/y2"), 0);
	hears(&n, "z/b/y2:2 ");
	assert_false(n.lost || n.partial || n.root_gone);
	notify_close(&n);
}

static void what_the_kernel_cannot_queue_is_lost_and_told(void **state)
{
	int top = test_dir(state);
	struct watch_notify n;
	struct buf b = {0};
	const struct notify_ears ears = { hear_file, hear_folder, &b };
	int64_t most = 0;
	FILE *f = fopen("/proc/sys/fs/inotify/max_queued_events", "re");
	char text[32];

	assert_non_null(f);
	assert_non_null(fgets(text, sizeof text, f));
	fclose(f);
	assert_int_equal(str_to_int(str_n(text, strcspn(text, "\n")), 1, 1 << 20, &most), 0);
	assert_int_equal(notify_open(&n), 0);
	add(&n, top, "");
	make(top, "a");
	make(top, "b");
	for (int64_t i = 0; i < most; i++)
		assert_int_equal(renameat(top, i % 2 ? "b" : "a", top, i % 2 ? "a" : "b"), 0);
	while (notify_hear(&n, &ears))
		;
	assert_true(n.lost);
	buf_clear(&b);
	notify_close(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(files_are_due_in_the_order_of_their_times),
		T(there_is_room_for_so_many_and_those_that_wait_long_have_only_a_part_of_it),
		T(a_walk_finds_all_names_and_follows_no_link),
		T(a_walk_ends_where_folders_are_too_deep),
		T(a_tree_that_is_renamed_leaves_and_comes_and_one_that_went_is_silent),
		T(what_the_kernel_cannot_queue_is_lost_and_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
