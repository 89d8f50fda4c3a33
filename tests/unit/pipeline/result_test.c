#include "tests/lib/t.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "pipeline/result.h"
#include "storage/store.h"

static int memfd_of(const char *text)
{
	int fd = memfd_create("answer", MFD_CLOEXEC);

	assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
	return fd;
}

/* One rendition's JSON around `inside`. */
static int read_answer(const char *renditions, struct result *r, struct arena *a)
{
	char text[2000];
	int fd = memfd_of("0123456789"), rc;

	snprintf(text, sizeof text, "{\"renditions\":[%s],\"photo\":{\"width\":4,\"key\":\"evil\",\"color\":\"#fff\"}}", renditions);
	rc = result_read(r, a, str_of(text), fd, 10, STR("2026/cat.jpg"));
	close(fd);
	return rc;
}

#define GOOD "{\"name\":\"small.webp\",\"content_type\":\"image/webp\",\"width\":1,\"height\":2,\"offset\":2,\"length\":5}"

static void a_good_answer_is_taken(void **state)
{
	struct result r;
	struct arena a = {0};

	(void)state;
	assert_int_equal(read_answer(GOOD, &r, &a), 0);
	assert_int_equal(r.count, 1);
	assert_true(str_is(r.renditions[0].bytes, "23456"));
	assert_true(str_is(r.renditions[0].key, "2026/cat.jpg/small.webp"));
	result_clear(&r);
	arena_clear(&a);
}

static void answers_that_cannot_be_are_refused(void **state)
{
	static const char *const bad[] = {
		"", GOOD "," GOOD, "1", "{}",
		"{\"name\":\"../x\",\"content_type\":\"image/webp\",\"width\":1,\"height\":2,\"offset\":0,\"length\":5}",
		"{\"name\":\".x\",\"content_type\":\"image/webp\",\"width\":1,\"height\":2,\"offset\":0,\"length\":5}",
		"{\"name\":\"a\",\"content_type\":\"text/html\",\"width\":1,\"height\":2,\"offset\":0,\"length\":5}",
		"{\"name\":\"a\",\"content_type\":\"image/png\",\"width\":0,\"height\":2,\"offset\":0,\"length\":5}",
		"{\"name\":\"a\",\"content_type\":\"image/png\",\"width\":1,\"height\":2,\"offset\":6,\"length\":5}",
		"{\"name\":\"a\",\"content_type\":\"image/png\",\"width\":1,\"height\":2,\"offset\":11,\"length\":1}",
		"{\"name\":\"a\",\"content_type\":\"image/png\",\"width\":1,\"height\":2,\"offset\":-1,\"length\":5}",
		"{\"name\":\"a\",\"content_type\":\"image/png\",\"width\":1,\"height\":2,\"offset\":0,\"length\":0}",
		"{\"name\":\"a\",\"content_type\":\"image/png\",\"width\":1,\"height\":2,\"offset\":1,\"length\":9223372036854775807}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct result r;
		struct arena a = {0};

		assert_int_equal(read_answer(bad[i], &r, &a), E_BAD_INPUT);
		result_clear(&r);
		arena_clear(&a);
	}
}

static void a_key_that_would_grow_too_long_is_told(void **state)
{
	struct result r;
	struct arena a = {0};
	char *key = arena_take(&a, OBJECT_KEY_MAX);
	int fd = memfd_of("0123456789");

	(void)state;
	memset(key, 'k', OBJECT_KEY_MAX);
	assert_int_equal(result_read(&r, &a, STR("{\"renditions\":[" GOOD "]}"), fd, 10, str_n(key, OBJECT_KEY_MAX)), E_TOO_LARGE);
	close(fd);
	result_clear(&r);
	arena_clear(&a);
}

static const struct object cat = { .key = { "2026/cat.jpg", 12 }, .mtime_ms = 0, .size = 9, .etag = { "abc", 3 },
				   .headers = { "{\"content-type\":\"image/jpeg\"}", 29 }, .seq = 7 };

static void the_cage_cannot_write_key_or_status(void **state)
{
	struct result r;
	struct arena a = {0};
	struct buf row = {0};
	struct json_value *v;

	(void)state;
	assert_int_equal(read_answer(GOOD, &r, &a), 0);
	result_row(&row, &(struct row_facts){ .bucket = STR("photos"), .to_bucket = STR("photos-thumbnails"),
			.original = &cat, .result = &r, .attempts = 1 });
	assert_int_equal(json_parse(&a, str_n(row.data, row.len), &v), 0);
	assert_true(str_is(json_text(json_get(v, "key"), "S"), "2026/cat.jpg"));
	assert_true(str_is(json_text(json_get(v, "status"), "S"), "done"));
	assert_true(str_is(json_text(json_get(v, "width"), "N"), "4"));
	assert_true(str_is(json_text(json_get(v, "origin"), "S"), "photos"));
	assert_true(str_is(json_text(json_get(v, "content_type"), "S"), "image/jpeg"));
	buf_clear(&row);
	result_clear(&r);
	arena_clear(&a);
}

static void facts_are_of_their_kinds_and_lists_of_texts_or_colours(void **state)
{
	struct arena a = {0};
	struct result r = { .count = 0 };
	struct buf row = {0};
	struct json_value *v, *photo;
	const struct json_value *list;

	(void)state;
	assert_int_equal(json_parse(&a, STR("{\"iso\":\"high\",\"aperture\":2.8,\"lens\":\"50mm\",\"icc_ignored\":true,\"key\":\"x\","
		"\"keywords\":[\"sea\",7,\"sky\",[1]],\"palette\":[{\"color\":\"#ffffff\",\"share\":0.5,\"status\":\"x\"}],"
		"\"title\":[\"no\"],\"artist\":{\"S\":1}}"), &photo), 0);
	r.photo = photo;
	result_row(&row, &(struct row_facts){ .bucket = STR("photos"), .to_bucket = STR("photos-thumbnails"), .original = &cat,
			.result = &r, .attempts = 1 });
	assert_int_equal(json_parse(&a, str_n(row.data, row.len), &v), 0);
	assert_true(str_is(json_text(json_get(v, "aperture"), "N"), "2.8"));
	assert_true(str_is(json_text(json_get(v, "lens"), "S"), "50mm"));
	assert_true(json_get(json_get(v, "icc_ignored"), "BOOL")->yes);
	list = json_get(json_get(v, "keywords"), "L");
	assert_int_equal(list->count, 2);
	assert_true(str_is(json_text(list->first->next, "S"), "sky"));
	list = json_get(json_get(v, "palette"), "L");
	assert_int_equal(list->count, 1);
	assert_int_equal(json_get(list->first, "M")->count, 2);
	assert_true(str_is(json_text(json_get(json_get(list->first, "M"), "share"), "N"), "0.5"));
	assert_null(json_get(v, "iso"));
	assert_null(json_get(v, "title"));
	assert_null(json_get(v, "artist"));
	buf_clear(&row);
	arena_clear(&a);
}

/* A list of one more than may be has as many as may be. */
static void lists_have_a_limit(void **state)
{
	struct arena a = {0};
	struct result r = { .count = 0 };
	struct buf text = {0}, row = {0};
	struct json_value *v, *photo;

	(void)state;
	buf_puts(&text, "{\"keywords\":[\"k\"");
	for (int i = 0; i < 64; i++)
		buf_puts(&text, ",\"k\"");
	buf_puts(&text, "]}");
	assert_int_equal(json_parse(&a, str_n(text.data, text.len), &photo), 0);
	r.photo = photo;
	result_row(&row, &(struct row_facts){ .bucket = STR("photos"), .to_bucket = STR("photos-thumbnails"), .original = &cat,
			.result = &r, .attempts = 1 });
	assert_int_equal(json_parse(&a, str_n(row.data, row.len), &v), 0);
	assert_int_equal(json_get(json_get(v, "keywords"), "L")->count, 64);
	buf_clear(&text);
	buf_clear(&row);
	arena_clear(&a);
}

static void a_failed_photo_has_its_reason_in_the_row(void **state)
{
	struct arena a = {0};
	struct buf row = {0};
	struct json_value *v;

	(void)state;
	result_row(&row, &(struct row_facts){ .bucket = STR("photos"), .original = &cat, .reason = REASON_DAMAGED,
			.message = "no", .attempts = 1 });
	assert_int_equal(json_parse(&a, str_n(row.data, row.len), &v), 0);
	assert_true(str_is(json_text(json_get(v, "status"), "S"), "failed"));
	assert_true(str_is(json_text(json_get(v, "reason"), "S"), "Image.Damaged"));
	assert_null(json_get(v, "thumbnails"));
	buf_clear(&row);
	arena_clear(&a);
}

#define LARGE "{\"name\":\"%d.png\",\"content_type\":\"image/png\",\"width\":1,\"height\":2,\"offset\":0,\"length\":600000}"

static int files;

static int count_file(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)path;
	(void)st;
	(void)where;
	files += kind == FTW_F;
	return 0;
}

static int files_below(const char *dir, const char *name)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	files = 0;
	nftw(path, count_file, 8, FTW_PHYS);
	return files;
}

static void a_result_that_is_not_stored_whole_leaves_nothing(void **state)
{
	int fd = memfd_create("answer", MFD_CLOEXEC), rc;
	struct needle needles[RENDITIONS_MAX];
	struct photo_keep k = {0};
	struct arena a = {0};
	struct result r;
	struct store *s;
	char text[1000];

	snprintf(text, sizeof text, "{\"renditions\":[" LARGE "," LARGE "]}", 1, 2);
	assert_int_equal(ftruncate(fd, 600000), 0);
	assert_int_equal(result_read(&r, &a, str_of(text), fd, 600000, STR("cat.jpg")), 0);
	close(fd);
	assert_int_equal(store_open(&s, &(struct store_spec){ .dir = test_path(state), .region = "r", .account = "a",
							      .segment_size = SEGMENT_SIZE_MIN }), 0);
	for (long n = 1; n < 30; n++) {		/* the store's own threads meet some of them */
		sys_set_fault((struct sys_fault){ .fail_at = n });
		rc = result_store(&r, &a, s, STR("thumbs"), &k, needles);
		sys_set_fault((struct sys_fault){0});
		assert_int_equal(files_below(test_path(state), "obj"), rc < 0 ? 0 : 2);
		result_forget(s, &k);
		assert_int_equal(files_below(test_path(state), "obj"), 0);
	}
	result_clear(&r);
	arena_clear(&a);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_good_answer_is_taken),
		T(answers_that_cannot_be_are_refused),
		T(a_key_that_would_grow_too_long_is_told),
		T(the_cage_cannot_write_key_or_status),
		T(facts_are_of_their_kinds_and_lists_of_texts_or_colours),
		T(lists_have_a_limit),
		T(a_failed_photo_has_its_reason_in_the_row),
		T(a_result_that_is_not_stored_whole_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
