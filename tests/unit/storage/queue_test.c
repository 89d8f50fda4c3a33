#include "storage/queue.h"
#include "tests/unit/storage/house.h"

/* One call on a job, inside a change. */
struct step {
	int64_t id, lease, due_ms;
	struct str code, message;
	int count;
};

static int put(struct db *db, void *arg)
{
	struct step *s = arg;
	char request[JOB_REQUEST_ID + 1];
	struct job_row j = { .function = 1, .due_ms = s->due_ms, .bucket = 5, .key = STR("k"), .seq = 7,
		.kind = EVENT_CREATED_PUT, .payload = STR("{}"), .request = { request, JOB_REQUEST_ID } };
	int rc;

	queue_request_make(request);
	rc = queue_put(db, &j);
	s->id = j.id;
	return rc;
}

static int ack(struct db *db, void *arg)
{
	struct step *s = arg;

	return queue_ack(db, s->id, s->lease);
}

static int retry(struct db *db, void *arg)
{
	struct step *s = arg;

	return queue_retry(db, s->id, s->lease, s->due_ms, s->code, s->message);
}

static int defer(struct db *db, void *arg)
{
	struct step *s = arg;

	return queue_defer(db, s->id, s->lease, s->due_ms);
}

static int bury(struct db *db, void *arg)
{
	struct step *s = arg;

	return queue_bury(db, s->id, s->lease, s->code, s->message);
}

static int revive(struct db *db, void *arg)
{
	return queue_revive(db, ((struct step *)arg)->id);
}

static int expire(struct db *db, void *arg)
{
	struct step *s = arg;

	s->count = queue_expire_leases(db, clock_wall_ms());
	return s->count < 0 ? s->count : 0;
}

static int drop_dead(struct db *db, void *arg)
{
	struct step *s = arg;

	s->count = queue_drop_dead(db, 1, 5, STR("k"), s->due_ms);
	return s->count < 0 ? s->count : 0;
}

static int64_t add(struct house *h, int64_t due_ms)
{
	struct step s = { .due_ms = due_ms };

	assert_int_equal(house_do(h, put, &s), 0);
	return s.id;
}

static void request_ids_are_random_uuids(void **state)
{
	char a[JOB_REQUEST_ID + 1], b[JOB_REQUEST_ID + 1];

	(void)state;
	queue_request_make(a);
	queue_request_make(b);
	assert_string_not_equal(a, b);
	assert_int_equal(strlen(a), JOB_REQUEST_ID);
	assert_true(a[8] == '-' && a[13] == '-' && a[14] == '4' && a[18] == '-' && strchr("89ab", a[19]) && a[23] == '-');
}

static void due_jobs_are_claimed_oldest_first_and_once(void **state)
{
	int64_t now = clock_wall_ms(), late = 0, due[3];
	struct arena a = {0};
	struct job_row *rows;
	struct house h;

	house_new(&h, test_path(state));
	due[2] = add(&h, now - 10);
	due[0] = add(&h, now - 30);
	due[1] = add(&h, now - 20);
	late = add(&h, now + 3600000);
	assert_int_equal(house_claim(&h, 2, &a, &rows), 2);
	assert_true(rows[0].id == due[0] && rows[1].id == due[1]);
	assert_true(rows[0].attempts == 1 && rows[0].state == JOB_LEASED && rows[0].lease > 0);
	assert_true(str_is(rows[0].key, "k") && str_is(rows[0].payload, "{}") && rows[0].seq == 7);
	assert_int_equal(house_claim(&h, 10, &a, &rows), 1);
	assert_true(rows[0].id == due[2]);
	assert_int_equal(house_claim(&h, 10, &a, &rows), 0);
	clock_advance_ms(3600001);
	assert_int_equal(house_claim(&h, 10, &a, &rows), 1);
	assert_true(rows[0].id == late);
	arena_clear(&a);
	house_close(&h);
}

static void a_lease_is_good_for_one_end(void **state)
{
	struct step s = { .code = STR("x") };
	struct arena a = {0};
	struct job_row *rows;
	struct house h;

	house_new(&h, test_path(state));
	add(&h, 0);
	assert_int_equal(house_claim(&h, 1, &a, &rows), 1);
	s.id = rows[0].id;
	s.lease = rows[0].lease + 1;
	assert_int_equal(house_do(&h, ack, &s), E_LEASE_LOST);
	assert_int_equal(house_do(&h, retry, &s), E_LEASE_LOST);
	assert_int_equal(house_do(&h, defer, &s), E_LEASE_LOST);
	assert_int_equal(house_do(&h, bury, &s), E_LEASE_LOST);
	assert_int_equal(house_counts(&h).leased, 1);
	s.lease = rows[0].lease;
	assert_int_equal(house_do(&h, ack, &s), 0);
	assert_int_equal(house_do(&h, ack, &s), E_LEASE_LOST);
	assert_int_equal(house_counts(&h).leased, 0);
	arena_clear(&a);
	house_close(&h);
}

static void a_retry_counts_and_a_deferral_does_not(void **state)
{
	struct step s = { .code = STR("Runtime.ExitError"), .message = STR("signal 11") };
	struct arena a = {0};
	struct job_row *rows;
	struct str request;
	struct house h;

	house_new(&h, test_path(state));
	s.id = add(&h, 0);
	house_claim(&h, 1, &a, &rows);
	request = rows[0].request;
	s.lease = rows[0].lease;
	s.due_ms = clock_wall_ms() + 60000;
	assert_int_equal(house_do(&h, retry, &s), 0);
	assert_int_equal(house_claim(&h, 1, &a, &rows), 0);
	clock_advance_ms(60001);
	assert_int_equal(house_claim(&h, 1, &a, &rows), 1);
	assert_true(rows[0].attempts == 2 && rows[0].lease > s.lease && str_eq(rows[0].request, request));
	assert_true(str_is(rows[0].code, "Runtime.ExitError") && str_is(rows[0].message, "signal 11"));
	s.lease = rows[0].lease;
	s.due_ms = 0;
	assert_int_equal(house_do(&h, defer, &s), 0);
	assert_int_equal(house_claim(&h, 1, &a, &rows), 1);
	assert_true(rows[0].attempts == 2 && rows[0].throttles == 1);
	arena_clear(&a);
	house_close(&h);
}

static int first_row(void *owner, const struct job_row *j)
{
	struct job_row *first = owner;

	if (first->id)
		return 0;
	*first = *j;
	first->code = str_n(strndup(j->code.p, j->code.n), j->code.n);
	first->message = str_n(strndup(j->message.p, j->message.n), j->message.n);
	return 0;
}

static void a_dead_letter_keeps_its_reason_until_it_is_revived(void **state)
{
	struct step s = { .code = STR("Image.Damaged"), .message = STR("cannot") };
	struct job_row dead = {0};
	struct arena a = {0};
	struct job_row *rows;
	struct house h;

	house_new(&h, test_path(state));
	s.id = add(&h, 0);
	house_claim(&h, 1, &a, &rows);
	s.lease = rows[0].lease;
	assert_int_equal(house_do(&h, revive, &s), E_NOT_FOUND);
	assert_int_equal(house_do(&h, bury, &s), 0);
	assert_int_equal(house_counts(&h).dead, 1);
	assert_int_equal(house_claim(&h, 1, &a, &rows), 0);
	assert_int_equal(queue_dead(h.r, 0, 10, first_row, &dead), 0);
	assert_true(dead.id == s.id && str_is(dead.code, "Image.Damaged") && str_is(dead.message, "cannot"));
	clock_advance_ms(1000);
	assert_int_equal(house_do(&h, revive, &s), 0);
	assert_int_equal(house_claim(&h, 1, &a, &rows), 1);
	assert_true(rows[0].attempts == 1 && rows[0].first_ms > dead.first_ms);
	assert_true(house_journal_is(&h, 5, "k", "retry asked for"));
	free((char *)(uintptr_t)dead.code.p);
	free((char *)(uintptr_t)dead.message.p);
	arena_clear(&a);
	house_close(&h);
}

static int note_payload(void *owner, const struct job_row *j)
{
	size_t *bytes = owner;

	*bytes += 1 + j->payload.n;
	return 0;
}

static void a_page_of_dead_letters_comes_without_their_events(void **state)
{
	struct step s = { .code = STR("x"), .message = STR("y") };
	struct job_row *rows, one;
	struct arena a = {0};
	struct house h;
	size_t bytes = 0;
	int64_t waiting;

	house_new(&h, test_path(state));
	s.id = add(&h, 0);
	house_claim(&h, 1, &a, &rows);
	assert_true(rows[0].payload.n > 0);
	s.lease = rows[0].lease;
	assert_int_equal(house_do(&h, bury, &s), 0);
	waiting = add(&h, 0);
	assert_int_equal(queue_dead(h.r, 0, 10, note_payload, &bytes), 0);
	assert_int_equal(bytes, 1);
	assert_int_equal(queue_dead_get(h.r, s.id, &a, &one), 0);
	assert_true(str_eq(one.payload, rows[0].payload) && str_is(one.code, "x") && one.attempts == 1);
	assert_int_equal(queue_dead_get(h.r, waiting, &a, &one), E_NOT_FOUND);
	assert_int_equal(queue_dead_get(h.r, waiting + 100, &a, &one), E_NOT_FOUND);
	arena_clear(&a);
	house_close(&h);
}

static void a_long_message_is_cut_between_characters(void **state)
{
	static char text[JOB_MESSAGE_MAX + 10];
	struct step s = { .code = STR("x"), .message = { text, JOB_MESSAGE_MAX + 5 } };
	struct job_row dead = {0};
	struct arena a = {0};
	struct job_row *rows;
	struct house h;

	memset(text, 'a', sizeof text);
	memcpy(text + JOB_MESSAGE_MAX - 1, "\xc3\xa4", 2);
	house_new(&h, test_path(state));
	s.id = add(&h, 0);
	house_claim(&h, 1, &a, &rows);
	s.lease = rows[0].lease;
	assert_int_equal(house_do(&h, bury, &s), 0);
	assert_int_equal(queue_of_object(h.r, 5, STR("k"), first_row, &dead), 0);
	assert_int_equal(dead.message.n, JOB_MESSAGE_MAX - 1);
	free((char *)(uintptr_t)dead.code.p);
	free((char *)(uintptr_t)dead.message.p);
	arena_clear(&a);
	house_close(&h);
}

static void superseded_dead_letters_are_dropped(void **state)
{
	struct step s = { .code = STR("x") };
	struct arena a = {0};
	struct job_row *rows;
	struct house h;

	house_new(&h, test_path(state));
	s.id = add(&h, 0);
	add(&h, 0);
	house_claim(&h, 1, &a, &rows);
	s.id = rows[0].id;
	s.lease = rows[0].lease;
	house_do(&h, bury, &s);
	s.due_ms = 7;	/* its own version: not older */
	assert_int_equal(house_do(&h, drop_dead, &s), 0);
	assert_int_equal(s.count, 0);
	s.due_ms = 8;
	assert_int_equal(house_do(&h, drop_dead, &s), 0);
	assert_int_equal(s.count, 1);
	assert_int_equal(house_counts(&h).ready, 1);
	arena_clear(&a);
	house_close(&h);
}

static void a_lease_ends_with_its_time_or_its_process(void **state)
{
	struct arena a = {0};
	struct job_row *rows;
	struct step s = {0};
	struct house h;

	house_new(&h, test_path(state));
	add(&h, 0);
	assert_int_equal(house_claim(&h, 1, &a, &rows), 1);
	s.id = rows[0].id;
	s.lease = rows[0].lease;
	assert_int_equal(house_do(&h, expire, &s), 0);
	assert_int_equal(s.count, 0);
	clock_advance_ms(60001);
	assert_int_equal(house_do(&h, expire, &s), 0);
	assert_int_equal(s.count, 1);
	assert_int_equal(house_do(&h, ack, &s), E_LEASE_LOST);
	assert_int_equal(house_claim(&h, 1, &a, &rows), 1);
	house_close(&h);

	assert_int_equal(house_open(&h, test_path(state)), 0);
	assert_int_equal(house_counts(&h).ready, 1);
	s.lease = rows[0].lease;
	assert_int_equal(house_do(&h, ack, &s), E_LEASE_LOST);
	assert_int_equal(house_claim(&h, 1, &a, &rows), 1);
	assert_int_equal(rows[0].attempts, 3);	/* counted, though nobody knows how those two ended */
	arena_clear(&a);
	house_close(&h);
}

static void readers_tell_when_how_many_and_how_old(void **state)
{
	int64_t now = clock_wall_ms(), due;
	struct arena a = {0};
	struct job_row *rows;
	struct house h;

	house_new(&h, test_path(state));
	assert_int_equal(queue_next_due(h.r, 1, &due), 0);
	assert_true(due == INT64_MAX && house_counts(&h).oldest_first_ms == 0);
	add(&h, now + 5000);
	add(&h, now - 5);
	assert_int_equal(queue_next_due(h.r, 1, &due), 0);
	assert_true(due == now - 5);
	assert_int_equal(queue_next_due(h.r, 2, &due), 0);
	assert_true(due == INT64_MAX);
	house_claim(&h, 5, &a, &rows);
	assert_int_equal(queue_next_due(h.r, 1, &due), 0);
	assert_true(due == now + 5000);
	assert_true(house_counts(&h).ready == 1 && house_counts(&h).leased == 1 && house_counts(&h).oldest_first_ms >= now);
	arena_clear(&a);
	house_close(&h);
}

static int put_row(struct db *db, void *arg)
{
	return queue_put(db, arg);
}

static void a_payload_over_the_limit_is_refused(void **state)
{
	struct house h;
	struct str large = t_bytes(JOB_PAYLOAD_MAX + 1, 1);
	struct job_row j = { .function = 1, .payload = large, .request = STR("0123456789012345678901234567890123456789") };

	house_new(&h, test_path(state));
	j.request.n = JOB_REQUEST_ID;
	assert_int_equal(house_do(&h, put_row, &j), E_TOO_LARGE);
	free((char *)(uintptr_t)large.p);
	house_close(&h);
}

static void qualifier_and_trace_come_back_and_have_limits(void **state)
{
	struct job_row j = { .function = 1, .request = STR("01234567-89ab-4def-8123-456789abcdef"), .payload = STR("{}"),
			     .qualifier = STR("prod"), .trace = STR("Root=1-2-3") }, *rows;
	static char long_text[JOB_TRACE_MAX + 1];
	struct arena a = {0};
	struct house h;

	house_new(&h, test_path(state));
	assert_int_equal(house_do(&h, put_row, &j), 0);
	add(&h, 1);
	assert_int_equal(house_claim(&h, 5, &a, &rows), 2);
	assert_true(str_is(rows[0].qualifier, "prod") && str_is(rows[0].trace, "Root=1-2-3"));
	assert_true(str_is(rows[1].qualifier, "") && str_is(rows[1].trace, ""));
	j.trace = str_n(long_text, JOB_TRACE_MAX + 1);
	assert_int_equal(house_do(&h, put_row, &j), E_TOO_LARGE);
	j.trace = STR("");
	j.qualifier = str_n(long_text, JOB_QUALIFIER_MAX + 1);
	assert_int_equal(house_do(&h, put_row, &j), E_TOO_LARGE);
	arena_clear(&a);
	house_close(&h);
}

static void put_for(struct house *h, int64_t function, int64_t due_ms, int64_t backfill)
{
	struct job_row j = { .function = function, .due_ms = due_ms, .backfill = backfill, .payload = STR("{}"),
			     .request = STR("01234567-89ab-4def-8123-456789abcdef") };

	assert_int_equal(house_do(h, put_row, &j), 0);
}

static void functions_with_due_rows_are_told_in_the_order_of_ids(void **state)
{
	int64_t ids[4], next, function;
	struct house h;

	house_new(&h, test_path(state));
	assert_int_equal(queue_due_functions(h.r, 100, 0, ids, 4, &next), 0);
	assert_true(next == INT64_MAX);
	put_for(&h, 7, 100, 0);
	put_for(&h, 7, 500, 0);
	put_for(&h, 3, 90, 0);
	put_for(&h, 5, 300, 0);
	put_for(&h, 6, 200, 0);
	put_for(&h, 9, 50, 0);
	put_for(&h, 4, 1, 88);		/* of a backfill: claimed apart */
	assert_int_equal(queue_due_functions(h.r, 100, 0, ids, 4, &next), 3);
	assert_true(ids[0] == 3 && ids[1] == 7 && ids[2] == 9 && next == 200);
	assert_int_equal(queue_due_functions(h.r, 100, 0, ids, 2, &next), 2);
	assert_int_equal(queue_due_functions(h.r, 100, ids[1], ids, 2, &next), 1);
	assert_true(ids[0] == 9 && next == INT64_MAX);
	assert_int_equal(queue_next_function(h.r, 0, &function), 0);
	assert_int_equal(function, 3);
	assert_int_equal(queue_next_function(h.r, 3, &function), 0);
	assert_int_equal(function, 4);
	assert_int_equal(queue_next_function(h.r, 9, &function), 0);
	assert_int_equal(function, 0);
	house_close(&h);
}

/* Claiming is durable: an event that kills the daemon has used up an attempt. */
static int claim_one(struct house *h, void *arg)
{
	struct arena a = {0};
	struct job_row *rows;
	int n = house_claim(h, 1, &a, &rows);

	(void)arg;
	arena_clear(&a);
	return n < 0 ? n : n == 1 ? 0 : E_NOT_FOUND;
}

static int note_attempts(void *owner, const struct job_row *j)
{
	*(int *)owner = j->attempts;
	return 0;
}

static int attempts_seen;

static void a_claim_is_counted_or_did_not_happen(struct trial *t, int number)
{
	struct told told = trial_run(t);
	int attempts = -1;
	struct house h;

	(void)number;
	assert_int_equal(house_open(&h, t->path), 0);
	assert_int_equal(house_counts(&h).ready, 1);
	queue_of_object(h.r, 5, STR("k"), note_attempts, &attempts);
	if (told.returned)
		assert_int_equal(attempts, attempts_seen + (told.rc == 0));
	else
		assert_true(attempts == attempts_seen || attempts == attempts_seen + 1);
	attempts_seen = attempts;
	house_close(&h);
}

static void furnish(struct house *h)
{
	add(h, 0);
	attempts_seen = 0;
}

static void whatever_fails_a_claim_is_counted_or_did_not_happen(void **state)
{
	struct trial t = { .path = test_path(state), .thing = claim_one, .furnish = furnish };

	each_trial(&t, a_claim_is_counted_or_did_not_happen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(request_ids_are_random_uuids),
		T(due_jobs_are_claimed_oldest_first_and_once),
		T(a_lease_is_good_for_one_end),
		T(a_retry_counts_and_a_deferral_does_not),
		T(a_dead_letter_keeps_its_reason_until_it_is_revived),
		T(a_page_of_dead_letters_comes_without_their_events),
		T(a_long_message_is_cut_between_characters),
		T(superseded_dead_letters_are_dropped),
		T(a_lease_ends_with_its_time_or_its_process),
		T(readers_tell_when_how_many_and_how_old),
		T(a_payload_over_the_limit_is_refused),
		T(qualifier_and_trace_come_back_and_have_limits),
		T(functions_with_due_rows_are_told_in_the_order_of_ids),
		T(whatever_fails_a_claim_is_counted_or_did_not_happen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
