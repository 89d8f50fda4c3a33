/* The Runtime API over HTTP, with environments of a few lines: what runtime.h is told, and what is answered. */
#include "tests/unit/web/http_rig.h"

#include "base/check.h"
#include "functions/runtime.h"
#include "web/runtime/api.h"

#define NEXT "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: h\r\n\r\n"
#define REQUEST_ID "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
#define POST(path) "POST /2018-06-01/runtime/" path " HTTP/1.1\r\nHost: h\r\n"
#define EXTENSION(method, path) method " /2020-01-01/extension/" path " HTTP/1.1\r\nHost: h\r\n"

struct custom_environment {
	bool attached;
	enum runtime_verdict verdict;	/* of what is asked next */
	struct runtime_waiter *waiter;
	int nexts, leaves, begins, ends, errors, init_errors, registers, telemetries;
	char request[64], type[64], mode[64], identifier[64], error_type[64], error_body[64], features[64];
	bool init;
	int rc;
	struct buf body;
};

static struct custom_environment one, two;
static struct runtime_api *api;
static struct flow flow;
static struct runtime_event event;
static bool at_once;		/* an event waits already when a runtime asks for the next */

/* -- the environments' side -- */

int runtime_status(enum runtime_verdict v)
{
#define X(name, status, type, message) status,
	static const int all[] = { RUNTIME_TABLE(X) };
#undef X
	return all[v];
}

const char *runtime_error_type(enum runtime_verdict v)
{
#define X(name, status, type, message) type,
	static const char *const all[] = { RUNTIME_TABLE(X) };
#undef X
	return all[v];
}

void runtime_error_message(enum runtime_verdict v, const struct custom_environment *e, char to[RUNTIME_TEXT_MAX])
{
	assert_true(e->attached);
	snprintf(to, RUNTIME_TEXT_MAX, "message %d", (int)v);
}

static enum runtime_verdict park(struct custom_environment *e, struct runtime_waiter *w)
{
	assert_true(e->attached && w->environment == e);
	e->nexts++;
	if (e->verdict != RUNTIME_WAITS)
		return e->verdict;
	if (at_once)
		w->deliver(w, &event);
	else
		e->waiter = w;
	return RUNTIME_WAITS;
}

enum runtime_verdict runtime_next(struct custom_environment *e, struct runtime_waiter *w)
{
	return park(e, w);
}

void runtime_leave(struct runtime_waiter *w)
{
	assert_true(w->environment->attached);
	assert_ptr_equal(w->environment->waiter, w);
	w->environment->waiter = NULL;
	w->environment->leaves++;
}

static void deliver(struct custom_environment *e, const struct runtime_event *ev)
{
	struct runtime_waiter *w = e->waiter;

	assert_non_null(w);
	e->waiter = NULL;
	w->deliver(w, ev);
}

enum runtime_verdict runtime_response_begin(struct custom_environment *e, struct runtime_response *r, struct str request, struct str mode, struct str type)
{
	assert_true(e->attached);
	e->begins++;
	r->environment = e;
	rig_keep(e->request, sizeof e->request, request);
	rig_keep(e->mode, sizeof e->mode, mode);
	rig_keep(e->type, sizeof e->type, type);
	return e->verdict == RUNTIME_WAITS ? RUNTIME_ACCEPTED : e->verdict;
}

void runtime_response_data(struct runtime_response *r, const uint8_t *p, size_t n)
{
	assert_true(r->environment->attached);
	buf_add(&r->environment->body, p, n);
}

enum runtime_verdict runtime_response_end(struct runtime_response *r, int rc, struct str error_type, struct str error_body)
{
	struct custom_environment *e = r->environment;

	assert_true(e->attached);
	e->ends++;
	e->rc = rc;
	rig_keep(e->error_type, sizeof e->error_type, error_type);
	rig_keep(e->error_body, sizeof e->error_body, error_body);
	return rc ? RUNTIME_TRUNCATED : r->refused ? r->refused : RUNTIME_ACCEPTED;
}

static void keep_error(struct custom_environment *e, struct str type, struct str body)
{
	assert_true(e->attached);
	e->body.len = 0;
	buf_add(&e->body, body.p, body.n);
	rig_keep(e->error_type, sizeof e->error_type, type);
}

enum runtime_verdict runtime_error(struct custom_environment *e, struct str request, struct str type, struct str body)
{
	keep_error(e, type, body);
	e->errors++;
	rig_keep(e->request, sizeof e->request, request);
	return e->verdict;
}

/* As an environment may: it ends inside of the call. */
enum runtime_verdict runtime_init_error(struct custom_environment *e, struct str type, struct str body)
{
	keep_error(e, type, body);
	e->init_errors++;
	if (e == &two) {
		runtime_api_detach(api, e);
		e->attached = false;
	}
	return e->verdict;
}

enum runtime_verdict runtime_register(struct custom_environment *e, struct str name, struct str features, struct str body,
				      char identifier[37], struct buf *answer)
{
	keep_error(e, name, body);
	e->registers++;
	rig_keep(e->features, sizeof e->features, features);
	snprintf(identifier, 37, "%s", REQUEST_ID);
	buf_puts(answer, "the answer");
	return e->verdict;
}

enum runtime_verdict runtime_extension_next(struct custom_environment *e, struct str identifier, struct runtime_waiter *w)
{
	rig_keep(e->identifier, sizeof e->identifier, identifier);
	return park(e, w);
}

enum runtime_verdict runtime_extension_error(struct custom_environment *e, struct str identifier, struct str type, struct str body, bool init)
{
	keep_error(e, type, body);
	e->errors++;
	e->init = init;
	rig_keep(e->identifier, sizeof e->identifier, identifier);
	return e->verdict;
}

enum runtime_verdict runtime_telemetry(struct custom_environment *e, struct str identifier, struct str body)
{
	keep_error(e, STR(""), body);
	e->telemetries++;
	rig_keep(e->identifier, sizeof e->identifier, identifier);
	return e->verdict;
}

/* -- rig -- */

static void attach(struct custom_environment *e)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(fd, 100), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	rig.port = ntohs(a.sin_port);
	*e = (struct custom_environment){ .attached = true, .verdict = RUNTIME_WAITS };
	assert_int_equal(runtime_api_attach(api, e, fd), 0);
}

static void detach(struct custom_environment *e)
{
	e->attached = false;
	runtime_api_detach(api, e);
}

static struct client start(enum runtime_verdict verdict)
{
	struct client c;

	rig = (struct rig){ .file = -1 };
	at_once = false;
	event = (struct runtime_event){ .body = STR("{\"key\":\"value\"}"), .request = STR(REQUEST_ID), .deadline_ms = 1542409706888,
					.arn = STR("arn:aws:lambda:us-east-1:000000000000:function:f"),
					.trace = STR("Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0") };
	assert_int_equal(uv_loop_init(&rig.loop), 0);
	assert_int_equal(runtime_api_open(&api, &rig.loop, 10, &flow), 0);
	attach(&one);
	one.verdict = verdict;
	c = client_open();
	return c;
}

static void stop(struct client *c)
{
	if (one.attached)
		detach(&one);
	client_close(c);
	runtime_api_stop(api, rig_on_stopped, &rig);
	rig_stop();
	assert_null(flow.first);
	buf_clear(&one.body);
	buf_clear(&two.body);
}

static void again(struct client *c)
{
	c->in.len = 0;
	if (c->in.data)
		c->in.data[0] = '\0';
}

static const char *body_of(const struct custom_environment *e)
{
	return e->body.data ? e->body.data : "";
}

/* -- tests -- */

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
	again(&c);
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

static void an_error_may_not_be_of_any_size(void **state)
{
	struct client c = start(RUNTIME_ACCEPTED);
	char head[200];

	(void)state;
	snprintf(head, sizeof head, POST("invocation/x/error") "Content-Length: %d\r\n\r\n", RUNTIME_ERROR_BODY_MAX + 1);
	client_send(&c, head);
	CLIENT_SEES(&c, "\"errorType\":\"RequestEntityTooLarge\"");
	assert_int_equal(client_status(&c), 413);
	assert_int_equal(one.errors, 0);
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

/* -- bodies -- */

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
		T(the_next_event_is_the_answer),
		T(an_event_that_waits_already_is_delivered_at_once),
		T(a_runtime_that_leaves_while_it_waits_is_told),
		T(two_that_wait_are_two),
		T(what_waits_ends_with_its_environment),
		T(requests_reach_the_environment_whose_socket_they_came_by),
		T(verdicts_are_answered_in_the_apis_shape),
		T(errors_are_told_with_type_and_body),
		T(an_environment_may_end_inside_of_what_it_is_told),
		T(an_error_may_not_be_of_any_size),
		T(extensions_register_and_get_events),
		T(a_streamed_response_is_told_as_it_comes),
		T(a_stream_that_failed_says_so_in_its_trailers),
		T(half_a_response_is_told_as_that),
		T(nobody_is_told_the_rest_of_a_response_when_the_environment_is_gone),
		T(a_response_that_is_found_too_large_is_told_at_its_end),
		T(a_slow_runtime_is_waited_for),
		T(a_streamed_response_can_be_held),
		T(an_environment_ends_while_its_response_is_held),
		T(what_is_not_http_is_refused_in_the_apis_shape),
	};

	return cmocka_run_group_tests(tests, rig_first, NULL);
}
