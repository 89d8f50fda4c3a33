/* The whole way without HTTP: real store, real runner in its cage, real pump. */
#include "tests/unit/pipeline/pump_rig.h"

/* An attribute of the row of a key, as text; absent when there is no row. */
static struct str row_text(struct fixture *f, const char *key, const char *attribute, const char *type, struct arena *a)
{
	struct json_value *name, *item;
	struct table t;
	struct str text;

	assert_int_equal(table_open(f->reader, STR("photos"), a, &t), 0);
	assert_int_equal(json_parse(a, str_of(arena_printf(a, "{\"key\":{\"S\":\"%s\"}}", key)), &name), 0);
	if (item_get(f->reader, &t, name, a, &text) == E_NOT_FOUND)
		return (struct str){0};
	assert_int_equal(json_parse(a, text, &item), 0);
	return json_text(json_get(item, attribute), type);
}

static void a_photo_becomes_thumbnails_and_a_row(void **state)
{
	struct arena a = {0};
	struct fixture f;

	open_fixture(state, &f);
	put(&f, "2026/cat.gif", PHOTO);
	run_jobs(&f, 1);
	assert_int_equal(thumbnails(&f), 3);
	assert_true(str_is(row_text(&f, "2026/cat.gif", "status", "S", &a), "done"));
	assert_true(str_is(row_text(&f, "2026/cat.gif", "width", "N", &a), "1"));
	audit_is_clean(&f);
	close_fixture(&f);
	arena_clear(&a);
}

static void a_file_that_is_no_picture_is_told_at_the_first_attempt(void **state)
{
	struct arena a = {0};
	struct fixture f;

	open_fixture(state, &f);
	put(&f, "notes.jpg", STR("this is a text"));
	run_jobs(&f, 1);
	assert_int_equal(thumbnails(&f), 0);
	assert_true(str_is(row_text(&f, "notes.jpg", "status", "S", &a), "failed"));
	assert_true(str_is(row_text(&f, "notes.jpg", "reason", "S", &a), "Image.NotAnImage"));
	assert_true(str_is(row_text(&f, "notes.jpg", "attempts", "N", &a), "1"));
	audit_is_clean(&f);
	close_fixture(&f);
	arena_clear(&a);
}

static void a_crash_is_tried_three_times_and_can_be_retried(void **state)
{
	struct arena a = {0};
	struct fixture f;
	struct retry r = { .bucket = STR("photos"), .key = STR("evil.jpg") };

	open_fixture(state, &f);
	put(&f, "evil.jpg", STR("minilab-probe {\"probe\":\"segv\"}"));
	run_jobs(&f, 1);
	assert_true(str_is(row_text(&f, "evil.jpg", "attempts", "N", &a), "3"));
	assert_true(str_is(row_text(&f, "evil.jpg", "reason", "S", &a), "Runtime.ExitError"));
	retry_init(&r);
	assert_int_equal(store_run(f.m.store, &r.change), 0);
	assert_int_equal(r.count, 1);
	run_jobs(&f, 2);
	audit_is_clean(&f);
	close_fixture(&f);
	arena_clear(&a);
}

#define HOARD_MAX 4096

/* Takes all descriptors there are. */
static int hoard(int fds[HOARD_MAX])
{
	struct rlimit l;
	int n = 0;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &l), 0);
	l.rlim_cur = HOARD_MAX;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &l), 0);
	while (n < HOARD_MAX && (fds[n] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		n++;
	assert_true(n < HOARD_MAX && errno == EMFILE);
	return n;
}

static void what_the_daemon_lacks_is_no_attempt_and_no_dead_letter(void **state)
{
	static int fds[HOARD_MAX];
	struct pump_stats s = {0};
	struct arena a = {0};
	struct fixture f;
	int n;

	open_fixture(state, &f);
	put(&f, "a.gif", PHOTO);
	n = hoard(fds);
	pump_wake(f.m.pump);
	while (s.failed < 4) {
		turn(&f);
		pump_get_stats(f.m.pump, &s);
	}
	while (n > 0)
		close(fds[--n]);
	run_jobs(&f, 1);
	assert_int_equal(thumbnails(&f), 3);
	assert_true(str_is(row_text(&f, "a.gif", "attempts", "N", &a), "1"));
	audit_is_clean(&f);
	arena_clear(&a);
	close_fixture(&f);
}

static void overwriting_supersedes_and_deleting_removes(void **state)
{
	struct arena a = {0};
	struct fixture f;

	open_fixture(state, &f);
	put(&f, "cat.gif", PHOTO);
	put(&f, "cat.gif", PHOTO);
	run_jobs(&f, 2);
	assert_int_equal(thumbnails(&f), 3);
	audit_is_clean(&f);
	delete(&f, "cat.gif");
	run_jobs(&f, 3);
	assert_int_equal(thumbnails(&f), 0);
	assert_false(str_is_set(row_text(&f, "cat.gif", "status", "S", &a)));
	audit_is_clean(&f);
	close_fixture(&f);
	arena_clear(&a);
}

/* A claim is a commit of its own. With two environments each takes two, but for the first, of six, and the last ones. */
static void photos_are_claimed_as_many_at_once_as_there_are_environments(void **state)
{
	enum { PHOTOS = 24, CLAIMS_MAX = 1 + (PHOTOS - 6) / 2 + 2 };
	struct store_health before, after;
	struct fixture f;
	char key[16];

	open_fixture(state, &f);
	for (int i = 0; i < PHOTOS; i++) {
		snprintf(key, sizeof key, "%d.gif", i);
		put(&f, key, PHOTO);
	}
	store_get_health(f.m.store, &before);
	run_jobs(&f, PHOTOS);
	store_get_health(f.m.store, &after);
	assert_in_range(after.writer.changes - before.writer.changes, PHOTOS + 1, PHOTOS + CLAIMS_MAX);
	assert_int_equal(thumbnails(&f), 3 * PHOTOS);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_photo_becomes_thumbnails_and_a_row),
		T(a_file_that_is_no_picture_is_told_at_the_first_attempt),
		T(a_crash_is_tried_three_times_and_can_be_retried),
		T(what_the_daemon_lacks_is_no_attempt_and_no_dead_letter),
		T(overwriting_supersedes_and_deleting_removes),
		T(photos_are_claimed_as_many_at_once_as_there_are_environments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
