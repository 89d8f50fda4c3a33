#include "storage/backfill.h"

#include "storage/made.h"
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

struct step {
	int64_t id;
	enum backfill_state to;
	struct str after;
	bool looked;
	int queued;
};

static int set_state(struct db *db, void *arg)
{
	struct step *s = arg;

	return backfill_set_state(db, s->id, s->to);
}

static int move(struct db *db, void *arg)
{
	struct step *s = arg;

	return backfill_move(db, s->id, s->after, s->looked, s->queued);
}

static int end_in(struct house *h, int64_t id, enum backfill_state to)
{
	struct step s = { .id = id, .to = to };

	return house_do(h, set_state, &s);
}

static void what_was_asked_for_comes_back(void **state)
{
	struct arena a = {0};
	struct backfill b;
	struct house h;
	int64_t id;

	house_new(&h, test_path(state));
	id = begin(&h, h.photos);
	assert_int_equal(backfill_active(h.r, h.photos, &a, &b), 0);
	assert_int_equal(b.id, id);
	assert_true(b.state == BACKFILL_RUNNING && b.what == BACKFILL_PRESETS && b.function == h.function && b.rate == 7);
	assert_true(str_is(b.prefix, "2026/") && str_is(b.presets, "a.png b") && b.after.n == 0 && !b.looked);
	assert_true(b.planned == 3 && b.bytes == 99 && b.queued == 0 && b.started_ms > 0 && b.ended_ms == 0);
	assert_int_equal(backfill_active(h.r, h.thumbs, &a, &b), E_NOT_FOUND);
	assert_int_equal(backfill_get(h.r, id + 1, &a, &b), E_NOT_FOUND);
	arena_clear(&a);
	house_close(&h);
}

static void a_bucket_has_one_active_backfill(void **state)
{
	struct backfill second;
	struct house h;
	int64_t id;

	house_new(&h, test_path(state));
	id = begin(&h, h.photos);
	second = (struct backfill){ .bucket = h.photos, .rate = 1 };
	assert_int_equal(house_do(&h, add, &second), E_EXISTS);
	begin(&h, h.thumbs);
	assert_int_equal(end_in(&h, id, BACKFILL_PAUSED), 0);
	assert_int_equal(house_do(&h, add, &second), E_EXISTS);
	assert_int_equal(end_in(&h, id, BACKFILL_CANCELLED), 0);
	assert_int_equal(house_do(&h, add, &second), 0);
	assert_int_equal(end_in(&h, id, BACKFILL_RUNNING), E_NOT_FOUND);
	house_close(&h);
}

static int count_one(void *owner, const struct backfill *b)
{
	(void)b;
	++*(int *)owner;
	return 0;
}

static void those_that_ended_are_remembered_up_to_a_number(void **state)
{
	struct arena a = {0};
	struct backfill b;
	struct house h;
	int64_t first = 0, last = 0;
	int n = 0;

	house_new(&h, test_path(state));
	for (int i = 0; i < BACKFILLS_KEPT + 5; i++) {
		last = begin(&h, h.photos);
		first = first ? first : last;
		assert_int_equal(end_in(&h, last, BACKFILL_DONE), 0);
	}
	assert_int_equal(backfill_list(h.r, count_one, &n), 0);
	assert_int_equal(n, BACKFILLS_KEPT);
	assert_int_equal(backfill_get(h.r, first, &a, &b), E_NOT_FOUND);
	assert_int_equal(backfill_get(h.r, last, &a, &b), 0);
	assert_true(b.state == BACKFILL_DONE && b.ended_ms >= b.started_ms);
	assert_string_equal(backfill_state_text(b.state), "done");
	arena_clear(&a);
	house_close(&h);
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

static void its_jobs_are_claimed_apart_from_events(void **state)
{
	struct arena a = {0};
	struct job_row *rows;
	struct house h;
	int64_t id, due;

	house_new(&h, test_path(state));
	assert_true(house_put(&h, "photos", "old.jpg", "old") > 0);
	assert_int_equal(house_work(&h, 3), 0);
	id = begin(&h, h.photos);
	queue_again(&h, "old.jpg", id);
	assert_int_equal(house_counts(&h).ready, 1);
	assert_int_equal(queue_next_due(h.r, h.function, &due), 0);
	assert_true(due == INT64_MAX);
	assert_int_equal(queue_next_backfill(h.r, h.function, &due), 0);
	assert_true(due <= clock_wall_ms());
	assert_true(house_put(&h, "photos", "new.jpg", "new") > 0);
	assert_int_equal(house_claim(&h, 10, &a, &rows), 1);
	assert_true(str_is(rows[0].key, "new.jpg") && rows[0].backfill == 0);
	rows = claim_one(&h, &a);
	assert_true(str_is(rows[0].key, "old.jpg") && rows[0].backfill == id);
	arena_clear(&a);
	house_close(&h);
}

static bool counted(struct house *h, int64_t id, int64_t queued, int64_t done, int64_t failed, int64_t superseded)
{
	struct arena a = {0};
	struct backfill b;
	bool same;

	assert_int_equal(backfill_get(h->r, id, &a, &b), 0);
	same = b.queued == queued && b.done == done && b.failed == failed && b.superseded == superseded;
	arena_clear(&a);
	return same;
}

static void what_becomes_of_its_jobs_is_counted_with_their_ends(void **state)
{
	struct arena a = {0};
	struct keeping_test t;
	struct house h;
	int64_t id;

	house_new(&h, test_path(state));
	id = begin(&h, h.photos);
	for (int i = 0; i < 3; i++) {
		static const char *const keys[] = { "done.jpg", "fails.jpg", "goes.jpg" };

		assert_true(house_put(&h, "photos", keys[i], "x") > 0);
		assert_int_equal(house_work(&h, 3), 0);
		queue_again(&h, keys[i], id);
	}
	assert_int_equal(house_audit(&h, NULL), 0);
	keep_init(&t, &h, claim_one(&h, &a), 3);
	assert_int_equal(keep_run(&t, &h), 0);
	assert_true(counted(&h, id, 3, 1, 0, 0));
	keep_init(&t, &h, claim_one(&h, &a), 0);
	t.keep.code = STR("Image.Damaged");
	assert_int_equal(keep_run(&t, &h), 0);
	assert_true(counted(&h, id, 3, 1, 1, 0));
	assert_true(house_put(&h, "photos", "goes.jpg", "newer") > 0);
	keep_init(&t, &h, claim_one(&h, &a), 3);
	assert_int_equal(keep_run(&t, &h), 0);
	assert_true(t.keep.superseded && counted(&h, id, 3, 1, 1, 1));
	assert_int_equal(house_audit(&h, NULL), 0);
	arena_clear(&a);
	house_close(&h);
}

static void a_failure_takes_no_result_of_the_same_version_away(void **state)
{
	struct audit_totals totals;
	struct arena a = {0};
	struct keeping_test t;
	struct house h;

	house_new(&h, test_path(state));
	assert_true(house_put(&h, "photos", "a.jpg", "x") > 0);
	assert_int_equal(house_work(&h, 3), 0);
	queue_again(&h, "a.jpg", begin(&h, h.photos));
	keep_init(&t, &h, claim_one(&h, &a), 0);
	t.keep.code = STR("Image.Damaged");
	t.keep.item = STR("{\"key\":{\"S\":\"a.jpg\"},\"status\":{\"S\":\"failed\"}}");
	assert_int_equal(keep_run(&t, &h), 0);
	assert_true(house_version(&h, h.thumbs, "a.jpg/small.webp") > 0);
	assert_non_null(strstr(house_row(&h, "a.jpg", &a).p, "done"));
	assert_int_equal(house_counts(&h).dead, 1);
	assert_int_equal(house_audit(&h, &totals), 0);
	assert_int_equal(totals.done, 1);
	assert_true(house_journal_is(&h, h.photos, "a.jpg", "uploaded, queued, done, dead letter"));
	arena_clear(&a);
	house_close(&h);
}

static void the_audit_finds_a_job_that_was_lost(void **state)
{
	struct house h;
	struct step s = { .after = STR("a.jpg"), .queued = 1 };

	house_new(&h, test_path(state));
	s.id = begin(&h, h.photos);
	assert_int_equal(house_audit(&h, NULL), 0);
	assert_int_equal(house_do(&h, move, &s), 0);
	assert_int_equal(house_audit(&h, NULL), 1);
	house_close(&h);
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

static int trim_made(struct db *db, void *arg)
{
	(void)arg;
	return made_trim(db);
}

static void photos_are_counted_by_the_list_they_were_made_with(void **state)
{
	struct arena a = {0};
	struct keeping_test t;
	struct job_row *rows;
	struct house h;

	house_new(&h, test_path(state));
	assert_true(house_put(&h, "photos", "a.jpg", "x") > 0);
	assert_int_equal(house_claim(&h, 1, &a, &rows), 1);
	keep_init(&t, &h, rows, 3);
	t.keep.made = STR("one list");
	assert_int_equal(keep_run(&t, &h), 0);
	assert_true(house_put(&h, "photos", "b.jpg", "x") > 0);
	assert_int_equal(house_work(&h, 3), 0);
	assert_true(made_is(&h, "one list=1;=1;"));
	assert_int_equal(house_delete(&h, "photos", "a.jpg"), 0);
	assert_int_equal(house_work(&h, 0), 0);
	assert_int_equal(house_do(&h, trim_made, NULL), 0);
	assert_true(made_is(&h, "=1;"));
	arena_clear(&a);
	house_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_was_asked_for_comes_back),
		T(a_bucket_has_one_active_backfill),
		T(those_that_ended_are_remembered_up_to_a_number),
		T(its_jobs_are_claimed_apart_from_events),
		T(what_becomes_of_its_jobs_is_counted_with_their_ends),
		T(a_failure_takes_no_result_of_the_same_version_away),
		T(the_audit_finds_a_job_that_was_lost),
		T(photos_are_counted_by_the_list_they_were_made_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
