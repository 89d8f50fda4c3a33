/* Asynchronous invocations from the queue to their end, whatever that is. */
#include "tests/unit/pipeline/call_job_rig.h"

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
		T(an_alias_that_is_gone_makes_a_dead_letter),
		T(what_cannot_be_read_now_is_tried_when_it_can),
		T(a_loop_of_destinations_is_stopped_after_sixteen),
		T(a_loop_that_is_allowed_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
