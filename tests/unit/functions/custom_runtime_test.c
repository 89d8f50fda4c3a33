/* The Runtime API as a runtime meets it: what is refused in which state, and what becomes of each kind of answer. */
#include "tests/unit/functions/custom_rig.h"

#define ID "8476a536-e9f4-11e8-9739-2dfe598c3fcd"

static const struct str none;

struct scene {
	struct rig r;
	struct call c;
	struct teller t;
	struct recipe *recipe;
};

/* An environment whose runtime has its event. */
static void open_scene(struct scene *s, void **state)
{
	s->c = (struct call){0};
	s->recipe = rig_recipe("1", RUNTIME_PROVIDED);
	rig_open(&s->r, state, 4);
}

static void run_scene(struct scene *s)
{
	rig_invoke(&s->r, &s->c, s->recipe);
	s->t = rig_teller(&s->r);
	assert_int_equal(tell_next(&s->t), RUNTIME_WAITS);
	assert_int_equal(s->t.events, 1);
}

static void close_scene(struct scene *s)
{
	rig_close(&s->r);
	recipe_unref(s->recipe);
}

static void expect_message(const struct scene *s, const char *want)
{
	char text[RUNTIME_TEXT_MAX];

	runtime_error_message(RUNTIME_BAD_STATE, s->t.e, text);
	assert_string_equal(text, want);
}

static enum runtime_verdict begin(struct scene *s, struct runtime_response *r, const char *mode)
{
	return runtime_response_begin(s->t.e, r, STR(ID), str_of(mode), STR("text/x"));
}

static void data(struct runtime_response *r, const char *text)
{
	runtime_response_data(r, (const uint8_t *)text, strlen(text));
}

static enum runtime_verdict tell_error(struct scene *s, const char *type, const char *body)
{
	struct runtime_response r;
	enum runtime_verdict v = runtime_error_begin(s->t.e, &r, STR(ID));

	if (v != RUNTIME_ACCEPTED)
		return v;
	data(&r, body);
	return runtime_response_end(&r, 0, str_of(type), none);
}

static void verdicts_have_their_status_and_texts(void **state)
{
	char text[RUNTIME_TEXT_MAX];

	(void)state;
	assert_int_equal(runtime_status(RUNTIME_ACCEPTED), 202);
	assert_null(runtime_error_type(RUNTIME_ACCEPTED));
	assert_int_equal(runtime_status(RUNTIME_BAD_ID), 400);
	assert_string_equal(runtime_error_type(RUNTIME_BAD_ID), "InvalidRequestID");
	assert_int_equal(runtime_status(RUNTIME_TOO_LARGE), 413);
	runtime_error_message(RUNTIME_TOO_LARGE, NULL, text);
	assert_string_equal(text, "Exceeded maximum allowed payload size (6291556 bytes).");
}

static void next_while_running_brings_the_same_event(void **state)
{
	struct scene s;

	open_scene(&s, state);
	run_scene(&s);
	s.t.body[0] = '\0';
	assert_int_equal(tell_next(&s.t), RUNTIME_WAITS);
	assert_int_equal(s.t.events, 2);
	assert_string_equal(s.t.body, "{\"a\":1}");
	assert_string_equal(s.t.request, ID);
	assert_int_equal(s.c.dones, 0);
	close_scene(&s);
}

static void a_second_waiter_is_refused_until_the_first_has_left(void **state)
{
	struct scene s;
	struct teller other = {0};

	open_scene(&s, state);
	run_scene(&s);
	tell_response(&s.t, "1");
	tell_next(&s.t);
	other.e = s.t.e;
	assert_int_equal(tell_next(&other), RUNTIME_BAD_STATE);
	expect_message(&s, "State transition from Ready to Ready failed for runtime. Error: State transition is not allowed");
	runtime_leave(&s.t.w);
	assert_int_equal(tell_next(&other), RUNTIME_WAITS);
	runtime_leave(&s.t.w);		/* of one that is no more: nothing happens */
	s.c = (struct call){0};
	rig_invoke(&s.r, &s.c, s.recipe);
	assert_int_equal(other.events, 1);
	close_scene(&s);
}

static void an_event_waits_for_a_runtime_that_comes_back(void **state)
{
	struct scene s;

	open_scene(&s, state);
	run_scene(&s);
	tell_response(&s.t, "1");
	tell_next(&s.t);
	runtime_leave(&s.t.w);
	s.c = (struct call){0};
	s.t.events = 0;
	rig_invoke(&s.r, &s.c, s.recipe);
	assert_int_equal(tell_next(&s.t), RUNTIME_WAITS);
	assert_int_equal(s.t.events, 1);
	close_scene(&s);
}

static void answers_are_refused_for_the_wrong_invocation_or_twice(void **state)
{
	struct scene s;
	struct runtime_response r;

	open_scene(&s, state);
	rig_invoke(&s.r, &s.c, s.recipe);
	s.t = rig_teller(&s.r);
	assert_int_equal(tell_error(&s, "", "{}"), RUNTIME_BAD_ID);	/* nothing is delivered */
	tell_next(&s.t);
	assert_int_equal(runtime_response_begin(s.t.e, &r, STR("another"), none, none), RUNTIME_BAD_ID);
	assert_int_equal(begin(&s, &r, NULL), RUNTIME_ACCEPTED);
	assert_int_equal(tell_error(&s, "", "{}"), RUNTIME_BAD_STATE);
	expect_message(&s, "State transition from InvocationResponse to InvocationErrorResponse failed for runtime. Error: State transition is not allowed");
	assert_int_equal(tell_next(&s.t), RUNTIME_BAD_STATE);
	expect_message(&s, "State transition from InvocationResponse to Ready failed for runtime. Error: State transition is not allowed");
	assert_int_equal(runtime_response_end(&r, 0, none, none), RUNTIME_ACCEPTED);
	assert_int_equal(tell_response(&s.t, "2"), RUNTIME_BAD_STATE);
	assert_int_equal(runtime_init_error(s.t.e, none, STR("{}")), RUNTIME_BAD_STATE);
	assert_int_equal(tell_next(&s.t), RUNTIME_WAITS);
	assert_int_equal(tell_response(&s.t, "2"), RUNTIME_BAD_ID);	/* it is over */
	assert_string_equal(s.c.answer, "");
	assert_int_equal(s.c.answers, 1);
	close_scene(&s);
}

static void nothing_but_a_new_process_follows_an_init_error(void **state)
{
	struct scene s;

	open_scene(&s, state);
	rig_invoke(&s.r, &s.c, s.recipe);
	s.t = rig_teller(&s.r);
	assert_int_equal(runtime_init_error(s.t.e, none, STR("{}")), RUNTIME_ACCEPTED);
	assert_int_equal(tell_next(&s.t), RUNTIME_BAD_STATE);
	RIG_UNTIL(&s.r, papers->count == 2);
	assert_int_equal(tell_next(&s.t), RUNTIME_WAITS);
	close_scene(&s);
}

static void an_error_goes_to_the_caller_word_by_word(void **state)
{
	static const struct {
		const char *said, *known;
	} types[] = {
		{ "Runtime.HandlerNotFound", "Runtime.HandlerNotFound" }, { "Function.Odd", "Function.Odd" }, { "Function.x", "Function.Unknown" },
		{ "Runtime.No Way", "Runtime.Unknown" }, { "Error", "Runtime.Unknown" }, { "", "Runtime.Unknown" },
	};
	struct scene s;

	open_scene(&s, state);
	run_scene(&s);
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		s.c.answers = s.c.dones = 0;
		if (i > 0)
			rig_invoke(&s.r, &s.c, s.recipe);
		assert_int_equal(tell_error(&s, types[i].said, "{\"errorType\": \"KeyError\"}"), RUNTIME_ACCEPTED);
		assert_int_equal(s.c.answers, 1);
		tell_next(&s.t);
		assert_int_equal(s.c.dones, 1);
		assert_int_equal(s.c.i.end, CUSTOM_ERROR);
		assert_string_equal(s.c.answer, "{\"errorType\": \"KeyError\"}");
		assert_string_equal(s.c.i.report.status, "error");
		assert_string_equal(s.c.i.report.error_type, types[i].known);
		assert_null(strstr(s.c.tail, "Status:"));	/* an error that the function tells itself is none of the house's */
	}
	assert_int_equal(paper_starts, 1);
	close_scene(&s);
}

static void too_large_an_answer_is_refused_and_the_environment_goes_on(void **state)
{
	struct scene s;
	struct runtime_response r;
	size_t n = CUSTOM_ANSWER_MAX;
	uint8_t *p = calloc(1, n);

	open_scene(&s, state);
	run_scene(&s);
	assert_int_equal(begin(&s, &r, NULL), RUNTIME_ACCEPTED);
	runtime_response_data(&r, p, n);
	assert_int_equal(r.refused, RUNTIME_OK);
	data(&r, "x");
	assert_int_equal(r.refused, RUNTIME_TOO_LARGE);
	data(&r, "more");
	assert_int_equal(runtime_response_end(&r, 0, none, none), RUNTIME_TOO_LARGE);
	tell_next(&s.t);
	assert_int_equal(s.c.i.end, CUSTOM_TOO_LARGE);
	assert_string_equal(s.c.answer, "{\"errorMessage\":\"Response payload size exceeded maximum allowed payload size (6291556 bytes).\","
					"\"errorType\":\"Function.ResponseSizeTooLarge\"}");
	s.c = (struct call){0};
	rig_invoke(&s.r, &s.c, s.recipe);
	begin(&s, &r, NULL);
	runtime_response_data(&r, p, n);
	assert_int_equal(runtime_response_end(&r, 0, none, none), RUNTIME_ACCEPTED);
	assert_int_equal(s.c.answers, 1);
	assert_int_equal(paper_starts, 1);
	close_scene(&s);
	free(p);
}

static void too_large_an_error_ends_the_invocation_at_once(void **state)
{
	struct scene s;
	struct runtime_response r;
	size_t n = CUSTOM_ANSWER_MAX;
	uint8_t *p = calloc(1, n);

	open_scene(&s, state);
	run_scene(&s);
	assert_int_equal(runtime_error_begin(s.t.e, &r, STR(ID)), RUNTIME_ACCEPTED);
	runtime_response_data(&r, p, n);
	assert_int_equal(r.refused, RUNTIME_OK);
	data(&r, "x");
	assert_int_equal(runtime_response_end(&r, 0, STR("Function.Big"), none), RUNTIME_TOO_LARGE);
	assert_int_equal(s.c.answers, 1);
	assert_int_equal(s.c.i.end, CUSTOM_TOO_LARGE);
	tell_next(&s.t);
	assert_int_equal(s.c.dones, 1);
	assert_string_equal(s.c.i.report.error_type, "Function.ResponseSizeTooLarge");
	s.c = (struct call){0};
	rig_invoke(&s.r, &s.c, s.recipe);
	assert_int_equal(tell_error(&s, "Function.Small", "{}"), RUNTIME_ACCEPTED);
	tell_next(&s.t);
	assert_int_equal(s.c.i.end, CUSTOM_ERROR);
	assert_int_equal(paper_starts, 1);
	close_scene(&s);
	free(p);
}

static void too_large_an_init_error_ends_the_init_at_once(void **state)
{
	struct scene s;

	open_scene(&s, state);
	rig_invoke(&s.r, &s.c, s.recipe);
	s.t = rig_teller(&s.r);
	assert_int_equal(runtime_init_error(s.t.e, none, none), RUNTIME_TOO_LARGE);
	RIG_UNTIL(&s.r, papers->count == 2);
	assert_int_equal(runtime_init_error(s.t.e, STR("Function.Big"), none), RUNTIME_TOO_LARGE);
	assert_int_equal(s.c.dones, 1);
	assert_string_equal(s.c.answer, "{\"errorType\":\"Function.Big\",\"errorMessage\":\"RequestId: " ID
					" Error: the error of the init had more than 262144 bytes\"}");
	close_scene(&s);
}

static void an_unknown_mode_ends_the_invocation(void **state)
{
	struct scene s;
	struct runtime_response r;

	open_scene(&s, state);
	run_scene(&s);
	assert_int_equal(begin(&s, &r, "trickling"), RUNTIME_BAD_MODE);
	tell_next(&s.t);
	assert_int_equal(s.c.i.end, CUSTOM_BAD_MODE);
	assert_string_equal(s.c.answer, "{\"errorType\":\"Runtime.InvalidResponseModeHeader\",\"errorMessage\":\"RequestId: " ID
					" Error: Invalid function response mode\"}");
	close_scene(&s);
}

static void an_answer_that_breaks_off_is_an_error_unless_the_exit_tells_more(void **state)
{
	struct scene s;
	struct runtime_response r;

	open_scene(&s, state);
	run_scene(&s);
	begin(&s, &r, NULL);
	data(&r, "{\"half");
	assert_int_equal(runtime_response_end(&r, E_BAD_INPUT, none, none), RUNTIME_TRUNCATED);
	assert_int_equal(s.c.answers, 0);
	tell_next(&s.t);
	assert_int_equal(s.c.i.end, CUSTOM_ERROR);
	assert_non_null(strstr(s.c.answer, "Runtime.TruncatedResponse"));
	s.c = (struct call){0};
	rig_invoke(&s.r, &s.c, s.recipe);
	begin(&s, &r, NULL);
	runtime_response_end(&r, E_CLOSED, none, none);
	paper_exit(papers, 0, SIGSEGV);
	RIG_UNTIL(&s.r, s.c.dones == 1);
	assert_int_equal(s.c.i.end, CUSTOM_EXIT);
	assert_non_null(strstr(s.c.answer, "segmentation fault"));
	close_scene(&s);
}

static void a_stream_comes_in_pieces(void **state)
{
	struct scene s;
	struct runtime_response r;

	open_scene(&s, state);
	s.c.i.piece = rig_on_piece;
	run_scene(&s);
	assert_int_equal(begin(&s, &r, "Streaming"), RUNTIME_ACCEPTED);
	data(&r, "one ");
	assert_string_equal(s.c.piece, "one ");
	assert_string_equal(s.c.type, "text/x");
	data(&r, "two");
	assert_int_equal(runtime_response_end(&r, 0, none, none), RUNTIME_ACCEPTED);
	assert_int_equal(s.c.answers, 1);
	tell_next(&s.t);
	assert_string_equal(s.c.piece, "one two");
	assert_string_equal(s.c.answer, "");
	assert_int_equal(s.c.i.end, CUSTOM_OK);
	close_scene(&s);
}

static void an_error_in_the_middle_of_a_stream_is_in_its_trailers(void **state)
{
	struct scene s;
	struct runtime_response r;

	open_scene(&s, state);
	s.c.i.piece = rig_on_piece;
	run_scene(&s);
	begin(&s, &r, "streaming");
	data(&r, "one");
	runtime_response_end(&r, 0, STR("Function.Broken"), STR("eyJhIjoxfQ=="));
	tell_next(&s.t);
	assert_int_equal(s.c.i.end, CUSTOM_ERROR);
	assert_string_equal(s.c.piece, "one");
	assert_string_equal(s.c.answer, "{\"a\":1}");
	assert_string_equal(s.c.i.report.error_type, "Function.Broken");
	close_scene(&s);
}

static void a_whole_answer_is_one_piece_and_a_stream_without_pieces_is_whole(void **state)
{
	struct scene s;
	struct runtime_response r;

	open_scene(&s, state);
	s.c.i.piece = rig_on_piece;
	run_scene(&s);
	begin(&s, &r, NULL);
	data(&r, "a");
	data(&r, "b");
	assert_int_equal(s.c.pieces, 0);
	runtime_response_end(&r, 0, none, none);
	assert_int_equal(s.c.pieces, 1);
	assert_string_equal(s.c.piece, "ab");
	tell_next(&s.t);
	s.c = (struct call){0};
	rig_invoke(&s.r, &s.c, s.recipe);
	begin(&s, &r, "streaming");
	data(&r, "a");
	data(&r, "b");
	runtime_response_end(&r, 0, none, none);
	tell_next(&s.t);
	assert_string_equal(s.c.answer, "ab");
	close_scene(&s);
}

static void who_has_left_gets_no_more_pieces(void **state)
{
	struct scene s;
	struct runtime_response r;

	open_scene(&s, state);
	s.c.i.piece = rig_on_piece;
	run_scene(&s);
	begin(&s, &r, "streaming");
	data(&r, "a");
	custom_cancel(&s.c.i);
	data(&r, "b");
	assert_int_equal(runtime_response_end(&r, 0, none, none), RUNTIME_ACCEPTED);
	tell_next(&s.t);
	assert_string_equal(s.c.piece, "a");
	assert_int_equal(s.c.answers, 0);
	assert_int_equal(s.c.dones, 1);
	close_scene(&s);
}

static void an_answer_after_the_time_is_not_heard(void **state)
{
	struct scene s;
	struct runtime_response r;

	open_scene(&s, state);
	run_scene(&s);
	clock_advance_ms(3000);		/* the loop does not know yet */
	assert_int_equal(tell_response(&s.t, "1"), RUNTIME_BAD_ID);
	assert_int_equal(s.c.dones, 1);
	assert_int_equal(s.c.i.end, CUSTOM_TIMEOUT);
	for (int i = 0; i < 20; i++)
		rig_turn(&s.r);
	s.c = (struct call){0};
	rig_invoke(&s.r, &s.c, s.recipe);
	tell_next(&s.t);
	begin(&s, &r, NULL);
	data(&r, "1");
	clock_advance_ms(3000);
	assert_int_equal(runtime_response_end(&r, 0, none, none), RUNTIME_BAD_ID);
	assert_int_equal(s.c.i.end, CUSTOM_TIMEOUT);
	close_scene(&s);
}

static void a_response_of_a_killed_process_is_not_taken_for_the_next_ones(void **state)
{
	struct scene s;
	struct runtime_response r, new;

	open_scene(&s, state);
	run_scene(&s);
	begin(&s, &r, NULL);
	paper_exit(papers, 0, 1 << 8);
	RIG_UNTIL(&s.r, s.c.dones == 1);
	for (int i = 0; i < 20; i++)
		rig_turn(&s.r);
	s.c = (struct call){0};
	rig_invoke(&s.r, &s.c, s.recipe);
	tell_next(&s.t);
	assert_int_equal(begin(&s, &new, NULL), RUNTIME_ACCEPTED);
	data(&r, "old");
	assert_int_equal(runtime_response_end(&r, 0, none, none), RUNTIME_BAD_ID);
	data(&new, "new");
	assert_int_equal(runtime_response_end(&new, 0, none, none), RUNTIME_ACCEPTED);
	assert_string_equal(s.c.answered, "new");
	close_scene(&s);
}

static void a_timeout_after_the_answer_is_only_reported(void **state)
{
	struct scene s;

	open_scene(&s, state);
	s.c.i.timeout_ms = 1000;
	run_scene(&s);
	tell_response(&s.t, "1");
	assert_int_equal(s.c.answers, 1);
	RIG_UNTIL(&s.r, s.c.dones == 1);
	assert_int_equal(s.c.i.end, CUSTOM_OK);
	assert_string_equal(s.c.answer, "1");
	assert_string_equal(s.c.i.report.status, "timeout");
	assert_true(papers->reset || !papers->runs[0]);
	close_scene(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(verdicts_have_their_status_and_texts),
		T(next_while_running_brings_the_same_event),
		T(a_second_waiter_is_refused_until_the_first_has_left),
		T(an_event_waits_for_a_runtime_that_comes_back),
		T(answers_are_refused_for_the_wrong_invocation_or_twice),
		T(nothing_but_a_new_process_follows_an_init_error),
		T(an_error_goes_to_the_caller_word_by_word),
		T(too_large_an_answer_is_refused_and_the_environment_goes_on),
		T(too_large_an_error_ends_the_invocation_at_once),
		T(too_large_an_init_error_ends_the_init_at_once),
		T(an_unknown_mode_ends_the_invocation),
		T(an_answer_that_breaks_off_is_an_error_unless_the_exit_tells_more),
		T(a_stream_comes_in_pieces),
		T(an_error_in_the_middle_of_a_stream_is_in_its_trailers),
		T(a_whole_answer_is_one_piece_and_a_stream_without_pieces_is_whole),
		T(who_has_left_gets_no_more_pieces),
		T(an_answer_after_the_time_is_not_heard),
		T(a_response_of_a_killed_process_is_not_taken_for_the_next_ones),
		T(a_timeout_after_the_answer_is_only_reported),
	};

	return cmocka_run_group_tests(tests, rig_warm_up, NULL);
}
