/* The life of an environment, with a cage of paper: init, invocations one after the other, faults, resets, the end. */
#include "tests/unit/functions/custom_rig.h"

#define ID "8476a536-e9f4-11e8-9739-2dfe598c3fcd"

static void an_invocation_is_answered_and_reported(void **state)
{
	struct rig r;
	struct call c = {0};
	struct teller t;
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	rig_open(&r, state, 4);
	rig_invoke(&r, &c, recipe);
	t = rig_teller(&r);
	assert_string_equal(papers->paths[0], "/var/task/bootstrap");
	assert_int_equal(tell_next(&t), RUNTIME_WAITS);
	assert_int_equal(t.events, 1);
	assert_string_equal(t.body, "{\"a\":1}");
	assert_string_equal(t.request, ID);
	assert_string_equal(t.arn, "arn:aws:lambda:us-east-1:123456789012:function:thumb");
	assert_string_equal(t.trace, "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700");
	assert_in_range(t.deadline_ms, clock_wall_ms() + 1000, clock_wall_ms() + 3000);
	assert_int_equal(tell_response(&t, "{\"b\":2}"), RUNTIME_ACCEPTED);
	assert_int_equal(c.answers, 1);
	assert_string_equal(c.answered, "{\"b\":2}");
	assert_int_equal(c.dones, 0);
	assert_int_equal(tell_next(&t), RUNTIME_WAITS);
	assert_int_equal(c.dones, 1);
	assert_int_equal(c.i.end, CUSTOM_OK);
	assert_string_equal(c.answer, "{\"b\":2}");
	assert_true(c.i.report.init_us > 0);
	assert_null(c.i.report.status);
	assert_non_null(strstr(c.tail, "INIT_START Runtime Version: provided:al2023.v1\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:"));
	assert_non_null(strstr(c.tail, "START RequestId: " ID " Version: $LATEST\nEND RequestId: " ID "\nREPORT RequestId: " ID "\tDuration: "));
	assert_non_null(strstr(c.tail, "\tMemory Size: 128 MB\tMax Memory Used: 0 MB\tInit Duration: "));
	assert_true(str_ends(str_of(c.tail), STR(" ms\t\n")));
	assert_true(r.log.len == strlen(c.tail));
	rig_end(&r, recipe);
}

static void the_second_invocation_finds_it_warm(void **state)
{
	struct rig r;
	struct call c = {0};
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);
	struct teller *t;

	rig_open(&r, state, 4);
	t = rig_warm(&r, recipe);
	rig_invoke(&r, &c, recipe);
	papers->peak_kb = 35 * 1024 + 1;
	assert_int_equal(t->events, 2);
	assert_int_equal(tell_response(t, "2"), RUNTIME_ACCEPTED);
	assert_int_equal(tell_next(t), RUNTIME_WAITS);
	assert_int_equal(c.dones, 1);
	assert_int_equal(c.i.report.init_us, 0);
	assert_int_equal(c.i.report.memory_peak_kb, 35 * 1024 + 1);
	assert_true(str_starts(str_of(c.tail), STR("START RequestId: ")));
	assert_true(str_ends(str_of(c.tail), STR("\tMax Memory Used: 36 MB\t\n")));
	assert_int_equal(paper_starts, 1);
	rig_end(&r, recipe);
}

static void an_idle_environment_is_frozen_and_thawed(void **state)
{
	struct rig r;
	struct call c = {0};
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	rig_open(&r, state, 4);
	rig_warm(&r, recipe);
	RIG_UNTIL(&r, papers->frozen);
	rig_invoke(&r, &c, recipe);
	assert_false(papers->frozen);
	assert_int_equal(papers->thaws, 1);
	rig_close(&r);
	assert_int_equal(c.dones, 1);
	assert_int_equal(c.i.end, CUSTOM_CLOSED);
	recipe_unref(recipe);
}

static void an_invocation_from_done_goes_to_the_same_environment(struct call *c)
{
	static struct call second;

	second = (struct call){0};
	rig_invoke(c->rig, &second, c->i.recipe);
}

static void done_may_invoke_again(void **state)
{
	struct rig r;
	struct call c = { .then = an_invocation_from_done_goes_to_the_same_environment };
	struct teller t;
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	rig_begin(&r, state, &c, recipe, &t);
	tell_response(&t, "1");
	assert_int_equal(tell_next(&t), RUNTIME_WAITS);
	assert_int_equal(t.events, 2);
	assert_int_equal(paper_starts, 1);
	rig_end(&r, recipe);
}

static void a_timeout_resets_the_environment_and_keeps_the_cage(void **state)
{
	struct rig r;
	struct call c = { .i.timeout_ms = 40 }, next = {0};
	struct teller t;
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	rig_begin(&r, state, &c, recipe, &t);
	RIG_UNTIL(&r, c.dones == 1);
	assert_int_equal(c.i.end, CUSTOM_TIMEOUT);
	assert_string_equal(c.answer, "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: " ID " Error: Task timed out after 0.04 seconds\"}");
	assert_int_equal(c.i.report.duration_us, 40000);
	assert_string_equal(c.i.report.status, "timeout");
	assert_non_null(strstr(c.tail, "\tDuration: 40.00 ms\tBilled Duration: "));
	assert_true(str_ends(str_of(c.tail), STR("\tStatus: timeout\n")));
	assert_int_equal(tell_response(&t, "late"), RUNTIME_BAD_ID);
	RIG_UNTIL(&r, !papers->runs[0]);
	RIG_UNTIL(&r, tell_next(&t) == RUNTIME_BAD_STATE && papers->count == 1);
	for (int i = 0; i < 10; i++)
		rig_turn(&r);
	buf_clear(&r.log);
	rig_invoke(&r, &next, recipe);
	assert_int_equal(papers->count, 2);	/* a process of the same cage */
	assert_int_equal(paper_starts, 1);
	assert_true(rig_logged(&r, "INIT_START"));
	t.events = 0;
	assert_int_equal(tell_next(&t), RUNTIME_WAITS);
	assert_int_equal(t.events, 1);
	tell_response(&t, "ok");
	tell_next(&t);
	assert_int_equal(next.i.end, CUSTOM_OK);
	assert_int_equal(next.i.report.init_us, 0);	/* part of the duration */
	assert_null(strstr(next.tail, "Init Duration"));
	rig_end(&r, recipe);
}

static void who_tries_again_at_once_finds_the_same_cage(void **state)
{
	struct rig r;
	struct call c = { .i.timeout_ms = 10 }, next = {0}, another = {0};
	struct teller t;
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	rig_begin(&r, state, &c, recipe, &t);
	RIG_UNTIL(&r, c.dones == 1);
	rig_invoke(&r, &next, recipe);
	assert_int_equal(papers->count, 1);	/* the old process is still there */
	rig_papers();
	assert_false(papers->runs[0]);
	assert_int_equal(tell_next(&t), RUNTIME_BAD_STATE);	/* sent before its end, read after */
	rig_invoke(&r, &another, recipe);
	assert_int_equal(paper_starts, 2);
	RIG_UNTIL(&r, papers->next->count == 2);
	t = (struct teller){ .e = r.environments[0] };
	tell_next(&t);
	tell_response(&t, "1");
	tell_next(&t);
	assert_int_equal(next.i.end, CUSTOM_OK);
	rig_end(&r, recipe);
}

/* Its clock has not begun, whatever the one before it took. */
static void an_invocation_that_waits_for_a_reset_which_fails_took_no_time(void **state)
{
	struct rig r;
	struct call c = { .i.timeout_ms = 40 }, next = {0};
	struct teller t;
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	rig_begin(&r, state, &c, recipe, &t);
	RIG_UNTIL(&r, c.dones == 1);
	rig_invoke(&r, &next, recipe);
	paper_gone(papers, "the cage ended", false);
	assert_int_equal(next.dones, 1);
	assert_int_equal(next.i.end, CUSTOM_EXIT);
	assert_int_equal(next.i.report.duration_us, 0);
	rig_end(&r, recipe);
}

/* It has its answer, and the report says what became of the rest. */
static void who_answers_and_does_not_come_back_is_reported_as_timed_out(void **state)
{
	struct rig r;
	struct call c = { .i.timeout_ms = 40 };
	struct teller t;
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	rig_begin(&r, state, &c, recipe, &t);
	assert_int_equal(tell_response(&t, "1"), RUNTIME_ACCEPTED);
	RIG_UNTIL(&r, c.dones == 1);
	assert_int_equal(c.i.end, CUSTOM_OK);
	assert_string_equal(c.answer, "1");
	assert_true(str_ends(str_of(c.tail), STR("\tStatus: timeout\n")));
	rig_end(&r, recipe);
}

static void without_a_cage_there_is_no_pool(void **state)
{
	struct rig r;
	struct custom_pool *pool;

	rig_open(&r, state, 4);
	paper_no_zygote = true;
	assert_int_equal(custom_open(&pool, &r.spec), -EOPNOTSUPP);
	rig_close(&r);
}

static void what_runs_at_the_close_ends_as_closed(void **state)
{
	struct rig r;
	struct call running = {0}, starting = {0};
	struct teller t;
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	rig_open(&r, state, 4);
	rig_invoke(&r, &running, recipe);
	t = rig_teller(&r);
	tell_next(&t);
	rig_invoke(&r, &starting, recipe);
	rig_close(&r);
	assert_int_equal(running.i.end, CUSTOM_CLOSED);
	assert_int_equal(starting.i.end, CUSTOM_CLOSED);
	assert_int_equal(t.closings, 0);
	assert_non_null(strstr(running.tail, "START RequestId"));
	assert_null(strstr(strstr(running.tail, "START RequestId") + 1, "START RequestId"));
	recipe_unref(recipe);
}

static void what_has_no_cage_at_the_close_ends_as_closed_too(void **state)
{
	struct rig r;
	struct call c = {0};
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	rig_open(&r, state, 4);
	paper_rc = -EMFILE;
	rig_invoke(&r, &c, recipe);
	rig_close(&r);
	assert_int_equal(c.dones, 1);
	assert_int_equal(c.i.end, CUSTOM_CLOSED);
	recipe_unref(recipe);
}

static void a_waiting_runtime_is_told_of_the_end(void **state)
{
	struct rig r;
	struct teller *t;
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	rig_open(&r, state, 4);
	t = rig_warm(&r, recipe);
	custom_retire(r.pool, recipe->function, NULL);
	assert_int_equal(papers->killed, true);
	assert_non_null(r.environments[0]);	/* not before it is gone */
	assert_int_equal(t->closings, 0);
	RIG_UNTIL(&r, !r.environments[0]);
	assert_int_equal(t->closings, 1);
	rig_end(&r, recipe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_invocation_is_answered_and_reported),
		T(the_second_invocation_finds_it_warm),
		T(an_idle_environment_is_frozen_and_thawed),
		T(done_may_invoke_again),
		T(a_timeout_resets_the_environment_and_keeps_the_cage),
		T(who_tries_again_at_once_finds_the_same_cage),
		T(an_invocation_that_waits_for_a_reset_which_fails_took_no_time),
		T(who_answers_and_does_not_come_back_is_reported_as_timed_out),
		T(without_a_cage_there_is_no_pool),
		T(what_runs_at_the_close_ends_as_closed),
		T(what_has_no_cage_at_the_close_ends_as_closed_too),
		T(a_waiting_runtime_is_told_of_the_end),
	};

	return cmocka_run_group_tests(tests, rig_warm_up, NULL);
}
