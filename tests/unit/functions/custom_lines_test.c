/* What processes print, cut into lines and frames. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "functions/custom/lines.h"
#include "tests/lib/t.h"

struct ear {
	uv_loop_t loop;
	struct lines *lines;
	int count;
	size_t bytes, longest;
	char all[4096];			/* "LEVEL:text|" each, as far as they fit */
	int64_t at_ms;
};

static void on_line(void *owner, int64_t at_ms, const char *level, struct str text)
{
	struct ear *ear = owner;
	size_t n = strlen(ear->all);

	ear->count++;
	ear->bytes += text.n;
	ear->longest = text.n > ear->longest ? text.n : ear->longest;
	ear->at_ms = at_ms;
	if (text.n < 200)
		snprintf(ear->all + n, sizeof ear->all - n, "%s:%.*s|", level, STR_ARG(text));
}

static void open_ear(struct ear *e, enum lines_kind kind)
{
	*e = (struct ear){0};
	assert_int_equal(uv_loop_init(&e->loop), 0);
	assert_int_equal(lines_open(&e->lines, &e->loop, kind, on_line, e), 0);
}

static void close_ear(struct ear *e)
{
	lines_close(e->lines);
	uv_run(&e->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&e->loop), 0);
}

static void print(struct ear *e, const void *p, size_t n)
{
	assert_int_equal(write(lines_writer(e->lines), p, n), n);
}

static void say(struct ear *e, const char *text)
{
	print(e, text, strlen(text));
}

static void frame(struct ear *e, uint32_t type, uint32_t length, uint64_t us, const char *text)
{
	unsigned char head[16];

	for (int i = 0; i < 4; i++) {
		head[i] = (unsigned char)(type >> (24 - 8 * i));
		head[4 + i] = (unsigned char)(length >> (24 - 8 * i));
	}
	for (int i = 0; i < 8; i++)
		head[8 + i] = (unsigned char)(us >> (56 - 8 * i));
	print(e, head, sizeof head);
	say(e, text);
}

static void lines_end_at_their_newline(void **state)
{
	struct ear e;

	(void)state;
	open_ear(&e, LINES_TEXT);
	say(&e, "one\ntwo\n\nth");
	lines_drain(e.lines);
	assert_string_equal(e.all, ":one\n|:two\n|:\n|");
	say(&e, "ree\nfour");
	lines_drain(e.lines);
	assert_string_equal(e.all, ":one\n|:two\n|:\n|:three\n|");
	lines_flush(e.lines);
	assert_string_equal(e.all, ":one\n|:two\n|:\n|:three\n|:four|");
	lines_flush(e.lines);
	assert_int_equal(e.count, 5);
	close_ear(&e);
}

static void the_loop_reads_by_itself(void **state)
{
	struct ear e;

	(void)state;
	open_ear(&e, LINES_TEXT);
	say(&e, "one\n");
	while (e.count == 0)
		uv_run(&e.loop, UV_RUN_NOWAIT);
	assert_string_equal(e.all, ":one\n|");
	close_ear(&e);
}

static void an_endless_line_is_cut(void **state)
{
	static char part[32768];
	struct ear e;

	(void)state;
	memset(part, 'x', sizeof part);
	open_ear(&e, LINES_TEXT);
	for (int i = 0; i < 20; i++) {
		print(&e, part, sizeof part);
		lines_drain(e.lines);
	}
	lines_flush(e.lines);
	assert_int_equal(e.bytes, 20 * sizeof part);
	assert_int_equal(e.longest, CUSTOM_LINE_MAX);
	assert_int_equal(e.count, 3);
	close_ear(&e);
}

static void a_frame_is_one_line_with_its_level_and_time(void **state)
{
	static const struct {
		uint32_t type;
		const char *want;
	} rows[] = {
		{ 0xa55a0003, ":a\nb|" }, { 0xa55a000f, "INFO:a\nb|" }, { 0xa55a0017, "ERROR:a\nb|" }, { 0xa55a000e, "INFO:a\nb|" },
		{ 0xa55a001a, "FATAL:a\nb|" }, { 0xa55a0007, "TRACE:a\nb|" }, { 0xa55a000b, "DEBUG:a\nb|" }, { 0xa55a0013, "WARN:a\nb|" },
	};

	int64_t at_ms = clock_wall_ms() - 5000;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ear e;

		open_ear(&e, LINES_FRAMES);
		frame(&e, rows[i].type, 3, (uint64_t)(at_ms * 1000 + 456), "a\nb");
		lines_drain(e.lines);
		assert_string_equal(e.all, rows[i].want);
		assert_int_equal(e.at_ms, at_ms);
		close_ear(&e);
	}
}

static void a_time_that_cannot_be_is_not_believed(void **state)
{
	static const uint64_t times[] = { 0, UINT64_MAX, 1000000 };

	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		int64_t before_ms = clock_wall_ms();
		struct ear e;

		open_ear(&e, LINES_FRAMES);
		frame(&e, 0xa55a000f, 1, times[i], "a");
		lines_drain(e.lines);
		assert_in_range(e.at_ms, before_ms, clock_wall_ms());
		close_ear(&e);
	}
}

static void frames_come_in_any_pieces(void **state)
{
	struct ear e;

	(void)state;
	open_ear(&e, LINES_FRAMES);
	frame(&e, 0xa55a000f, 5, 1000, "ab");
	lines_drain(e.lines);
	assert_int_equal(e.count, 0);
	say(&e, "cde");
	frame(&e, 0xa55a000f, 0, 1000, "");
	frame(&e, 0xa55a000f, 1, 1000, "f");
	lines_drain(e.lines);
	assert_string_equal(e.all, "INFO:abcde|INFO:f|");
	close_ear(&e);
}

static void too_long_a_frame_is_cut(void **state)
{
	static char part[32768 + 1];
	struct ear e;
	uint32_t left = CUSTOM_LINE_MAX * 2 + 5;

	(void)state;
	memset(part, 'y', sizeof part - 1);
	open_ear(&e, LINES_FRAMES);
	frame(&e, 0xa55a000f, left, 1000, "");
	while (left > 0) {
		uint32_t n = left < 32768 ? left : 32768;

		print(&e, part, n);
		lines_drain(e.lines);
		left -= n;
	}
	frame(&e, 0xa55a0017, 2, 1000, "ok");
	lines_drain(e.lines);
	assert_int_equal(e.count, 4);
	assert_int_equal(e.longest, CUSTOM_LINE_MAX);
	assert_string_equal(e.all, "INFO:yyyyy|ERROR:ok|");
	close_ear(&e);
}

static void what_is_no_frame_is_read_as_text(void **state)
{
	struct ear e;

	(void)state;
	open_ear(&e, LINES_FRAMES);
	frame(&e, 0xa55a000f, 2, 1000, "ok");
	say(&e, "not a frame at all\nnor this\n");
	lines_drain(e.lines);
	assert_string_equal(e.all, "INFO:ok|:not a frame at all\n|:nor this\n|");
	close_ear(&e);
}

static void a_frame_that_breaks_off_says_nothing(void **state)
{
	struct ear e;

	(void)state;
	open_ear(&e, LINES_FRAMES);
	frame(&e, 0xa55a000f, 100, 1000, "half");
	lines_flush(e.lines);
	frame(&e, 0xa55a000f, 2, 1000, "ok");
	lines_flush(e.lines);
	assert_string_equal(e.all, "INFO:ok|");
	close_ear(&e);
}

/* The pipe fills up, and its writer would wait. */
/* Of lines of that length. */
static void flood(size_t length)
{
	static char part[16384];
	struct ear e;
	size_t all = 0, before, cost;
	int fd;

	memset(part, 'z', sizeof part);
	for (size_t i = length; i <= sizeof part; i += length)
		part[i - 1] = '\n';
	open_ear(&e, LINES_TEXT);
	fd = lines_writer(e.lines);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	do {
		for (ssize_t n; (n = write(fd, part, sizeof part)) > 0;)
			all += (size_t)n;
		before = e.bytes;
		uv_run(&e.loop, UV_RUN_NOWAIT);
	} while (e.bytes > before && all < 64 * LINES_BURST);
	cost = before + (size_t)e.count * LINES_COST;
	assert_true(e.bytes == before && cost > LINES_BURST && all > before);
	assert_true(cost <= LINES_BURST + LINES_STEP + (LINES_STEP / length + 1) * LINES_COST);
	while (e.bytes < all)
		uv_run(&e.loop, UV_RUN_NOWAIT);		/* when its time comes */
	close_ear(&e);
}

static void who_prints_too_much_is_not_read(void **state)
{
	(void)state;
	flood(1024);
}

static void who_prints_too_many_lines_is_not_read(void **state)
{
	(void)state;
	flood(1);
}

static int warm_up(void **state)
{
	uv_loop_t loop;

	(void)state;
	return uv_loop_init(&loop) || uv_loop_close(&loop);
}

#define PIPE_MAX (1 << 20)		/* what a process may make of its own */

static void too_many_lines_at_the_end_are_left_to_the_loop(void **state)
{
	char *empty = malloc(PIPE_MAX);
	struct ear e;
	int64_t written;

	(void)state;
	open_ear(&e, LINES_TEXT);
	assert_int_equal(fcntl(lines_writer(e.lines), F_SETPIPE_SZ, PIPE_MAX), PIPE_MAX);
	memset(empty, '\n', PIPE_MAX);
	memcpy(empty + PIPE_MAX - 4, "last", 4);
	print(&e, empty, PIPE_MAX);
	written = PIPE_MAX - 4;
	assert_false(lines_drain(e.lines));
	assert_in_range(e.count, LINES_DRAIN_LINES, LINES_DRAIN_LINES + LINES_STEP);
	lines_flush(e.lines);
	assert_in_range(e.count, 2 * LINES_DRAIN_LINES, 2 * (LINES_DRAIN_LINES + LINES_STEP));
	uv_run(&e.loop, UV_RUN_ONCE);
	assert_in_range(e.count, 2 * LINES_DRAIN_LINES + LINES_STEP, 2 * LINES_DRAIN_LINES + 3 * LINES_STEP);
	while (!lines_drain(e.lines))
		;
	assert_int_equal(e.count, written);		/* nothing is lost, and nothing was ended before its time */
	lines_flush(e.lines);
	assert_int_equal(e.count, written + 1);
	assert_int_equal(e.longest, 4);
	close_ear(&e);
	free(empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(lines_end_at_their_newline),
		T(the_loop_reads_by_itself),
		T(an_endless_line_is_cut),
		T(a_frame_is_one_line_with_its_level_and_time),
		T(a_time_that_cannot_be_is_not_believed),
		T(frames_come_in_any_pieces),
		T(too_long_a_frame_is_cut),
		T(what_is_no_frame_is_read_as_text),
		T(a_frame_that_breaks_off_says_nothing),
		T(who_prints_too_much_is_not_read),
		T(who_prints_too_many_lines_is_not_read),
		T(too_many_lines_at_the_end_are_left_to_the_loop),
	};

	return cmocka_run_group_tests(tests, warm_up, NULL);
}
