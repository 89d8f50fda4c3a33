#include "web/runtime/api.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "web/runtime/request.h"

struct runtime_api {
	struct http_server *http;
	struct flow *flow;
	struct pace pace;
	struct buf ok;			/* what most requests are answered */
	void (*stopped)(void *owner);
	void *stopped_owner;
};

static void ping_serve(struct runtime_request *q)
{
	request_text(q, "text/plain", STR("pong"));
}

static const struct runtime_route routes[] = {
	{ "GET",  "/2018-06-01/runtime/invocation/next",        next_serve },
	{ "POST", "/2018-06-01/runtime/invocation/{}/response", response_serve },
	{ "POST", "/2018-06-01/runtime/invocation/{}/error",    error_serve },
	{ "POST", "/2018-06-01/runtime/init/error",             init_error_serve },
	{ "GET",  "/2018-06-01/ping",                           ping_serve },
	{ "POST", "/2020-01-01/extension/register",             register_serve },
	{ "GET",  "/2020-01-01/extension/event/next",           event_serve },
	{ "POST", "/2020-01-01/extension/init/error",           extension_init_error_serve },
	{ "POST", "/2020-01-01/extension/exit/error",           extension_exit_error_serve },
	{ "PUT",  "/2020-08-15/logs",                           telemetry_serve },
	{ "PUT",  "/2022-07-01/telemetry",                      telemetry_serve },
};

/* -- answers -- */

struct http_request *request_begin(struct runtime_request *q, int status)
{
	http_status(q->r, status);
	http_header(q->r, "Content-Type", STR("application/json"));
	return q->r;
}

void request_text(struct runtime_request *q, const char *type, struct str text)
{
	http_status(q->r, 200);
	http_header(q->r, "Content-Type", str_of(type));
	http_reply(q->r, text);
}

static void answer_error(struct runtime_request *q, int status, const char *type, const char *message)
{
	struct buf b = { 0 };
	struct json j = json_into(&b);

	json_open(&j, NULL, '{');
	json_cstr(&j, "errorMessage", message);
	json_cstr(&j, "errorType", type);
	json_close(&j);
	http_reply_buf(request_begin(q, status), &b);
}

void request_answer(struct runtime_request *q, enum runtime_verdict v)
{
	struct custom_environment *e = request_environment(q);
	char message[RUNTIME_TEXT_MAX];

	if (!e)
		return;
	if (!runtime_error_type(v)) {
		http_reply(request_begin(q, runtime_status(v)), str_n(q->api->ok.data, q->api->ok.len));
		return;
	}
	runtime_error_message(v, e, message);
	answer_error(q, runtime_status(v), runtime_error_type(v), message);
}

bool request_body(struct runtime_request *q, int rc)
{
	if (rc < 0)
		request_answer(q, rc == E_TOO_LARGE ? RUNTIME_TOO_LARGE : RUNTIME_TRUNCATED);
	return rc == 0 && request_environment(q);
}

/* -- waiting -- */

void request_wait_begin(struct runtime_request *q, void (*deliver)(struct runtime_waiter *w, const struct runtime_event *ev))
{
	q->waiter = (struct runtime_waiter){ .deliver = deliver, .environment = request_environment(q) };
	q->parked = q->r->leaves_at_eof = true;
}

void request_wait(struct runtime_request *q, enum runtime_verdict v)
{
	if (v == RUNTIME_WAITS)
		return;
	q->parked = false;
	request_answer(q, v);
}

static void on_gone(struct http_request *r)
{
	struct runtime_request *q = r->app;

	flow_leave(&q->source);
	pace_leave(&q->paced);
	if (q->parked && request_environment(q))
		runtime_leave(&q->waiter);
}

/* -- requests -- */

/* True, and what stands for the placeholder, when `path` is of the form. */
static bool matches(const char *form, struct str path, struct str *id)
{
	const char *hole = strstr(form, "{}");
	struct str head = hole ? str_n(form, (size_t)(hole - form)) : str_of(form), tail = str_of(hole ? hole + 2 : "");

	if (!hole)
		return str_eq(path, head);
	if (path.n <= head.n + tail.n || !str_starts(path, head) || !str_ends(path, tail))
		return false;
	*id = str_n(path.p + head.n, path.n - head.n - tail.n);
	return !memchr(id->p, '/', id->n);
}

static struct runtime_request *make_request(struct runtime_api *a, struct http_request *r)
{
	struct runtime_request *q = arena_take(&r->arena, sizeof *q);

	q->api = a;
	q->r = r;
	r->app = q;
	r->on_gone = on_gone;
	return q;
}

static void on_request(void *owner, struct http_request *r)
{
	struct runtime_request *q = make_request(owner, r);
	bool known = false;

	for (size_t i = 0; i < sizeof routes / sizeof routes[0] && !q->route; i++)
		if (matches(routes[i].path, r->path, &q->id)) {
			known = true;
			if (str_eq(r->method, str_of(routes[i].method)))
				q->route = &routes[i];
		}
	if (q->route)
		q->route->serve(q);
	else if (known)
		answer_error(q, 405, "MethodNotAllowed", "This path has another method.");
	else
		answer_error(q, 404, "NotFound", "There is nothing at this path.");
}

static void on_bad(void *owner, struct http_request *r, int status, const char *why)
{
	answer_error(make_request(owner, r), status, "InvalidRequest", why);
}

static void on_done(void *owner, struct http_request *r)
{
	struct runtime_request *q = r->app;

	(void)owner;
	if (!q)
		return;		/* a connection that never became a request */
	log_debug("face=runtime op=%s status=%d in=%lld out=%lld us=%lld", q->route ? q->route->path : "-", r->status,
		  (long long)r->bytes_in, (long long)r->bytes_out, (long long)(clock_mono_us() - r->started_us));
}

/* -- life -- */

int runtime_api_open(struct runtime_api **out, uv_loop_t *loop, int environments, struct flow *flow)
{
	struct runtime_api *a = calloc(1, sizeof *a);
	struct http_spec spec = { .loop = loop, .connections_max = environments * RUNTIME_CONNECTIONS_MAX, .header_bytes_max = RUNTIME_HEAD_MAX,
		.header_ms = RUNTIME_PATIENCE_MS, .body_ms = RUNTIME_PATIENCE_MS, .idle_ms = RUNTIME_PATIENCE_MS,
		.on_request = on_request, .on_bad = on_bad, .on_done = on_done, .owner = a };
	struct json j;
	int rc;

	CHECK(a != NULL);
	if ((rc = http_open(&a->http, &spec)) < 0) {
		free(a);
		return rc;
	}
	a->flow = flow;
	pace_open(&a->pace, loop);
	j = json_into(&a->ok);
	json_open(&j, NULL, '{');
	json_cstr(&j, "status", "OK");
	json_close(&j);
	*out = a;
	return 0;
}

int runtime_api_attach(struct runtime_api *a, struct custom_environment *e, int fd)
{
	return http_adopt(a->http, fd, e, RUNTIME_CONNECTIONS_MAX);
}

void runtime_api_detach(struct runtime_api *a, struct custom_environment *e)
{
	http_disown(a->http, e);
}

struct flow *runtime_api_flow(struct runtime_api *a)
{
	return a->flow;
}

struct pace *runtime_api_pace(struct runtime_api *a)
{
	return &a->pace;
}

static void on_closed(struct pace *p)
{
	struct runtime_api *a = container_of(p, struct runtime_api, pace);
	void (*stopped)(void *owner) = a->stopped;
	void *stopped_owner = a->stopped_owner;

	buf_clear(&a->ok);
	free(a);
	stopped(stopped_owner);
}

static void on_stopped(void *owner)
{
	struct runtime_api *a = owner;

	pace_close(&a->pace, on_closed);
}

void runtime_api_stop(struct runtime_api *a, void (*stopped)(void *owner), void *owner)
{
	a->stopped = stopped;
	a->stopped_owner = owner;
	http_stop(a->http, 0, on_stopped, a);
}
