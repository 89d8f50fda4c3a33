#include "tests/unit/storage/house.h"

static void names_follow_the_rules_of_s3(void **state)
{
	static const char *const good[] = { "abc", "a.b-c", "0photos9", "my.bucket.name", "1.2.3", "1234.1.1.1",
		"a23456789012345678901234567890123456789012345678901234567890123" };
	static const char *const bad[] = { "", "ab", "Abc", "a_b", "-abc", "abc-", ".abc", "abc.", "a..b", "192.168.5.4", "a b",
		"xn--abc", "sthree-abc", "amzn-s3-demo-abc", "abc-s3alias", "abc--ol-s3", "abc.mrap", "abc--x-s3",
		"abc--table-s3", "a234567890123456789012345678901234567890123456789012345678901234" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		if (!bucket_name_valid(str_of(good[i])))
			fail_msg("%s is a good name", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (bucket_name_valid(str_of(bad[i])))
			fail_msg("%s is a bad name", bad[i]);
}

static int create(struct db *db, void *arg)
{
	int64_t id;

	return bucket_create(db, str_of(arg), &id);
}

static int delete(struct db *db, void *arg)
{
	return bucket_delete(db, str_of(arg));
}

#define NAME(s) ((void *)(uintptr_t)(s))

static void a_bucket_is_made_found_and_deleted(void **state)
{
	char name[BUCKET_NAME_MAX + 1];
	int64_t id, again, created = 0;
	struct house h;

	house_new(&h, test_path(state));
	assert_int_equal(bucket_find(h.r, STR("album"), &id, NULL), E_NOT_FOUND);
	assert_int_equal(house_do(&h, create, NAME("album")), 0);
	assert_int_equal(house_do(&h, create, NAME("album")), E_EXISTS);
	assert_int_equal(house_do(&h, create, NAME("Album")), E_BAD_INPUT);
	assert_int_equal(bucket_find(h.r, STR("album"), &id, &created), 0);
	assert_true(created > 0 && created <= clock_wall_ms());
	assert_int_equal(bucket_name_of(h.r, id, name), 0);
	assert_string_equal(name, "album");
	assert_int_equal(house_do(&h, delete, NAME("album")), 0);
	assert_int_equal(house_do(&h, delete, NAME("album")), E_NOT_FOUND);
	assert_int_equal(bucket_name_of(h.r, id, name), E_NOT_FOUND);

	/* Waiting jobs and journal lines know a bucket by its id: it must never mean another one. */
	assert_int_equal(house_do(&h, create, NAME("album")), 0);
	assert_int_equal(bucket_find(h.r, STR("album"), &again, NULL), 0);
	assert_true(again > id);
	house_close(&h);
}

static int begin_upload(struct db *db, void *arg)
{
	struct upload u = { .key = STR("open") };

	return upload_begin(db, STR("photos"), &u, arg);
}

static void a_bucket_with_objects_stays_and_open_uploads_do_not_matter(void **state)
{
	char id[UPLOAD_ID_MAX];
	struct arena a = {0};
	struct rule *rules;
	struct house h;
	int n;

	house_new(&h, test_path(state));
	assert_true(house_put(&h, "photos", "a", "x") > 0);
	assert_int_equal(house_do(&h, begin_upload, id), 0);
	assert_int_equal(house_do(&h, delete, NAME("photos")), E_NOT_EMPTY);
	assert_int_equal(house_delete(&h, "photos", "a"), 0);
	assert_int_equal(house_do(&h, delete, NAME("photos")), 0);
	assert_int_equal(rules_get(h.r, h.photos, &a, &rules, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(house_do(&h, create, NAME("photos")), 0);
	assert_int_equal(upload_list(h.r, h.photos, (struct str){0}, (struct str){0}, (struct str){0}, 10, NULL, NULL), 0);
	house_close(&h);
}

static int add_name(void *owner, int64_t id, struct str name, int64_t created_ms)
{
	(void)id;
	(void)created_ms;
	buf_printf(owner, "%.*s ", STR_ARG(name));
	return 0;
}

static bool list_is(struct house *h, const char *after, const char *prefix, int max, const char *want)
{
	struct buf b = {0};
	bool same;

	assert_int_equal(bucket_list(h->r, str_of(after), str_of(prefix), max, add_name, &b), 0);
	same = str_is(str_n(b.data ? b.data : "", b.len), want);
	buf_clear(&b);
	return same;
}

static void buckets_are_listed_in_order_by_pages_and_prefix(void **state)
{
	struct house h;

	house_new(&h, test_path(state));
	house_do(&h, create, NAME("photos2"));
	house_do(&h, create, NAME("album"));
	assert_true(list_is(&h, NULL, NULL, 10, "album photos photos2 thumbs "));
	assert_true(list_is(&h, NULL, "photos", 10, "photos photos2 "));
	assert_true(list_is(&h, "photos", NULL, 1, "photos2 "));
	assert_true(list_is(&h, "photos", "photos", 10, "photos2 "));
	assert_true(list_is(&h, "a", "photos", 1, "photos "));
	assert_true(list_is(&h, "zzz", "photos", 10, ""));
	assert_true(list_is(&h, "thumbs", NULL, 10, ""));
	house_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(names_follow_the_rules_of_s3),
		T(a_bucket_is_made_found_and_deleted),
		T(a_bucket_with_objects_stays_and_open_uploads_do_not_matter),
		T(buckets_are_listed_in_order_by_pages_and_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
