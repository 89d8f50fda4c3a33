/* Responses to the Runtime API: told as they come, held, or broken off. */
#include "base/clock.h"
#include "tests/unit/web/runtime_rig.h"
#include "web/runtime/pace.h"

#define STREAMED POST("invocation/" REQUEST_ID "/response") "Lambda-Runtime-Function-Response-Mode: streaming\r\n" \
	"Transfer-Encoding: chunked\r\nTrailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n"

static void a_streamed_response_is_told_as_it_comes(void **state)
{
	struct client c = start(RUNTIME_ACCEPTED);

	(void)state;
	client_send(&c, STREAMED "5\r\nfirst\r\n");
	RIG_UNTIL(one.body.len == 5);
	assert_string_equal(one.mode, "streaming");
	assert_int_equal(one.ends, 0);
	client_send(&c, "6\r\nsecond\r\n0\r\n\r\n");
	CLIENT_SEES(&c, "{\"status\":\"OK\"}");
	assert_string_equal(body_of(&one), "firstsecond");
	assert_string_equal(one.error_type, "");
	stop(&c);
}

static void a_stream_that_failed_says_so_in_its_trailers(void **state)
{
	struct client c = start(RUNTIME_ACCEPTED);

	(void)state;
	client_send(&c, STREAMED "5\r\nfirst\r\n0\r\nLambda-Runtime-Function-Error-Type: Function.Bad\r\nLambda-Runtime-Function-Error-Body: e30=\r\n\r\n");
	CLIENT_SEES(&c, "HTTP/1.1 202 ");
	assert_int_equal(one.rc, 0);
	assert_string_equal(one.error_type, "Function.Bad");
	assert_string_equal(one.error_body, "e30=");
	stop(&c);
}

static void half_a_response_is_told_as_that(void **state)
{
	struct client c = start(RUNTIME_ACCEPTED);

	(void)state;
	client_send(&c, POST("invocation/x/response") "Content-Length: 10\r\n\r\nhalf");
	RIG_UNTIL(one.body.len == 4);
	client_break(&c);
	RIG_UNTIL(one.ends == 1);
	assert_int_equal(one.rc, E_CLOSED);
	c = client_open();
	client_send(&c, STREAMED "this is no chunk");
	CLIENT_SEES(&c, "\"errorType\":\"TruncatedHTTPRequest\"");
	assert_int_equal(client_status(&c), 400);
	assert_int_equal(one.rc, E_BAD_INPUT);
	stop(&c);
}

static void nobody_is_told_the_rest_of_a_response_when_the_environment_is_gone(void **state)
{
	struct client c = start(RUNTIME_ACCEPTED);

	(void)state;
	client_send(&c, POST("invocation/x/response") "Content-Length: 10\r\n\r\nhalf");
	RIG_UNTIL(one.body.len == 4);
	detach(&one);
	client_send(&c, "a half");
	CLIENT_ENDS(&c);
	assert_int_equal(one.ends, 0);
	assert_int_equal(one.body.len, 4);
	stop(&c);
}

static void a_response_that_is_found_too_large_is_told_at_its_end(void **state)
{
	struct client c = start(RUNTIME_TOO_LARGE);

	(void)state;
	client_send(&c, POST("invocation/x/response") "Content-Length: 4\r\n\r\nmuch");
	CLIENT_SEES(&c, "\"errorType\":\"RequestEntityTooLarge\"");
	assert_int_equal(client_status(&c), 413);
	assert_int_equal(one.body.len, 0);
	stop(&c);
}

static void a_slow_runtime_is_waited_for(void **state)
{
	struct client c = start(RUNTIME_ACCEPTED);
	static const char text[] = POST("invocation/x/response") "Content-Length: 4\r\n\r\ndone";

	(void)state;
	for (size_t i = 0; i + 1 < sizeof text; i++) {
		client_send_n(&c, text + i, 1);
		if (i % 16 == 0)
			clock_advance_ms(900000);
		rig_turn();
	}
	CLIENT_SEES(&c, "{\"status\":\"OK\"}");
	stop(&c);
}

/* The one who reads it elsewhere takes no more: what the runtime sends stays in its socket. */
static void a_streamed_response_can_be_held(void **state)
{
	struct client c = start(RUNTIME_ACCEPTED);
	size_t before;

	(void)state;
	client_send(&c, STREAMED "5\r\nfirst\r\n");
	RIG_UNTIL(one.body.len == 5);
	flow_hold(&flow, STR("another"), true);
	flow_hold(&flow, STR(REQUEST_ID), true);
	before = one.body.len;
	client_send(&c, "6\r\nsecond\r\n0\r\n\r\n");
	for (int i = 0; i < 20; i++)
		rig_turn();
	assert_int_equal(one.body.len, before);
	flow_hold(&flow, STR(REQUEST_ID), false);
	CLIENT_SEES(&c, "{\"status\":\"OK\"}");
	assert_string_equal(body_of(&one), "firstsecond");
	flow_hold(&flow, STR(REQUEST_ID), true);	/* nobody posts it any more */
	stop(&c);
}

/* So many bytes of a chunk. */
static void send_zeros(struct client *c, size_t n)
{
	static const char zeros[1 << 16];
	char head[32];

	snprintf(head, sizeof head, "%zx\r\n", n);
	client_send(c, head);
	for (size_t some; n > 0; n -= some) {
		some = n < sizeof zeros ? n : sizeof zeros;
		client_send_n(c, zeros, some);
	}
	client_send(c, "\r\n");
}

static void a_streamed_response_is_slowed_when_its_burst_is_over(void **state)
{
	struct client c = start(RUNTIME_ACCEPTED);
	int64_t began_us = clock_mono_us();

	(void)state;
	client_send(&c, STREAMED);
	send_zeros(&c, PACE_BURST);
	RIG_UNTIL(one.body.len == PACE_BURST);
	send_zeros(&c, PACE_RATE);
	client_send(&c, "0\r\n\r\n");
	for (int i = 0; i < 20; i++)
		rig_turn();
	assert_true((int64_t)one.body.len <= PACE_BURST + PACE_RATE * (clock_mono_us() - began_us) / 1000000 + HTTP_READ_SIZE);
	flow_hold(&flow, STR(REQUEST_ID), true);	/* nor does the client read */
	clock_advance_ms(2000);
	for (int i = 0; i < 20; i++)
		rig_turn();
	flow_hold(&flow, STR(REQUEST_ID), false);
	CLIENT_SEES(&c, "{\"status\":\"OK\"}");
	assert_int_equal(one.body.len, PACE_BURST + PACE_RATE);
	stop(&c);
}

static void a_response_that_is_none_in_pieces_is_not_slowed(void **state)
{
	struct client c = start(RUNTIME_ACCEPTED);

	(void)state;
	client_send(&c, POST("invocation/" REQUEST_ID "/response") "Transfer-Encoding: chunked\r\n\r\n");
	send_zeros(&c, PACE_BURST + PACE_RATE);
	client_send(&c, "0\r\n\r\n");
	CLIENT_SEES(&c, "{\"status\":\"OK\"}");
	assert_int_equal(one.body.len, PACE_BURST + PACE_RATE);
	stop(&c);
}

static void an_environment_ends_while_its_response_is_slowed(void **state)
{
	struct client c = start(RUNTIME_ACCEPTED);

	(void)state;
	client_send(&c, STREAMED);
	send_zeros(&c, PACE_BURST + (1 << 17));
	for (int i = 0; i < 20; i++)
		rig_turn();
	detach(&one);
	CLIENT_ENDS(&c);
	assert_int_equal(one.ends, 0);
	stop(&c);
}

static void an_environment_ends_while_its_response_is_held(void **state)
{
	struct client c = start(RUNTIME_ACCEPTED);

	(void)state;
	client_send(&c, STREAMED "5\r\nfirst\r\n");
	RIG_UNTIL(one.body.len == 5);
	flow_hold(&flow, STR(REQUEST_ID), true);
	detach(&one);
	CLIENT_ENDS(&c);
	assert_int_equal(one.ends, 0);
	stop(&c);
}

static void what_is_not_http_is_refused_in_the_apis_shape(void **state)
{
	struct client c = start(RUNTIME_ACCEPTED);

	(void)state;
	client_send(&c, "nonsense\r\n\r\n");
	CLIENT_ENDS(&c);
	assert_int_equal(client_status(&c), 400);
	assert_non_null(strstr(client_text(&c), "\"errorType\":\"InvalidRequest\""));
	stop(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_streamed_response_is_told_as_it_comes),
		T(a_stream_that_failed_says_so_in_its_trailers),
		T(half_a_response_is_told_as_that),
		T(nobody_is_told_the_rest_of_a_response_when_the_environment_is_gone),
		T(a_response_that_is_found_too_large_is_told_at_its_end),
		T(a_slow_runtime_is_waited_for),
		T(a_streamed_response_can_be_held),
		T(a_streamed_response_is_slowed_when_its_burst_is_over),
		T(a_response_that_is_none_in_pieces_is_not_slowed),
		T(an_environment_ends_while_its_response_is_slowed),
		T(an_environment_ends_while_its_response_is_held),
		T(what_is_not_http_is_refused_in_the_apis_shape),
	};

	return cmocka_run_group_tests(tests, rig_first, NULL);
}
