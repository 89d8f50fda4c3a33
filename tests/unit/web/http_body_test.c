#include "tests/unit/web/http_rig.h"

#include <netinet/tcp.h>

#define HOST "Host: h\r\n"
#define LAST "Connection: close\r\n\r\n"
#define CHUNKED HOST "Transfer-Encoding: chunked\r\n"

static void a_whole_body_comes_in_one_piece(void **state)
{
	struct client c;

	(void)state;
	rig_start(rig_spec());
	c = client_open();
	client_send(&c, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\n01234");
	client_send(&c, "56789");
	CLIENT_SEES(&c, "0123456789");
	assert_int_equal(rig.length, 10);
	client_send(&c, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n");
	RIG_UNTIL(rig.done == 2);
	assert_int_equal(rig.length, 0);
	client_send(&c, "POST /echo HTTP/1.1\r\n" HOST LAST);
	CLIENT_ENDS(&c);
	assert_int_equal(rig.length, -1);
	assert_int_equal(rig.body_ends, 3);
	client_close(&c);
	rig_stop();
}

static void a_body_over_the_callers_limit_is_told_so(void **state)
{
	struct client c;
	struct buf b = {0};

	(void)state;
	rig_start(rig_spec());
	c = rig_ask("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2000000\r\nExpect: 100-continue\r\n\r\n");
	assert_int_equal(client_status(&c), 413);	/* and no 100 before it */
	client_close(&c);

	buf_puts(&b, "POST /echo HTTP/1.1\r\n" CHUNKED "\r\n");
	for (int i = 0; i < 300; i++)
		buf_puts(&b, "5\r\nabcde\r\n");
	buf_puts(&b, "0\r\n\r\nGET /hello HTTP/1.1\r\n" HOST LAST);
	c = client_open();
	client_send_n(&c, b.data, b.len);
	CLIENT_ENDS(&c);
	assert_int_equal(client_status(&c), 413);	/* the rest was little: drained, and the next one answered */
	assert_int_equal(client_count(&c, "hello"), 1);
	assert_int_equal(rig.body_rc, E_TOO_LARGE);
	assert_int_equal(rig.body_ends, 2);
	buf_clear(&b);
	client_close(&c);
	rig_stop();
}

static void a_paused_body_waits_and_loses_nothing(void **state)
{
	struct str s = t_bytes(300000, 3);
	struct client c;

	(void)state;
	rig_start(rig_spec());
	rig.pause_each = true;
	c = client_open();
	client_send(&c, "PUT /stream HTTP/1.1\r\n" HOST "Content-Length: 300000\r\n\r\n");
	for (size_t at = 0; at < s.n || rig.body_ends == 0;) {
		ssize_t w = at < s.n ? send(c.fd, s.p + at, s.n - at, MSG_NOSIGNAL) : 0;

		at += w > 0 ? (size_t)w : 0;
		rig_turn();
		rig_turn();	/* paused: a second turn must bring nothing (rig_data checks) */
		if (rig.waiting) {
			struct http_request *r = rig.waiting;

			assert_int_equal(rig.body_ends, 0);
			rig.waiting = NULL;
			http_resume(r);
		}
	}
	assert_int_equal(rig.body.len, s.n);
	assert_memory_equal(rig.body.data, s.p, s.n);
	assert_int_equal(rig.body_rc, 0);
	free((char *)(uintptr_t)s.p);
	client_close(&c);
	rig_stop();
}

/* What of the body comes with the headers is copied, what follows the body stays out of it. */
static void place(const char *head, size_t with_head, int in_place_min)
{
	struct str s = t_bytes(300000, 4);
	struct client c = client_open();
	struct buf b = {0};
	int begun = rig.requests;

	rig.body.len = 0;
	rig.in_place = 0;
	buf_puts(&b, head);
	buf_add(&b, s.p, with_head);
	client_send_n(&c, b.data, b.len);
	RIG_UNTIL(rig.requests > begun && rig.body.len == with_head);
	b.len = 0;
	buf_add(&b, s.p + with_head, s.n - with_head);
	buf_puts(&b, "GET /hello HTTP/1.1\r\n" HOST LAST);
	client_send_n(&c, b.data, b.len);
	CLIENT_ENDS(&c);
	assert_int_equal(rig.body.len, s.n);
	assert_memory_equal(rig.body.data, s.p, s.n);
	assert_int_equal(rig.requests, begun + 2);
	assert_memory_equal(c.in.data + c.in.len - 5, "hello", 5);
	assert_true(rig.in_place >= in_place_min);
	buf_clear(&b);
	free((char *)(uintptr_t)s.p);
	client_close(&c);
}

static void a_body_is_read_to_where_the_application_wants_it(void **state)
{
	static const char head[] = "PUT /place HTTP/1.1\r\n" HOST "Content-Length: 300000\r\n\r\n";

	(void)state;
	rig_start(rig_spec());
	place(head, 0, 3);
	place(head, 1000, 3);
	rig.roomless = true;
	place(head, 1000, 0);
	assert_int_equal(rig.in_place, 0);
	rig_stop();
}

static void each_chunk_is_told_alone_when_paused_between(void **state)
{
	struct client c;

	(void)state;
	rig_start(rig_spec());
	rig.pause_each = true;
	c = client_open();
	client_send(&c, "PUT /stream HTTP/1.1\r\n" CHUNKED "\r\n2\r\nab\r\n3\r\ncde\r\n1\r\nf\r\n0\r\nX-T: v\r\n\r\n"
			"GET /hello HTTP/1.1\r\n" HOST LAST);
	for (int i = 1; i <= 3; i++) {
		struct http_request *r;

		RIG_UNTIL(rig.waiting);
		rig_turn();
		assert_int_equal(rig.datas, i);
		assert_int_equal(rig.body_ends, 0);
		r = rig.waiting;
		rig.waiting = NULL;
		http_resume(r);
	}
	CLIENT_ENDS(&c);
	assert_non_null(strstr(client_text(&c), "abcdef"));
	assert_non_null(strstr(client_text(&c), "hello"));
	client_close(&c);
	rig_stop();
}

static void a_hundred_is_sent_when_the_body_is_taken(void **state)
{
	struct client c;

	(void)state;
	rig_start(rig_spec());
	c = client_open();
	client_send(&c, "PUT /echo HTTP/1.1\r\n" HOST "Content-Length: 4\r\nExpect: 100-Continue\r\n\r\n");
	CLIENT_SEES(&c, "HTTP/1.1 100 Continue\r\n\r\n");
	assert_int_equal(rig.body_ends, 0);
	client_send(&c, "body");
	CLIENT_SEES(&c, "HTTP/1.1 200 OK\r\n");
	client_send(&c, "PUT /echo HTTP/1.1\r\n" HOST "Content-Length: 4\r\nExpect: 100-continue\r\n\r\nsent");
	CLIENT_SEES(&c, "sent");		/* it did not wait, so it is not told */
	assert_int_equal(client_count(&c, "100 Continue"), 1);
	client_send(&c, "PUT /echo HTTP/1.1\r\n" HOST "Content-Length: 0\r\nExpect: 100-continue\r\n\r\n");
	CLIENT_UNTIL(&c, client_count(&c, "100 Continue") == 2);	/* nothing to send, and yet it waits */
	RIG_UNTIL(rig.done == 3);
	client_send(&c, "PUT /echo HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
	RIG_UNTIL(rig.requests == 4);
	client_send(&c, "old");
	CLIENT_ENDS(&c);
	assert_non_null(strstr(client_text(&c), "old"));
	assert_int_equal(client_count(&c, "100 Continue"), 2);
	client_close(&c);
	rig_stop();
}

static void an_early_refusal_sends_no_hundred_and_closes(void **state)
{
	struct client c;

	(void)state;
	rig_start(rig_spec());
	for (int i = 0; i < 2; i++) {
		c = rig_ask(i ? "PUT /refuse HTTP/1.1\r\n" HOST "Content-Length: 4\r\nExpect: 100-continue\r\n\r\n" :
				"PUT /refuse HTTP/1.1\r\n" HOST "Content-Length: 0\r\nExpect: 100-continue\r\n\r\n");
		assert_int_equal(client_status(&c), 403);
		assert_int_equal(client_count(&c, "Connection: close"), 1);
		client_close(&c);
	}
	rig_stop();
}

static void a_small_rest_is_drained_after_an_early_answer(void **state)
{
	struct str s = t_bytes(500000, 1);
	struct client c;

	(void)state;
	rig_start(rig_spec());
	c = client_open();
	client_send(&c, "PUT /refuse HTTP/1.1\r\n" HOST "Content-Length: 500000\r\n\r\n");
	CLIENT_SEES(&c, "HTTP/1.1 403");
	assert_int_equal(rig.done, 0);		/* not over until its body is out of the way */
	client_send_n(&c, s.p, s.n);
	client_send(&c, "GET /hello HTTP/1.1\r\n" HOST LAST);
	CLIENT_ENDS(&c);
	assert_int_equal(client_count(&c, "hello"), 1);
	assert_int_equal(rig.datas, 0);
	free((char *)(uintptr_t)s.p);
	client_close(&c);
	rig_stop();
}

static void a_large_rest_ends_the_connection_but_not_the_answer(void **state)
{
	struct str s = t_bytes(600000, 1);
	struct client c;

	(void)state;
	rig_start(rig_spec());
	c = client_open();
	client_send(&c, "PUT /refuse HTTP/1.1\r\n" HOST "Content-Length: 5000000\r\n\r\n");
	client_send_n(&c, s.p, s.n);
	CLIENT_ENDS(&c);
	assert_int_equal(client_status(&c), 403);
	assert_int_equal(client_count(&c, "Connection: close"), 1);
	assert_false(c.reset);
	client_close(&c);

	c = client_open();			/* of unknown length: known only when it is too much */
	client_send(&c, "PUT /refuse HTTP/1.1\r\n" CHUNKED "\r\n");
	for (int i = 0; i < 5; i++) {
		client_send(&c, "927c0\r\n");
		client_send_n(&c, s.p, s.n);
		client_send(&c, "\r\n");
	}
	CLIENT_ENDS(&c);
	assert_int_equal(client_status(&c), 403);
	free((char *)(uintptr_t)s.p);
	client_close(&c);
	RIG_UNTIL(http_connections(rig.server) == 0);
	rig_stop();
}

static void broken_framing_is_told_to_whoever_takes_the_body(void **state)
{
	static const char *const bodies[] = {
		"5\r\nhello0\r\n\r\n", "x\r\n", "5\nhello\r\n", "5\r\nhello\n0\r\n\r\n", "-1\r\n\r\n", "0x5\r\nhello\r\n",
		"11111111111111111\r\n", " 5\r\nhello\r\n", "5 \r\nhello\r\n", "5\r\nhello\r\n0\r\nbad trailer\r\n\r\n",
		"5;a=\"\r\nhello\r\n", "\r\n5\r\nhello\r\n",
	};

	(void)state;
	rig_start(rig_spec());
	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		struct client c = client_open();

		client_send(&c, i % 2 ? "PUT /stream HTTP/1.1\r\n" CHUNKED "\r\n" : "PUT /echo HTTP/1.1\r\n" CHUNKED "\r\n");
		client_send(&c, bodies[i]);
		client_send(&c, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
		CLIENT_ENDS(&c);
		if (client_status(&c) != 400 || client_count(&c, "HTTP/1.1 ") != 1)
			fail_msg("%s answered %s", bodies[i], client_text(&c));
		assert_int_equal(rig.body_rc, E_BAD_INPUT);
		client_close(&c);
	}
	rig_stop();
}

static void chunk_extensions_and_trailers_are_bounded(void **state)
{
	static const char *const starts[] = { "1;", "0\r\nTrailer: " };
	static const char more[1001] = { [0 ... 999] = 'x' };

	(void)state;
	rig_start(rig_spec());
	for (int i = 0; i < 2; i++) {
		struct client c = client_open();

		client_send(&c, "PUT /stream HTTP/1.1\r\n" CHUNKED "\r\n");
		client_send(&c, starts[i]);
		for (int k = 0; k < 100 && !c.eof; k++)
			client_send(&c, more);
		CLIENT_ENDS(&c);
		assert_int_equal(client_status(&c), 400);
		client_close(&c);
	}
	rig_stop();
}

static void a_client_that_leaves_in_its_body_is_told_once(void **state)
{
	static const char *const paths[] = { "/echo", "/stream", "/later" };

	(void)state;
	rig_start(rig_spec());
	for (int i = 0; i < 6; i++) {
		struct client c = client_open();
		char request[100];

		rig.body_ends = rig.body_rc = 0;
		snprintf(request, sizeof request, "PUT %s HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nhalf", paths[i % 3]);
		client_send(&c, request);
		RIG_UNTIL(rig.requests == i + 1);
		if (i < 3)
			client_close(&c);
		else
			client_break(&c);
		if (i % 3 == 2 && rig.waiting)
			rig_stream(rig.waiting);	/* taken only after the client left */
		RIG_UNTIL(rig.gone == i + 1);
		assert_int_equal(rig.last_rc, E_CLOSED);
		assert_true(rig.body_ends == 1 || (i == 5 && rig.body_ends == 0));
		if (rig.body_ends)
			assert_int_equal(rig.body_rc, E_CLOSED);
	}
	rig_stop();
}

static void a_body_that_stops_moving_times_out(void **state)
{
	struct http_spec spec = rig_spec();
	struct client c;

	(void)state;
	spec.body_ms = 40;
	rig_start(spec);
	c = rig_ask("PUT /echo HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nhalf");
	assert_int_equal(client_status(&c), 408);
	assert_int_equal(rig.body_rc, E_TIMEOUT);
	client_close(&c);
	c = rig_ask("PUT /refuse HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nhalf");
	assert_int_equal(client_status(&c), 403);	/* drained in vain, then closed */
	client_close(&c);
	RIG_UNTIL(rig.done == 2);
	assert_int_equal(rig.last_rc, 0);
	rig_stop();
}

static void a_paused_body_does_not_time_out(void **state)
{
	struct http_spec spec = rig_spec();
	struct client c;

	(void)state;
	spec.header_ms = 20;	/* makes the sweep frequent; these headers come at once */
	rig_start(spec);
	rig.pause_each = true;
	c = client_open();
	client_send(&c, "PUT /stream HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nhalf");
	RIG_UNTIL(rig.waiting);
	rig_sweep(spec.body_ms + 1000);
	assert_int_equal(rig.body_ends, 0);
	http_resume(rig.waiting);
	rig.waiting = NULL;
	rig.pause_each = false;
	client_send(&c, "done.");
	CLIENT_SEES(&c, "halfdone.");
	client_close(&c);
	rig_stop();
}

static void a_client_that_is_waited_for_no_longer_is_told_as_if_it_timed_out(void **state)
{
	struct client c;

	(void)state;
	rig_start(rig_spec());
	rig.pause_each = true;
	c = client_open();
	client_send(&c, "PUT /stream HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nhalf");
	RIG_UNTIL(rig.waiting);
	http_expire(rig.waiting);	/* nothing happens: it is we who do not read */
	http_resume(rig.waiting);
	uv_run(&rig.loop, UV_RUN_NOWAIT);
	assert_int_equal(rig.body_ends, 0);
	http_expire(rig.waiting);
	assert_int_equal(rig.body_ends, 0);
	CLIENT_SEES(&c, "\r\n\r\nhalf");
	assert_int_equal(rig.body_rc, E_TIMEOUT);
	client_close(&c);
	RIG_UNTIL(rig.gone == 1);
	rig_stop();
}

/* Nagle's algorithm holds the body back until the kernel says that the headers are here. */
static void headers_without_their_body_are_acknowledged_at_once(void **state)
{
	struct tcp_info info;
	socklen_t n = sizeof info;
	struct client c;

	(void)state;
	rig_start(rig_spec());
	c = client_open();
	for (int i = 1; i <= 20; i++) {		/* until the kernel takes it for a conversation, and its time */
		client_send(&c, "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
		CLIENT_UNTIL(&c, client_count(&c, "hello") == i);
	}
	client_send(&c, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n");
	RIG_UNTIL(rig.requests == 21);
	assert_int_equal(getsockopt(c.fd, IPPROTO_TCP, TCP_INFO, &info, &n), 0);
	assert_int_equal(info.tcpi_unacked, 0);
	client_send(&c, "body");
	CLIENT_SEES(&c, "body");
	client_close(&c);
	rig_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_whole_body_comes_in_one_piece),
		T(a_body_over_the_callers_limit_is_told_so),
		T(a_paused_body_waits_and_loses_nothing),
		T(a_body_is_read_to_where_the_application_wants_it),
		T(each_chunk_is_told_alone_when_paused_between),
		T(a_hundred_is_sent_when_the_body_is_taken),
		T(an_early_refusal_sends_no_hundred_and_closes),
		T(a_small_rest_is_drained_after_an_early_answer),
		T(a_large_rest_ends_the_connection_but_not_the_answer),
		T(broken_framing_is_told_to_whoever_takes_the_body),
		T(chunk_extensions_and_trailers_are_bounded),
		T(a_client_that_leaves_in_its_body_is_told_once),
		T(a_body_that_stops_moving_times_out),
		T(a_paused_body_does_not_time_out),
		T(a_client_that_is_waited_for_no_longer_is_told_as_if_it_timed_out),
		T(headers_without_their_body_are_acknowledged_at_once),
	};

	return cmocka_run_group_tests(tests, rig_first, NULL);
}
