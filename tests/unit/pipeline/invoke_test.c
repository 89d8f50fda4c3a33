/* One invocation, whoever asks: found, let in, run, counted, and told once. */
#include "tests/unit/pipeline/functions_rig.h"

struct asked {
	struct invoke v;
	int told, answered;
	char answer[4096], why[256];
	bool done;
};

static void on_done(struct invoke *v)
{
	struct asked *k = container_of(v, struct asked, v);

	k->told++;
	snprintf(k->answer, sizeof k->answer, "%.*s", STR_ARG(v->answer));
	snprintf(k->why, sizeof k->why, "%s", v->why ? v->why : "");
	k->done = true;
}

static void start(struct rig *r, struct asked *k, const char *function, const char *payload)
{
	*k = (struct asked){ .v = { .m = &r->m, .function = str_of(function), .request = STR("11111111-2222-4333-8444-555555555555"),
				    .payload = str_of(payload), .done = on_done } };
	invoke_run(&k->v);
	assert_false(k->done);		/* never from inside */
}

static enum invoke_end ask(struct rig *r, struct asked *k, const char *function, const char *payload)
{
	start(r, k, function, payload);
	rig_until(r, &k->done);
	assert_int_equal(k->told, 1);
	return k->v.end;
}

static void what_it_answers_is_told(void **state)
{
	struct asked k;
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", "");
	assert_int_equal(ask(&r, &k, "f", "{\"do\":\"ok\"}"), INVOKE_DONE);
	assert_string_equal(k.answer, "{\"well\":true}");
	assert_false(k.v.function_error);
	assert_string_equal(k.v.executed_version, "$LATEST");
	assert_true(strncmp(k.v.trace_out, "Root=1-", 7) == 0);
	assert_string_equal(r.pool.calls[0].trace, k.v.trace_out);
	assert_int_equal(concurrency_running(r.m.concurrency, id), 0);
	rig_close(&r);
}

static void no_payload_is_an_empty_object_to_the_function(void **state)
{
	struct asked k;
	struct rig r;

	rig_open(&r, test_path(state));
	rig_function(&r, "f", "1", "");
	assert_int_equal(ask(&r, &k, "f", ""), INVOKE_DONE);
	assert_string_equal(r.pool.calls[0].payload, "{}");
	rig_close(&r);
}

static void an_error_of_the_function_is_an_answer(void **state)
{
	struct asked k;
	struct rig r;

	rig_open(&r, test_path(state));
	rig_function(&r, "f", "1", "");
	assert_int_equal(ask(&r, &k, "f", "{\"do\":\"fail\"}"), INVOKE_DONE);
	assert_true(k.v.function_error);
	assert_non_null(strstr(k.answer, "Boom"));
	rig_close(&r);
}

static void what_is_not_there_is_not_found(void **state)
{
	struct asked k;
	struct rig r;

	rig_open(&r, test_path(state));
	assert_int_equal(ask(&r, &k, "nothing", "{}"), INVOKE_NOT_FOUND);
	rig_close(&r);
}

static void over_the_limit_is_throttled_with_its_reason(void **state)
{
	struct asked first, second;
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", "");
	rig_record(&r, RECORD_FUNCTION, id, "", "{\"Reserved\":1}");
	start(&r, &first, "f", "{\"do\":\"stay\"}");
	while (!r.pool.staying)
		rig_turn(&r);
	assert_int_equal(ask(&r, &second, "f", "{}"), INVOKE_THROTTLED);
	assert_int_equal(second.v.throttle, THROTTLE_RESERVED);
	rig_release(&r);
	rig_until(&r, &first.done);
	assert_int_equal(ask(&r, &second, "f", "{}"), INVOKE_DONE);
	rig_close(&r);
}

static void no_environment_is_a_throttle_too(void **state)
{
	struct asked k;
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", "");
	assert_int_equal(ask(&r, &k, "f", "{\"do\":\"crowd\"}"), INVOKE_THROTTLED);
	assert_int_equal(k.v.throttle, THROTTLE_ACCOUNT);
	assert_int_equal(concurrency_running(r.m.concurrency, id), 0);
	rig_close(&r);
}

static void the_seventeenth_hop_is_a_loop(void **state)
{
	char a[TRACE_MAX] = "", b[TRACE_MAX];
	struct asked k;
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", "");
	for (int i = 0; i < INVOKE_HOPS_MAX; i++) {
		trace_next(str_of(a), STR(RIG_ARN "f"), b);
		memcpy(a, b, sizeof a);
	}
	k = (struct asked){ .v = { .m = &r.m, .function = STR("f"), .request = STR("r"), .trace = str_of(a), .done = on_done } };
	invoke_run(&k.v);
	rig_until(&r, &k.done);
	assert_int_equal(k.v.end, INVOKE_LOOP);
	assert_int_equal(r.pool.count, 0);
	assert_int_equal(concurrency_running(r.m.concurrency, id), 0);
	rig_close(&r);
}

static void without_cages_it_says_so(void **state)
{
	struct asked k;
	struct rig r;

	rig_open(&r, test_path(state));
	rig_function(&r, "f", "1", "");
	r.m.custom = NULL;
	assert_int_equal(ask(&r, &k, "f", "{}"), INVOKE_FAILED);
	assert_non_null(strstr(k.why, "cage"));
	rig_close(&r);
}

static void while_the_house_closes_nothing_begins(void **state)
{
	struct asked k;
	struct rig r;

	rig_open(&r, test_path(state));
	rig_function(&r, "f", "1", "");
	assert_int_equal(ask(&r, &k, "f", "{\"do\":\"close\"}"), INVOKE_FAILED);
	assert_int_equal(k.v.rc, E_CLOSED);
	r.m.pool_closing = true;
	assert_int_equal(ask(&r, &k, "f", "{}"), INVOKE_FAILED);
	assert_int_equal(k.v.rc, E_CLOSED);
	assert_int_equal(r.pool.count, 1);
	rig_close(&r);
}

static void what_nobody_waits_for_any_more_runs_to_its_end(void **state)
{
	struct asked k;
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", "");
	start(&r, &k, "f", "{\"do\":\"stay\"}");
	while (!r.pool.staying)
		rig_turn(&r);
	invoke_cancel(&k.v);
	assert_int_equal(concurrency_running(r.m.concurrency, id), 1);
	rig_release(&r);
	rig_until(&r, &k.done);
	assert_int_equal(concurrency_running(r.m.concurrency, id), 0);
	rig_close(&r);
}

static void the_built_in_function_wants_an_s3_event(void **state)
{
	static const char *const bad[] = { "{}", "[]", "7", "{\"Records\":[]}", "{\"Records\":[{}]}", "{\"Records\":[{\"s3\":{\"bucket\":{\"name\":\"b\"}}}]}" };
	struct asked k;
	struct rig r;

	rig_open(&r, test_path(state));
	rig_run(&r, (struct rig_change){ .what = RIG_FUNCTION, .name = STR("t"), .body = STR("{\"Runtime\":\"minilab.builtin\",\"Handler\":\"thumbnail\"}") });
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(ask(&r, &k, "t", bad[i]), INVOKE_DONE);
		assert_true(k.v.function_error);
		assert_non_null(strstr(k.answer, "\"errorType\":\"Runtime.BadEvent\""));
	}
	assert_int_equal(ask(&r, &k, "t", "{\"Records\":[{\"s3\":{\"bucket\":{\"name\":\"none\"},\"object\":{\"key\":\"k\"}}}]}"), INVOKE_DONE);
	assert_non_null(strstr(k.answer, "there is no such bucket"));
	assert_int_equal(ask(&r, &k, "t", "{\"Records\":[{\"eventName\":\"ObjectRemoved:Delete\"}]}"), INVOKE_DONE);
	assert_string_equal(k.answer, "{\"Thumbnails\":[]}");
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_it_answers_is_told),
		T(no_payload_is_an_empty_object_to_the_function),
		T(an_error_of_the_function_is_an_answer),
		T(what_is_not_there_is_not_found),
		T(over_the_limit_is_throttled_with_its_reason),
		T(no_environment_is_a_throttle_too),
		T(the_seventeenth_hop_is_a_loop),
		T(without_cages_it_says_so),
		T(while_the_house_closes_nothing_begins),
		T(what_nobody_waits_for_any_more_runs_to_its_end),
		T(the_built_in_function_wants_an_s3_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
