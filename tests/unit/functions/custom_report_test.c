/* Logs of functions: lines of processes and of the house, as text and as JSON, with their levels; log streams and tails. */
#include "functions/custom/report.h"
#include "tests/unit/functions/custom_rig.h"

#define ID "8476a536-e9f4-11e8-9739-2dfe598c3fcd"

struct scene {
	struct rig r;
	struct call c;
	struct teller t;
	struct recipe *recipe;
};

static void open_scene(struct scene *s, void **state, enum runtime_kind kind, bool json)
{
	s->c = (struct call){0};
	s->recipe = rig_recipe("1", kind);
	s->recipe->log_json = json;
	rig_open(&s->r, state, 4);
}

static void run_scene(struct scene *s)
{
	rig_invoke(&s->r, &s->c, s->recipe);
	s->t = rig_teller(&s->r);
	tell_next(&s->t);
	assert_int_equal(s->t.events, 1);
}

static void end_scene(struct scene *s)
{
	tell_response(&s->t, "1");
	tell_next(&s->t);
	assert_int_equal(s->c.dones, 1);
}

static void close_scene(struct scene *s)
{
	rig_close(&s->r);
	recipe_unref(s->recipe);
}

static void print(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void print_frame(int fd, unsigned char level, const char *text)
{
	unsigned char head[16] = { 0xa5, 0x5a, 0, (unsigned char)(0x02 | level), 0, 0, 0, (unsigned char)strlen(text), 0, 0, 1, 0, 0, 0, 0, 0 };

	assert_int_equal(write(fd, head, sizeof head), sizeof head);
	print(fd, text);
}

static void what_was_printed_stands_before_the_report(void **state)
{
	struct scene s;

	open_scene(&s, state, RUNTIME_PROVIDED, false);
	run_scene(&s);
	print(papers->outs[0], "hello\nhalf");
	end_scene(&s);
	assert_non_null(strstr(s.c.tail, " Version: $LATEST\nhello\nEND RequestId"));
	s.c = (struct call){0};
	rig_invoke(&s.r, &s.c, s.recipe);
	print(papers->outs[0], " a line\n");
	end_scene(&s);
	assert_non_null(strstr(s.c.tail, "\nhalf a line\nEND"));
	close_scene(&s);
}

static void the_tail_is_the_last_of_the_log(void **state)
{
	char line[101];
	struct scene s;

	memset(line, 'x', sizeof line);
	line[99] = '\n';
	line[100] = '\0';
	open_scene(&s, state, RUNTIME_PROVIDED, false);
	run_scene(&s);
	for (int i = 0; i < 300; i++)
		print(papers->outs[0], line);
	end_scene(&s);
	assert_int_equal(strlen(s.c.tail), CUSTOM_TAIL);
	assert_string_equal(s.c.tail, s.r.log.data + s.r.log.len - CUSTOM_TAIL);
	assert_true(s.r.log.len > 30000);
	close_scene(&s);
}

static void lines_between_invocations_are_in_the_log_and_in_no_tail(void **state)
{
	struct scene s;

	open_scene(&s, state, RUNTIME_PROVIDED, false);
	run_scene(&s);
	end_scene(&s);
	print(papers->outs[0], "background\n");
	RIG_UNTIL(&s.r, rig_logged(&s.r, "background\n"));
	s.c = (struct call){0};
	rig_invoke(&s.r, &s.c, s.recipe);
	end_scene(&s);
	assert_null(strstr(s.c.tail, "background"));
	close_scene(&s);
}

static void a_last_line_of_a_dying_process_is_kept(void **state)
{
	struct scene s;

	open_scene(&s, state, RUNTIME_PROVIDED, false);
	run_scene(&s);
	print(papers->outs[0], "panic");
	paper_exit(papers, 0, SIGABRT);
	RIG_UNTIL(&s.r, s.c.dones == 1);
	assert_non_null(strstr(s.c.tail, "\npanic\nRequestId: " ID " Error: Runtime exited with error: signal: aborted\nRuntime.ExitError\nEND"));
	close_scene(&s);
}

static void frames_are_lines_of_managed_runtimes(void **state)
{
	struct scene s;

	open_scene(&s, state, RUNTIME_NODE, false);
	run_scene(&s);
	assert_true(papers->logs[0] >= 0);
	print_frame(papers->logs[0], 0x0d, "two\nlines");
	end_scene(&s);
	assert_non_null(strstr(s.c.tail, "\ntwo\nlines\nEND"));
	close_scene(&s);
	open_scene(&s, state, RUNTIME_PROVIDED, false);
	run_scene(&s);
	assert_int_equal(papers->logs[0], -1);
	close_scene(&s);
}

static void streams_have_a_day_a_version_and_a_number(void **state)
{
	struct scene s;
	char day[CLOCK_TEXT_MAX];

	open_scene(&s, state, RUNTIME_PROVIDED, false);
	run_scene(&s);
	end_scene(&s);
	clock_iso_s(day, clock_wall_ms());
	day[4] = day[7] = '/';
	assert_memory_equal(s.c.i.stream, day, 10);
	assert_memory_equal(s.c.i.stream + 10, "/[$LATEST]", 10);
	assert_int_equal(strlen(s.c.i.stream), 20 + 32);
	assert_int_equal(strspn(s.c.i.stream + 20, "0123456789abcdef"), 32);
	close_scene(&s);
	open_scene(&s, state, RUNTIME_PROVIDED, false);
	s.recipe->log_group = STR("shared");
	run_scene(&s);
	end_scene(&s);
	assert_memory_equal(s.c.i.stream + 10, "/thumb[$LATEST]", 15);
	close_scene(&s);
}

static void json_logs_have_events(void **state)
{
	struct scene s;

	open_scene(&s, state, RUNTIME_NODE, true);
	s.recipe->system_level = STR("DEBUG");
	run_scene(&s);
	end_scene(&s);
	assert_non_null(strstr(s.c.tail, "\"type\":\"platform.initStart\",\"record\":{\"initializationType\":\"on-demand\",\"phase\":\"init\","
					 "\"runtimeVersion\":\"nodejs:20.v1\","));
	assert_non_null(strstr(s.c.tail, "\"type\":\"platform.initReport\",\"record\":{\"initializationType\":\"on-demand\",\"phase\":\"init\","
					 "\"status\":\"success\",\"metrics\":{\"durationMs\":"));
	assert_non_null(strstr(s.c.tail, "\"type\":\"platform.start\",\"record\":{\"requestId\":\"" ID "\",\"version\":\"$LATEST\"}}\n{\"time\":\""));
	assert_non_null(strstr(s.c.tail, "\"type\":\"platform.runtimeDone\",\"record\":{\"requestId\":\"" ID "\",\"status\":\"success\","));
	assert_non_null(strstr(s.c.tail, "\"type\":\"platform.report\",\"record\":{\"requestId\":\"" ID "\",\"metrics\":{\"durationMs\":"));
	assert_non_null(strstr(s.c.tail, ",\"memorySizeMB\":128,\"maxMemoryUsedMB\":0,\"initDurationMs\":"));
	assert_true(str_ends(str_of(s.c.tail), STR("},\"status\":\"success\"}}\n")));
	close_scene(&s);
}

static void the_systems_level_leaves_events_out(void **state)
{
	static const struct {
		const char *level;
		bool start, report, done, failed_report;
	} rows[] = { { "DEBUG", true, true, true, true }, { "INFO", true, true, false, true }, { "WARN", false, false, false, true } };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct scene s;

		open_scene(&s, state, RUNTIME_PROVIDED, true);
		s.recipe->system_level = str_of(rows[i].level);
		run_scene(&s);
		end_scene(&s);
		assert_int_equal(rig_logged(&s.r, "platform.start\""), rows[i].start);
		assert_int_equal(rig_logged(&s.r, "platform.report\""), rows[i].report);
		assert_int_equal(rig_logged(&s.r, "platform.runtimeDone\""), rows[i].done);
		buf_clear(&s.r.log);
		s.c = (struct call){0};
		rig_invoke(&s.r, &s.c, s.recipe);
		paper_exit(papers, 0, 1 << 8);
		RIG_UNTIL(&s.r, s.c.dones == 1);
		assert_int_equal(rig_logged(&s.r, "platform.report\""), rows[i].failed_report);
		assert_true(rig_logged(&s.r, "platform.fault\",\"record\":\"RequestId: " ID " Error: Runtime exited with error: exit status 1\\n"));
		assert_true(rig_logged(&s.r, "\"status\":\"error\",\"errorType\":\"Runtime.ExitError\"}}\n"));
		close_scene(&s);
	}
}

static void the_applications_level_leaves_lines_out(void **state)
{
	struct scene s;

	open_scene(&s, state, RUNTIME_PYTHON, true);
	close_scene(&s);
	open_scene(&s, state, RUNTIME_NODE, true);
	s.recipe->app_level = STR("WARN");
	run_scene(&s);
	print_frame(papers->logs[0], 0x0c, "info frame");
	print_frame(papers->logs[0], 0x14, "error frame");
	print(papers->outs[0], "plain\n{\"level\":\"info\",\"m\":\"low\"}\n{\"level\":\"ERROR\",\"m\":\"high\"}\n{\"m\":\"none\"}\n{broken\n");
	end_scene(&s);
	assert_null(strstr(s.c.tail, "info frame"));
	assert_non_null(strstr(s.c.tail, "error frame"));
	assert_non_null(strstr(s.c.tail, "plain\n"));
	assert_null(strstr(s.c.tail, "low"));
	assert_non_null(strstr(s.c.tail, "high"));
	assert_null(strstr(s.c.tail, "none"));		/* INFO is what has no level */
	assert_non_null(strstr(s.c.tail, "{broken\n"));
	close_scene(&s);
}

static void text_logs_leave_nothing_out(void **state)
{
	struct scene s;

	open_scene(&s, state, RUNTIME_NODE, false);
	s.recipe->app_level = STR("FATAL");
	run_scene(&s);
	print_frame(papers->logs[0], 0x04, "trace frame");
	print(papers->outs[0], "{\"level\":\"trace\"}\n");
	end_scene(&s);
	assert_non_null(strstr(s.c.tail, "trace frame"));
	assert_non_null(strstr(s.c.tail, "{\"level\":\"trace\"}\n"));
	close_scene(&s);
}

static void billed_time_is_rounded_up(void **state)
{
	static const struct {
		struct custom_report r;
		int64_t want;
	} rows[] = {
		{ { .duration_us = 0 }, 1 }, { { .duration_us = 1 }, 1 }, { { .duration_us = 1000 }, 1 }, { { .duration_us = 1001 }, 2 },
		{ { .duration_us = 1049630, .init_us = 1293830 }, 2344 }, { { .duration_us = 1500, .init_us = 9000, .provisioned = true }, 2 },
		{ { .duration_us = 5000000, .init_us = 578070 }, 5579 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(report_billed_ms(&rows[i].r), rows[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_was_printed_stands_before_the_report),
		T(the_tail_is_the_last_of_the_log),
		T(lines_between_invocations_are_in_the_log_and_in_no_tail),
		T(a_last_line_of_a_dying_process_is_kept),
		T(frames_are_lines_of_managed_runtimes),
		T(streams_have_a_day_a_version_and_a_number),
		T(json_logs_have_events),
		T(the_systems_level_leaves_events_out),
		T(the_applications_level_leaves_lines_out),
		T(text_logs_leave_nothing_out),
		T(billed_time_is_rounded_up),
	};

	return cmocka_run_group_tests(tests, rig_warm_up, NULL);
}
