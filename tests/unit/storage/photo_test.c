#include "tests/unit/storage/house.h"

static int count_rendition(void *owner, int64_t bucket, struct str key, int64_t of_seq)
{
	int64_t *seen = owner;

	(void)bucket;
	(void)key;
	seen[0]++;
	seen[1] = of_seq;
	return 0;
}

/* "photo at VERSION with N thumbnails" of a key, or none at all. */
static void assert_photo(struct house *h, const char *key, int64_t seq, int renditions)
{
	int64_t seen[2] = { 0, seq };
	struct arena a = {0};
	struct photo_row p;
	int rc = photo_get(h->r, h->photos, str_of(key), &a, &p);

	if (seq == 0) {
		assert_int_equal(rc, E_NOT_FOUND);
	} else {
		assert_int_equal(rc, 0);
		assert_true(p.seq == seq && p.renditions == renditions && str_is(p.table, "rows") && p.done_ms > 0);
	}
	assert_int_equal(rendition_list(h->r, h->photos, str_of(key), count_rendition, seen), 0);
	assert_int_equal(seen[0], renditions);
	assert_true(renditions == 0 || seen[1] == seq);
	arena_clear(&a);
}

static bool row_says(struct house *h, const char *key, const char *part)
{
	struct arena a = {0};
	struct str row = house_row(h, key, &a);
	bool says = part ? str_is_set(row) && strstr(arena_dup(&a, row), part) : !str_is_set(row);

	if (!says)
		print_error("row of %s: %.*s\n", key, STR_ARG(row));
	arena_clear(&a);
	return says;
}

static int line(void *owner, const struct log_line *l)
{
	buf_printf(owner, "%.*s:%lld:%.*s ", STR_ARG(l->stream), (long long)l->at_ms, STR_ARG(l->text));
	return 0;
}

/* Everything that the function has logged. */
static void read_log(struct house *h, struct buf *to)
{
	struct log_query q = { .to_ms = INT64_MAX, .max = 10 };
	struct arena a = {0};
	struct log_group g;

	assert_int_equal(log_group_get(h->r, STR(LOG_GROUP_OF_FUNCTION "thumbnail"), &a, &g), 0);
	q.group = g.id;
	assert_int_equal(log_lines(h->r, &q, line, to), 0);
	arena_clear(&a);
}

static void a_result_is_thumbnails_row_and_acknowledgement_at_once(void **state)
{
	char sequencer[SEQUENCER_SIZE];
	struct audit_totals t;
	struct buf log = {0};
	struct house h;
	int64_t seq;

	house_new(&h, test_path(state));
	seq = house_put(&h, "photos", "cat", "photo");
	assert_int_equal(house_work(&h, 3), 0);
	assert_photo(&h, "cat", seq, 3);
	assert_true(house_version(&h, h.thumbs, "cat/small.webp") > seq);
	event_sequencer(sequencer, seq);
	assert_true(row_says(&h, "cat", sequencer));
	assert_true(row_says(&h, "cat", "done"));
	assert_true(house_counts(&h).leased == 0 && house_counts(&h).ready == 0);
	assert_true(house_journal_is(&h, h.photos, "cat", "uploaded, queued, done"));
	read_log(&h, &log);
	assert_string_equal(log.data, "stream:5:START stream:9:REPORT ");
	assert_int_equal(house_audit(&h, &t), 0);
	assert_true(t.objects == 4 && t.watched == 1 && t.done == 1 && t.renditions == 3 && t.bytes_checked > 40);
	buf_clear(&log);
	house_close(&h);
}

static void a_lost_lease_changes_nothing(void **state)
{
	struct keeping_test t;
	struct job_row *rows;
	struct arena a = {0};
	struct house h;

	house_new(&h, test_path(state));
	assert_true(house_put(&h, "photos", "cat", "photo") > 0);
	assert_int_equal(house_claim(&h, 1, &a, &rows), 1);
	rows[0].lease--;
	keep_init(&t, &h, &rows[0], 3);
	assert_int_equal(keep_run(&t, &h), E_LEASE_LOST);
	assert_photo(&h, "cat", 0, 0);
	assert_int_equal(house_version(&h, h.thumbs, "cat/small.webp"), 0);
	assert_true(row_says(&h, "cat", NULL));
	assert_true(house_journal_is(&h, h.photos, "cat", "uploaded, queued"));
	assert_int_equal(house_counts(&h).leased, 1);
	arena_clear(&a);
	house_close(&h);
}

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

/* Fails the one waiting job. */
static int fail_job(struct house *h, const char *code)
{
	struct keeping_test t;
	struct job_row *rows;
	struct arena a = {0};
	int rc = house_claim(h, 1, &a, &rows);

	assert_int_equal(rc, 1);
	keep_init(&t, h, &rows[0], 0);
	t.keep.item = str_of(arena_printf(&t.arena, "{\"key\":{\"S\":\"%.*s\"},\"status\":{\"S\":\"failed\"}}", STR_ARG(rows[0].key)));
	t.keep.code = str_of(code);
	t.keep.message = STR("too bad");
	rc = keep_run(&t, h);
	arena_clear(&a);
	return rc;
}

static void a_photo_that_cannot_be_done_says_why_and_loses_old_thumbnails(void **state)
{
	struct audit_totals t;
	struct house h;

	house_new(&h, test_path(state));
	assert_true(house_put(&h, "photos", "cat", "one") > 0);
	assert_int_equal(house_work(&h, 3), 0);
	assert_true(house_put(&h, "photos", "cat", "broken") > 0);
	assert_int_equal(fail_job(&h, "Image.Damaged"), 0);
	assert_photo(&h, "cat", 0, 0);
	assert_int_equal(house_version(&h, h.thumbs, "cat/small.webp"), 0);
	assert_true(row_says(&h, "cat", "failed"));
	assert_int_equal(house_counts(&h).dead, 1);
	assert_true(house_journal_is(&h, h.photos, "cat", "uploaded, queued, done, uploaded, queued, dead letter"));
	assert_int_equal(house_audit(&h, &t), 0);
	assert_true(t.dead == 1 && t.done == 0);

	/* A newer version that can be done makes the dead letter a thing of the past. */
	assert_true(house_put(&h, "photos", "cat", "good") > 0);
	assert_int_equal(house_work(&h, 3), 0);
	assert_int_equal(house_counts(&h).dead, 0);
	assert_true(row_says(&h, "cat", "done"));
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

/* keep_run with one name changed. */
static int keep_to(struct house *h, struct job_row *j, const char *bucket, const char *table)
{
	struct keeping_test t;

	keep_init(&t, h, j, 2);
	t.keep.to_bucket = str_of(bucket);
	t.keep.to_table = str_of(table);
	return keep_run(&t, h);
}

static int make_table(struct db *db, void *arg)
{
	struct arena a = {0};
	struct table t;
	int rc = table_create(db, STR("sorted"), STR(
		"{\"AttributeDefinitions\":[{\"AttributeName\":\"key\",\"AttributeType\":\"S\"},"
		"{\"AttributeName\":\"at\",\"AttributeType\":\"N\"}],\"KeySchema\":[{\"AttributeName\":\"key\",\"KeyType\":\"HASH\"},"
		"{\"AttributeName\":\"at\",\"KeyType\":\"RANGE\"}]}"), &a, &t);

	(void)arg;
	arena_clear(&a);
	return rc;
}

static void a_missing_destination_changes_nothing(void **state)
{
	struct arena a = {0};
	struct job_row *rows;
	struct house h;

	house_new(&h, test_path(state));
	assert_int_equal(house_do(&h, make_table, NULL), 0);
	assert_true(house_put(&h, "photos", "cat", "one") > 0);
	assert_int_equal(house_claim(&h, 1, &a, &rows), 1);
	assert_int_equal(keep_to(&h, rows, "nothere", "rows"), E_NO_DESTINATION);
	assert_int_equal(keep_to(&h, rows, "photos", "rows"), E_NO_DESTINATION);
	assert_int_equal(keep_to(&h, rows, "thumbs", "nothere"), E_NO_DESTINATION);
	assert_int_equal(keep_to(&h, rows, "thumbs", "sorted"), E_NO_DESTINATION);
	assert_int_equal(house_counts(&h).leased, 1);
	assert_photo(&h, "cat", 0, 0);
	assert_int_equal(house_version(&h, h.thumbs, "cat/small.webp"), 0);
	assert_true(house_journal_is(&h, h.photos, "cat", "uploaded, queued"));
	assert_int_equal(keep_to(&h, rows, "thumbs", "rows"), 0);
	assert_int_equal(house_audit(&h, NULL), 0);
	arena_clear(&a);
	house_close(&h);
}

static void two_thumbnails_of_one_name_are_refused(void **state)
{
	struct keeping_test t;
	struct arena a = {0};
	struct job_row *rows;
	struct house h;

	house_new(&h, test_path(state));
	assert_true(house_put(&h, "photos", "cat", "one") > 0);
	assert_int_equal(house_claim(&h, 1, &a, &rows), 1);
	keep_init(&t, &h, rows, 2);
	t.keep.renditions[1].key = t.keep.renditions[0].key;
	assert_int_equal(keep_run(&t, &h), E_BAD_INPUT);
	assert_int_equal(house_counts(&h).leased, 1);
	arena_clear(&a);
	house_close(&h);
}

static void a_large_thumbnail_is_a_file(void **state)
{
	struct str bytes = t_bytes(BLOB_NEEDLE_MAX + 1, 5);
	struct keeping_test t;
	struct arena a = {0};
	struct job_row *rows;
	struct object o;
	struct house h;
	struct blob b;
	bool missing;

	house_new(&h, test_path(state));
	assert_true(house_put(&h, "photos", "cat", "one") > 0);
	assert_int_equal(house_claim(&h, 1, &a, &rows), 1);
	keep_init(&t, &h, rows, 2);
	assert_int_equal(blob_stage(&b, store_blobs(h.s), bytes.n), 0);
	assert_int_equal(blob_write(&b, bytes.p, bytes.n), 0);
	assert_int_equal(blob_commit(&b, &t.keep.large[1]), 0);
	t.needles[1].data = STR("");
	t.keep.renditions[1].size = (int64_t)bytes.n;
	t.keep.renditions[1].etag = md5_hex(&t.arena, bytes);
	assert_int_equal(keep_run(&t, &h), 0);
	assert_int_equal(object_get(h.r, STR("thumbs"), STR("cat/medium.webp"), &a, &o, &missing), 0);
	assert_true(o.extent_count == 1 && o.extents[0].kind == EXTENT_FILE && o.extents[0].len == bytes.n);
	assert_int_equal(house_audit(&h, NULL), 0);
	free((char *)(uintptr_t)bytes.p);
	arena_clear(&a);
	house_close(&h);
}

static int watch_thumbs(struct db *db, void *arg)
{
	struct house *h = arg;
	struct rule r = { .id = STR("again"), .arn = STR("arn"), .function = 99, .events = STR("s3:ObjectCreated:Put s3:ObjectRemoved:*"),
		.set = event_set(STR("s3:ObjectCreated:Put")) | event_set(STR("s3:ObjectRemoved:*")), .suffix = STR(".jpg") };

	return rules_replace(db, h->thumbs, &r, 1);
}

static int count_job(void *owner, const struct job_row *j)
{
	int *seen = owner;

	if (event_is_removal(j->kind))
		seen[1]++;
	else
		seen[0]++;
	return 0;
}

static void rules_on_the_thumbnails_bucket_fire(void **state)
{
	int seen[2] = { 0, 0 };
	struct house h;

	house_new(&h, test_path(state));
	assert_int_equal(house_do(&h, watch_thumbs, &h), 0);
	assert_true(house_put(&h, "photos", "cat", "one") > 0);
	assert_int_equal(house_work(&h, 3), 0);
	queue_of_object(h.r, h.thumbs, STR("cat/large.jpg"), count_job, seen);
	assert_true(seen[0] == 1 && seen[1] == 0);
	assert_int_equal(house_delete(&h, "photos", "cat"), 0);
	assert_int_equal(house_work(&h, 0), 0);
	queue_of_object(h.r, h.thumbs, STR("cat/large.jpg"), count_job, seen);
	assert_true(seen[0] == 2 && seen[1] == 1);
	house_close(&h);
}

/* Faults: an older result is there, and a newer one comes. */

static int keep_three(struct house *h, void *arg)
{
	(void)arg;
	return house_work(h, 3);
}

static void a_result_is_kept_whole_or_its_job_is_left(struct trial *t, int number)
{
	int64_t first, second;
	struct told told;
	struct house h;
	char key[32], large[64];
	bool kept;

	snprintf(large, sizeof large, "photo-%d/large.jpg", number);
	snprintf(key, sizeof key, "photo-%d", number);
	assert_int_equal(house_open(&h, t->path), 0);
	while (house_counts(&h).ready > 0)	/* what the last trial left */
		assert_int_equal(house_work(&h, 3), 0);
	first = house_put(&h, "photos", key, "one");
	assert_int_equal(house_work(&h, 2), 0);
	second = house_put(&h, "photos", key, "two");
	house_close(&h);

	told = trial_run(t);

	assert_int_equal(house_open(&h, t->path), 0);
	kept = house_counts(&h).ready == 0;	/* leases ended with the child */
	if (told.returned)
		assert_true(kept == (told.rc == 0));
	assert_photo(&h, key, kept ? second : first, kept ? 3 : 2);
	assert_true((house_version(&h, h.thumbs, large) > 0) == kept);
	assert_int_equal(house_audit(&h, NULL), 0);
	house_close(&h);
}

static void whatever_fails_a_result_is_kept_whole_or_its_job_is_left(void **state)
{
	struct trial t = { .path = test_path(state), .thing = keep_three };

	each_trial(&t, a_result_is_kept_whole_or_its_job_is_left);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_result_is_thumbnails_row_and_acknowledgement_at_once),
		T(a_lost_lease_changes_nothing),
		T(a_late_result_of_an_older_version_is_discarded),
		T(a_newer_result_leaves_no_thumbnail_of_the_older),
		T(a_photo_that_cannot_be_done_says_why_and_loses_old_thumbnails),
		T(a_removed_original_takes_thumbnails_and_row_along),
		T(the_row_of_a_failed_photo_goes_with_its_original),
		T(events_out_of_order_end_the_same),
		T(an_original_that_nobody_watches_any_more_takes_its_photo_along),
		T(a_rendition_replaced_or_removed_by_hand_is_none_any_more),
		T(a_missing_destination_changes_nothing),
		T(two_thumbnails_of_one_name_are_refused),
		T(a_large_thumbnail_is_a_file),
		T(rules_on_the_thumbnails_bucket_fire),
		T(whatever_fails_a_result_is_kept_whole_or_its_job_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
