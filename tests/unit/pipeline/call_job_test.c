/* Asynchronous invocations from the queue to their end, whatever that is. */
#include "tests/unit/pipeline/functions_rig.h"

static int calls_of(const struct rig *r, const char *function)
{
	int n = 0;

	for (int i = 0; i < r->pool.count; i++)
		n += strcmp(r->pool.calls[i].function, function) == 0;
	return n;
}

static const struct rig_call *call_of(const struct rig *r, const char *function)
{
	for (int i = 0; i < r->pool.count; i++)
		if (strcmp(r->pool.calls[i].function, function) == 0)
			return &r->pool.calls[i];
	return NULL;
}

struct dead {
	int count, attempts;
	char code[64], message[256];
};

static int note_dead(void *owner, const struct job_row *j)
{
	struct dead *d = owner;

	d->count++;
	d->attempts = j->attempts;
	snprintf(d->code, sizeof d->code, "%.*s", STR_ARG(j->code));
	snprintf(d->message, sizeof d->message, "%.*s", STR_ARG(j->message));
	return 0;
}

static struct dead dead_of(struct rig *r)
{
	struct dead d = {0};

	assert_int_equal(queue_dead(r->reader, 0, 100, note_dead, &d), 0);
	return d;
}

static bool has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

static void what_goes_well_runs_once(void **state)
{
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", "");
	rig_queue(&r, id, "", "{\"do\":\"ok\"}");
	rig_drain(&r);
	assert_int_equal(calls_of(&r, "f"), 1);
	assert_string_equal(r.pool.calls[0].arn, RIG_ARN "f");
	assert_string_equal(r.pool.calls[0].payload, "{\"do\":\"ok\"}");
	assert_int_equal(rig_counts(&r).dead, 0);
	rig_close(&r);
}

static void a_failure_is_tried_three_times_with_the_same_request_and_kept(void **state)
{
	struct dead d;
	struct rig r;

	rig_open(&r, test_path(state));
	rig_queue(&r, rig_function(&r, "f", "1", ""), "", "{\"do\":\"fail\"}");
	rig_drain(&r);
	assert_int_equal(calls_of(&r, "f"), 3);
	assert_string_equal(r.pool.calls[0].request, r.pool.calls[2].request);
	d = dead_of(&r);
	assert_int_equal(d.count, 1);
	assert_int_equal(d.attempts, 3);
	assert_string_equal(d.code, "Boom");
	assert_string_equal(d.message, "it failed");
	rig_close(&r);
}

static void retries_are_as_many_as_configured_for_the_qualifier(void **state)
{
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", "");
	rig_record(&r, RECORD_ALIAS, id, "live", "{\"FunctionVersion\":\"$LATEST\"}");
	rig_record(&r, RECORD_EVENT_INVOKE, id, "live", "{\"MaximumRetryAttempts\":0}");
	rig_queue(&r, id, "live", "{\"do\":\"fail\"}");
	rig_drain(&r);
	assert_int_equal(calls_of(&r, "f"), 1);
	assert_string_equal(r.pool.calls[0].arn, RIG_ARN "f:live");
	rig_close(&r);
}

static void destinations_get_the_record_and_the_dead_letter_target_the_event(void **state)
{
	const struct rig_call *c;
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", ",\"DeadLetterConfig\":{\"TargetArn\":\"" RIG_ARN "letters\"}");
	rig_function(&r, "good", "1", "");
	rig_function(&r, "bad", "1", "");
	rig_function(&r, "letters", "1", "");
	rig_record(&r, RECORD_EVENT_INVOKE, id, "$LATEST", "{\"MaximumRetryAttempts\":0,\"OnSuccess\":\"" RIG_ARN "good\",\"OnFailure\":\"" RIG_ARN "bad\"}");
	rig_queue(&r, id, "", "{\"do\":\"ok\",\"n\":1}");
	rig_drain(&r);
	c = call_of(&r, "good");
	assert_non_null(c);
	assert_true(has(c->payload, "\"requestContext\":{\"requestId\":\""));
	assert_true(has(c->payload, "\"functionArn\":\"" RIG_ARN "f:$LATEST\",\"condition\":\"Success\",\"approximateInvokeCount\":1},"
			"\"requestPayload\":{\"do\":\"ok\",\"n\":1},\"responseContext\":{\"statusCode\":200,\"executedVersion\":\"$LATEST\"},"
			"\"responsePayload\":{\"well\":true}}"));
	rig_queue(&r, id, "", "{\"do\":\"time out\"}");
	rig_drain(&r);
	c = call_of(&r, "bad");
	assert_non_null(c);
	assert_true(has(c->payload, "\"condition\":\"RetriesExhausted\""));
	assert_true(has(c->payload, "\"functionError\":\"Unhandled\"},\"responsePayload\":{\"errorType\":\"Sandbox.Timedout\""));
	assert_string_equal(call_of(&r, "letters")->payload, "{\"do\":\"time out\"}");
	assert_int_equal(calls_of(&r, "good"), 1);
	assert_int_equal(calls_of(&r, "letters"), 3);	/* the event does the same to it */
	assert_int_equal(rig_counts(&r).dead, 1);
	rig_close(&r);
}

/* Neither runs: one is switched off, the other's invocations fail until the chain counts as a loop. */
static void an_event_does_not_go_round_between_dead_letter_targets_for_ever(void **state)
{
	struct rig r;
	int64_t off, fails;

	rig_open(&r, test_path(state));
	off = rig_function(&r, "off", "1", ",\"DeadLetterConfig\":{\"TargetArn\":\"" RIG_ARN "fails\"}");
	fails = rig_function(&r, "fails", "1", ",\"DeadLetterConfig\":{\"TargetArn\":\"" RIG_ARN "off\"}");
	rig_record(&r, RECORD_FUNCTION, off, "", "{\"Reserved\":0}");
	rig_record(&r, RECORD_EVENT_INVOKE, fails, "$LATEST", "{\"MaximumRetryAttempts\":0}");
	rig_queue(&r, fails, "", "{\"do\":\"fail\"}");
	rig_drain(&r);
	assert_int_equal(calls_of(&r, "fails"), INVOKE_HOPS_MAX);
	assert_int_equal(rig_counts(&r).dead, 1);
	rig_record(&r, RECORD_FUNCTION, fails, "", "{\"Reserved\":0}");
	catalog_changed(r.m.catalog, fails, false);
	rig_queue(&r, fails, "", "{\"do\":\"fail\"}");
	rig_drain(&r);
	assert_int_equal(rig_counts(&r).dead, 2);
	rig_close(&r);
}

static void a_destination_that_is_gone_leaves_a_dead_letter(void **state)
{
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", "");
	rig_record(&r, RECORD_EVENT_INVOKE, id, "$LATEST", "{\"MaximumRetryAttempts\":0,\"OnSuccess\":\"" RIG_ARN "gone\",\"OnFailure\":\"" RIG_ARN "gone\"}");
	rig_queue(&r, id, "", "{\"do\":\"fail\"}");
	rig_queue(&r, id, "", "{\"do\":\"ok\"}");
	rig_drain(&r);
	assert_int_equal(dead_of(&r).count, 1);
	assert_int_equal(calls_of(&r, "f"), 2);
	rig_close(&r);
}

static void what_the_house_cannot_do_counts_no_attempt(void **state)
{
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", "");
	rig_queue(&r, id, "", "{\"do\":\"crowd\"}");
	pump_wake(r.m.pump);
	while (calls_of(&r, "f") < 4)
		rig_turn(&r);
	assert_int_equal(rig_counts(&r).dead, 0);
	rig_close(&r);
}

static void an_event_that_would_get_too_old_is_not_tried_again(void **state)
{
	struct dead d;
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	r.m.settings.retry_base_ms = 61000;
	id = rig_function(&r, "f", "1", "");
	rig_function(&r, "bad", "1", "");
	rig_record(&r, RECORD_EVENT_INVOKE, id, "$LATEST", "{\"MaximumEventAgeInSeconds\":60,\"OnFailure\":\"" RIG_ARN "bad\"}");
	rig_queue(&r, id, "", "{\"do\":\"fail\"}");
	rig_drain(&r);
	assert_int_equal(calls_of(&r, "f"), 1);
	assert_true(has(call_of(&r, "bad")->payload, "\"condition\":\"EventAgeExceeded\",\"approximateInvokeCount\":1}"));
	rig_queue(&r, id, "", "{\"do\":\"ok\"}");
	clock_advance_ms(61000);
	rig_drain(&r);
	assert_int_equal(calls_of(&r, "f"), 1);
	d = dead_of(&r);
	assert_int_equal(d.count, 0);
	assert_int_equal(calls_of(&r, "bad"), 2);
	rig_close(&r);
}

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

static void an_alias_that_is_gone_makes_a_dead_letter(void **state)
{
	struct rig r;

	rig_open(&r, test_path(state));
	rig_queue(&r, rig_function(&r, "f", "1", ""), "gone", "{\"do\":\"ok\"}");
	rig_drain(&r);
	assert_int_equal(calls_of(&r, "f"), 0);
	assert_string_equal(dead_of(&r).code, "ResourceNotFound");
	rig_close(&r);
}

static void what_cannot_be_read_now_is_tried_when_it_can(void **state)
{
	struct pump_stats stats;
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", "");
	rig_record(&r, RECORD_VERSION, id, "0000000001", "[");
	rig_queue(&r, id, "1", "{\"do\":\"ok\"}");
	pump_wake(r.m.pump);
	do {
		rig_turn(&r);
		pump_get_stats(r.m.pump, &stats);
	} while (stats.failed == 0);
	assert_int_equal(rig_counts(&r).dead, 0);
	rig_record(&r, RECORD_VERSION, id, "0000000001", "{\"Runtime\":\"provided.al2023\",\"Handler\":\"h\",\"Package\":\"" RIG_PACKAGE "\"}");
	rig_drain(&r);
	assert_int_equal(calls_of(&r, "f"), 1);
	rig_close(&r);
}

static void a_loop_of_destinations_is_stopped_after_sixteen(void **state)
{
	struct rig r;
	int64_t id, other;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", "");
	other = rig_function(&r, "g", "1", "");
	rig_record(&r, RECORD_EVENT_INVOKE, id, "$LATEST", "{\"OnSuccess\":\"" RIG_ARN "g\"}");
	rig_record(&r, RECORD_EVENT_INVOKE, other, "$LATEST", "{\"OnSuccess\":\"" RIG_ARN "f\"}");
	rig_queue(&r, id, "", "{}");
	rig_drain(&r);
	assert_int_equal(calls_of(&r, "f"), INVOKE_HOPS_MAX);
	assert_int_equal(calls_of(&r, "g"), INVOKE_HOPS_MAX);
	assert_string_equal(dead_of(&r).code, "RecursiveInvocationTerminated");
	rig_close(&r);
}

static void a_loop_that_is_allowed_goes_on(void **state)
{
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", "");
	rig_record(&r, RECORD_FUNCTION, id, "", "{\"Recursion\":\"Allow\"}");
	rig_record(&r, RECORD_EVENT_INVOKE, id, "$LATEST", "{\"OnSuccess\":\"" RIG_ARN "f\"}");
	rig_queue(&r, id, "", "{}");
	pump_wake(r.m.pump);
	while (calls_of(&r, "f") < 2 * INVOKE_HOPS_MAX)
		rig_turn(&r);
	assert_int_equal(rig_counts(&r).dead, 0);
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
		T(what_goes_well_runs_once),
		T(a_failure_is_tried_three_times_with_the_same_request_and_kept),
		T(retries_are_as_many_as_configured_for_the_qualifier),
		T(destinations_get_the_record_and_the_dead_letter_target_the_event),
		T(an_event_does_not_go_round_between_dead_letter_targets_for_ever),
		T(a_destination_that_is_gone_leaves_a_dead_letter),
		T(what_the_house_cannot_do_counts_no_attempt),
		T(an_event_that_would_get_too_old_is_not_tried_again),
		T(without_reserved_concurrency_there_is_no_attempt),
		T(an_alias_that_is_gone_makes_a_dead_letter),
		T(what_cannot_be_read_now_is_tried_when_it_can),
		T(a_loop_of_destinations_is_stopped_after_sixteen),
		T(a_loop_that_is_allowed_goes_on),
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
