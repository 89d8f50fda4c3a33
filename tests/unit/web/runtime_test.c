/* The Runtime API over HTTP: what runtime.h is told, and what is answered. */
#include "tests/unit/web/runtime_rig.h"

static void the_next_event_is_the_answer(void **state)
{
	struct client c = start(RUNTIME_WAITS);

	(void)state;
	client_send(&c, NEXT);
	RIG_UNTIL(one.waiter);
	deliver(&one, &event);
	CLIENT_SEES(&c, "{\"key\":\"value\"}");
	assert_int_equal(client_status(&c), 200);
	assert_non_null(strstr(client_text(&c), "Content-Type: application/json\r\n"));
	assert_non_null(strstr(client_text(&c), "Lambda-Runtime-Aws-Request-Id: " REQUEST_ID "\r\n"));
	assert_non_null(strstr(client_text(&c), "Lambda-Runtime-Deadline-Ms: 1542409706888\r\n"));
	assert_non_null(strstr(client_text(&c), "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:000000000000:function:f\r\n"));
	assert_non_null(strstr(client_text(&c), "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0\r\n"));
	assert_null(strstr(client_text(&c), "Client-Context"));
	assert_non_null(strstr(client_text(&c), "Content-Length: 15\r\n"));
	stop(&c);
}

static void an_event_that_waits_already_is_delivered_at_once(void **state)
{
	struct client c = start(RUNTIME_WAITS);

	(void)state;
	at_once = true;
	event.client_context = STR("{\"client\":{}}");
	for (int i = 0; i < 3; i++) {
		again(&c);
		client_send(&c, NEXT);
		CLIENT_SEES(&c, "{\"key\":\"value\"}");
		assert_non_null(strstr(client_text(&c), "Lambda-Runtime-Client-Context: {\"client\":{}}\r\n"));
		again(&c);
		client_send(&c, POST("invocation/" REQUEST_ID "/response") "Content-Length: 4\r\nContent-Type: text/x\r\n\r\ndone");
		CLIENT_SEES(&c, "{\"status\":\"OK\"}");
		assert_int_equal(client_status(&c), 202);
	}
	assert_int_equal(one.nexts, 3);
	assert_int_equal(one.ends, 3);
	assert_int_equal(one.leaves, 0);
	assert_string_equal(one.request, REQUEST_ID);
	assert_string_equal(one.type, "text/x");
	assert_string_equal(one.mode, "");
	assert_string_equal(body_of(&one), "donedonedone");
	stop(&c);
}

static void a_runtime_that_leaves_while_it_waits_is_told(void **state)
{
	struct client c = start(RUNTIME_WAITS), other;

	(void)state;
	client_send(&c, NEXT);
	RIG_UNTIL(one.waiter);
	shutdown(c.fd, SHUT_WR);	/* what the end of its process does */
	RIG_UNTIL(one.leaves == 1);
	assert_null(one.waiter);
	CLIENT_ENDS(&c);
	other = client_open();
	client_send(&other, NEXT);
	RIG_UNTIL(one.waiter);
	client_break(&other);
	RIG_UNTIL(one.leaves == 2);
	stop(&c);
}

static void two_that_wait_are_two(void **state)
{
	struct client c = start(RUNTIME_WAITS), other = client_open();
	struct runtime_waiter *first;

	(void)state;
	client_send(&c, NEXT);
	RIG_UNTIL(one.waiter);
	first = one.waiter;
	client_send(&other, NEXT);
	RIG_UNTIL(one.nexts == 2);
	assert_ptr_not_equal(one.waiter, first);
	deliver(&one, &event);
	CLIENT_SEES(&other, "{\"key\":\"value\"}");
	one.waiter = first;
	deliver(&one, NULL);
	CLIENT_ENDS(&c);
	assert_int_equal(c.in.len, 0);
	client_close(&other);
	stop(&c);
}

static void what_waits_ends_with_its_environment(void **state)
{
	struct client c = start(RUNTIME_WAITS);

	(void)state;
	client_send(&c, NEXT);
	RIG_UNTIL(one.waiter);
	detach(&one);
	one.waiter = NULL;
	CLIENT_ENDS(&c);
	assert_int_equal(c.in.len, 0);
	assert_int_equal(one.leaves, 0);
	stop(&c);
}

static void requests_reach_the_environment_whose_socket_they_came_by(void **state)
{
	struct client c = start(RUNTIME_WAITS), other;

	(void)state;
	attach(&two);
	other = client_open();
	client_send(&other, NEXT);
	RIG_UNTIL(two.waiter);
	assert_int_equal(one.nexts, 0);
	client_send(&c, NEXT);
	RIG_UNTIL(one.waiter);
	detach(&two);
	CLIENT_ENDS(&other);
	deliver(&one, &event);
	CLIENT_SEES(&c, "{\"key\":\"value\"}");
	client_close(&other);
	stop(&c);
}

static void verdicts_are_answered_in_the_apis_shape(void **state)
{
	static const struct { enum runtime_verdict v; const char *request, *status, *says; } all[] = {
		{ RUNTIME_BAD_STATE, NEXT, "HTTP/1.1 403 ", "\"errorType\":\"InvalidStateTransition\"" },
		{ RUNTIME_BAD_ID, POST("invocation/x/response") "Content-Length: 2\r\n\r\n{}", "HTTP/1.1 400 ",
		  "\"errorType\":\"InvalidRequestID\"" },
		{ RUNTIME_BAD_MODE, POST("invocation/x/response") "Content-Length: 2\r\n\r\n{}", "HTTP/1.1 400 ",
		  "\"errorType\":\"InvalidFunctionResponseMode\"" },
		{ RUNTIME_BAD_ID, POST("invocation/x/error") "Content-Length: 2\r\n\r\n{}", "HTTP/1.1 400 ", "{\"errorMessage\":\"message " },
		{ RUNTIME_MANY, EXTENSION("POST", "register") "Content-Length: 2\r\n\r\n{}", "HTTP/1.1 403 ", "Extension.TooManyExtensions" },
		{ RUNTIME_UNKNOWN, EXTENSION("GET", "event/next") "\r\n", "HTTP/1.1 403 ", "Extension.UnknownExtensionIdentifier" },
		{ RUNTIME_NO_ERROR_TYPE, EXTENSION("POST", "init/error") "\r\n", "HTTP/1.1 403 ", "Extension.MissingHeader" },
		{ RUNTIME_NO_TELEMETRY, "PUT /2022-07-01/telemetry HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 202 ",
		  "\"errorType\":\"Telemetry.NotSupported\"" },
		{ RUNTIME_OK, "PUT /2020-08-15/logs HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 200 ", "\r\n\r\n\"OK\"" },
		{ RUNTIME_OK, "GET /2018-06-01/ping HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 ", "\r\n\r\npong" },
		{ RUNTIME_OK, "GET /2018-06-01/runtime/restore/next HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 404 ", "\"errorMessage\":" },
		{ RUNTIME_OK, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 404 ", "\"errorType\":\"NotFound\"" },
		{ RUNTIME_OK, POST("invocation//response") "Content-Length: 0\r\n\r\n", "HTTP/1.1 404 ", "\"errorType\":" },
		{ RUNTIME_OK, POST("invocation/a/b/response") "Content-Length: 0\r\n\r\n", "HTTP/1.1 404 ", "\"errorType\":" },
		{ RUNTIME_OK, POST("invocation/next") "Content-Length: 0\r\n\r\n", "HTTP/1.1 405 ", "\"errorType\":\"MethodNotAllowed\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct client c = start(all[i].v);

		client_send(&c, all[i].request);
		CLIENT_SEES(&c, all[i].status);
		CLIENT_SEES(&c, all[i].says);
		assert_int_equal(one.leaves, 0);
		stop(&c);
	}
}

static void errors_are_told_with_type_and_body(void **state)
{
	struct client c = start(RUNTIME_ACCEPTED);

	(void)state;
	client_send(&c, POST("invocation/" REQUEST_ID "/error") "Lambda-Runtime-Function-Error-Type: Function.Bad\r\nContent-Length: 4\r\n\r\nboom");
	CLIENT_SEES(&c, "{\"status\":\"OK\"}");
	assert_int_equal(client_status(&c), 202);
	assert_string_equal(one.request, REQUEST_ID);
	assert_string_equal(one.error_type, "Function.Bad");
	assert_string_equal(body_of(&one), "boom");
	assert_int_equal(one.ends, 1);
	again(&c);
	one.body.len = 0;
	client_send(&c, POST("invocation/x/error") "Transfer-Encoding: chunked\r\n\r\nthis is no chunk");
	CLIENT_SEES(&c, "\"errorType\":\"TruncatedHTTPRequest\"");
	assert_int_equal(one.rc, E_BAD_INPUT);
	stop(&c);
	c = start(RUNTIME_ACCEPTED);
	client_send(&c, POST("init/error") "Content-Length: 5\r\n\r\nearly");
	CLIENT_SEES(&c, "HTTP/1.1 202 ");
	assert_string_equal(body_of(&one), "early");
	assert_int_equal(one.init_errors, 1);
	stop(&c);
}

static void an_environment_may_end_inside_of_what_it_is_told(void **state)
{
	struct client c = start(RUNTIME_ACCEPTED), other;

	(void)state;
	attach(&two);
	other = client_open();
	client_send(&other, POST("init/error") "Content-Length: 5\r\n\r\nearly");
	CLIENT_ENDS(&other);
	assert_int_equal(two.init_errors, 1);
	client_close(&other);
	stop(&c);
}

static void an_init_error_may_not_be_of_any_size(void **state)
{
	struct client c = start(RUNTIME_ACCEPTED);
	char head[200];

	(void)state;
	one.verdict = RUNTIME_TOO_LARGE;
	snprintf(head, sizeof head, POST("init/error") "Lambda-Runtime-Function-Error-Type: t\r\nContent-Length: %d\r\n\r\n", RUNTIME_ERROR_BODY_MAX + 1);
	client_send(&c, head);
	CLIENT_SEES(&c, "\"errorType\":\"RequestEntityTooLarge\"");
	assert_int_equal(client_status(&c), 413);
	assert_int_equal(one.init_errors, 1);	/* told at once, without its body */
	assert_int_equal(one.body.len, 0);
	assert_string_equal(one.error_type, "t");
	stop(&c);
}

static void extensions_register_and_get_events(void **state)
{
	struct client c = start(RUNTIME_OK);

	(void)state;
	client_send(&c, EXTENSION("POST", "register") "Lambda-Extension-Name: mine\r\nLambda-Extension-Accept-Feature: accountId\r\n"
		    "Content-Length: 2\r\n\r\n{}");
	CLIENT_SEES(&c, "the answer");
	assert_non_null(strstr(client_text(&c), "Lambda-Extension-Identifier: " REQUEST_ID "\r\n"));
	assert_string_equal(one.error_type, "mine");
	assert_string_equal(one.features, "accountId");
	again(&c);
	one.verdict = RUNTIME_WAITS;
	client_send(&c, EXTENSION("GET", "event/next") "Lambda-Extension-Identifier: " REQUEST_ID "\r\n\r\n");
	RIG_UNTIL(one.waiter);
	assert_string_equal(one.identifier, REQUEST_ID);
	event.event_identifier = STR("the-event");
	deliver(&one, &event);
	CLIENT_SEES(&c, "{\"key\":\"value\"}");
	assert_non_null(strstr(client_text(&c), "Lambda-Extension-Event-Identifier: the-event\r\n"));
	assert_null(strstr(client_text(&c), "Lambda-Runtime-"));
	again(&c);
	one.verdict = RUNTIME_ACCEPTED;
	client_send(&c, EXTENSION("POST", "exit/error") "Lambda-Extension-Identifier: i\r\nLambda-Extension-Function-Error-Type: t\r\n\r\n");
	CLIENT_SEES(&c, "{\"status\":\"OK\"}");
	assert_false(one.init);
	assert_string_equal(one.error_type, "t");
	again(&c);
	client_send(&c, EXTENSION("POST", "init/error") "Lambda-Extension-Identifier: i\r\n\r\n");
	CLIENT_SEES(&c, "{\"status\":\"OK\"}");
	assert_true(one.init);
	stop(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_next_event_is_the_answer),
		T(an_event_that_waits_already_is_delivered_at_once),
		T(a_runtime_that_leaves_while_it_waits_is_told),
		T(two_that_wait_are_two),
		T(what_waits_ends_with_its_environment),
		T(requests_reach_the_environment_whose_socket_they_came_by),
		T(verdicts_are_answered_in_the_apis_shape),
		T(errors_are_told_with_type_and_body),
		T(an_environment_may_end_inside_of_what_it_is_told),
		T(an_init_error_may_not_be_of_any_size),
		T(extensions_register_and_get_events),
	};

	return cmocka_run_group_tests(tests, rig_first, NULL);
}
