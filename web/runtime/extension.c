/* What extensions ask and say, and who wants telemetry. */
#include "base/check.h"
#include "base/json.h"
#include "web/runtime/request.h"

static struct str identifier(const struct http_request *r)
{
	return http_field(r, "Lambda-Extension-Identifier");
}

static void on_register(struct http_request *r, int rc, struct str body)
{
	struct runtime_request *q = r->app;
	struct buf answer = { 0 };
	char id[37] = "";
	enum runtime_verdict v;

	if (!request_body(q, rc))
		return;
	v = runtime_register(request_environment(q), http_field(r, "Lambda-Extension-Name"), http_field(r, "Lambda-Extension-Accept-Feature"),
			     body, id, &answer);
	if (v == RUNTIME_OK) {
		http_header(r, "Lambda-Extension-Identifier", str_of(id));
		http_reply_buf(request_begin(q, 200), &answer);
	} else {
		request_answer(q, v);
	}
	buf_clear(&answer);
}

void register_serve(struct runtime_request *q)
{
	http_body_whole(q->r, RUNTIME_ERROR_BODY_MAX, on_register);
}

static void deliver(struct runtime_waiter *w, const struct runtime_event *ev)
{
	struct runtime_request *q = container_of(w, struct runtime_request, waiter);

	q->parked = false;
	if (!ev) {
		http_break(q->r);
		return;
	}
	http_header(q->r, "Lambda-Extension-Event-Identifier", ev->event_identifier);
	http_reply(request_begin(q, 200), ev->body);
}

void event_serve(struct runtime_request *q)
{
	request_wait_begin(q, deliver);
	request_wait(q, runtime_extension_next(request_environment(q), identifier(q->r), &q->waiter));
}

static void tell_error(struct runtime_request *q, int rc, struct str body, bool init)
{
	struct http_request *r = q->r;

	if (request_body(q, rc))
		request_answer(q, runtime_extension_error(request_environment(q), identifier(r),
							  http_field(r, "Lambda-Extension-Function-Error-Type"), body, init));
}

static void on_init_error(struct http_request *r, int rc, struct str body)
{
	tell_error(r->app, rc, body, true);
}

static void on_exit_error(struct http_request *r, int rc, struct str body)
{
	tell_error(r->app, rc, body, false);
}

void extension_init_error_serve(struct runtime_request *q)
{
	http_body_whole(q->r, RUNTIME_ERROR_BODY_MAX, on_init_error);
}

void extension_exit_error_serve(struct runtime_request *q)
{
	http_body_whole(q->r, RUNTIME_ERROR_BODY_MAX, on_exit_error);
}

static void on_telemetry(struct http_request *r, int rc, struct str body)
{
	struct runtime_request *q = r->app;
	enum runtime_verdict v;

	if (!request_body(q, rc))
		return;
	v = runtime_telemetry(request_environment(q), identifier(r), body);
	if (v == RUNTIME_OK)
		request_text(q, "text/plain", STR("\"OK\""));
	else
		request_answer(q, v);
}

void telemetry_serve(struct runtime_request *q)
{
	http_body_whole(q->r, RUNTIME_ERROR_BODY_MAX, on_telemetry);
}
