/* Some renditions of a photo made anew: put into the result there is, all or nothing. */
#include "storage/backfill.h"
#include "storage/made.h"
#include "storage/photo_item.h"
#include "tests/unit/storage/house.h"

static int add(struct db *db, void *arg)
{
	return backfill_add(db, arg);
}

static int64_t begin(struct house *h, int64_t bucket)
{
	struct backfill b = { .bucket = bucket, .function = h->function, .prefix = STR("2026/"), .what = BACKFILL_PRESETS,
			      .presets = STR("a.png b"), .rate = 7, .planned = 3, .bytes = 99 };

	assert_int_equal(house_do(h, add, &b), 0);
	return b.id;
}

struct queueing {
	struct job_row job;
	int64_t backfill;
};

/* As the pipeline does: the job and the place in one change. */
static int queue_one(struct db *db, void *arg)
{
	struct queueing *q = arg;
	char request[JOB_REQUEST_ID + 1];
	int rc;

	queue_request_make(request);
	q->job.request = str_of(request);
	q->job.backfill = q->backfill;
	if ((rc = queue_put(db, &q->job)) < 0)
		return rc;
	return backfill_move(db, q->backfill, q->job.key, false, 1);
}

static void queue_again(struct house *h, const char *key, int64_t backfill)
{
	struct queueing q = { .backfill = backfill, .job = { .function = h->function, .bucket = h->photos, .key = str_of(key),
			      .seq = house_version(h, h->photos, key), .kind = EVENT_CREATED_PUT } };

	assert_int_equal(house_do(h, queue_one, &q), 0);
}

static int claim_backfill(struct db *db, void *arg)
{
	struct claiming *c = arg;

	c->count = queue_claim_backfill(db, c->h->function, clock_wall_ms(), 60000, c->max, c->arena, &c->rows);
	return c->count < 0 ? c->count : 0;
}

static struct job_row *claim_one(struct house *h, struct arena *a)
{
	struct claiming c = { .h = h, .arena = a, .max = 1 };

	assert_int_equal(house_do(h, claim_backfill, &c), 0);
	assert_int_equal(c.count, 1);
	return c.rows;
}

#define THUMBNAIL(name, size) "{\"M\":{\"key\":{\"S\":\"a.jpg/" name "\"},\"size\":{\"N\":\"" size "\"}}}"
#define ROW(thumbnails, more) "{\"key\":{\"S\":\"a.jpg\"},\"thumbnails\":{\"L\":[" thumbnails "]}" more "}"

static void make_first(struct house *h)
{
	struct arena a = {0};
	struct keeping_test t;
	struct job_row *rows;

	assert_true(house_put(h, "photos", "a.jpg", "x") > 0);
	assert_int_equal(house_claim(h, 1, &a, &rows), 1);
	keep_init(&t, h, rows, 3);
	t.keep.made = STR("one list");
	t.keep.item = STR(ROW(THUMBNAIL("small.webp", "1") "," THUMBNAIL("medium.webp", "2") "," THUMBNAIL("large.jpg", "3"),
			      ",\"color\":{\"S\":\"red\"},\"mine\":{\"S\":\"yes\"}"));
	assert_int_equal(keep_run(&t, h), 0);
	arena_clear(&a);
}

/* small.webp anew, under that name, and large.jpg goes for it. */
static void merge_init(struct keeping_test *t, struct house *h, const struct job_row *job)
{
	static const struct str replaces[] = { { "a.jpg/small.webp", 16 }, { "a.jpg/large.jpg", 15 }, { "a.jpg/not-there", 15 } };

	keep_init(t, h, job, 1);
	t->keep.merge = true;
	t->keep.replaces = replaces;
	t->keep.replaces_count = 3;
	t->keep.made = STR("another");
	t->keep.item = STR(ROW(THUMBNAIL("small.webp", "9"), ",\"color\":{\"S\":\"blue\"}"));
}

static int merge(struct house *h, struct arena *a, bool nowhere)
{
	struct keeping_test t;

	merge_init(&t, h, claim_one(h, a));
	if (nowhere)
		t.keep.to_bucket = STR("nowhere");
	return keep_run(&t, h);
}

static int add_made(void *owner, struct str list, int64_t photos)
{
	buf_printf(owner, "%.*s=%lld;", STR_ARG(list), (long long)photos);
	return 0;
}

static bool made_is(struct house *h, const char *want)
{
	struct buf b = {0};
	bool same;

	buf_puts(&b, "");
	assert_int_equal(made_of_bucket(h->r, h->photos, add_made, &b), 0);
	same = str_is(str_n(b.data ? b.data : "", b.len), want);
	buf_clear(&b);
	return same;
}

static void some_renditions_are_put_into_the_result(void **state)
{
	struct arena a = {0};
	struct house h;
	struct str row;
	int64_t medium;

	house_new(&h, test_path(state));
	make_first(&h);
	assert_true(made_is(&h, "one list=1;"));
	medium = house_version(&h, h.thumbs, "a.jpg/medium.webp");
	queue_again(&h, "a.jpg", begin(&h, h.photos));
	assert_int_equal(merge(&h, &a, false), 0);
	assert_int_equal(house_version(&h, h.thumbs, "a.jpg/medium.webp"), medium);
	assert_true(house_version(&h, h.thumbs, "a.jpg/small.webp") > medium);
	assert_int_equal(house_version(&h, h.thumbs, "a.jpg/large.jpg"), 0);
	row = house_row(&h, "a.jpg", &a);
	for (const char *const *word = (const char *const[]){ THUMBNAIL("small.webp", "9") "," THUMBNAIL("medium.webp", "2") "]",
			"blue", "\"mine\":{\"S\":\"yes\"}", NULL }; *word; word++)
		assert_non_null(memmem(row.p, row.n, *word, strlen(*word)));
	assert_true(made_is(&h, "another=1;"));
	assert_true(house_journal_is(&h, h.photos, "a.jpg", "uploaded, queued, done, some thumbnails made anew"));
	assert_int_equal(house_audit(&h, NULL), 0);
	arena_clear(&a);
	house_close(&h);
}

static void a_merge_that_cannot_be_kept_changes_nothing(void **state)
{
	struct arena a = {0};
	struct house h;

	house_new(&h, test_path(state));
	make_first(&h);
	queue_again(&h, "a.jpg", begin(&h, h.photos));
	assert_int_equal(merge(&h, &a, true), E_NO_DESTINATION);
	assert_true(house_version(&h, h.thumbs, "a.jpg/large.jpg") > 0);
	assert_true(made_is(&h, "one list=1;"));
	assert_int_equal(house_audit(&h, NULL), 0);
	arena_clear(&a);
	house_close(&h);
}

static void without_a_result_to_merge_with_it_is_the_whole(void **state)
{
	struct arena a = {0};
	struct audit_totals totals;
	struct house h;

	house_new(&h, test_path(state));
	assert_true(house_put(&h, "photos", "a.jpg", "x") > 0);
	queue_again(&h, "a.jpg", begin(&h, h.photos));
	assert_int_equal(merge(&h, &a, false), 0);
	assert_true(house_version(&h, h.thumbs, "a.jpg/small.webp") > 0);
	assert_int_equal(house_audit(&h, &totals), 0);
	assert_int_equal(totals.done, 1);
	arena_clear(&a);
	house_close(&h);
}

/* As a client of the table does it. */
static int drop_row(struct db *db, void *arg)
{
	struct arena a = {0};
	struct json_value *name;
	struct table t;
	struct str old;
	int rc;

	(void)arg;
	if ((rc = table_open(db, STR("rows"), &a, &t)) == 0 && (rc = json_parse(&a, STR("{\"key\":{\"S\":\"a.jpg\"}}"), &name)) == 0 &&
	    (rc = item_delete(db, &t, name, &a, &old)) == 0)
		rc = photo_item_touched(db, &t, old, NULL, &a);
	arena_clear(&a);
	return rc;
}

static void a_row_taken_away_does_not_come_back_by_a_merge(void **state)
{
	struct arena a = {0};
	struct house h;

	house_new(&h, test_path(state));
	make_first(&h);
	assert_int_equal(house_do(&h, drop_row, NULL), 0);
	queue_again(&h, "a.jpg", begin(&h, h.photos));
	assert_int_equal(merge(&h, &a, false), 0);
	assert_false(str_is_set(house_row(&h, "a.jpg", &a)));
	assert_int_equal(house_audit(&h, NULL), 0);
	arena_clear(&a);
	house_close(&h);
}

static int new_table(struct db *db, void *arg)
{
	struct arena a = {0};
	struct table t;
	int rc = table_delete(db, STR("rows"));

	(void)arg;
	if (rc == 0)
		rc = table_create(db, STR("rows"), STR(TABLE_OF_PHOTOS), &a, &t);
	arena_clear(&a);
	return rc;
}

static void a_table_made_anew_is_not_taken_for_one_that_lost_the_row(void **state)
{
	struct arena a = {0};
	struct house h;

	house_new(&h, test_path(state));
	make_first(&h);
	clock_advance_ms(10);
	assert_int_equal(house_do(&h, new_table, NULL), 0);
	clock_advance_ms(10);
	queue_again(&h, "a.jpg", begin(&h, h.photos));
	assert_int_equal(merge(&h, &a, false), 0);
	assert_false(str_is_set(house_row(&h, "a.jpg", &a)));
	assert_int_equal(house_audit(&h, NULL), 0);
	arena_clear(&a);
	house_close(&h);
}

/* Crashes */

/* In a child: the job of a backfill, as left by the parent, is claimed and kept. */
static int merge_one(struct house *h, void *arg)
{
	struct claiming c = { .h = h, .max = 1 };
	struct arena a = {0};
	struct keeping_test t;
	int rc;

	(void)arg;
	c.arena = &a;
	if ((rc = house_do(h, claim_backfill, &c)) == 0 && c.count == 1) {
		merge_init(&t, h, &c.rows[0]);
		rc = keep_run(&t, h);
	}
	arena_clear(&a);
	return rc;
}

static int count_rows(struct house *h, const char *what)
{
	struct arena a = {0};
	struct str row = house_row(h, "a.jpg", &a);
	int n = str_is_set(row) && memmem(row.p, row.n, what, strlen(what)) != NULL;

	arena_clear(&a);
	return n;
}

static int end_active(struct db *db, void *arg)
{
	struct house *h = arg;
	struct arena a = {0};
	struct backfill b;
	int rc = backfill_active(db, h->photos, &a, &b);

	if (rc == 0)
		rc = backfill_set_state(db, b.id, BACKFILL_DONE);
	arena_clear(&a);
	return rc == E_NOT_FOUND ? 0 : rc;
}

static void a_merge_is_done_or_left(struct trial *t, int number)
{
	struct told told;
	struct house h;
	bool kept;

	(void)number;
	assert_int_equal(house_open(&h, t->path), 0);
	while (house_counts(&h).ready > 0)	/* what the last trial left */
		assert_int_equal(merge_one(&h, NULL), 0);
	make_first(&h);
	assert_int_equal(house_do(&h, end_active, &h), 0);
	queue_again(&h, "a.jpg", begin(&h, h.photos));
	house_close(&h);

	told = trial_run(t);

	assert_int_equal(house_open(&h, t->path), 0);
	kept = house_counts(&h).ready == 0;	/* leases ended with the child */
	if (told.returned)
		assert_true(kept == (told.rc == 0));
	assert_true((house_version(&h, h.thumbs, "a.jpg/large.jpg") > 0) == !kept);
	assert_int_equal(count_rows(&h, THUMBNAIL("small.webp", "9")), kept);
	assert_int_equal(count_rows(&h, THUMBNAIL("medium.webp", "2")), 1);
	assert_true(made_is(&h, kept ? "another=1;" : "one list=1;"));
	assert_int_equal(house_audit(&h, NULL), 0);
	house_close(&h);
}

static void whatever_fails_a_merge_is_done_or_left(void **state)
{
	struct trial t = { .path = test_path(state), .thing = merge_one };

	each_trial(&t, a_merge_is_done_or_left);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(some_renditions_are_put_into_the_result),
		T(a_merge_that_cannot_be_kept_changes_nothing),
		T(without_a_result_to_merge_with_it_is_the_whole),
		T(a_row_taken_away_does_not_come_back_by_a_merge),
		T(a_table_made_anew_is_not_taken_for_one_that_lost_the_row),
		T(whatever_fails_a_merge_is_done_or_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
