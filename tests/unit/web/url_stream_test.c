/* Function URLs whose answers leave while the function runs. */
#include "tests/unit/web/url_rig.h"

#define STREAMED URL("\"AuthType\":\"NONE\",\"InvokeMode\":\"RESPONSE_STREAM\"")

static void piece(const char *type, const char *p, size_t n)
{
	house.running->piece(house.running, str_of(type), (const uint8_t *)p, n);
}

static struct client stream(void)
{
	start(STREAMED, ANYBODY);
	return call("GET / HTTP/1.1\r\n" HOST "\r\n");
}

static void a_streamed_answer_leaves_as_it_comes(void **state)
{
	struct client c = stream();

	(void)state;
	piece("text/x", "one", 3);
	CLIENT_SEES(&c, "\r\n\r\n3\r\none\r\n");
	assert_non_null(strstr(client_text(&c), "Content-Type: text/x\r\n"));
	piece("text/x", "second", 6);
	CLIENT_SEES(&c, "6\r\nsecond\r\n");
	end(INVOKE_DONE, false, "");
	sees_end(&c, "200", "0\r\n\r\n");
	stop(&c);
}

static void a_prelude_has_status_headers_and_cookies(void **state)
{
	static const char type[] = "application/vnd.awslambda.http-integration-response";
	static const char all[] = "{\"statusCode\":201,\"headers\":{\"X-A\":\"b\"},\"cookies\":[\"c=d\"]}\0\0\0\0\0\0\0\0first";
	struct client c = stream();

	(void)state;
	for (size_t i = 0; i + 1 < sizeof all; i++)
		piece(type, all + i, 1);
	piece(type, "second", 6);
	end(INVOKE_DONE, false, "");
	CLIENT_SEES(&c, "0\r\n\r\n");
	assert_int_equal(client_status(&c), 201);
	assert_non_null(strstr(client_text(&c), "X-A: b\r\n"));
	assert_non_null(strstr(client_text(&c), "Set-Cookie: c=d\r\n"));
	assert_non_null(strstr(client_text(&c), "Content-Type: application/octet-stream\r\n"));
	assert_non_null(strstr(client_text(&c), "\r\n\r\n1\r\nf\r\n1\r\ni\r\n"));
	stop(&c);
}

static void a_prelude_that_makes_no_sense_is_the_functions_fault(void **state)
{
	static const char type[] = "application/vnd.awslambda.http-integration-response";
	static const char *const bad[] = { "nonsense\0\0\0\0\0\0\0\0", "{\"statusCode\":7}\0\0\0\0\0\0\0\0", "{\"statusCode\":200}" };
	static const size_t lengths[] = { 16, 24, 18 };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct client c = stream();

		piece(type, bad[i], lengths[i]);
		if (i < 2)
			piece(type, "more", 4);
		end(INVOKE_DONE, false, "");
		sees_end(&c, "502", "\r\n\r\nInternal Server Error");
		stop(&c);
	}
}

static void a_stream_that_fails_in_the_middle_is_cut(void **state)
{
	struct client c = stream();

	(void)state;
	piece("", "half", 4);
	CLIENT_SEES(&c, "Content-Type: application/octet-stream\r\n");
	CLIENT_SEES(&c, "4\r\nhalf\r\n");
	end(INVOKE_DONE, true, "{}");
	CLIENT_ENDS(&c);
	assert_null(strstr(client_text(&c), "0\r\n\r\n"));
	stop(&c);
}

static void an_answer_without_pieces_is_whole(void **state)
{
	struct client c = stream();

	(void)state;
	end(INVOKE_DONE, false, "all of it");
	sees_end(&c, "200", "\r\n\r\nall of it");
	stop(&c);
}

static int held;

static void on_hold(struct flow_source *s, bool hold)
{
	(void)s;
	held += hold ? 1 : -1;
}

static void a_client_that_reads_slowly_makes_the_runtime_wait(void **state)
{
	struct flow_source source = { .hold = on_hold };
	struct str much = t_bytes(1 << 20, 3);
	struct client c;

	(void)state;
	for (int round = 0; round < 2; round++) {
		start(STREAMED, ANYBODY);
		c = client_open_sized(4096);
		client_send(&c, "GET / HTTP/1.1\r\n" HOST "\r\n");
		look_up();
		RIG_UNTIL(house.running);
		source.request = house.running->request;
		flow_join(&house.flow, &source);
		held = 0;
		for (int i = 0; i < 8; i++)
			piece("", much.p, much.n);
		assert_int_equal(held, 1);
		if (round == 0) {
			CLIENT_UNTIL(&c, held == 0);
			end(INVOKE_DONE, false, "");
			CLIENT_UNTIL(&c, strstr(c.in.data + c.in.len - 5, "0\r\n\r\n"));
		} else {
			client_break(&c);
			RIG_UNTIL(house.cancels == 1);
			assert_int_equal(held, 0);
			piece("", much.p, much.n);
			end(INVOKE_DONE, false, "");
		}
		flow_leave(&source);
		source.hold = on_hold;
		stop(&c);
	}
	free((char *)(uintptr_t)much.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_streamed_answer_leaves_as_it_comes),
		T(a_prelude_has_status_headers_and_cookies),
		T(a_prelude_that_makes_no_sense_is_the_functions_fault),
		T(a_stream_that_fails_in_the_middle_is_cut),
		T(an_answer_without_pieces_is_whole),
		T(a_client_that_reads_slowly_makes_the_runtime_wait),
	};

	return cmocka_run_group_tests(tests, rig_first, NULL);
}
