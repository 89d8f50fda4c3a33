/* runtime_rig.h - the Runtime API over HTTP, with environments of a few lines that note what they are told. */
#ifndef TESTS_UNIT_WEB_RUNTIME_RIG_H
#define TESTS_UNIT_WEB_RUNTIME_RIG_H

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

static inline enum runtime_verdict park(struct custom_environment *e, struct runtime_waiter *w)
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

static inline void deliver(struct custom_environment *e, const struct runtime_event *ev)
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
	r->streaming = mode.n > 0;
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

static inline void keep_error(struct custom_environment *e, struct str type, struct str body)
{
	assert_true(e->attached);
	e->body.len = 0;
	buf_add(&e->body, body.p, body.n);
	rig_keep(e->error_type, sizeof e->error_type, type);
}

enum runtime_verdict runtime_error_begin(struct custom_environment *e, struct runtime_response *r, struct str request)
{
	assert_true(e->attached);
	e->errors++;
	e->body.len = 0;
	r->environment = e;
	r->error = true;
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

static inline void attach(struct custom_environment *e)
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

static inline void detach(struct custom_environment *e)
{
	e->attached = false;
	runtime_api_detach(api, e);
}

static inline struct client start(enum runtime_verdict verdict)
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

static inline void stop(struct client *c)
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

static inline void again(struct client *c)
{
	c->in.len = 0;
	if (c->in.data)
		c->in.data[0] = '\0';
}

static inline const char *body_of(const struct custom_environment *e)
{
	return e->body.data ? e->body.data : "";
}

#endif
