#include "web/url/url.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/log.h"
#include "web/url/request.h"

#define ROOM_PER_BYTE 2		/* its base64 in the event */

static void release(struct url_request *q)
{
	struct room *room = q->room;

	whole_clear(&q->whole);
	buf_clear(&q->event);
	buf_clear(&q->head);
	arena_clear(&q->arena);
	free(q);
	room_leave(room);
}

/* What runs goes on: its function may have begun something. */
static void on_gone(struct call *c)
{
	struct url_request *q = c->face_state;

	q->call = NULL;
	stream_go(q);
	if (q->running && !q->over)
		invoke_cancel(&q->invoke);
	if (!q->busy)
		release(q);
}

/* -- the invocation -- */

static void refuse_throttled(struct url_request *q)
{
	struct http_request *r = url_begin(q, 429);
	struct buf b = { 0 };
	struct json j = json_into(&b);

	q->call->code = "TooManyRequestsException";
	http_header(r, "Content-Type", STR("application/json"));
	http_header(r, "x-amzn-ErrorType", str_of(q->call->code));
	http_header_int(r, "Retry-After", THROTTLE_RETRY_AFTER_S);
	cors_add(q);
	json_open(&j, NULL, '{');
	json_cstr(&j, "Reason", throttle_reason(q->invoke.throttle));
	json_cstr(&j, "Type", "User");
	json_cstr(&j, "message", "Rate Exceeded.");
	json_close(&j);
	http_reply_buf(r, &b);
}

static void finish(struct url_request *q)
{
	const struct invoke *v = &q->invoke;
	bool failed = v->end != INVOKE_DONE || v->function_error;

	if (!q->call || q->over)
		return;
	q->over = true;
	if (v->end == INVOKE_THROTTLED)
		refuse_throttled(q);
	else if (v->end == INVOKE_NOT_FOUND)
		url_forbid(q);		/* the alias was deleted */
	else if (q->streams)
		stream_end(q, failed);
	else if (failed)
		url_fail(q);
	else
		url_answer(q, v->answer);
}

static void on_answered(struct invoke *v)
{
	finish(container_of(v, struct url_request, invoke));
}

static void on_done(struct invoke *v)
{
	struct url_request *q = container_of(v, struct url_request, invoke);

	q->running = q->busy = false;
	finish(q);
	if (!q->call)
		release(q);
}

/* The room that the body took is given back first: a function may run for minutes, and may want to upload something itself meanwhile. */
static void run(struct url_request *q)
{
	whole_leave(&q->whole);
	q->invoke = (struct invoke){ .m = q->m, .function = q->function, .qualifier = q->alias, .request = str_of(q->id),
		.payload = str_n(q->event.data, q->event.len), .trace = http_field(q->call->r, "x-amzn-trace-id"),
		.piece = q->streams ? stream_piece : NULL, .answered = on_answered, .done = on_done };
	q->invoke.trace = arena_str(&q->arena, str_is_set(q->invoke.trace) ? q->invoke.trace : str_of(q->trace));
	q->running = q->busy = true;
	invoke_run(&q->invoke);
}

/* -- the request -- */

static void too_large(struct url_request *q)
{
	char message[80];

	snprintf(message, sizeof message, "Request must be smaller than %d bytes for the InvokeFunction operation", CUSTOM_PAYLOAD_MAX);
	url_refuse(q, 413, "RequestEntityTooLargeException", message);
}

static int check_signature(struct url_request *q, struct str body)
{
	struct call *c = q->call;

	if (!q->iam)
		return 0;
	switch (auth_verify(c->r, &c->auth, &q->m->credentials, str_of(q->m->settings.region), STR("lambda"), body)) {
	case AUTH_OK:
		return 0;
	case AUTH_BAD_SIGNATURE:
	case AUTH_BAD_PAYLOAD_HASH:
		url_refuse(q, 403, "InvalidSignatureException", "The request signature we calculated does not match the signature you provided. "
			   "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.");
		return E_BAD_INPUT;
	case AUTH_SKEWED:
	case AUTH_EXPIRED:
		url_refuse(q, 403, "InvalidSignatureException", "Signature expired or not yet current.");
		return E_BAD_INPUT;
	case AUTH_MISSING:
	case AUTH_MALFORMED:
	case AUTH_UNKNOWN_KEY:
	case AUTH_WRONG_REGION:
	case AUTH_WRONG_SERVICE:
	case AUTH_UNSIGNED_HEADERS:
	case AUTH_BAD_EXPIRES:
	case AUTH_INCOMPLETE_QUERY:
	default:
		url_forbid(q);
		return E_BAD_INPUT;
	}
}

static void on_body(struct http_request *r, int rc, struct str body)
{
	struct call *c = r->app;
	struct url_request *q = c->face_state;

	if (rc == E_TOO_LARGE)
		too_large(q);
	else if (rc < 0)
		url_refuse(q, 400, "InvalidRequestException", "The request body did not arrive.");
	else if (check_signature(q, body) < 0)
		return;
	else if (url_event(q, body) < 0)
		url_refuse(q, 414, "InvalidRequestException", "There are too many parameters.");
	else if (q->event.len > CUSTOM_PAYLOAD_MAX)
		too_large(q);
	else
		run(q);
}

static void take_body(struct url_request *q)
{
	q->whole.max = URL_BODY_MAX;
	q->whole.per_byte = ROOM_PER_BYTE;
	q->whole.done = on_body;
	whole_take(&q->whole, q->call);
}

static void on_looked_up(struct work *w)
{
	struct url_request *q = container_of(w, struct url_request, work);

	q->busy = false;
	if (w->rc < 0)
		log_warn(w->rc, "event=url-unread id=%s", log_quote(q->url_id));
	if (!q->call)
		release(q);
	else if (w->rc < 0)
		url_refuse(q, 500, "ServiceException", "Internal Server Error");
	else if (!q->found)
		url_refuse(q, 403, "AccessDeniedException", NULL);
	else if (url_preflight(q))
		return;
	else if (!q->iam && !q->granted)
		url_forbid(q);
	else
		take_body(q);
}

static int look_up(struct work *w, struct db *db)
{
	return url_look_up(container_of(w, struct url_request, work), db);
}

/* A UUID, and the root of a trace. */
static void name_request(struct url_request *q)
{
	uint8_t raw[28];
	char hex[57];

	random_bytes(raw, sizeof raw);
	raw[6] = (uint8_t)((raw[6] & 0x0f) | 0x40);
	raw[8] = (uint8_t)((raw[8] & 0x3f) | 0x80);
	hex_encode(hex, raw, sizeof raw);
	snprintf(q->id, sizeof q->id, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
	snprintf(q->trace, sizeof q->trace, "Root=1-%08llx-%.24s", (unsigned long long)(clock_wall_ms() / 1000), hex + 32);
}

static struct url_request *open_request(struct call *c)
{
	struct url_request *q = calloc(1, sizeof *q);

	CHECK(q != NULL);
	q->m = c->m;
	q->call = c;
	q->flow = c->flow;
	q->room = c->room;
	c->face_state = q;
	c->gone = on_gone;
	room_enter(c->room);
	name_request(q);
	q->url_id = arena_str(&q->arena, url_id_of(http_field(c->r, "host")));
	return q;
}

static void serve(struct call *c)
{
	struct url_request *q = open_request(c);

	c->op = "invoke";
	q->busy = true;
	q->work = (struct work){ .run = look_up, .done = on_looked_up };
	lanes_run(q->m->lanes, &q->work);
}

static void refuse(struct call *c, int status, const char *why)
{
	url_refuse(open_request(c), status, "InvalidRequestException", why);
}

static bool wants(const struct call *c)
{
	return str_is_set(url_id_of(http_field(c->r, "host")));
}

const struct face face_url = { "url", wants, serve, refuse };
