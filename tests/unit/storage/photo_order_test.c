/* Results and removals that come late, twice, or in another order. */
#include "tests/unit/storage/photo_rig.h"

static void a_late_result_of_an_older_version_is_discarded(void **state)
{
	struct keeping_test t;
	struct job_row *rows;
	struct arena a = {0};
	struct house h;
	int64_t second;
	int trash;

	house_new(&h, test_path(state));
	assert_true(house_put(&h, "photos", "cat", "one") > 0);
	assert_int_equal(house_claim(&h, 1, &a, &rows), 1);
	second = house_put(&h, "photos", "cat", "two");
	keep_init(&t, &h, &rows[0], 3);
	trash = house_trash(&h);
	assert_int_equal(keep_run(&t, &h), 0);
	assert_true(t.keep.superseded);
	assert_int_equal(house_trash(&h), trash + 3);	/* its thumbnails' bytes were written in vain */
	assert_photo(&h, "cat", 0, 0);
	assert_int_equal(house_counts(&h).leased, 0);
	assert_int_equal(house_work(&h, 2), 0);
	assert_photo(&h, "cat", second, 2);
	assert_true(house_journal_is(&h, h.photos, "cat", "uploaded, queued, uploaded, queued, superseded by a newer version, done"));
	assert_int_equal(house_audit(&h, NULL), 0);
	arena_clear(&a);
	house_close(&h);
}

static void a_newer_result_leaves_no_thumbnail_of_the_older(void **state)
{
	struct house h;
	int64_t seq;

	house_new(&h, test_path(state));
	assert_true(house_put(&h, "photos", "cat", "one") > 0);
	assert_int_equal(house_work(&h, 3), 0);
	seq = house_put(&h, "photos", "cat", "two");
	assert_int_equal(house_work(&h, 1), 0);
	assert_photo(&h, "cat", seq, 1);
	assert_true(house_version(&h, h.thumbs, "cat/small.webp") > seq);
	assert_int_equal(house_version(&h, h.thumbs, "cat/medium.webp"), 0);
	assert_int_equal(house_version(&h, h.thumbs, "cat/large.jpg"), 0);
	assert_int_equal(house_audit(&h, NULL), 0);
	house_close(&h);
}

static void a_removed_original_takes_thumbnails_and_row_along(void **state)
{
	struct house h;

	house_new(&h, test_path(state));
	assert_true(house_put(&h, "photos", "cat", "one") > 0);
	assert_true(house_put(&h, "photos", "dog", "one") > 0);
	assert_int_equal(house_work(&h, 3), 0);
	assert_int_equal(house_work(&h, 3), 0);
	assert_int_equal(house_delete(&h, "photos", "cat"), 0);
	assert_int_equal(house_audit(&h, NULL), 0);	/* fine while the removal waits */
	assert_int_equal(house_work(&h, 0), 0);
	assert_photo(&h, "cat", 0, 0);
	assert_int_equal(house_version(&h, h.thumbs, "cat/large.jpg"), 0);
	assert_true(house_version(&h, h.thumbs, "dog/large.jpg") > 0);
	assert_true(row_says(&h, "cat", NULL) && row_says(&h, "dog", "done"));
	assert_true(house_journal_is(&h, h.photos, "cat", "uploaded, queued, done, deleted, queued, thumbnails and row removed"));
	assert_int_equal(house_audit(&h, NULL), 0);
	house_close(&h);
}

static void the_row_of_a_failed_photo_goes_with_its_original(void **state)
{
	struct house h;

	house_new(&h, test_path(state));
	assert_true(house_put(&h, "photos", "cat", "broken") > 0);
	assert_int_equal(fail_job(&h, "Image.Damaged"), 0);
	assert_int_equal(house_delete(&h, "photos", "cat"), 0);
	assert_int_equal(house_work(&h, 0), 0);
	assert_true(row_says(&h, "cat", NULL));
	assert_int_equal(house_counts(&h).dead, 0);
	house_close(&h);
}

/* The order in which three events of one key are worked must not matter. */
static void events_out_of_order_end_the_same(void **state)
{
	static const int orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	struct job_row *rows;
	struct house h;

	house_new(&h, test_path(state));
	for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
		struct arena a = {0};
		struct keeping_test t;
		char key[16];
		int64_t seq;

		snprintf(key, sizeof key, "cat-%zu", i);
		assert_true(house_put(&h, "photos", key, "one") > 0);
		assert_int_equal(house_delete(&h, "photos", key), 0);
		seq = house_put(&h, "photos", key, "two");
		assert_int_equal(house_claim(&h, 3, &a, &rows), 3);
		for (int n = 0; n < 3; n++) {
			struct job_row *j = &rows[orders[i][n]];

			keep_init(&t, &h, j, event_is_removal(j->kind) ? 0 : 3);
			assert_int_equal(keep_run(&t, &h), 0);
		}
		assert_photo(&h, key, seq, 3);
		arena_clear(&a);
	}
	assert_int_equal(house_counts(&h).leased, 0);
	assert_int_equal(house_audit(&h, NULL), 0);
	house_close(&h);
}

static void an_original_that_nobody_watches_any_more_takes_its_photo_along(void **state)
{
	struct house h;

	house_new(&h, test_path(state));
	for (int i = 0; i < 3; i++) {
		assert_true(house_put(&h, "photos", i == 0 ? "over" : i == 1 ? "gone" : "back", "one") > 0);
		assert_int_equal(house_work(&h, 3), 0);
	}
	assert_int_equal(house_delete(&h, "photos", "back"), 0);	/* under the rules: a job will do it */
	assert_int_equal(house_do(&h, no_rules, &h), 0);
	assert_true(house_put(&h, "photos", "over", "two") > 0);
	assert_int_equal(house_delete(&h, "photos", "gone"), 0);
	assert_true(house_put(&h, "photos", "back", "two") > 0);
	assert_photo(&h, "over", 0, 0);
	assert_photo(&h, "gone", 0, 0);
	assert_true(row_says(&h, "over", NULL) && row_says(&h, "gone", NULL) && row_says(&h, "back", "done"));
	assert_int_equal(house_audit(&h, NULL), 0);
	assert_int_equal(house_work(&h, 0), 0);	/* not superseded: no newer event will come */
	assert_photo(&h, "back", 0, 0);
	assert_true(row_says(&h, "back", NULL));
	assert_int_equal(house_audit(&h, NULL), 0);
	house_close(&h);
}

static void a_rendition_replaced_or_removed_by_hand_is_none_any_more(void **state)
{
	struct house h;
	int64_t seq;

	house_new(&h, test_path(state));
	seq = house_put(&h, "photos", "cat", "one");
	assert_int_equal(house_work(&h, 3), 0);
	assert_true(house_put(&h, "thumbs", "cat/small.webp", "mine") > 0);
	assert_int_equal(house_delete(&h, "thumbs", "cat/large.jpg"), 0);
	assert_photo(&h, "cat", seq, 1);
	assert_int_equal(house_audit(&h, NULL), 0);
	assert_int_equal(house_delete(&h, "photos", "cat"), 0);
	assert_int_equal(house_work(&h, 0), 0);
	assert_true(house_version(&h, h.thumbs, "cat/small.webp") > 0);	/* it is the client's own now */
	assert_int_equal(house_version(&h, h.thumbs, "cat/medium.webp"), 0);
	assert_int_equal(house_audit(&h, NULL), 0);
	house_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_late_result_of_an_older_version_is_discarded),
		T(a_newer_result_leaves_no_thumbnail_of_the_older),
		T(a_removed_original_takes_thumbnails_and_row_along),
		T(the_row_of_a_failed_photo_goes_with_its_original),
		T(events_out_of_order_end_the_same),
		T(an_original_that_nobody_watches_any_more_takes_its_photo_along),
		T(a_rendition_replaced_or_removed_by_hand_is_none_any_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
