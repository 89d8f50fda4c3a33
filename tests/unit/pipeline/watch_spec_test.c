/* What a drop folder is told, from settings, documents and one option at a time. */
#include "pipeline/watch_spec.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/err.h"
#include "pipeline/settings.h"
#include "tests/lib/t.h"

static void options_have_bounds_and_defaults(void **state)
{
	static const struct { const char *option, *value; int rc; } rows[] = {
		{ "settle-ms", "100", 0 }, { "settle_ms", "99", E_BAD_INPUT }, { "settle_ms", "", E_BAD_INPUT }, { "after", "move", 0 },
		{ "after", "burn", E_BAD_INPUT }, { "poll", "on", 0 }, { "poll", "maybe", E_BAD_INPUT }, { "colour", "red", E_NOT_FOUND },
		{ "to", "photos/in", 0 }, { "dir", "/srv/inbox", 0 },
	};
	char error[WATCH_ERROR_MAX];
	struct watch_spec s;

	(void)state;
	watch_spec_init(&s);
	assert_true(s.settle_ms == 2000 && s.after == WATCH_KEEP && !s.poll && !s.skip_same);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(watch_spec_set(&s, str_of(rows[i].option), str_of(rows[i].value), error), rows[i].rc);
	assert_true(s.settle_ms == 100 && s.after == WATCH_MOVE && s.poll);
	assert_true(str_is(watch_spec_bucket(&s), "photos") && str_is(watch_spec_prefix(&s), "in/"));
	watch_spec_set(&s, STR("to"), STR("photos"), error);
	assert_true(str_is(watch_spec_bucket(&s), "photos") && watch_spec_prefix(&s).n == 0);
	watch_spec_clear(&s);
}

static void what_cannot_be_is_refused_with_a_sentence(void **state)
{
	static const struct { const char *name, *dir, *to, *done; } bad[] = {
		{ "", "/a", "photos", "done" }, { ".a", "/a", "photos", "done" }, { "a b", "/a", "photos", "done" }, { "a", "a", "photos", "done" },
		{ "a", "/", "photos", "done" }, { "a", "", "photos", "done" }, { "a", "/a", "", "done" }, { "a", "/a", "Photos", "done" },
		{ "a", "/a", "/x", "done" }, { "a", "/a", "photos", "../x" }, { "a", "/a", "photos", "a//b" }, { "a", "/a", "photos", "/" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		char error[WATCH_ERROR_MAX] = "";
		struct watch_spec s;

		watch_spec_init(&s);
		watch_spec_name(&s, str_of(bad[i].name));
		watch_spec_set(&s, STR("dir"), str_of(bad[i].dir), error);
		watch_spec_set(&s, STR("to"), str_of(bad[i].to), error);
		watch_spec_set(&s, STR("done"), str_of(bad[i].done), error);
		error[0] = '\0';
		if (watch_spec_check(&s, error) != E_BAD_INPUT || !error[0])
			fail_msg("row %zu is let through", i);
		watch_spec_clear(&s);
	}
}

static void a_document_is_read_as_it_was_written(void **state)
{
	char error[WATCH_ERROR_MAX];
	struct watch_spec s, got;
	struct buf b = {0}, again = {0};
	struct json j = json_into(&b);
	struct arena a = {0};
	struct json_value *v;

	(void)state;
	watch_spec_init(&s);
	watch_spec_name(&s, STR("inbox"));
	assert_int_equal(watch_spec_set(&s, STR("dir"), STR("/srv/in box"), error), 0);
	assert_int_equal(watch_spec_set(&s, STR("to"), STR("photos/in/\xc3\xa4"), error), 0);
	assert_int_equal(watch_spec_set(&s, STR("after"), STR("delete"), error), 0);
	assert_int_equal(watch_spec_set(&s, STR("skip_same"), STR("on"), error), 0);
	assert_int_equal(watch_spec_set(&s, STR("scan_s"), STR("7"), error), 0);
	json_open(&j, NULL, '{');
	watch_spec_write(&s, &j);
	json_close(&j);
	assert_int_equal(json_parse(&a, str_n(b.data, b.len), &v), 0);
	watch_spec_init(&got);
	assert_int_equal(watch_spec_read(&got, v, error), 0);
	j = json_into(&again);
	json_open(&j, NULL, '{');
	watch_spec_write(&got, &j);
	json_close(&j);
	assert_string_equal(again.data, b.data);
	assert_true(got.after == WATCH_DELETE && got.skip_same && got.scan_s == 7);
	watch_spec_clear(&s);
	watch_spec_clear(&got);
	buf_clear(&b);
	buf_clear(&again);
	arena_clear(&a);
}

static int note(void *owner, const struct watch_spec *s)
{
	buf_printf(owner, "%s %s %s %lld; ", s->name, s->dir, s->to, (long long)s->settle_ms);
	return 0;
}

static void sections_of_a_file_and_flags_become_folders(void **state)
{
	static const char text[] = "region = eu-west-1\n# drop folders\n[watch inbox]\ndir = /srv/in box\nto = photos/in\n\n[ watch  card ]\n"
		"dir=/media/card\nto = photos\nsettle_ms = 500\n";
	char path[4096], error[256];
	struct settings s;
	struct buf b = {0};
	int fd;

	snprintf(path, sizeof path, "%s/conf", test_path(state));
	fd = openat(test_dir(state), "conf", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
	close(fd);
	settings_defaults(&s);
	assert_int_equal(settings_file(&s, path, error), 0);
	assert_string_equal(s.region, "eu-west-1");
	assert_int_equal(settings_set(&s, SETTING_FLAG, STR("watch"), STR("inbox settle_ms=700")), 0);
	assert_int_equal(watch_specs_of_settings(str_of(s.watch), note, &b, error), 0);
	assert_string_equal(b.data, "inbox /srv/in box photos/in/ 700; card /media/card photos 500; ");
	assert_int_equal(watch_specs_of_settings(STR(""), note, &b, error), 0);
	assert_int_equal(watch_specs_of_settings(STR("inbox"), note, &b, error), E_BAD_INPUT);
	assert_int_equal(watch_specs_of_settings(STR("inbox to=photos"), note, &b, error), E_BAD_INPUT);
	settings_clear(&s);
	buf_clear(&b);
}

static void a_section_of_another_kind_or_without_a_name_is_an_error(void **state)
{
	static const char *const bad[] = { "[watch]\n", "[watch a\n", "[bucket a]\n", "[watch a b]\n", "[watch a]\ndir\n" };
	char path[4096], error[256];

	snprintf(path, sizeof path, "%s/conf", test_path(state));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		int fd = openat(test_dir(state), "conf", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		struct settings s;

		assert_int_equal(write(fd, bad[i], strlen(bad[i])), strlen(bad[i]));
		close(fd);
		settings_defaults(&s);
		assert_true(settings_file(&s, path, error) < 0);
		settings_clear(&s);
	}
}

static void a_folder_without_a_name_is_called_after_its_path(void **state)
{
	static const struct { const char *dir, *name; } rows[] = {
		{ "/srv/inbox", "inbox" }, { "/srv/in box/", "in-box" }, { "/.hidden", "hidden" }, { "/...", "folder" }, { "/\xc3\xa4", "--" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct watch_spec s;

		watch_spec_init(&s);
		watch_spec_name_after(&s, rows[i].dir);
		assert_string_equal(s.name, rows[i].name);
		watch_spec_clear(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(options_have_bounds_and_defaults),
		T(what_cannot_be_is_refused_with_a_sentence),
		T(a_document_is_read_as_it_was_written),
		T(sections_of_a_file_and_flags_become_folders),
		T(a_section_of_another_kind_or_without_a_name_is_an_error),
		T(a_folder_without_a_name_is_called_after_its_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
