#include "tests/unit/web/http_rig.h"

#include <sys/stat.h>

#define HOST "Host: h\r\n"
#define LAST "Connection: close\r\n\r\n"

static struct str content_of(const struct client *c)
{
	const char *end = strstr(client_text(c), "\r\n\r\n");

	return end ? str_n(end + 4, c->in.len - (size_t)(end + 4 - c->in.data)) : STR("");
}

static void an_answer_has_date_length_and_connection(void **state)
{
	struct client c;
	int64_t ms;
	const char *date;

	(void)state;
	rig_start(rig_spec());
	c = rig_ask("GET /hello HTTP/1.1\r\n" HOST LAST);
	assert_int_equal(strncmp(client_text(&c), "HTTP/1.1 200 OK\r\n", 17), 0);
	assert_non_null(date = strstr(client_text(&c), "\r\nDate: "));
	assert_int_equal(clock_parse_http(str_n(date + 8, 29), &ms), 0);
	assert_non_null(strstr(client_text(&c), "\r\nContent-Length: 5\r\n"));
	assert_non_null(strstr(client_text(&c), "\r\nConnection: close\r\n"));
	assert_true(str_is(content_of(&c), "hello"));
	assert_int_equal(rig.bytes_out, 5);
	client_close(&c);
	rig_stop();
}

static void what_has_no_content_gets_none(void **state)
{
	static const struct { const char *request, *length; } cases[] = {
		{ "HEAD /hello HTTP/1.1\r\n" HOST LAST, "Content-Length: 5\r\n" },
		{ "HEAD /big HTTP/1.1\r\n" HOST LAST, "Content-Length: 777\r\n" },
		{ "HEAD /file HTTP/1.1\r\n" HOST LAST, "Content-Length: 777\r\n" },
		{ "HEAD /runs HTTP/1.1\r\n" HOST LAST, "Content-Length: 1554\r\n" },
		{ "HEAD /head HTTP/1.1\r\n" HOST LAST, "Content-Length: 12345\r\n" },
		{ "GET /none HTTP/1.1\r\n" HOST LAST, NULL },
		{ "HEAD /none HTTP/1.1\r\n" HOST LAST, NULL },
		{ "HEAD nothing HTTP/1.1\r\n" HOST LAST, "Content-Length: " },
	};
	int dir = test_dir(state);

	rig_start(rig_spec());
	rig.file = openat(dir, "f", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	rig.n = 777;
	rig.runs = 2;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct client c = rig_ask(cases[i].request);

		assert_int_equal(content_of(&c).n, 0);
		if (cases[i].length)
			assert_non_null(strstr(client_text(&c), cases[i].length));
		else
			assert_null(strstr(client_text(&c), "Content-Length"));
		assert_int_equal(rig.bytes_out, 0);
		client_close(&c);
	}
	rig_stop();
}

static void a_value_cannot_leave_its_line(void **state)
{
	struct client c;

	(void)state;
	rig_start(rig_spec());
	c = rig_ask("GET /split HTTP/1.1\r\n" HOST LAST);
	assert_non_null(strstr(client_text(&c), "\r\nx-evil: a  Set-Cookie: b \r\n"));
	assert_non_null(strstr(client_text(&c), "\r\nx-n--X--y: z\r\n"));
	assert_non_null(strstr(client_text(&c), "\r\nx-int: -5\r\n"));
	client_close(&c);
	rig_stop();
}

static void a_slow_reader_gets_all_of_a_large_answer(void **state)
{
	struct str s = t_bytes(9000000, 7);
	struct client c;

	(void)state;
	rig_start(rig_spec());
	rig.n = s.n;
	c = client_open_sized(8192);
	client_send(&c, "GET /big HTTP/1.1\r\n" HOST "\r\nGET /hello HTTP/1.1\r\n" HOST LAST);
	for (int i = 0; i < 20; i++)
		rig_turn();
	assert_int_equal(rig.done, 0);
	CLIENT_ENDS(&c);
	assert_true(content_of(&c).n > s.n);
	assert_memory_equal(content_of(&c).p, s.p, s.n);
	assert_int_equal(client_count(&c, "HTTP/1.1 200"), 1);	/* strstr stops in the bytes; the second is behind them */
	assert_int_equal(rig.done, 2);
	assert_true(str_ends(content_of(&c), STR("hello")));
	free((char *)(uintptr_t)s.p);
	client_close(&c);
	rig_stop();
}

static void answers_wait_for_a_reader_whose_socket_is_full(void **state)
{
	struct http_spec spec = rig_spec();
	struct client c;
	char *at;
	int continues = 0;

	(void)state;
	rig_start(spec);
	rig.n = 300000;
	c = client_open_sized(4096);
	for (int i = 0; i < 40; i++) {
		client_send(&c, i % 2 ? "GET /copy HTTP/1.1\r\n" HOST "\r\n" : "GET /big HTTP/1.1\r\n" HOST "\r\n");
		for (int k = 0; k < 3; k++)
			rig_turn();
		c.in.len = 0;		/* client_send read a little: keep the socket near full, not the bytes */
	}
	client_send(&c, "PUT /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\nExpect: 100-continue\r\n" LAST);
	RIG_UNTIL((c.in.len = 0, client_poll(&c), rig.requests == 41));
	client_send(&c, "end");
	CLIENT_ENDS(&c);
	for (at = c.in.data; at + 12 < c.in.data + c.in.len; at++)
		continues += memcmp(at, "HTTP/1.1 100", 12) == 0;
	assert_true(continues <= 1);	/* it may have been in what was thrown away */
	assert_true(str_ends(str_n(c.in.data, c.in.len), STR("\r\n\r\nend")));
	assert_int_equal(rig.done, 41);
	client_close(&c);
	rig_stop();
}

static void make_file(void **state, const char *name, struct str s)
{
	rig.file = openat(test_dir(state), name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(rig.file >= 0);
	assert_int_equal(write(rig.file, s.p, s.n), s.n);
}

static void files_of_any_size_go_out_whole(void **state)
{
	static const size_t sizes[] = { 0, 1, 10000, 131072, 131073, 5000000 };
	struct str s = t_bytes(5000100, 9);

	rig_start(rig_spec());
	make_file(state, "f", s);
	rig.at = 50;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct client c = client_open_sized(i % 2 ? 4096 : 0);

		rig.n = sizes[i];
		client_send(&c, "GET /file HTTP/1.1\r\n" HOST "\r\n");
		client_send(&c, "GET /hello HTTP/1.1\r\n" HOST LAST);
		CLIENT_ENDS(&c);
		assert_memory_equal(content_of(&c).p, s.p + 50, sizes[i]);
		assert_true(str_ends(content_of(&c), STR("\r\n\r\nhello")));
		client_close(&c);
	}
	free((char *)(uintptr_t)s.p);
	rig_stop();
}

static void one_connection_serves_file_after_file(void **state)
{
	struct str s = t_bytes(900000, 4);
	struct client c;

	rig_start(rig_spec());
	make_file(state, "f", s);
	rig.n = s.n;
	c = client_open_sized(8192);
	for (int i = 0; i < 5; i++) {
		client_send(&c, "GET /file HTTP/1.1\r\n" HOST "\r\n");
		CLIENT_UNTIL(&c, content_of(&c).n == s.n);
		assert_memory_equal(content_of(&c).p, s.p, s.n);
		c.in.len = 0;
	}
	client_close(&c);
	free((char *)(uintptr_t)s.p);
	rig_stop();
}

static void runs_follow_each_other(void **state)
{
	struct str s = t_bytes(1500000, 4);
	struct client c;

	rig_start(rig_spec());
	make_file(state, "f", s);
	rig.n = s.n;
	rig.runs = 3;
	c = rig_ask("GET /runs HTTP/1.1\r\n" HOST LAST);
	assert_int_equal(content_of(&c).n, 3 * s.n);
	for (int i = 0; i < 3; i++)
		assert_memory_equal(content_of(&c).p + (size_t)i * s.n, s.p, s.n);
	assert_int_equal(rig.bytes_out, 3 * s.n);
	client_close(&c);
	free((char *)(uintptr_t)s.p);
	rig_stop();
}

static void a_file_that_is_too_short_breaks_the_connection(void **state)
{
	struct str s = t_bytes(500000, 4);
	struct client c;

	rig_start(rig_spec());
	make_file(state, "f", s);
	rig.n = s.n + 1;
	c = rig_ask("GET /file HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(content_of(&c).n, s.n);
	assert_int_equal(rig.last_rc, E_CORRUPT);
	assert_int_equal(rig.bytes_out, s.n);
	client_close(&c);
	rig.at = s.n;
	rig.n = 10;
	c = rig_ask("GET /file HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(content_of(&c).n, 0);
	client_close(&c);
	rig.n = 100;
	rig.at = 0;
	rig.runs = 2;			/* runs that do not add up to what was announced */
	rig.run_n = 90;
	c = rig_ask("GET /runs HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(content_of(&c).n, 180);
	assert_int_equal(rig.last_rc, E_CORRUPT);
	client_close(&c);
	rig.run_n = 150;		/* too much is cut */
	c = rig_ask("GET /runs HTTP/1.1\r\n" HOST LAST);
	assert_int_equal(content_of(&c).n, 200);
	assert_int_equal(rig.last_rc, 0);
	client_close(&c);
	close(rig.file);
	rig.file = -1;			/* a run that cannot be opened */
	rig.runs = 1;
	c = rig_ask("GET /runs HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(content_of(&c).n, 0);
	client_close(&c);
	free((char *)(uintptr_t)s.p);
	rig_stop();
}

static void a_reader_that_stops_times_out(void **state)
{
	static const char *const requests[] = { "GET /file HTTP/1.1\r\n" HOST "\r\n", "GET /big HTTP/1.1\r\n" HOST "\r\n" };
	struct str s = t_bytes(20000000, 2);
	struct http_spec spec = rig_spec();

	spec.body_ms = 60;
	rig_start(spec);
	make_file(state, "f", s);
	rig.n = s.n;
	for (int i = 0; i < 2; i++) {
		struct client c = client_open_sized(4096);

		client_send(&c, requests[i]);
		RIG_UNTIL(rig.done == i + 1);
		assert_int_equal(rig.last_rc, E_TIMEOUT);
		client_close(&c);
	}
	free((char *)(uintptr_t)s.p);
	rig_stop();
}

static void a_reader_that_leaves_is_noticed(void **state)
{
	static const char *const requests[] = { "GET /file HTTP/1.1\r\n" HOST "\r\n", "GET /big HTTP/1.1\r\n" HOST "\r\n",
						"GET /runs HTTP/1.1\r\n" HOST "\r\n" };
	struct str s = t_bytes(20000000, 2);

	rig_start(rig_spec());
	make_file(state, "f", s);
	rig.n = s.n;
	rig.runs = 2;
	for (int i = 0; i < 6; i++) {
		struct client c = client_open_sized(4096);

		client_send(&c, requests[i % 3]);
		CLIENT_SEES(&c, "HTTP/1.1 200");
		assert_int_equal(rig.done, i);
		if (i < 3)
			client_close(&c);
		else
			client_break(&c);
		RIG_UNTIL(rig.done == i + 1);
		assert_int_equal(rig.last_rc, E_CLOSED);
	}
	free((char *)(uintptr_t)s.p);
	rig_stop();
}

static void many_slow_readers_of_files_share_the_threads(void **state)
{
	struct str s = t_bytes(3000000, 6);
	struct client c[12];

	rig_start(rig_spec());
	make_file(state, "f", s);
	rig.n = s.n;
	for (int i = 0; i < 12; i++) {
		c[i] = client_open_sized(8192);
		client_send(&c[i], "GET /file HTTP/1.1\r\n" HOST LAST);
	}
	for (int i = 0; i < 12; i++) {
		CLIENT_ENDS(&c[11 - i]);
		assert_int_equal(content_of(&c[11 - i]).n, s.n);
		assert_memory_equal(content_of(&c[11 - i]).p, s.p, s.n);
	}
	for (int i = 0; i < 12; i++)
		client_close(&c[i]);
	free((char *)(uintptr_t)s.p);
	rig_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_answer_has_date_length_and_connection),
		T(what_has_no_content_gets_none),
		T(a_value_cannot_leave_its_line),
		T(a_slow_reader_gets_all_of_a_large_answer),
		T(files_of_any_size_go_out_whole),
		T(answers_wait_for_a_reader_whose_socket_is_full),
		T(one_connection_serves_file_after_file),
		T(runs_follow_each_other),
		T(a_file_that_is_too_short_breaks_the_connection),
		T(a_reader_that_stops_times_out),
		T(a_reader_that_leaves_is_noticed),
		T(many_slow_readers_of_files_share_the_threads),
	};

	return cmocka_run_group_tests(tests, rig_first, NULL);
}
