/* Function URLs: requests as events, and what functions return as answers. */
#include "tests/unit/web/url_rig.h"

static const char *event_text(const char *member, const char *inner)
{
	const struct json_value *v = json_get(house.parsed, member);
	struct str s = inner ? json_text(v, inner) : json_text(house.parsed, member);

	return str_is_set(s) ? arena_dup(&house.arena, s) : "(absent)";
}

static void a_url_names_its_id_in_the_host(void **state)
{
	static const struct { const char *host; const char *id; } all[] = {
		{ "abc.lambda-url.eu-west-1.on.aws", "abc" }, { "abc.lambda-url.eu-west-1.localhost:9000", "abc" },
		{ "abc.lambda-url.x", "abc" }, { "lambda-url.x.y", NULL }, { ".lambda-url.x", NULL }, { "a.b.lambda-url.x", NULL },
		{ "localhost:9000", NULL }, { "", NULL }, { "abc.lambda-url", NULL },
	};
	char text[URL_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct str id = url_id_of(str_of(all[i].host));

		assert_int_equal(str_is_set(id), all[i].id != NULL);
		assert_true(str_eq(id, str_of(all[i].id)));
	}
	assert_false(str_is_set(url_id_of((struct str){ 0 })));
	house.m.port = 9000;
	house.m.settings.region = "us-east-1";
	url_text(&house.m, STR("abc"), text);
	assert_string_equal(text, "http://abc.lambda-url.us-east-1.localhost:9000/");
}

static void who_may_not_is_told_in_awss_words(void **state)
{
	static const struct { const char *url, *policy, *host, *status, *body; } all[] = {
		{ URL("\"AuthType\":\"NONE\""), ANYBODY, "Host: other.lambda-url.us-east-1.localhost\r\n", "403", "{\"Message\":null}" },
		{ NULL, ANYBODY, HOST, "403", "{\"Message\":null}" },
		{ URL("\"AuthType\":\"NONE\""), NULL, HOST, "403", "/latest/dg/urls-auth.html\"}" },
		{ URL("\"AuthType\":\"NONE\""), "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"lambda:InvokeFunction\"}]}", HOST,
		  "403", "/latest/dg/urls-auth.html\"}" },
		{ URL("\"AuthType\":\"AWS_IAM\""), ANYBODY, HOST, "403", "/latest/dg/urls-auth.html\"}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		char request[400];
		struct client c;

		start(all[i].url, all[i].policy);
		snprintf(request, sizeof request, "GET / HTTP/1.1\r\n%s\r\n", all[i].host);
		c = ask(request);
		sees_end(&c, all[i].status, all[i].body);
		assert_non_null(strstr(client_text(&c), "x-amzn-ErrorType: AccessDeniedException\r\n"));
		assert_int_equal(house.runs, 0);
		stop(&c);
	}
}

static void a_request_becomes_an_event(void **state)
{
	struct client c;

	(void)state;
	start(URL("\"AuthType\":\"NONE\""), ANYBODY);
	c = call("GET /pa2%Fth/1?multi=foo&multi=/bar&a=b%20c+d&flag HTTP/1.1\r\n" HOST
		 "Extra-Headers: With WeiRd CapS\r\nX-Two: 1\r\nX-TWO: 2\r\nCookie: c1=a; c2=b\r\nUser-Agent: agent\r\nConnection: keep-alive\r\n\r\n");
	assert_string_equal(house.function, "f");
	assert_string_equal(house.qualifier, "live");
	assert_string_equal(event_text("version", NULL), "2.0");
	assert_string_equal(event_text("routeKey", NULL), "$default");
	assert_string_equal(event_text("rawPath", NULL), "/pa2%Fth/1");
	assert_string_equal(event_text("rawQueryString", NULL), "multi=foo&multi=/bar&a=b%20c+d&flag");
	assert_string_equal(event_text("queryStringParameters", "multi"), "foo,/bar");
	assert_string_equal(event_text("queryStringParameters", "a"), "b c d");
	assert_string_equal(event_text("queryStringParameters", "flag"), "");
	assert_string_equal(event_text("headers", "extra-headers"), "With WeiRd CapS");
	assert_string_equal(event_text("headers", "x-two"), "1,2");
	assert_string_equal(event_text("headers", "cookie"), "(absent)");
	assert_string_equal(event_text("headers", "connection"), "(absent)");
	assert_string_equal(event_text("headers", "x-forwarded-for"), "127.0.0.1");
	assert_string_equal(event_text("headers", "x-forwarded-proto"), "http");
	assert_non_null(strstr(house.event, "\"cookies\":[\"c1=a\",\"c2=b\"]"));
	assert_string_equal(event_text("requestContext", "accountId"), "anonymous");
	assert_string_equal(event_text("requestContext", "apiId"), ID);
	assert_string_equal(event_text("requestContext", "domainName"), ID ".lambda-url.us-east-1.localhost");
	assert_string_equal(event_text("requestContext", "stage"), "$default");
	assert_non_null(strstr(house.event, "\"http\":{\"method\":\"GET\",\"path\":\"/pa2%Fth/1\",\"protocol\":\"HTTP/1.1\",\"sourceIp\":\"127.0.0.1\","
			       "\"userAgent\":\"agent\"}"));
	assert_true(strstr(house.event, "+0000\",\"timeEpoch\":") != NULL);
	assert_string_equal(event_text("body", NULL), "(absent)");
	assert_non_null(strstr(house.event, "\"isBase64Encoded\":false"));
	end(INVOKE_DONE, false, "{}");
	sees_end(&c, "200", "{}");
	assert_non_null(strstr(client_text(&c), event_text("requestContext", "requestId")));
	stop(&c);
}

static void what_is_not_there_is_left_away(void **state)
{
	struct client c;

	(void)state;
	start(URL("\"AuthType\":\"NONE\""), ANYBODY);
	c = call("POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n");
	assert_string_equal(event_text("rawQueryString", NULL), "");
	assert_null(json_get(house.parsed, "queryStringParameters"));
	assert_null(json_get(house.parsed, "cookies"));
	assert_null(json_get(house.parsed, "body"));
	assert_null(json_get(house.parsed, "pathParameters"));
	end(INVOKE_DONE, false, "null");
	sees_end(&c, "200", "null");
	stop(&c);
}

static void a_body_that_is_not_certain_to_be_text_goes_in_base64(void **state)
{
	static const struct { const char *type, *body, *told; } all[] = {
		{ "application/json", "{\"a\":1}", "{\"a\":1}" }, { "application/json; charset=utf-8", "{}", "{}" },
		{ "TEXT/plain", "hi", "hi" }, { "text/plain", "\xff", "/w==" }, { "multipart/form-data; boundary=b", "hi", "aGk=" },
		{ "application/x-www-form-urlencoded", "a=b", "YT1i" }, { "image/png", "hi", "aGk=" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		char request[400];
		struct client c;

		start(URL("\"AuthType\":\"NONE\""), ANYBODY);
		snprintf(request, sizeof request, "POST / HTTP/1.1\r\n" HOST "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n%s", all[i].type,
			 strlen(all[i].body), all[i].body);
		c = call(request);
		assert_string_equal(event_text("body", NULL), all[i].told);
		assert_non_null(strstr(house.event, strcmp(all[i].body, all[i].told) == 0 ? "\"isBase64Encoded\":false" : "\"isBase64Encoded\":true"));
		end(INVOKE_DONE, false, "{}");
		sees_end(&c, "200", "{}");
		stop(&c);
	}
}

static void what_a_function_returns_is_the_answer(void **state)
{
	static const struct { const char *returned, *status, *body, *header; } all[] = {
		{ "{\"hello\":\"world\"}", "200", "\r\n\r\n{\"hello\":\"world\"}", "Content-Type: application/json\r\n" },
		{ "{\"statusCode\":200,\"body\":\"body123\"}", "200", "\r\n\r\nbody123", "Content-Type: application/json\r\n" },
		{ "[\"hello\",3,true]", "200", "\r\n\r\n[\"hello\",3,true]", "Content-Length: 16\r\n" },
		{ "\"hello\"", "200", "\r\n\r\nhello", "Content-Length: 5\r\n" },
		{ "3.1", "200", "\r\n\r\n3.1", "application/json" },
		{ "{\"statusCode\":418,\"body\":\"i'm a teapot\"}", "418", "\r\n\r\ni'm a teapot", "application/json" },
		{ "{\"statusCode\":\"201\",\"headers\":{\"content-type\":\"text/css\",\"My-Header\":\"Custom Value\",\"N\":5,\"B\":true,\"Z\":null}}", "201",
		  "\r\n\r\n", "content-type: text/css\r\nMy-Header: Custom Value\r\nN: 5\r\nB: true\r\n" },
		{ "{\"statusCode\":200,\"headers\":{\"Content-Length\":\"99\",\"Transfer-Encoding\":\"x\"}}", "200", "\r\n\r\n",
		  "x-amzn-Remapped-Content-Length: 99\r\nx-amzn-Remapped-Transfer-Encoding: x\r\n" },
		{ "{\"statusCode\":200,\"cookies\":[\"a=1; Secure\",\"b=2\"],\"body\":\"x\"}", "200", "\r\n\r\nx",
		  "Set-Cookie: a=1; Secure\r\nSet-Cookie: b=2\r\n" },
		{ "{\"statusCode\":200,\"isBase64Encoded\":true,\"body\":\"aGVsbG8=\"}", "200", "\r\n\r\nhello", "Content-Length: 5\r\n" },
		{ "{\"statusCode\":200,\"body\":3}", "200", "\r\n\r\n3", "application/json" },
		{ "{\"statusCode\":\"test\"}", "502", "\r\n\r\nInternal Server Error", "application/json" },
		{ "{\"statusCode\":99}", "502", "\r\n\r\nInternal Server Error", "application/json" },
		{ "{\"statusCode\":200,\"headers\":{\"a\":[1]}}", "502", "\r\n\r\nInternal Server Error", "application/json" },
		{ "{\"statusCode\":200,\"headers\":[]}", "502", "\r\n\r\nInternal Server Error", "application/json" },
		{ "{\"statusCode\":200,\"isBase64Encoded\":true,\"body\":\"%\"}", "502", "\r\n\r\nInternal Server Error", "application/json" },
		{ "{\"statusCode\":200,\"body\":{}}", "502", "\r\n\r\nInternal Server Error", "application/json" },
		{ "no JSON", "502", "\r\n\r\nInternal Server Error", "application/json" },
	};

	(void)state;
	start(URL("\"AuthType\":\"NONE\""), ANYBODY);
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct client c = call("GET / HTTP/1.1\r\n" HOST "\r\n");

		end(INVOKE_DONE, false, all[i].returned);
		sees_end(&c, all[i].status, all[i].body);
		CLIENT_SEES(&c, all[i].header);
		assert_non_null(strstr(client_text(&c), "x-amzn-RequestId: "));
		client_close(&c);
	}
	stop(NULL);
}

static void a_header_whose_name_would_be_changed_is_not_sent(void **state)
{
	struct client c;

	(void)state;
	start(URL("\"AuthType\":\"NONE\""), ANYBODY);
	c = call("GET / HTTP/1.1\r\n" HOST "\r\n");
	end(INVOKE_DONE, false, "{\"statusCode\":200,\"headers\":{\"transfer encoding\":\"chunked\",\"content!length\":\"9\","
	    "\"access control-allow-origin\":\"*\",\"x_plain-1.0\":\"yes\"},\"body\":\"x\"}");
	sees_end(&c, "200", "\r\n\r\nx");
	CLIENT_SEES(&c, "x_plain-1.0: yes\r\n");
	assert_null(strcasestr(client_text(&c), "transfer-encoding"));
	assert_null(strcasestr(client_text(&c), "content-length: 9"));
	assert_null(strcasestr(client_text(&c), "access-control"));
	client_close(&c);
	stop(NULL);
}

static void what_goes_wrong_has_its_own_answers(void **state)
{
	static const struct { enum invoke_end end; bool error; enum throttle throttle; const char *status, *body; } all[] = {
		{ INVOKE_DONE, true, THROTTLE_NONE, "502", "\r\n\r\nInternal Server Error" },
		{ INVOKE_FAILED, false, THROTTLE_NONE, "502", "\r\n\r\nInternal Server Error" },
		{ INVOKE_LOOP, false, THROTTLE_NONE, "502", "\r\n\r\nInternal Server Error" },
		{ INVOKE_NOT_FOUND, false, THROTTLE_NONE, "403", "urls-auth.html\"}" },
		{ INVOKE_THROTTLED, false, THROTTLE_RESERVED, "429",
		  "{\"Reason\":\"ReservedFunctionConcurrentInvocationLimitExceeded\",\"Type\":\"User\",\"message\":\"Rate Exceeded.\"}" },
	};
	static const char *const urls[] = { URL("\"AuthType\":\"NONE\""), URL("\"AuthType\":\"NONE\",\"InvokeMode\":\"RESPONSE_STREAM\"") };

	(void)state;
	for (size_t i = 0; i < 2 * sizeof all / sizeof all[0]; i++) {
		struct client c;

		start(urls[i % 2], ANYBODY);
		c = call("GET / HTTP/1.1\r\n" HOST "\r\n");
		house.running->throttle = all[i / 2].throttle;
		end(all[i / 2].end, all[i / 2].error, "{\"errorType\":\"x\"}");
		sees_end(&c, all[i / 2].status, all[i / 2].body);
		stop(&c);
	}
}

static void the_answer_does_not_wait_for_the_invocations_end(void **state)
{
	struct client c;

	(void)state;
	start(URL("\"AuthType\":\"NONE\""), ANYBODY);
	c = call("GET / HTTP/1.1\r\n" HOST "\r\n");
	house.running->end = INVOKE_DONE;
	house.running->answer = STR("\"early\"");
	house.running->answered(house.running);
	sees_end(&c, "200", "\r\n\r\nearly");
	client_close(&c);
	RIG_UNTIL(house.gone == 1);
	assert_int_equal(house.cancels, 0);
	assert_int_equal(house.room.inside, 1);
	end(INVOKE_DONE, false, "\"early\"");
	stop(NULL);
}

static void a_client_that_leaves_cancels_and_the_end_still_comes(void **state)
{
	struct client c;

	(void)state;
	start(URL("\"AuthType\":\"NONE\""), ANYBODY);
	c = call("GET / HTTP/1.1\r\n" HOST "\r\n");
	client_break(&c);
	RIG_UNTIL(house.cancels == 1);
	end(INVOKE_DONE, false, "{}");
	c = client_open();
	client_send(&c, "GET / HTTP/1.1\r\n" HOST "\r\n");
	RIG_UNTIL(house.work);
	client_break(&c);
	RIG_UNTIL(house.gone == 2);
	look_up();		/* nobody is there any more */
	assert_int_equal(house.runs, 1);
	stop(NULL);
}

static void too_much_is_refused(void **state)
{
	char request[400];
	struct buf b = { 0 };
	struct client c;

	(void)state;
	start(URL("\"AuthType\":\"NONE\""), ANYBODY);
	snprintf(request, sizeof request, "POST / HTTP/1.1\r\n" HOST "Content-Length: %d\r\n\r\n", URL_BODY_MAX + 1);
	c = ask(request);
	CLIENT_SEES(&c, "HTTP/1.1 413 ");
	client_close(&c);
	buf_puts(&b, "GET /?");
	for (int i = 0; i <= URL_PARAMETERS_MAX; i++)
		buf_puts(&b, "a&");
	buf_puts(&b, " HTTP/1.1\r\n" HOST "\r\n");
	c = ask(b.data);
	CLIENT_SEES(&c, "HTTP/1.1 414 ");
	client_close(&c);
	c = client_open();
	client_send(&c, "GET / HTTP/1.1\r\n" HOST "Folded: a\r\n b\r\n\r\n");
	CLIENT_SEES(&c, "HTTP/1.1 400 ");
	CLIENT_SEES(&c, "{\"Message\":\"");
	assert_int_equal(house.runs, 0);
	buf_clear(&b);
	stop(&c);
}

/* -- other origins -- */

#define CORS URL("\"AuthType\":\"NONE\",\"Cors\":{\"AllowOrigins\":[\"https://a.example\",\"https://b.example\"],\"AllowMethods\":[\"GET\",\"PUT\"]," \
	"\"AllowHeaders\":[\"x-one\",\"x-two\"],\"ExposeHeaders\":[\"x-three\"],\"MaxAge\":300,\"AllowCredentials\":true}")
#define PREFLIGHT(origin, method) "OPTIONS / HTTP/1.1\r\n" HOST "Origin: " origin "\r\nAccess-Control-Request-Method: " method "\r\n\r\n"

static void preflights_do_not_reach_the_function(void **state)
{
	struct client c;

	(void)state;
	start(CORS, ANYBODY);
	c = ask(PREFLIGHT("https://b.example", "PUT"));
	sees_end(&c, "200", "\r\n\r\n");
	assert_non_null(strstr(client_text(&c), "Access-Control-Allow-Origin: https://b.example\r\n"));
	assert_non_null(strstr(client_text(&c), "Access-Control-Allow-Methods: GET,PUT\r\n"));
	assert_non_null(strstr(client_text(&c), "Access-Control-Allow-Headers: x-one,x-two\r\n"));
	assert_non_null(strstr(client_text(&c), "Access-Control-Max-Age: 300\r\n"));
	assert_non_null(strstr(client_text(&c), "Access-Control-Allow-Credentials: true\r\n"));
	client_close(&c);
	c = ask(PREFLIGHT("https://c.example", "PUT"));
	sees_end(&c, "200", "\r\n\r\n");
	assert_null(strstr(client_text(&c), "Access-Control-"));
	client_close(&c);
	c = ask(PREFLIGHT("https://a.example", "DELETE"));
	sees_end(&c, "200", "\r\n\r\n");
	assert_null(strstr(client_text(&c), "Access-Control-"));
	assert_int_equal(house.runs, 0);
	stop(&c);
}

static void the_configuration_has_the_last_word_about_origins(void **state)
{
	struct client c;

	(void)state;
	start(CORS, ANYBODY);
	c = call("GET / HTTP/1.1\r\n" HOST "Origin: https://a.example\r\n\r\n");
	end(INVOKE_DONE, false, "{\"statusCode\":200,\"headers\":{\"Access-Control-Allow-Origin\":\"*\",\"x-three\":\"3\"}}");
	sees_end(&c, "200", "\r\n\r\n");
	assert_int_equal(client_count(&c, "Access-Control-Allow-Origin: "), 1);
	assert_non_null(strstr(client_text(&c), "Access-Control-Allow-Origin: https://a.example\r\n"));
	assert_non_null(strstr(client_text(&c), "Access-Control-Expose-Headers: x-three\r\n"));
	stop(&c);
	start(URL("\"AuthType\":\"NONE\""), ANYBODY);
	c = call(PREFLIGHT("https://a.example", "GET"));	/* without a configuration it is the function's business */
	end(INVOKE_DONE, false, "{\"statusCode\":204,\"headers\":{\"Access-Control-Allow-Origin\":\"*\"}}");
	sees_end(&c, "204", "\r\n\r\n");
	assert_non_null(strstr(client_text(&c), "Access-Control-Allow-Origin: *\r\n"));
	stop(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_url_names_its_id_in_the_host),
		T(who_may_not_is_told_in_awss_words),
		T(a_request_becomes_an_event),
		T(what_is_not_there_is_left_away),
		T(a_body_that_is_not_certain_to_be_text_goes_in_base64),
		T(what_a_function_returns_is_the_answer),
		T(a_header_whose_name_would_be_changed_is_not_sent),
		T(what_goes_wrong_has_its_own_answers),
		T(the_answer_does_not_wait_for_the_invocations_end),
		T(a_client_that_leaves_cancels_and_the_end_still_comes),
		T(too_much_is_refused),
		T(preflights_do_not_reach_the_function),
		T(the_configuration_has_the_last_word_about_origins),
	};

	return cmocka_run_group_tests(tests, rig_first, NULL);
}
