/* What a runtime asks and says: the next event, its response or error, and that it could not begin. */
#include "base/check.h"
#include "base/err.h"
#include "web/runtime/request.h"

static void add(struct http_request *r, const char *name, struct str value)
{
	if (value.n > 0)
		http_header(r, name, value);
}

static void deliver(struct runtime_waiter *w, const struct runtime_event *ev)
{
	struct runtime_request *q = container_of(w, struct runtime_request, waiter);
	struct http_request *r = q->r;

	q->parked = false;
	if (!ev) {
		http_break(r);
		return;
	}
	request_begin(q, 200);
	http_header(r, "Lambda-Runtime-Aws-Request-Id", ev->request);
	http_header_int(r, "Lambda-Runtime-Deadline-Ms", ev->deadline_ms);
	http_header(r, "Lambda-Runtime-Invoked-Function-Arn", ev->arn);
	add(r, "Lambda-Runtime-Trace-Id", ev->trace);
	add(r, "Lambda-Runtime-Client-Context", ev->client_context);
	http_reply(r, ev->body);
}

void next_serve(struct runtime_request *q)
{
	request_wait_begin(q, deliver);
	request_wait(q, runtime_next(request_environment(q), &q->waiter));
}

/* -- responses -- */

static void on_data(struct http_request *r, const uint8_t *p, size_t n)
{
	struct runtime_request *q = r->app;

	if (!request_environment(q))
		return;
	runtime_response_data(&q->response, p, n);
	pace_took(&q->paced, n);
}

static struct str error_type(const struct http_request *r)
{
	return http_field(r, "Lambda-Runtime-Function-Error-Type");
}

static void on_end(struct http_request *r, int rc)
{
	struct runtime_request *q = r->app;

	flow_leave(&q->source);
	pace_leave(&q->paced);
	if (!request_environment(q))
		return;
	request_answer(q, runtime_response_end(&q->response, rc,
					       q->response.error ? error_type(r) : http_trailer(r, "Lambda-Runtime-Function-Error-Type"),
					       http_trailer(r, "Lambda-Runtime-Function-Error-Body")));
}

static const struct http_sink sink = { .on_data = on_data, .on_end = on_end };

/* Who holds a response: it goes on when nobody does. */
enum { BY_READER = 1, BY_PACE = 2 };

static void hold(struct runtime_request *q, unsigned by, bool yes)
{
	unsigned before = q->held;

	q->held = yes ? before | by : before & ~by;
	if (!before && q->held)
		http_pause(q->r);
	else if (before && !q->held)
		http_resume(q->r);
}

static void hold_for_reader(struct flow_source *s, bool yes)
{
	hold(container_of(s, struct runtime_request, source), BY_READER, yes);
}

static void hold_for_pace(struct paced *s, bool yes)
{
	hold(container_of(s, struct runtime_request, paced), BY_PACE, yes);
}

void response_serve(struct runtime_request *q)
{
	struct http_request *r = q->r;
	enum runtime_verdict v;

	v = runtime_response_begin(request_environment(q), &q->response, q->id, http_field(r, "Lambda-Runtime-Function-Response-Mode"),
				   http_field(r, "Content-Type"));
	if (v != RUNTIME_ACCEPTED) {
		request_answer(q, v);
		return;
	}
	q->source.request = q->id;
	q->source.hold = hold_for_reader;
	flow_join(runtime_api_flow(q->api), &q->source);
	if (q->response.streaming) {
		q->paced.hold = hold_for_pace;
		pace_join(runtime_api_pace(q->api), &q->paced);
	}
	http_body_stream(r, &sink);
}

/* -- errors -- */

void error_serve(struct runtime_request *q)
{
	enum runtime_verdict v = runtime_error_begin(request_environment(q), &q->response, q->id);

	if (v == RUNTIME_ACCEPTED)
		http_body_stream(q->r, &sink);
	else
		request_answer(q, v);
}

static void on_init_error(struct http_request *r, int rc, struct str body)
{
	struct runtime_request *q = r->app;

	if (rc == E_TOO_LARGE) {
		rc = 0;
		body = (struct str){ 0 };
	}
	if (request_body(q, rc))
		request_answer(q, runtime_init_error(request_environment(q), error_type(r), body));
}

void init_error_serve(struct runtime_request *q)
{
	http_body_whole(q->r, RUNTIME_ERROR_BODY_MAX, on_init_error);
}
