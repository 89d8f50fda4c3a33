/* Extensions: found in layers, started before the runtime, registered, given events, told of the end. */
#include "functions/custom/extension.h"
#include "tests/unit/functions/custom_rig.h"

#define ID "8476a536-e9f4-11e8-9739-2dfe598c3fcd"

static const struct str none;

struct scene {
	struct rig r;
	struct call c;
	struct teller runtime, a, b;
	struct recipe *recipe;
	char identifier[37], other[37];
};

static void open_scene(struct scene *s, void **state)
{
	s->c = (struct call){0};
	s->runtime = s->a = s->b = (struct teller){0};
	s->recipe = rig_recipe("1", RUNTIME_PROVIDED);
	rig_open(&s->r, state, 4);
	rig_file(&s->r, "layer/extensions/first", 0755);
	s->recipe->layers[0] = STR("layer");
	s->recipe->layer_count = 1;
}

static void close_scene(struct scene *s)
{
	rig_close(&s->r);
	recipe_unref(s->recipe);
}

static enum runtime_verdict enrol(struct scene *s, const char *name, const char *events, char identifier[37])
{
	struct buf answer = {0};
	enum runtime_verdict v = runtime_register(s->r.environments[0], str_of(name), none, str_of(events), identifier, &answer);

	if (v == RUNTIME_OK)
		assert_string_equal(answer.data, "{\"functionName\":\"thumb\",\"functionVersion\":\"$LATEST\",\"handler\":\"index.handler\"}");
	buf_clear(&answer);
	return v;
}

static enum runtime_verdict wait_for_event(struct teller *t, struct custom_environment *e, const char *identifier)
{
	t->e = e;
	t->w = (struct runtime_waiter){ .deliver = rig_on_event };
	return runtime_extension_next(e, str_of(identifier), &t->w);
}

/* To where the runtime has its event. */
static void start_scene(struct scene *s, const char *events)
{
	rig_invoke(&s->r, &s->c, s->recipe);
	s->runtime = rig_teller(&s->r);
	assert_int_equal(enrol(s, "first", events, s->identifier), RUNTIME_OK);
	assert_int_equal(wait_for_event(&s->a, s->runtime.e, s->identifier), RUNTIME_WAITS);
	assert_int_equal(tell_next(&s->runtime), RUNTIME_WAITS);
}

static void the_runtime_starts_when_extensions_are_registered(void **state)
{
	struct scene s;

	open_scene(&s, state);
	rig_invoke(&s.r, &s.c, s.recipe);
	s.runtime = rig_teller(&s.r);
	assert_int_equal(papers->count, 1);
	assert_string_equal(papers->paths[0], "/opt/extensions/first");
	assert_int_equal(tell_next(&s.runtime), RUNTIME_BAD_STATE);
	assert_int_equal(enrol(&s, "first", "{\"events\":[\"INVOKE\",\"SHUTDOWN\"]}", s.identifier), RUNTIME_OK);
	assert_int_equal(papers->count, 2);
	assert_string_equal(papers->paths[1], "/var/task/bootstrap");
	assert_true(papers->outs[0] != papers->outs[1]);
	assert_int_equal(tell_next(&s.runtime), RUNTIME_WAITS);
	assert_int_equal(s.runtime.events, 0);		/* init is over when all wait */
	assert_int_equal(wait_for_event(&s.a, s.runtime.e, s.identifier), RUNTIME_WAITS);
	assert_int_equal(s.runtime.events, 1);
	assert_true(rig_logged(&s.r, "EXTENSION\tName: first\tState: Ready\tEvents: [INVOKE,SHUTDOWN]\n"));
	close_scene(&s);
}

static void an_invocation_ends_when_the_extension_waits_again(void **state)
{
	struct scene s;
	char want[512];

	open_scene(&s, state);
	start_scene(&s, "{\"events\":[\"INVOKE\"]}");
	assert_int_equal(s.a.events, 1);
	snprintf(want, sizeof want, "{\"eventType\":\"INVOKE\",\"deadlineMs\":%lld,\"requestId\":\"" ID "\",\"invokedFunctionArn\":\"%.*s\","
		 "\"tracing\":{\"type\":\"X-Amzn-Trace-Id\",\"value\":\"Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700\"}}",
		 (long long)s.runtime.deadline_ms, STR_ARG(s.recipe->arn));
	assert_string_equal(s.a.body, want);
	assert_int_equal(strlen(s.a.event), 36);
	tell_response(&s.runtime, "1");
	assert_int_equal(s.c.answers, 1);
	tell_next(&s.runtime);
	assert_int_equal(s.c.dones, 0);
	wait_for_event(&s.a, s.runtime.e, s.identifier);
	assert_int_equal(s.c.dones, 1);
	s.c = (struct call){0};
	rig_invoke(&s.r, &s.c, s.recipe);
	assert_int_equal(s.a.events, 2);
	assert_int_equal(s.runtime.events, 2);
	close_scene(&s);
}

static void an_extension_gets_only_the_events_it_wants(void **state)
{
	struct scene s;

	open_scene(&s, state);
	start_scene(&s, "{\"events\":[]}");
	assert_int_equal(s.a.events, 0);
	tell_response(&s.runtime, "1");
	tell_next(&s.runtime);
	assert_int_equal(s.c.dones, 1);
	custom_retire(s.r.pool, s.recipe->function, NULL);
	paper_exit(papers, 1, SIGTERM);
	assert_int_equal(s.a.events, 0);
	assert_true(papers->killed);
	close_scene(&s);
}

static void idle_ones_are_told_of_the_end(void **state)
{
	struct scene s;

	open_scene(&s, state);
	start_scene(&s, "{\"events\":[\"SHUTDOWN\"]}");
	tell_response(&s.runtime, "1");
	tell_next(&s.runtime);
	RIG_UNTIL(&s.r, papers->frozen);
	custom_retire(s.r.pool, s.recipe->function, NULL);
	assert_false(papers->frozen);
	assert_int_equal(papers->signals[1], SIGTERM);
	assert_int_equal(s.a.events, 0);
	paper_exit(papers, 1, SIGTERM);
	assert_int_equal(s.a.events, 1);
	assert_non_null(strstr(s.a.body, "{\"eventType\":\"SHUTDOWN\",\"shutdownReason\":\"spindown\",\"deadlineMs\":"));
	assert_false(papers->killed);
	paper_exit(papers, 0, 0);
	assert_true(papers->killed);
	close_scene(&s);
}

static void close_slowly(struct scene *s)
{
	start_scene(s, "{\"events\":[\"SHUTDOWN\"]}");
	tell_response(&s->runtime, "1");
	tell_next(&s->runtime);
	RIG_UNTIL(&s->r, papers->frozen);
	custom_close(s->r.pool, rig_on_closed, &s->r);
	assert_false(papers->frozen || papers->killed);
	assert_int_equal(papers->signals[1], SIGTERM);
	paper_exit(papers, 1, SIGTERM);
	assert_int_equal(s->a.events, 1);
	assert_non_null(strstr(s->a.body, "\"shutdownReason\":\"spindown\""));
	for (int i = 0; i < 20; i++)
		rig_turn(&s->r);
	assert_false(s->r.closed);
}

static void end_closed(struct scene *s)
{
	RIG_UNTIL(&s->r, s->r.closed);
	assert_null(papers);
	uv_run(&s->r.loop, UV_RUN_NOWAIT);
	assert_int_equal(uv_loop_close(&s->r.loop), 0);
	buf_clear(&s->r.log);
	recipe_unref(s->recipe);
	alarm(0);
}

static void idle_ones_are_told_when_the_pool_closes(void **state)
{
	struct scene s;

	open_scene(&s, state);
	close_slowly(&s);
	assert_false(papers->killed);	/* it may take its time */
	paper_exit(papers, 0, 0);
	assert_true(papers->killed);
	end_closed(&s);
}

static void a_pool_in_a_hurry_waits_for_no_extension(void **state)
{
	struct scene s;

	open_scene(&s, state);
	close_slowly(&s);
	custom_hurry(s.r.pool);
	assert_true(papers->killed);
	end_closed(&s);
}

static void a_runtime_that_does_not_end_is_killed(void **state)
{
	struct scene s;

	open_scene(&s, state);
	start_scene(&s, "{\"events\":[\"SHUTDOWN\"]}");
	tell_response(&s.runtime, "1");
	tell_next(&s.runtime);
	custom_retire(s.r.pool, s.recipe->function, NULL);
	RIG_UNTIL(&s.r, papers->signals[1] == SIGKILL);
	assert_int_equal(s.a.events, 1);
	RIG_UNTIL(&s.r, !papers);	/* nor does the extension */
	close_scene(&s);
}

static void a_timeout_is_told_before_the_reset(void **state)
{
	struct scene s;

	open_scene(&s, state);
	s.c.i.timeout_ms = 20;
	start_scene(&s, "{\"events\":[\"SHUTDOWN\"]}");
	RIG_UNTIL(&s.r, s.c.dones == 1);
	assert_int_equal(papers->signals[1], SIGKILL);
	assert_false(papers->reset);
	assert_int_equal(s.a.events, 1);
	assert_non_null(strstr(s.a.body, "\"shutdownReason\":\"timeout\""));
	paper_exit(papers, 1, SIGKILL);
	paper_exit(papers, 0, 0);
	assert_true(papers->reset);
	for (int i = 0; i < 20; i++)
		rig_turn(&s.r);
	s.c = (struct call){0};
	rig_invoke(&s.r, &s.c, s.recipe);
	assert_int_equal(papers->count, 3);	/* the extension is started anew */
	assert_string_equal(papers->paths[2], "/opt/extensions/first");
	assert_int_equal(enrol(&s, "first", "{\"events\":[]}", s.other), RUNTIME_OK);
	assert_string_not_equal(s.identifier, s.other);
	assert_int_equal(wait_for_event(&s.a, s.runtime.e, s.identifier), RUNTIME_UNKNOWN);
	close_scene(&s);
}

static void a_busy_extension_gets_the_end_when_it_asks(void **state)
{
	struct scene s;

	open_scene(&s, state);
	start_scene(&s, "{\"events\":[\"INVOKE\",\"SHUTDOWN\"]}");
	paper_exit(papers, 1, 1 << 8);
	RIG_UNTIL(&s.r, s.c.dones == 1);
	assert_int_equal(s.a.events, 1);
	assert_int_equal(wait_for_event(&s.a, s.runtime.e, s.identifier), RUNTIME_WAITS);
	assert_int_equal(s.a.events, 2);
	assert_non_null(strstr(s.a.body, "\"shutdownReason\":\"failure\""));
	close_scene(&s);
}

static void extensions_that_fail_end_the_invocation(void **state)
{
	static const struct {
		bool init;
		struct sandbox_exit how;
		const char *text, *answer;
	} rows[] = {
		{ false, { .status = 1 << 8 }, NULL, "{\"errorType\":\"Extension.Crash\",\"errorMessage\":\"RequestId: " ID " Error: exit status 1\"}" },
		{ false, { .error = EACCES }, NULL, "{\"errorType\":\"Extension.LaunchError\",\"errorMessage\":\"RequestId: " ID
						    " Error: fork/exec /opt/extensions/first: permission denied\"}" },
		{ true, {0}, "My.Reason", "{\"errorType\":\"Extension.InitError\",\"errorMessage\":\"RequestId: " ID " Error: My.Reason\"}" },
		{ false, {0}, "My.Reason", "{\"errorType\":\"Extension.ExitError\",\"errorMessage\":\"RequestId: " ID " Error: My.Reason\"}" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct scene s;

		open_scene(&s, state);
		start_scene(&s, "{\"events\":[\"INVOKE\"]}");
		if (rows[i].text) {
			assert_int_equal(runtime_extension_error(s.runtime.e, str_of(s.identifier), none, none, rows[i].init), RUNTIME_NO_ERROR_TYPE);
			assert_int_equal(runtime_extension_error(s.runtime.e, str_of(s.identifier), str_of(rows[i].text), none, rows[i].init),
					 RUNTIME_ACCEPTED);
		} else {
			paper_exit_how(papers, 0, rows[i].how);
		}
		RIG_UNTIL(&s.r, s.c.dones == 1);
		assert_string_equal(s.c.answer, rows[i].answer);
		assert_int_equal(s.c.i.end, CUSTOM_EXIT);
		close_scene(&s);
	}
}

static void an_extension_that_crashes_in_init_is_tried_once_more(void **state)
{
	struct scene s;

	open_scene(&s, state);
	rig_invoke(&s.r, &s.c, s.recipe);
	s.runtime = rig_teller(&s.r);
	paper_exit(papers, 0, 2 << 8);
	assert_int_equal(s.c.dones, 0);
	assert_true(rig_logged(&s.r, "\tPhase: init\tStatus: error\tError Type: Extension.Crash\n"));
	RIG_UNTIL(&s.r, papers->count == 2);
	paper_exit(papers, 1, 2 << 8);
	RIG_UNTIL(&s.r, s.c.dones == 1);
	assert_non_null(strstr(s.c.answer, "Extension.Crash"));
	close_scene(&s);
}

static void registrations_are_refused_for_their_reasons(void **state)
{
	struct scene s;
	char id[37];

	open_scene(&s, state);
	rig_invoke(&s.r, &s.c, s.recipe);
	s.runtime = rig_teller(&s.r);
	assert_int_equal(enrol(&s, "", "{\"events\":[]}", id), RUNTIME_NO_NAME);
	assert_int_equal(enrol(&s, "first", "no", id), RUNTIME_BAD_REGISTER);
	assert_int_equal(enrol(&s, "first", "{\"events\":\"INVOKE\"}", id), RUNTIME_BAD_REGISTER);
	assert_int_equal(enrol(&s, "first", "{\"events\":[],\"configurationKeys\":[1]}", id), RUNTIME_BAD_REGISTER);
	assert_int_equal(enrol(&s, "first", "{\"events\":[\"WAKE\"]}", id), RUNTIME_BAD_EVENT);
	assert_int_equal(enrol(&s, "first", "{\"events\":[\"INVOKE\"]}", s.identifier), RUNTIME_OK);
	assert_int_equal(enrol(&s, "first", "{\"events\":[\"INVOKE\"]}", id), RUNTIME_TWICE);
	assert_int_equal(enrol(&s, "inner", "{\"events\":[\"SHUTDOWN\"]}", id), RUNTIME_BAD_EVENT);
	for (int i = 1; i < RUNTIME_EXTENSIONS_MAX; i++) {
		char name[32];

		snprintf(name, sizeof name, "inner%d", i);
		assert_int_equal(enrol(&s, name, "{\"events\":[]}", id), RUNTIME_OK);
	}
	assert_int_equal(enrol(&s, "inner10", "{\"events\":[]}", id), RUNTIME_MANY);
	tell_next(&s.runtime);
	assert_int_equal(enrol(&s, "late", "{\"events\":[]}", id), RUNTIME_CLOSED);
	close_scene(&s);
}

static void identifiers_are_looked_at(void **state)
{
	struct scene s;
	struct teller t = {0};

	open_scene(&s, state);
	start_scene(&s, "{\"events\":[]}");
	assert_int_equal(wait_for_event(&t, s.runtime.e, ""), RUNTIME_NO_IDENTIFIER);
	assert_int_equal(wait_for_event(&t, s.runtime.e, "x"), RUNTIME_BAD_IDENTIFIER);
	assert_int_equal(wait_for_event(&t, s.runtime.e, "8476a536-e9f4-11e8-9739-2dfe598c3fcg"), RUNTIME_BAD_IDENTIFIER);
	assert_int_equal(wait_for_event(&t, s.runtime.e, ID), RUNTIME_UNKNOWN);
	assert_int_equal(wait_for_event(&t, s.runtime.e, s.identifier), RUNTIME_BAD_EXTENSION);	/* it waits already */
	runtime_leave(&s.a.w);
	assert_int_equal(wait_for_event(&t, s.runtime.e, s.identifier), RUNTIME_WAITS);
	assert_int_equal(runtime_telemetry(s.runtime.e, none, none), RUNTIME_NO_IDENTIFIER);
	assert_int_equal(runtime_telemetry(s.runtime.e, str_of(s.identifier), none), RUNTIME_NO_TELEMETRY);
	close_scene(&s);
}

static void internal_ones_have_half_a_second(void **state)
{
	struct scene s;

	open_scene(&s, state);
	s.recipe->layer_count = 0;
	rig_invoke(&s.r, &s.c, s.recipe);
	s.runtime = rig_teller(&s.r);
	assert_int_equal(enrol(&s, "inner", "{\"events\":[\"INVOKE\"]}", s.identifier), RUNTIME_OK);
	tell_next(&s.runtime);
	assert_int_equal(s.runtime.events, 0);
	wait_for_event(&s.a, s.runtime.e, s.identifier);
	assert_int_equal(s.runtime.events, 1);
	assert_int_equal(s.a.events, 1);
	tell_response(&s.runtime, "1");
	tell_next(&s.runtime);
	wait_for_event(&s.a, s.runtime.e, s.identifier);
	assert_int_equal(s.c.dones, 1);
	custom_retire(s.r.pool, s.recipe->function, NULL);
	assert_int_equal(papers->signals[0], SIGTERM);
	paper_exit(papers, 0, 0);
	assert_true(papers->killed);
	close_scene(&s);
}

static void later_layers_win_and_can_turn_all_off(void **state)
{
	struct scene s;

	open_scene(&s, state);
	rig_file(&s.r, "layer/extensions/hidden", 0755);
	rig_file(&s.r, "layer/extensions/readme", 0644);
	rig_file(&s.r, "layer/extensions/folder/x", 0755);
	rig_file(&s.r, "top/extensions/hidden", 0644);
	rig_file(&s.r, "top/extensions/second", 0755);
	rig_file(&s.r, "off/disable-extensions-jwigqn8j", 0644);
	s.recipe->layers[1] = STR("top");
	s.recipe->layer_count = 2;
	rig_invoke(&s.r, &s.c, s.recipe);
	rig_teller(&s.r);
	assert_int_equal(papers->count, 2);
	for (int i = 0; i < 2; i++)
		assert_true(strcmp(papers->paths[i], "/opt/extensions/first") == 0 || strcmp(papers->paths[i], "/opt/extensions/second") == 0);
	custom_retire(s.r.pool, s.recipe->function, NULL);
	close_scene(&s);

	open_scene(&s, state);
	rig_file(&s.r, "off/disable-extensions-jwigqn8j", 0644);
	s.recipe->layers[1] = STR("off");
	s.recipe->layer_count = 2;
	rig_invoke(&s.r, &s.c, s.recipe);
	rig_teller(&s.r);
	assert_int_equal(papers->count, 1);
	assert_string_equal(papers->paths[0], "/var/task/bootstrap");
	close_scene(&s);
}

static void a_folder_of_too_many_files_is_not_read_to_its_end(void **state)
{
	struct scene s;
	char name[64];

	open_scene(&s, state);
	for (int i = 0; i < EXTENSION_FILES_MAX; i++) {
		snprintf(name, sizeof name, "many/extensions/%d", i);
		rig_file(&s.r, name, 0644);
	}
	s.recipe->layers[1] = STR("many");
	s.recipe->layer_count = 2;
	rig_invoke(&s.r, &s.c, s.recipe);
	rig_teller(&s.r);
	RIG_UNTIL(&s.r, s.c.dones == 1);
	assert_string_equal(s.c.answer, "{\"errorType\":\"Extension.TooManyExtensions\",\"errorMessage\":\"RequestId: " ID
			    " Error: There are more than 1000 files in /opt/extensions\"}");
	assert_int_equal(papers->count, 0);
	close_scene(&s);
}

/* It would be one of the host's. */
static void a_folder_that_is_a_link_is_not_followed(void **state)
{
	struct scene s;
	char target[512], link[512];

	open_scene(&s, state);
	rig_file(&s.r, "host/program", 0755);
	rig_file(&s.r, "linked/file", 0644);
	snprintf(target, sizeof target, "%s/host", s.r.code);
	snprintf(link, sizeof link, "%s/linked/extensions", s.r.code);
	assert_int_equal(symlink(target, link), 0);
	s.recipe->layers[0] = STR("linked");
	rig_invoke(&s.r, &s.c, s.recipe);
	s.runtime = rig_teller(&s.r);
	assert_int_equal(papers->count, 1);
	assert_string_equal(papers->paths[0], "/var/task/bootstrap");
	close_scene(&s);
}

static void extensions_get_fewer_variables(void **state)
{
	struct scene s;

	open_scene(&s, state);
	start_scene(&s, "{\"events\":[]}");
	assert_true(has_variable(papers, 0, "AWS_LAMBDA_FUNCTION_NAME=thumb"));
	assert_true(has_variable(papers, 1, "LAMBDA_TASK_ROOT=/var/task"));
	assert_false(has_variable(papers, 0, "LAMBDA_TASK_ROOT=/var/task"));
	assert_null(strstr(papers->variables[0], "\n_"));
	assert_null(strstr(papers->variables[0], "AWS_LAMBDA_LOG_STREAM_NAME"));
	assert_null(strstr(papers->variables[0], "XRAY"));
	close_scene(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_runtime_starts_when_extensions_are_registered),
		T(an_invocation_ends_when_the_extension_waits_again),
		T(an_extension_gets_only_the_events_it_wants),
		T(idle_ones_are_told_of_the_end),
		T(idle_ones_are_told_when_the_pool_closes),
		T(a_pool_in_a_hurry_waits_for_no_extension),
		T(a_runtime_that_does_not_end_is_killed),
		T(a_timeout_is_told_before_the_reset),
		T(a_busy_extension_gets_the_end_when_it_asks),
		T(extensions_that_fail_end_the_invocation),
		T(an_extension_that_crashes_in_init_is_tried_once_more),
		T(registrations_are_refused_for_their_reasons),
		T(identifiers_are_looked_at),
		T(internal_ones_have_half_a_second),
		T(later_layers_win_and_can_turn_all_off),
		T(a_folder_of_too_many_files_is_not_read_to_its_end),
		T(a_folder_that_is_a_link_is_not_followed),
		T(extensions_get_fewer_variables),
	};

	return cmocka_run_group_tests(tests, rig_warm_up, NULL);
}
