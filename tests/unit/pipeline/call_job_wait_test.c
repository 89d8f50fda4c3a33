/* Asynchronous invocations that have to wait: for concurrency, for others, for the next start. */
#include "tests/unit/pipeline/call_job_rig.h"

static void without_reserved_concurrency_there_is_no_attempt(void **state)
{
	const struct rig_call *c;
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", "");
	rig_function(&r, "bad", "1", "");
	rig_record(&r, RECORD_FUNCTION, id, "", "{\"Reserved\":0}");
	rig_record(&r, RECORD_EVENT_INVOKE, id, "$LATEST", "{\"OnFailure\":\"" RIG_ARN "bad\"}");
	rig_queue(&r, id, "", "{\"do\":\"ok\"}");
	rig_drain(&r);
	assert_int_equal(calls_of(&r, "f"), 0);
	c = call_of(&r, "bad");
	assert_true(has(c->payload, "\"condition\":\"ZeroReservedConcurrency\",\"approximateInvokeCount\":0},\"requestPayload\":{\"do\":\"ok\"}}"));
	rig_close(&r);
}

static void reserved_concurrency_is_a_cap_for_jobs_too(void **state)
{
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", "");
	rig_record(&r, RECORD_FUNCTION, id, "", "{\"Reserved\":2}");
	for (int i = 0; i < 20; i++)
		rig_queue(&r, id, "", "{}");
	rig_drain(&r);
	assert_int_equal(calls_of(&r, "f"), 20);
	assert_true(r.pool.most <= 2);
	rig_close(&r);
}

static void what_is_claimed_and_waits_ends_when_its_function_is_switched_off(void **state)
{
	struct pump_stats stats;
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", "");
	rig_record(&r, RECORD_FUNCTION, id, "", "{\"Reserved\":1}");
	rig_queue(&r, id, "", "{}");
	rig_drain(&r);		/* it is a quick one: the next are claimed ahead */
	rig_queue(&r, id, "", "{\"do\":\"stay\"}");
	for (int i = 0; i < 10; i++)
		rig_queue(&r, id, "", "{}");
	pump_wake(r.m.pump);
	while (!r.pool.staying || rig_counts(&r).leased < 11)
		rig_turn(&r);
	rig_record(&r, RECORD_FUNCTION, id, "", "{\"Reserved\":0}");
	catalog_changed(r.m.catalog, id, false);
	while (rig_counts(&r).dead < 10)
		rig_turn(&r);
	assert_string_equal(dead_of(&r).code, "ZeroReservedConcurrency");
	rig_release(&r);
	do {
		rig_turn(&r);
		pump_get_stats(r.m.pump, &stats);
	} while (stats.running > 0);
	assert_int_equal(calls_of(&r, "f"), 2);
	rig_close(&r);
}

static void what_waits_longer_than_its_lease_allows_is_put_back(void **state)
{
	struct dead d;
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", "");
	rig_record(&r, RECORD_FUNCTION, id, "", "{\"Reserved\":1}");
	rig_queue(&r, id, "", "{}");
	rig_drain(&r);
	rig_queue(&r, id, "", "{\"do\":\"stay\"}");
	rig_queue(&r, id, "", "{\"n\":2}");
	pump_wake(r.m.pump);
	while (!r.pool.staying || rig_counts(&r).leased < 2)
		rig_turn(&r);
	clock_advance_ms(50000);
	while (rig_counts(&r).leased > 1)
		rig_turn(&r);
	d = dead_of(&r);
	assert_int_equal(d.count, 0);
	assert_int_equal(rig_counts(&r).ready, 1);
	rig_release(&r);
	rig_drain(&r);
	assert_int_equal(calls_of(&r, "f"), 3);
	rig_close(&r);
}

static void a_stuck_function_does_not_starve_another(void **state)
{
	struct rig r;
	int64_t stuck, other;

	rig_open(&r, test_path(state));
	r.m.settings.concurrency_max = 100;
	concurrency_close(r.m.concurrency);
	concurrency_open(&r.m.concurrency, 100);
	stuck = rig_function(&r, "stuck", "1", "");
	other = rig_function(&r, "other", "1", "");
	for (int i = 0; i < 150; i++)
		rig_queue(&r, stuck, "", "{\"do\":\"stay\"}");
	pump_wake(r.m.pump);
	while (calls_of(&r, "stuck") < 16)
		rig_turn(&r);
	rig_queue(&r, other, "", "{}");
	pump_wake(r.m.pump);
	while (calls_of(&r, "other") < 1)
		rig_turn(&r);
	assert_true(calls_of(&r, "stuck") <= 90);
	while (rig_counts(&r).ready + rig_counts(&r).leased > 0) {
		rig_release(&r);
		rig_turn(&r);
	}
	assert_int_equal(calls_of(&r, "stuck"), 150);
	rig_close(&r);
}

static void what_is_cut_off_by_a_stop_keeps_its_attempts(void **state)
{
	struct pump_stats stats;
	struct rig r;

	rig_open(&r, test_path(state));
	rig_queue(&r, rig_function(&r, "f", "1", ""), "", "{\"do\":\"close\"}");
	for (int i = 1; i <= 5; i++) {
		pump_wake(r.m.pump);
		do {
			rig_turn(&r);
			pump_get_stats(r.m.pump, &stats);
		} while (calls_of(&r, "f") < i || stats.running > 0);
		assert_int_equal(rig_counts(&r).ready, 1);
	}
	rig_close(&r);
}

/* One change, so that there is all of it or nothing. */
static int prepare(struct change *c, struct db *db)
{
	static const char document[] = "{\"Runtime\":\"provided.al2023\",\"Handler\":\"h\",\"Package\":\"" RIG_PACKAGE "\",\"RevisionId\":\"1\"}";
	char request[JOB_REQUEST_ID + 1];
	int64_t id, other;
	int rc;

	(void)c;
	queue_request_make(request);
	if ((rc = function_put(db, STR("f"), STR(document), &id)) < 0 || (rc = function_put(db, STR("good"), STR(document), &other)) < 0)
		return rc;
	rc = record_put(db, RECORD_EVENT_INVOKE, id, STR("$LATEST"), STR("{\"OnSuccess\":\"" RIG_ARN "good\"}"));
	return rc < 0 ? rc : invoke_queue(db, &(struct async_put){ .function = id, .request = str_of(request), .payload = STR("{}") });
}

static int run_into_destination(void *arg)
{
	struct change c = { .apply = prepare };
	static struct rig r;

	rig_open(&r, arg);
	r.pool.hold = STR("good");
	if (store_run(r.m.store, &c) < 0)
		return 1;
	pump_functions_changed(r.m.pump);
	pump_wake(r.m.pump);
	while (calls_of(&r, "good") < 1)
		rig_turn(&r);
	return 0;
}

struct claiming {
	struct change change;
	int64_t function;
	int attempts;
};

static int claim(struct change *c, struct db *db)
{
	struct claiming *k = container_of(c, struct claiming, change);
	struct arena a = {0};
	struct job_row *rows;
	int n = queue_claim(db, k->function, clock_wall_ms() + 1000000, 1, 1, &a, &rows);

	k->attempts = n == 1 ? rows[0].attempts : 0;
	arena_clear(&a);
	return n < 0 ? n : 0;
}

static void what_waits_at_a_stop_has_lost_no_attempt(void **state)
{
	struct claiming k = { .change = { .apply = claim } };
	bool drained = false;
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", "");
	rig_record(&r, RECORD_FUNCTION, id, "", "{\"Reserved\":1}");
	rig_queue(&r, id, "", "{}");
	rig_drain(&r);
	rig_queue(&r, id, "", "{\"do\":\"stay\"}");
	rig_queue(&r, id, "", "{\"n\":2}");
	pump_wake(r.m.pump);
	while (!r.pool.staying || rig_counts(&r).leased < 2)
		rig_turn(&r);
	pump_stop(r.m.pump, rig_on_closed, &drained);
	rig_release(&r);
	rig_until(&r, &drained);
	assert_int_equal(rig_counts(&r).leased, 0);
	assert_int_equal(rig_counts(&r).ready, 1);
	k.function = id;
	assert_int_equal(store_run(r.m.store, &k.change), 0);
	assert_int_equal(k.attempts, 1);	/* the first */
	rig_close(&r);
}

static void a_crash_on_the_way_to_a_destination_loses_and_doubles_nothing(void **state)
{
	int on_the_way = 0, arrived = 0;

	EACH_CRASH(c, run_into_destination, (void *)(uintptr_t)test_path(state)) {
		struct function_row row;
		struct arena a = {0};
		struct rig r = {0};
		int64_t due;

		mkdir(test_path(state), 0700);
		rig_open_store(&r, test_path(state));
		assert_int_equal(store_reader(r.m.store, &r.reader), 0);
		if (function_get(r.reader, STR("f"), &a, &row) == 0) {
			assert_int_equal(rig_counts(&r).ready, 1);
			assert_int_equal(rig_counts(&r).dead, 0);
			assert_int_equal(queue_next_due(r.reader, row.id, &due), 0);
			*(due == INT64_MAX ? &arrived : &on_the_way) += 1;
		}
		arena_clear(&a);
		db_close(r.reader);
		store_close(r.m.store);
		t_wipe(test_dir(state));
	}
	assert_true(on_the_way > 0 && arrived > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(without_reserved_concurrency_there_is_no_attempt),
		T(reserved_concurrency_is_a_cap_for_jobs_too),
		T(what_is_claimed_and_waits_ends_when_its_function_is_switched_off),
		T(what_waits_longer_than_its_lease_allows_is_put_back),
		T(a_stuck_function_does_not_starve_another),
		T(what_is_cut_off_by_a_stop_keeps_its_attempts),
		T(what_waits_at_a_stop_has_lost_no_attempt),
		T(a_crash_on_the_way_to_a_destination_loses_and_doubles_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
