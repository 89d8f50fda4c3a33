#include "tests/unit/web/http_rig.h"

#define LINE "GET /hello HTTP/1.1\r\n"
#define HOST "Host: h\r\n"
#define LAST "Connection: close\r\n\r\n"

/* What must not get through, and the status that tells why. Each is a conversation of its own: the server ends it. */
static const struct refusal {
	int status;
	const char *request;
} refusals[] = {
	/* two readers could disagree about where these end */
	{ 400, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
	{ 400, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" },
	{ 400, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello" },
	{ 400, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello" },
	{ 400, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5, 5\r\n\r\nhello" },
	{ 400, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: +5\r\n\r\nhello" },
	{ 400, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: -5\r\n\r\nhello" },
	{ 400, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0x5\r\n\r\nhello" },
	{ 400, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5 5\r\n\r\nhello" },
	{ 400, "POST /echo HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\nhello" },
	{ 400, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n\r\nhello" },
	{ 400, "POST /echo HTTP/1.1\r\n" HOST "Content-Length : 5\r\n\r\nhello" },
	{ 400, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" },
	{ 400, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
	{ 400, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" },
	{ 501, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" },
	{ 400, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n" },
	{ 400, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" },
	{ 400, "POST /echo HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
	{ 400, "POST /echo HTTP/1.1\r\n" HOST "X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
	{ 400, LINE HOST "X: y\r\n\tfolded\r\n\r\n" },
	{ 400, LINE HOST "X:\r\n folded\r\n\r\n" },
	{ 400, "GET /hello HTTP/1.1\r\n Host: h\r\n\r\n" },
	{ 400, "GET /hello HTTP/1.1\nHost: h\n\n" },
	{ 400, LINE "Host: h\n\r\n" },
	{ 400, LINE HOST "\n" },
	{ 400, LINE HOST "X: a\rContent-Length: 5\r\n\r\nhello" },
	{ 400, LINE HOST "X: a\r\rContent-Length: 5\r\n\r\nhello" },
	{ 400, LINE HOST "X\r: a\r\n\r\n" },
	{ 400, LINE HOST "\r: a\r\n\r\n" },
	{ 400, LINE HOST ": nameless\r\n\r\n" },
	{ 400, LINE HOST "no colon\r\n\r\n" },
	{ 400, LINE HOST "na me: x\r\n\r\n" },
	{ 400, LINE HOST "na(me: x\r\n\r\n" },
	{ 400, LINE HOST "X: bell\x07\r\n\r\n" },
	/* who it is for */
	{ 400, LINE "\r\n" },
	{ 400, LINE "Host: a\r\nHost: b\r\n\r\n" },
	{ 400, "GET http://other/hello HTTP/1.1\r\n" HOST "\r\n" },
	{ 400, "GET hello HTTP/1.1\r\n" HOST "\r\n" },
	{ 400, "GET * HTTP/1.1\r\n" HOST "\r\n" },
	{ 400, "GET /hello#part HTTP/1.1\r\n" HOST "\r\n" },
	{ 400, "GET ftp://h/hello HTTP/1.1\r\n" HOST "\r\n" },
	/* the line */
	{ 400, "GET  /hello HTTP/1.1\r\n" HOST "\r\n" },
	{ 400, "GET /hello  HTTP/1.1\r\n" HOST "\r\n" },
	{ 400, "GET /hello HTTP/1.1 \r\n" HOST "\r\n" },
	{ 400, "GET /he llo HTTP/1.1\r\n" HOST "\r\n" },
	{ 400, "GET /hello\r\n" HOST "\r\n" },
	{ 400, "GET /hello HTTX/1.1\r\n" HOST "\r\n" },
	{ 400, "GET\t/hello\tHTTP/1.1\r\n" HOST "\r\n" },
	{ 400, " GET /hello HTTP/1.1\r\n" HOST "\r\n" },
	{ 400, "\r\n\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n" },
	{ 400, "\x16\x03\x01\x02\x01\r\n\r\n" },
	{ 501, "BREW /hello HTTP/1.1\r\n" HOST "\r\n" },
	{ 501, "get /hello HTTP/1.1\r\n" HOST "\r\n" },
	{ 501, "CONNECT h:443 HTTP/1.1\r\n" HOST "\r\n" },
	{ 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" },
	{ 505, "GET /hello HTTP/3.0\r\n" HOST "\r\n" },
	{ 505, "GET /hello HTTP/0.9\r\n" HOST "\r\n" },
	{ 505, "GET /hello HTTP/1.2\r\n" HOST "\r\n" },
	{ 417, "PUT /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\nExpect: a-miracle\r\n\r\nhello" },
};

static void what_could_be_read_in_two_ways_is_refused(void **state)
{
	(void)state;
	rig_start(rig_spec());
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
		struct client c = rig_ask(refusals[i].request);

		if (client_status(&c) != refusals[i].status || client_count(&c, "HTTP/1.1 ") != 1 || c.reset)
			fail_msg("%s answered %s", refusals[i].request, client_text(&c));
		assert_int_equal(client_count(&c, "Connection: close\r\n"), 1);
		client_close(&c);
	}
	assert_int_equal(rig.requests, 0);
	rig_stop();
}

static void a_zero_byte_is_refused_anywhere_in_the_headers(void **state)
{
	static const char whole[] = LINE HOST "X: y\r\n" LAST;

	(void)state;
	rig_start(rig_spec());
	for (size_t i = 0; i < sizeof whole - 1; i++) {
		struct client c = client_open();
		char request[sizeof whole];

		memcpy(request, whole, sizeof whole);
		request[i] = '\0';
		client_send_n(&c, request, sizeof whole - 1);
		shutdown(c.fd, SHUT_WR);	/* some are never finished with their end spoilt */
		CLIENT_ENDS(&c);
		assert_true(client_status(&c) == 400 || client_status(&c) == 501 || client_status(&c) == 0);
		client_close(&c);
	}
	assert_int_equal(rig.requests, 0);
	rig_stop();
}

static void targets_are_split_in_every_form(void **state)
{
	static const struct { const char *line, *path, *query; } forms[] = {
		{ "GET /a%20b/c?x=1&y=%2F HTTP/1.1", "/a%20b/c", "x=1&y=%2F" },
		{ "GET /a? HTTP/1.1", "/a", "" },
		{ "GET /a?b?c HTTP/1.1", "/a", "b?c" },
		{ "GET //double//slash HTTP/1.1", "//double//slash", "(none)" },
		{ "GET http://h/abs/path?q HTTP/1.1", "/abs/path", "q" },
		{ "GET HTTP://H/x HTTP/1.1", "/x", "(none)" },
		{ "GET http://h HTTP/1.1", "/", "(none)" },
		{ "GET http://h/?q=http://x/ HTTP/1.1", "/", "q=http://x/" },
		{ "OPTIONS * HTTP/1.1", "*", "(none)" },
		{ "DELETE /functions/arn%3Aaws%3A%24LATEST/invocations HTTP/1.1",
		  "/functions/arn%3Aaws%3A%24LATEST/invocations", "(none)" },
	};

	(void)state;
	rig_start(rig_spec());
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		char request[300];
		struct client c;

		snprintf(request, sizeof request, "%s\r\n" HOST LAST, forms[i].line);
		c = rig_ask(request);
		assert_int_equal(client_status(&c), 200);
		assert_string_equal(rig.path, forms[i].path);
		assert_string_equal(rig.query, forms[i].query);
		client_close(&c);
	}
	rig_stop();
}

static void a_request_may_come_byte_by_byte(void **state)
{
	static const char request[] = "\r\nPOST /echo HTTP/1.1\r\nhost:h\r\nX-Seen: \t yes \r\nTransfer-Encoding: Chunked\r\n"
				      "\r\n3;ext=\"a\"\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\n";
	struct client c;

	(void)state;
	rig_start(rig_spec());
	c = client_open();
	for (size_t i = 0; i < sizeof request - 1; i++)
		client_send_n(&c, request + i, 1);
	CLIENT_SEES(&c, "\r\n\r\nabcde");
	assert_string_equal(rig.seen, "yes");
	assert_int_equal(rig.fields, 3);
	assert_int_equal(rig.length, -1);
	client_close(&c);
	rig_stop();
}

static void pipelined_requests_are_answered_in_order_one_at_a_time(void **state)
{
	struct client c;

	(void)state;
	rig_start(rig_spec());
	c = client_open();
	client_send(&c, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\none"
			"GET /later HTTP/1.1\r\n" HOST "\r\n"
			"POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nthree\r\n0\r\n\r\n"
			LINE HOST LAST
			LINE HOST "\r\n");
	CLIENT_SEES(&c, "one");
	RIG_UNTIL(rig.waiting);
	assert_int_equal(rig.requests, 2);
	rig_answer(rig.waiting, 200, STR("two"));
	CLIENT_ENDS(&c);
	assert_int_equal(client_count(&c, "HTTP/1.1 200"), 4);
	assert_true(strstr(client_text(&c), "two") < strstr(client_text(&c), "three"));
	assert_true(strstr(client_text(&c), "three") < strstr(client_text(&c), "hello"));
	assert_int_equal(rig.requests, 4);	/* nothing after the one that said close */
	assert_false(c.reset);
	client_close(&c);
	rig_stop();
}

static void hundreds_of_pipelined_requests_do_not_pile_up(void **state)
{
	struct client c;
	struct buf many = {0};

	(void)state;
	rig_start(rig_spec());
	for (int i = 0; i < 5000; i++)
		buf_puts(&many, i < 4999 ? LINE HOST "\r\n" : LINE HOST LAST);
	c = client_open();
	client_send_n(&c, many.data, many.len);
	CLIENT_ENDS(&c);
	assert_int_equal(client_count(&c, "hello"), 5000);
	buf_clear(&many);
	client_close(&c);
	rig_stop();
}

static void one_of_the_old_version_closes_unless_asked_not_to(void **state)
{
	struct client c;

	(void)state;
	rig_start(rig_spec());
	c = rig_ask("GET /hello HTTP/1.0\r\n\r\n");
	assert_non_null(strstr(client_text(&c), "Connection: close\r\n"));
	client_close(&c);
	c = client_open();
	client_send(&c, "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	CLIENT_SEES(&c, "hello");
	assert_non_null(strstr(client_text(&c), "Connection: keep-alive\r\n"));
	client_send(&c, "GET /hello HTTP/1.0\r\n\r\n");
	CLIENT_ENDS(&c);
	assert_int_equal(client_count(&c, "hello"), 2);
	client_close(&c);
	rig_stop();
}

static void offers_to_upgrade_are_ignored(void **state)
{
	struct client c;

	(void)state;
	rig_start(rig_spec());
	c = client_open();
	client_send(&c, LINE HOST "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n");
	CLIENT_SEES(&c, "hello");
	client_send(&c, "POST /echo HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 4\r\n\r\nbody"
			LINE HOST LAST);
	CLIENT_ENDS(&c);
	assert_int_equal(client_count(&c, "HTTP/1.1 200"), 3);
	client_close(&c);
	rig_stop();
}

static void repeat(struct buf *b, const char *text, int n)
{
	while (n-- > 0)
		buf_puts(b, text);
}

static void limits_of_line_headers_and_count_have_their_own_answers(void **state)
{
	static const struct { int status, line, header, count; } cases[] = {
		{ 200, 16000, 10, 10 }, { 414, 17000, 10, 1 }, { 200, 10, 19000, 1 }, { 431, 10, 20100, 1 },
		{ 200, 10, 10, HTTP_HEADERS_MAX - 2 }, { 431, 10, 10, HTTP_HEADERS_MAX - 1 }, { 431, 10, 50, 1000 },
		{ 414, 30000, 10, 1 }, { 431, 10, 1000000, 1 },
	};

	(void)state;
	rig_start(rig_spec());
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf b = {0};
		struct client c;

		buf_puts(&b, "GET /");
		repeat(&b, "x", cases[i].line);
		buf_puts(&b, " HTTP/1.1\r\n" HOST);
		for (int k = 0; k < cases[i].count; k++) {
			buf_puts(&b, "N: ");
			repeat(&b, "v", cases[i].header);
			buf_puts(&b, "\r\n");
		}
		buf_puts(&b, LAST);
		c = rig_ask(b.data);
		assert_int_equal(client_status(&c), cases[i].status);
		client_close(&c);
		buf_clear(&b);
	}
	rig_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_could_be_read_in_two_ways_is_refused),
		T(a_zero_byte_is_refused_anywhere_in_the_headers),
		T(targets_are_split_in_every_form),
		T(a_request_may_come_byte_by_byte),
		T(pipelined_requests_are_answered_in_order_one_at_a_time),
		T(hundreds_of_pipelined_requests_do_not_pile_up),
		T(one_of_the_old_version_closes_unless_asked_not_to),
		T(offers_to_upgrade_are_ignored),
		T(limits_of_line_headers_and_count_have_their_own_answers),
	};

	return cmocka_run_group_tests(tests, rig_first, NULL);
}
