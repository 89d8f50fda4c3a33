/* What a client takes away of a result by its own request is no loss: the journal tells it, audit does not. */
#include "storage/photo_item.h"
#include "tests/unit/storage/house.h"

#define MADE "uploaded, queued, done"

/* A DynamoDB call on the row of "cat": `item` is written, or with NULL the row is removed. */
static int touch(struct db *db, void *arg)
{
	const char *item = arg;
	struct json_value *v;
	struct arena a = {0};
	struct str old;
	struct table t;
	int rc;

	if ((rc = table_open(db, STR("rows"), &a, &t)) == 0 &&
	    (rc = json_parse(&a, str_of(item ? item : "{\"key\":{\"S\":\"cat\"}}"), &v)) == 0)
		rc = item ? item_put(db, &t, v, &a, &old) : item_delete(db, &t, v, &a, &old);
	if (rc == 0)
		rc = photo_item_touched(db, &t, old, item ? v : NULL, &a);
	arena_clear(&a);
	return rc;
}

static int client_touches(struct house *h, const char *item)
{
	return house_do(h, touch, (void *)(uintptr_t)item);
}

static int64_t made(struct house *h, const char *path)
{
	int64_t seq;

	house_new(h, path);
	seq = house_put(h, "photos", "cat", "one");
	assert_int_equal(house_work(h, 3), 0);
	return seq;
}

static int item_state(struct house *h)
{
	struct photo_row p;
	struct arena a = {0};
	int rc = photo_get(h->r, h->photos, STR("cat"), &a, &p);

	if (rc == 0)
		rc = photo_item_look(h->r, STR("cat"), &p);
	arena_clear(&a);
	return rc;
}

static void a_row_removed_by_a_client_is_told_and_no_finding(void **state)
{
	struct house h;

	made(&h, test_path(state));
	assert_int_equal(item_state(&h), PHOTO_ITEM_THERE);
	assert_int_equal(client_touches(&h, NULL), 0);
	assert_int_equal(item_state(&h), PHOTO_ITEM_RELEASED);
	assert_true(house_journal_is(&h, h.photos, "cat", MADE ", row removed by request"));
	assert_int_equal(house_audit(&h, NULL), 0);
	house_close(&h);
}

static void a_row_with_another_in_its_place_is_told_and_no_finding(void **state)
{
	struct house h;

	made(&h, test_path(state));
	assert_int_equal(client_touches(&h, "{\"key\":{\"S\":\"cat\"},\"mine\":{\"N\":\"1\"}}"), 0);
	assert_int_equal(item_state(&h), PHOTO_ITEM_RELEASED);
	assert_true(house_journal_is(&h, h.photos, "cat", MADE ", row replaced by request"));
	assert_int_equal(house_audit(&h, NULL), 0);
	assert_int_equal(client_touches(&h, NULL), 0);		/* the client's own: nobody is told */
	assert_true(house_journal_is(&h, h.photos, "cat", MADE ", row replaced by request"));
	house_close(&h);
}

static void a_row_that_only_has_more_in_it_is_still_the_results(void **state)
{
	struct house h;
	char item[256];
	int64_t seq;

	seq = made(&h, test_path(state));
	snprintf(item, sizeof item, "{\"key\":{\"S\":\"cat\"},\"title\":{\"S\":\"Tom\"},\"origin\":{\"S\":\"photos\"},"
		 "\"sequencer\":{\"S\":\"%016llX\"}}", (unsigned long long)seq);
	assert_int_equal(client_touches(&h, item), 0);
	assert_int_equal(item_state(&h), PHOTO_ITEM_THERE);
	assert_true(house_journal_is(&h, h.photos, "cat", MADE));
	assert_int_equal(house_audit(&h, NULL), 0);
	assert_int_equal(client_touches(&h, NULL), 0);
	assert_int_equal(item_state(&h), PHOTO_ITEM_RELEASED);
	house_close(&h);
}

static void thumbnails_removed_and_replaced_by_a_client_are_told_of_their_original(void **state)
{
	struct house h;

	made(&h, test_path(state));
	assert_int_equal(house_delete(&h, "thumbs", "cat/small.webp"), 0);
	assert_true(house_put(&h, "thumbs", "cat/large.jpg", "mine") > 0);
	assert_true(house_journal_is(&h, h.photos, "cat", MADE ", thumbnail removed by request, thumbnail replaced by request"));
	assert_int_equal(house_audit(&h, NULL), 0);
	house_close(&h);
}

static void the_row_that_says_why_a_photo_failed_may_be_removed_too(void **state)
{
	struct keeping_test t;
	struct job_row *rows;
	struct arena a = {0};
	struct house h;

	house_new(&h, test_path(state));
	assert_true(house_put(&h, "photos", "cat", "no photo") > 0);
	assert_int_equal(house_claim(&h, 1, &a, &rows), 1);
	keep_init(&t, &h, &rows[0], 0);
	t.keep.code = STR("Image.Damaged");
	t.keep.message = STR("too bad");
	assert_int_equal(keep_run(&t, &h), 0);
	assert_int_equal(client_touches(&h, NULL), 0);
	assert_true(house_journal_is(&h, h.photos, "cat", "uploaded, queued, dead letter, row removed by request"));
	assert_int_equal(house_audit(&h, NULL), 0);
	arena_clear(&a);
	house_close(&h);
}

static void a_newer_result_makes_all_anew_and_tells_no_request(void **state)
{
	struct house h;

	made(&h, test_path(state));
	assert_int_equal(house_delete(&h, "thumbs", "cat/small.webp"), 0);
	assert_int_equal(client_touches(&h, NULL), 0);
	assert_true(house_put(&h, "photos", "cat", "two") > 0);
	assert_int_equal(house_work(&h, 2), 0);
	assert_int_equal(item_state(&h), PHOTO_ITEM_THERE);
	assert_true(house_version(&h, h.thumbs, "cat/small.webp") > 0);
	assert_true(house_journal_is(&h, h.photos, "cat",
				     MADE ", thumbnail removed by request, row removed by request, " MADE));
	assert_int_equal(house_audit(&h, NULL), 0);
	house_close(&h);
}

static void a_deleted_original_takes_its_own_along_without_requests_for_each(void **state)
{
	struct house h;

	made(&h, test_path(state));
	assert_int_equal(house_do(&h, no_rules, &h), 0);
	assert_int_equal(house_delete(&h, "photos", "cat"), 0);		/* nobody watches: at once */
	assert_true(house_journal_is(&h, h.photos, "cat", MADE ", deleted"));
	assert_int_equal(house_version(&h, h.thumbs, "cat/small.webp"), 0);
	assert_int_equal(house_audit(&h, NULL), 0);
	house_close(&h);
}

static void a_row_of_no_photo_or_of_a_table_of_ones_own_is_nobodys_business(void **state)
{
	struct house h;

	made(&h, test_path(state));
	assert_int_equal(client_touches(&h, "{\"key\":{\"S\":\"dog\"},\"origin\":{\"S\":\"photos\"},\"sequencer\":{\"S\":\"1\"}}"), 0);
	assert_int_equal(client_touches(&h, "{\"key\":{\"S\":\"dog\"},\"origin\":{\"S\":\"nothere\"},\"sequencer\":{\"S\":\"1\"}}"), 0);
	assert_int_equal(client_touches(&h, "{\"key\":{\"S\":\"dog\"}}"), 0);
	assert_true(house_journal_is(&h, h.photos, "dog", ""));
	assert_int_equal(item_state(&h), PHOTO_ITEM_THERE);
	house_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_row_removed_by_a_client_is_told_and_no_finding),
		T(a_row_with_another_in_its_place_is_told_and_no_finding),
		T(a_row_that_only_has_more_in_it_is_still_the_results),
		T(thumbnails_removed_and_replaced_by_a_client_are_told_of_their_original),
		T(the_row_that_says_why_a_photo_failed_may_be_removed_too),
		T(a_newer_result_makes_all_anew_and_tells_no_request),
		T(a_deleted_original_takes_its_own_along_without_requests_for_each),
		T(a_row_of_no_photo_or_of_a_table_of_ones_own_is_nobodys_business),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
