/* Answers in pieces, and what a body brings after its end. */
#include "tests/unit/web/http_rig.h"

#define PIECES "GET /pieces HTTP/1.1\r\nHost: h\r\n\r\n"
#define MUCH (8 << 20)

static struct client begin(const char *request)
{
	struct client c;

	rig_start(rig_spec());
	c = client_open();
	client_send(&c, request);
	RIG_UNTIL(rig.waiting);
	return c;
}

static void pieces_are_chunks_and_the_connection_stays(void **state)
{
	struct client c = begin(PIECES);

	(void)state;
	http_reply_piece(rig.waiting, STR("hello "));
	CLIENT_SEES(&c, "Transfer-Encoding: chunked\r\n");
	CLIENT_SEES(&c, "\r\n\r\n6\r\nhello \r\n");
	assert_null(strstr(client_text(&c), "Content-Length"));
	http_reply_piece(rig.waiting, STR(""));
	http_reply_piece(rig.waiting, STR("0123456789abcdefg"));
	http_reply_end(rig.waiting);
	CLIENT_SEES(&c, "\r\n11\r\n0123456789abcdefg\r\n0\r\n\r\n");
	RIG_UNTIL(!rig.waiting);
	assert_int_equal(rig.bytes_out, 23);
	assert_int_equal(rig.last_rc, 0);
	client_send(&c, "GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
	CLIENT_ENDS(&c);
	assert_int_equal(client_count(&c, "HTTP/1.1 200"), 2);
	client_close(&c);
	rig_stop();
}

static void headers_leave_before_the_first_piece_is_known(void **state)
{
	struct client c = begin(PIECES);

	(void)state;
	CLIENT_SEES(&c, "Transfer-Encoding: chunked\r\n\r\n");
	http_reply_end(rig.waiting);
	CLIENT_SEES(&c, "\r\n\r\n0\r\n\r\n");
	RIG_UNTIL(!rig.waiting);
	client_close(&c);
	rig_stop();
}

static void an_old_client_reads_until_the_end_of_the_connection(void **state)
{
	struct client c = begin("GET /pieces HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");

	(void)state;
	http_reply_piece(rig.waiting, STR("one"));
	http_reply_piece(rig.waiting, STR("two"));
	http_reply_end(rig.waiting);
	CLIENT_ENDS(&c);
	assert_null(strstr(client_text(&c), "chunked"));
	assert_non_null(strstr(client_text(&c), "Connection: close\r\n"));
	assert_non_null(strstr(client_text(&c), "\r\n\r\nonetwo"));
	client_close(&c);
	rig_stop();
}

static void head_gets_no_pieces(void **state)
{
	struct client c = begin("HEAD /pieces HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

	(void)state;
	http_reply_piece(rig.waiting, STR("unseen"));
	http_reply_end(rig.waiting);
	CLIENT_ENDS(&c);
	assert_int_equal(client_status(&c), 200);
	assert_true(str_ends(str_n(c.in.data, c.in.len), STR("\r\n\r\n")));
	assert_int_equal(rig.bytes_out, 0);
	client_close(&c);
	rig_stop();
}

/* Whoever gives more than the client takes sees how much waits, and is told when nothing does any more. */
static void what_the_client_does_not_take_waits_and_is_told_when_it_has_left(void **state)
{
	struct str much = t_bytes(MUCH, 3);
	struct client c;
	size_t got = 0;

	(void)state;
	rig_start(rig_spec());
	c = client_open_sized(4096);
	client_send(&c, PIECES);
	RIG_UNTIL(rig.waiting);
	http_reply_piece(rig.waiting, str_n(much.p, MUCH / 2));
	http_reply_piece(rig.waiting, str_n(much.p + MUCH / 2, MUCH / 2));
	assert_true(http_reply_waiting(rig.waiting) > MUCH / 2);
	rig_turn();
	assert_int_equal(rig.drained, 0);
	CLIENT_UNTIL(&c, rig.drained == 1);
	assert_int_equal(http_reply_waiting(rig.waiting), 0);
	http_reply_end(rig.waiting);
	CLIENT_UNTIL(&c, !rig.waiting);
	CLIENT_SEES(&c, "\r\n\r\n");
	got = (size_t)(strstr(c.in.data, "\r\n\r\n") + 4 - c.in.data);
	CLIENT_UNTIL(&c, c.in.len >= got + MUCH + 2 * 10 + 5);
	assert_memory_equal(c.in.data + got, "400000\r\n", 8);
	assert_memory_equal(c.in.data + got + 8, much.p, MUCH / 2);
	assert_memory_equal(c.in.data + got + 10 + MUCH / 2, "400000\r\n", 8);
	assert_memory_equal(c.in.data + got + 18 + MUCH / 2, much.p + MUCH / 2, MUCH / 2);
	assert_int_equal(rig.drained, 1);
	free((char *)(uintptr_t)much.p);
	client_close(&c);
	rig_stop();
}

static void an_answer_broken_off_is_seen_to_be_incomplete(void **state)
{
	struct client c = begin(PIECES);

	(void)state;
	http_reply_piece(rig.waiting, STR("half"));
	CLIENT_SEES(&c, "4\r\nhalf\r\n");
	http_break(rig.waiting);
	CLIENT_ENDS(&c);
	assert_null(strstr(client_text(&c), "0\r\n\r\n"));
	RIG_UNTIL(!rig.waiting);
	assert_int_equal(rig.last_rc, E_CLOSED);
	client_close(&c);
	rig_stop();
}

static void a_request_can_be_broken_off_before_any_answer(void **state)
{
	struct client c = begin("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");

	(void)state;
	http_break(rig.waiting);
	CLIENT_ENDS(&c);
	assert_int_equal(c.in.len, 0);
	RIG_UNTIL(!rig.waiting);
	client_close(&c);
	rig_stop();
}

static void pieces_for_a_client_that_left_are_accepted_until_it_is_gone(void **state)
{
	struct str much = t_bytes(MUCH, 3);
	struct client c = begin(PIECES);

	(void)state;
	client_break(&c);
	for (int i = 0; i < 3 && rig.waiting; i++)
		http_reply_piece(rig.waiting, str_n(much.p, MUCH));
	if (rig.waiting)
		http_reply_end(rig.waiting);
	RIG_UNTIL(!rig.waiting);
	assert_true(rig.last_rc < 0);
	free((char *)(uintptr_t)much.p);
	rig_stop();
}

static void the_time_between_pieces_is_the_applications(void **state)
{
	struct http_spec spec = rig_spec();
	struct client c;

	(void)state;
	spec.body_ms = 20;
	rig_start(spec);
	c = client_open();
	client_send(&c, PIECES);
	RIG_UNTIL(rig.waiting);
	rig_sweep(100000);
	assert_non_null(rig.waiting);
	http_reply_piece(rig.waiting, STR("late"));
	CLIENT_SEES(&c, "late");
	rig_sweep(100000);
	assert_non_null(rig.waiting);
	http_reply_end(rig.waiting);
	CLIENT_SEES(&c, "0\r\n\r\n");
	client_close(&c);
	rig_stop();
}

static void a_client_that_takes_nothing_is_not_waited_for(void **state)
{
	struct str much = t_bytes(MUCH, 3);
	struct http_spec spec = rig_spec();
	struct client c;

	(void)state;
	spec.body_ms = 20;
	rig_start(spec);
	c = client_open_sized(4096);
	client_send(&c, PIECES);
	RIG_UNTIL(rig.waiting);
	http_reply_piece(rig.waiting, much);
	for (int i = 0; i < 3 && rig.waiting; i++)
		rig_sweep(1100);
	assert_null(rig.waiting);
	assert_int_equal(rig.last_rc, E_TIMEOUT);
	free((char *)(uintptr_t)much.p);
	client_close(&c);
	rig_stop();
}

/* -- trailers -- */

static void ask_with_trailers(const char *trailers)
{
	struct buf b = {0};
	struct client c;

	rig_start(rig_spec());
	buf_puts(&b, "POST /stream HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n");
	buf_puts(&b, trailers);
	c = client_open();
	for (size_t i = 0; i < b.len; i++) {	/* a byte at a time: nothing of a trailer touches */
		client_send_n(&c, b.data + i, 1);
		rig_turn();
	}
	CLIENT_ENDS(&c);
	buf_clear(&b);
	client_close(&c);
}

static void trailers_are_there_at_the_end_of_a_body(void **state)
{
	(void)state;
	ask_with_trailers("X-First:\r\nx-last:  some value \r\n\r\n");
	assert_int_equal(rig.body_rc, 0);
	assert_int_equal(rig.trailers, 2);
	assert_string_equal(rig.trailer, "some value");
	rig_stop();
}

static void more_trailers_than_are_kept_do_no_harm(void **state)
{
	(void)state;
	ask_with_trailers("a:1\r\nb:2\r\nc:3\r\nd:4\r\ne:5\r\nf:6\r\ng:7\r\nh:8\r\nX-Last: i\r\n\r\n");
	assert_int_equal(rig.body_rc, 0);
	assert_int_equal(rig.trailers, HTTP_TRAILERS_MAX);
	assert_string_equal(rig.trailer, "");
	rig_stop();
}

static void a_malformed_trailer_is_a_malformed_body(void **state)
{
	(void)state;
	ask_with_trailers("X Last: i\r\n\r\n");
	assert_int_equal(rig.body_rc, E_BAD_INPUT);
	rig_stop();
}

/* Where the application says so, the end of what the client sends is its end; else it may still want the rest. */
static void a_client_that_leaves_between_pieces_is_seen_where_that_matters(void **state)
{
	(void)state;
	for (int leaves = 0; leaves < 2; leaves++) {
		struct client c = begin(PIECES);

		rig.waiting->leaves_at_eof = leaves;
		http_reply_piece(rig.waiting, STR("one"));
		CLIENT_SEES(&c, "\r\none\r\n");
		assert_int_equal(shutdown(c.fd, SHUT_WR), 0);
		if (leaves) {
			RIG_UNTIL(!rig.waiting);
			assert_int_equal(rig.last_rc, E_CLOSED);
		} else {
			http_reply_end(rig.waiting);
			CLIENT_SEES(&c, "\r\n0\r\n\r\n");
			RIG_UNTIL(!rig.waiting);
			assert_int_equal(rig.last_rc, 0);
		}
		client_close(&c);
		rig_stop();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(pieces_are_chunks_and_the_connection_stays),
		T(headers_leave_before_the_first_piece_is_known),
		T(an_old_client_reads_until_the_end_of_the_connection),
		T(head_gets_no_pieces),
		T(what_the_client_does_not_take_waits_and_is_told_when_it_has_left),
		T(an_answer_broken_off_is_seen_to_be_incomplete),
		T(a_request_can_be_broken_off_before_any_answer),
		T(pieces_for_a_client_that_left_are_accepted_until_it_is_gone),
		T(a_client_that_leaves_between_pieces_is_seen_where_that_matters),
		T(the_time_between_pieces_is_the_applications),
		T(a_client_that_takes_nothing_is_not_waited_for),
		T(trailers_are_there_at_the_end_of_a_body),
		T(more_trailers_than_are_kept_do_no_harm),
		T(a_malformed_trailer_is_a_malformed_body),
	};

	return cmocka_run_group_tests(tests, rig_first, NULL);
}
