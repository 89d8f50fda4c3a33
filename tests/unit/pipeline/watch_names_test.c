/* Names of files: which are left alone, and what they become as objects. */
#include "base/err.h"
#include "pipeline/media_type.h"
#include "pipeline/watch_ignore.h"
#include "pipeline/watch_parts.h"
#include "tests/lib/t.h"

static void names_that_programs_copy_under_are_left_alone(void **state)
{
	static const char *const left[] = {
		".hidden", "a/.b.jpg.Xa12bC", "a.jpg.part", "A.PART", "x.partial", "x.filepart", "x.tmp", "x.crdownload", "x.download", "x~",
		"~$x.docx", ".~lock.x#", "~syncthing~x.tmp", "x.jpg_exiftool_tmp", "Thumbs.db", "Desktop.ini", "lost+found", "@eaDir", "#x#",
		"x.!qB", "x.aria2", ".minilab~a.jpg",
	};
	static const char *const taken[] = {
		"a.jpg", "part.jpg", "tmp", "a.tmp.jpg", "~a.jpg", "#1.jpg", "a.b.c", "partial/a.jpg", "x.partly", "download.png",
	};

	(void)state;
	for (size_t i = 0; i < sizeof left / sizeof left[0]; i++)
		if (!watch_ignores("", left[i]))
			fail_msg("%s is taken", left[i]);
	for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
		if (watch_ignores("", taken[i]))
			fail_msg("%s is left alone", taken[i]);
}

static void patterns_are_of_names_or_of_whole_paths(void **state)
{
	static const struct { const char *patterns, *path; bool left; } rows[] = {
		{ "*.xmp", "a.xmp", true }, { "*.xmp", "sub/A.XMP", true }, { "*.xmp", "a.xmp.jpg", false },
		{ " *.a \t*.b ", "x.b", true }, { "private/*", "private/a.jpg", true }, { "private/*", "private/b/a.jpg", true },
		{ "private/*", "x/private/a.jpg", false }, { "*/raw/*", "2026/raw/a.dng", true }, { "raw", "2026/raw", true }, { "", "a", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (watch_ignores(rows[i].patterns, rows[i].path) != rows[i].left)
			fail_msg("%s and %s", rows[i].patterns, rows[i].path);
}

static void a_key_is_the_path_behind_the_prefix_and_utf_8(void **state)
{
	static const struct { const char *path, *key; } rows[] = {
		{ "a/b c%.jpg", "in/a/b c%.jpg" }, { "\xc3\xa4.jpg", "in/\xc3\xa4.jpg" },
		{ "\xe4 1%.jpg", "in/%E4 1%25.jpg" }, { "\xc3\xa4\xff", "in/\xc3\xa4%FF" },
	};
	char path[OBJECT_KEY_MAX + 1] = "";
	struct arena a = {0};
	struct str key;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(watch_key(STR("in/"), rows[i].path, &a, &key), 0);
		assert_true(str_is(key, rows[i].key));
	}
	memset(path, 'x', OBJECT_KEY_MAX - 3);
	assert_int_equal(watch_key(STR("in/"), path, &a, &key), 0);
	path[OBJECT_KEY_MAX - 3] = 'x';
	assert_int_equal(watch_key(STR("in/"), path, &a, &key), E_TOO_LARGE);
	arena_clear(&a);
}

static void headers_tell_type_and_time_of_change(void **state)
{
	struct arena a = {0};

	(void)state;
	assert_true(str_is(watch_headers("x/A.JPG", 1500000000000000042, &a),
			   "{\"content-type\":\"image/jpeg\",\"x-amz-meta-mtime\":\"1500000000.000000042\"}"));
	assert_true(str_is(watch_headers("jpg", -1, &a), "{\"content-type\":\"binary/octet-stream\",\"x-amz-meta-mtime\":\"-1.999999999\"}"));
	assert_string_equal(media_type_of(STR(".jpg")), "binary/octet-stream");
	assert_string_equal(media_type_of(STR("a.heic")), "image/heic");
	arena_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(names_that_programs_copy_under_are_left_alone),
		T(patterns_are_of_names_or_of_whole_paths),
		T(a_key_is_the_path_behind_the_prefix_and_utf_8),
		T(headers_tell_type_and_time_of_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
