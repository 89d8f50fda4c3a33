#include "tests/unit/storage/photo_rig.h"

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
		T(a_photo_that_cannot_be_done_says_why_and_loses_old_thumbnails),
		T(a_missing_destination_changes_nothing),
		T(two_thumbnails_of_one_name_are_refused),
		T(a_large_thumbnail_is_a_file),
		T(rules_on_the_thumbnails_bucket_fire),
		T(whatever_fails_a_result_is_kept_whole_or_its_job_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
