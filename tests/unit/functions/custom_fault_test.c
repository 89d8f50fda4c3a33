/* What goes wrong in a custom environment, and what its caller gets to read. The cage is of paper. */
#include "tests/unit/functions/custom_rig.h"

#define ID "8476a536-e9f4-11e8-9739-2dfe598c3fcd"

static const struct end_row {
	struct sandbox_exit how;
	const char *type, *message, *reported;
	enum custom_end end;
} ends[] = {
	{ { .status = 0 }, "Runtime.ExitError", "Runtime exited without providing a reason", "Runtime.ExitError", CUSTOM_EXIT },
	{ { .status = 1 << 8 }, "Runtime.ExitError", "Runtime exited with error: exit status 1", "Runtime.ExitError", CUSTOM_EXIT },
	{ { .status = 127 << 8 }, "Runtime.ExitError", "Runtime exited with error: exit status 127", "Runtime.ExitError", CUSTOM_EXIT },
	{ { .status = SIGSEGV }, "Runtime.ExitError", "Runtime exited with error: signal: segmentation fault", "Runtime.ExitError", CUSTOM_EXIT },
	{ { .status = SIGABRT }, "Runtime.ExitError", "Runtime exited with error: signal: aborted", "Runtime.ExitError", CUSTOM_EXIT },
	{ { .status = SIGTERM }, "Runtime.ExitError", "Runtime exited with error: signal: terminated", "Runtime.ExitError", CUSTOM_EXIT },
	{ { .status = SIGSYS }, "Runtime.ExitError", "Runtime exited with error: signal: signal 31", "Runtime.ExitError", CUSTOM_EXIT },
	{ { .status = SIGKILL, .oom = true }, "Runtime.ExitError", "Runtime exited with error: signal: killed", "Runtime.OutOfMemory", CUSTOM_MEMORY },
	{ { .error = EACCES }, "Runtime.InvalidEntrypoint", "fork/exec /var/task/bootstrap: permission denied", "Runtime.InvalidEntrypoint", CUSTOM_EXIT },
	{ { .error = ENOEXEC }, "Runtime.InvalidEntrypoint", "fork/exec /var/task/bootstrap: exec format error", "Runtime.InvalidEntrypoint", CUSTOM_EXIT },
	{ { .error = ENOENT }, "Runtime.InvalidEntrypoint", "fork/exec /var/task/bootstrap: no such file or directory", "Runtime.InvalidEntrypoint", CUSTOM_EXIT },
};

static void every_end_of_the_runtime_has_its_words(void **state)
{
	struct rig r;
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);
	char want[512];

	rig_open(&r, state, 4);
	for (size_t n = 0; n < sizeof ends / sizeof ends[0]; n++) {
		const struct end_row *row = &ends[n];
		struct call c = {0};
		struct teller t;

		rig_invoke(&r, &c, recipe);
		RIG_UNTIL(&r, papers->count == (int)n + 1);
		t = (struct teller){ .e = r.environments[0] };
		tell_next(&t);
		paper_exit_how(papers, (int)n, row->how);
		RIG_UNTIL(&r, c.dones == 1);
		snprintf(want, sizeof want, "{\"errorType\":\"%s\",\"errorMessage\":\"RequestId: " ID " Error: %s\"}", row->type, row->message);
		assert_string_equal(c.answer, want);
		assert_int_equal(c.i.end, row->end);
		assert_string_equal(c.i.report.error_type, row->reported);
		snprintf(want, sizeof want, "RequestId: " ID " Error: %s\n%s\nEND RequestId: " ID "\n", row->message, row->type);
		assert_non_null(strstr(c.tail, want));
		snprintf(want, sizeof want, "\tStatus: error\tError Type: %s\n", row->reported);
		assert_true(str_ends(str_of(c.tail), str_of(want)));
		if (row->end == CUSTOM_MEMORY)
			assert_non_null(strstr(c.tail, "\tMemory Size: 128 MB\tMax Memory Used: 128 MB\t"));
		for (int i = 0; i < 20; i++)
			rig_turn(&r);
		recipe->memory_mb = 128;
	}
	assert_int_equal(paper_starts, 1);
	rig_end(&r, recipe);
}

static void an_answer_that_overtakes_the_exit_counts(void **state)
{
	struct rig r;
	struct call c = {0}, next = {0};
	struct teller t;
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	rig_begin(&r, state, &c, recipe, &t);
	paper_exit(papers, 0, 0);
	assert_int_equal(tell_response(&t, "in time"), RUNTIME_ACCEPTED);	/* it was on its way when the process ended */
	assert_int_equal(c.answers, 1);
	RIG_UNTIL(&r, c.dones == 1);
	assert_int_equal(c.i.end, CUSTOM_OK);
	assert_string_equal(c.answer, "in time");
	for (int i = 0; i < 20; i++)
		rig_turn(&r);
	rig_invoke(&r, &next, recipe);
	assert_int_equal(papers->count, 2);
	assert_int_equal(paper_starts, 1);
	rig_end(&r, recipe);
}

static void an_exit_while_idle_is_no_fault_of_the_next(void **state)
{
	struct rig r;
	struct call c = {0};
	struct teller t;
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	rig_open(&r, state, 4);
	rig_warm(&r, recipe);
	paper_exit(papers, 0, 1 << 8);
	for (int i = 0; i < 20; i++)
		rig_turn(&r);
	rig_invoke(&r, &c, recipe);
	assert_int_equal(papers->count, 2);
	t = (struct teller){ .e = r.environments[0] };
	tell_next(&t);
	assert_int_equal(t.events, 1);
	rig_end(&r, recipe);
}

static void an_init_error_is_tried_twice_and_told_word_by_word(void **state)
{
	static const char body[] = "{\"errorType\":\"Runtime.ImportModuleError\",\"errorMessage\":\"no  x\"}";
	struct rig r;
	struct call c = {0};
	struct teller t;
	struct recipe *recipe = rig_recipe("1", RUNTIME_PYTHON);

	rig_open(&r, state, 4);
	rig_invoke(&r, &c, recipe);
	t = rig_teller(&r);
	RIG_UNTIL(&r, c.dones == 1);	/* no Python here */
	assert_non_null(strstr(c.answer, "Runtime.InvalidEntrypoint"));
	rig_end(&r, recipe);

	recipe = rig_recipe("1", RUNTIME_NODE);
	memset(&c, 0, sizeof c);
	rig_open(&r, state, 4);
	rig_invoke(&r, &c, recipe);
	t = rig_teller(&r);
	assert_int_equal(runtime_init_error(t.e, STR("Runtime.ImportModuleError"), str_of(body)), RUNTIME_ACCEPTED);
	assert_int_equal(c.dones, 0);
	assert_true(rig_logged(&r, "\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError\n"));
	assert_false(rig_logged(&r, "START RequestId"));
	RIG_UNTIL(&r, papers->count == 2);
	assert_int_equal(runtime_init_error(t.e, STR("Runtime.ImportModuleError"), str_of(body)), RUNTIME_ACCEPTED);
	assert_int_equal(c.dones, 1);
	assert_int_equal(c.i.end, CUSTOM_INIT_ERROR);
	assert_string_equal(c.answer, body);
	assert_true(rig_logged(&r, "\tPhase: invoke\tStatus: error\tError Type: Runtime.ImportModuleError\nSTART RequestId: " ID));
	assert_null(strstr(c.tail, "\tStatus: error\tError Type: Runtime.ImportModuleError\nEND"));
	assert_int_equal(paper_starts, 1);
	rig_end(&r, recipe);
}

static void an_init_that_crashes_once_is_done_inside_the_invocation(void **state)
{
	struct rig r;
	struct call c = {0};
	struct teller t;
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	rig_open(&r, state, 4);
	rig_invoke(&r, &c, recipe);
	t = rig_teller(&r);
	paper_exit(papers, 0, 3 << 8);
	RIG_UNTIL(&r, papers->count == 2);
	assert_true(rig_logged(&r, "\tPhase: init\tStatus: error\tError Type: Runtime.ExitError\n"));
	tell_next(&t);
	assert_int_equal(t.events, 1);
	tell_response(&t, "1");
	tell_next(&t);
	assert_int_equal(c.i.end, CUSTOM_OK);
	assert_int_equal(c.i.report.init_us, 0);
	rig_end(&r, recipe);
}

static void an_init_of_more_than_ten_seconds_is_done_again(void **state)
{
	struct rig r;
	struct call c = {0};
	struct teller t;
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	rig_open(&r, state, 4);
	rig_invoke(&r, &c, recipe);
	t = rig_teller(&r);
	clock_advance_ms(CUSTOM_INIT_MS);
	tell_next(&t);
	assert_int_equal(t.events, 0);
	assert_int_equal(c.dones, 0);
	assert_true(rig_logged(&r, " ms\tPhase: init\tStatus: timeout\n"));
	RIG_UNTIL(&r, papers->count == 2);
	tell_next(&t);
	assert_int_equal(t.events, 1);
	tell_response(&t, "1");
	tell_next(&t);
	assert_int_equal(c.i.end, CUSTOM_OK);
	rig_end(&r, recipe);
}

static void a_missing_bootstrap_is_told_as_such(void **state)
{
	struct rig r;
	struct call c = {0};
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	recipe->code = STR("empty");
	rig_open(&r, state, 4);
	rig_invoke(&r, &c, recipe);
	RIG_UNTIL(&r, c.dones == 1);
	assert_string_equal(c.answer, "{\"errorType\":\"Runtime.InvalidEntrypoint\",\"errorMessage\":\"RequestId: " ID
				      " Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]\"}");
	rig_end(&r, recipe);
}

static void a_suppressed_init_has_the_functions_timeout(void **state)
{
	struct rig r;
	struct call c = { .i.timeout_ms = 50 };
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	rig_open(&r, state, 4);
	rig_invoke(&r, &c, recipe);
	rig_teller(&r);
	paper_exit(papers, 0, 3 << 8);
	RIG_UNTIL(&r, c.dones == 1);
	assert_int_equal(c.i.end, CUSTOM_TIMEOUT);
	assert_int_equal(c.i.report.duration_us, 50000);
	assert_true(rig_logged(&r, "\tPhase: invoke\tStatus: timeout\n"));
	rig_end(&r, recipe);
}

static void a_cage_that_does_not_come_up_is_told_and_not_tried_again(void **state)
{
	struct rig r;
	struct call c = {0}, refused = {0};
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	rig_open(&r, state, 4);
	paper_stays_down = true;
	rig_invoke(&r, &c, recipe);
	paper_gone(papers, "cage step \"mount\": Operation not permitted", false);
	assert_int_equal(c.dones, 1);
	assert_string_equal(c.answer, "{\"errorType\":\"Sandbox.Failure\",\"errorMessage\":\"RequestId: " ID
				      " Error: cage step \\\"mount\\\": Operation not permitted\"}");
	assert_string_equal(c.i.report.status, "failure");
	assert_int_equal(r.attached, 0);
	paper_rc = -EMFILE;
	rig_invoke(&r, &refused, recipe);
	RIG_UNTIL(&r, refused.dones == 1);
	assert_non_null(strstr(refused.answer, "Sandbox.Failure"));
	assert_int_equal(paper_starts, 1);
	rig_end(&r, recipe);
}

static void a_cage_that_dies_ends_the_invocation(void **state)
{
	struct rig r;
	struct call c = {0}, full = {0};
	struct teller t;
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	rig_begin(&r, state, &c, recipe, &t);
	paper_gone(papers, "the cage ended: signal 9", false);
	assert_int_equal(c.i.end, CUSTOM_EXIT);
	assert_non_null(strstr(c.answer, "Sandbox.Failure"));
	assert_null(r.environments[0]);
	rig_invoke(&r, &full, recipe);
	t = rig_teller(&r);
	tell_next(&t);
	paper_gone(papers, "the cage ended: signal 9", true);
	assert_int_equal(full.i.end, CUSTOM_MEMORY);
	assert_int_equal(full.i.report.memory_peak_kb, 128 * 1024);
	rig_end(&r, recipe);
}

static void a_runtime_that_asks_and_ends_serves_nobody(void **state)
{
	struct rig r;
	struct call c = {0}, next = {0};
	struct teller t;
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	rig_open(&r, state, 4);
	rig_invoke(&r, &c, recipe);
	t = rig_teller(&r);
	paper_exit(papers, 0, 4 << 8);
	tell_next(&t);			/* read after its end */
	assert_int_equal(t.events, 0);
	RIG_UNTIL(&r, papers->count == 2);
	t = (struct teller){ .e = r.environments[0] };
	tell_next(&t);
	tell_response(&t, "1");
	paper_exit(papers, 1, 4 << 8);
	tell_next(&t);
	assert_int_equal(c.dones, 1);
	assert_int_equal(c.i.end, CUSTOM_OK);
	rig_invoke(&r, &next, recipe);
	assert_int_equal(t.events, 1);
	RIG_UNTIL(&r, papers->count == 3);
	rig_end(&r, recipe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_end_of_the_runtime_has_its_words),
		T(an_answer_that_overtakes_the_exit_counts),
		T(an_exit_while_idle_is_no_fault_of_the_next),
		T(an_init_error_is_tried_twice_and_told_word_by_word),
		T(an_init_that_crashes_once_is_done_inside_the_invocation),
		T(an_init_of_more_than_ten_seconds_is_done_again),
		T(a_missing_bootstrap_is_told_as_such),
		T(a_suppressed_init_has_the_functions_timeout),
		T(a_cage_that_does_not_come_up_is_told_and_not_tried_again),
		T(a_cage_that_dies_ends_the_invocation),
		T(a_runtime_that_asks_and_ends_serves_nobody),
	};

	return cmocka_run_group_tests(tests, rig_warm_up, NULL);
}
