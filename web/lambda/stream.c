/* stream.c - InvokeWithResponseStream: Invoke whose answer leaves while the function runs, as messages of an event stream (facts/01 section 2,
 * facts/04 section 9):
 *
 *     PayloadChunk... InvokeComplete {"ErrorCode"?, "ErrorDetails"?, "LogResult"?}
 *
 * Once the first has left, an error can only be told in the last. A client that reads slowly makes the runtime wait (flow.h). */
#include "base/check.h"
#include "base/codec.h"
#include "base/err.h"
#include "web/lambda/constraint.h"
#include "web/lambda/event_stream.h"
#include "web/lambda/invoke.h"
#include "web/lambda/payload.h"

struct streaming {			/* in l->state */
	struct lambda *l;
	struct flow *flow;		/* borrowed */
	bool dry, tail;
	struct str payload, context, trace;
	bool begun, over;		/* headers are out; all is */
	bool held;			/* its runtime waits for the client */
	void (*gone)(struct call *c);	/* the face's own */
	struct invoke v;
};

/* -- the answer -- */

static void go_on(struct streaming *s)
{
	if (s->held)
		flow_hold(s->flow, str_of(s->l->id), false);
	s->held = false;
}

static void on_drained(struct http_request *r)
{
	struct call *c = r->app;
	struct lambda *l = c->face_state;

	go_on(l->state);
}

static void begin(struct streaming *s, struct str type)
{
	struct http_request *r = lambda_begin(s->l, 200, "application/vnd.amazon.eventstream");

	http_header(r, "X-Amz-Executed-Version", str_of(s->v.executed_version));
	if (type.n > 0)
		http_header(r, "X-Amzn-Remapped-Content-Type", type);
	if (s->v.trace_out[0])
		http_header(r, "X-Amzn-Trace-Id", str_of(s->v.trace_out));
	s->begun = true;
	r->on_drained = on_drained;
	http_reply_begin(r);
}

static void give(struct streaming *s, const char *event, const char *type, struct str payload)
{
	struct http_request *r = s->l->call->r;
	struct buf frame = { 0 };

	event_stream_add(&frame, event, type, payload);
	http_reply_piece(r, str_n(frame.data, frame.len));
	buf_clear(&frame);
	if (!s->held && !s->over && http_reply_waiting(r) > FLOW_HIGH) {
		s->held = true;
		flow_hold(s->flow, str_of(s->l->id), true);
	}
}

static void on_piece(struct invoke *v, struct str type, const uint8_t *p, size_t n)
{
	struct streaming *s = container_of(v, struct streaming, v);

	if (!s->l->call || s->over)
		return;
	if (!s->begun)
		begin(s, type);
	give(s, "PayloadChunk", "application/octet-stream", str_n(p, n));
}

static void write_complete(struct streaming *s, struct buf *to)
{
	const struct invoke *v = &s->v;
	struct json j = json_into(to);
	struct json_value *error;
	struct buf tail = { 0 };
	struct str type = { 0 };

	json_open(&j, NULL, '{');
	if (v->function_error) {
		if (json_parse(&s->l->arena, v->answer, &error) == 0)
			type = json_text(error, "errorType");
		json_str(&j, "ErrorCode", type.n > 0 ? type : STR("Unhandled"));
		json_str(&j, "ErrorDetails", v->answer);
	}
	if (s->tail) {
		base64_encode(&tail, v->tail.p, v->tail.n);
		json_str(&j, "LogResult", str_n(tail.len ? tail.data : "", tail.len));
		buf_clear(&tail);
	}
	json_close(&j);
}

static void complete(struct streaming *s)
{
	struct buf b = { 0 };

	if (!s->begun)
		begin(s, (struct str){ 0 });
	if (!s->v.function_error && s->v.answer.n > 0)	/* of a function that does not stream */
		give(s, "PayloadChunk", "application/octet-stream", s->v.answer);
	s->over = true;
	write_complete(s, &b);
	give(s, "InvokeComplete", "application/json", str_n(b.data, b.len));
	buf_clear(&b);
	http_reply_end(s->l->call->r);
}

/* -- the invocation -- */

static void on_answered(struct invoke *v)
{
	struct streaming *s = container_of(v, struct streaming, v);

	if (s->l->call && !s->tail)	/* the log has its last line when it is done */
		complete(s);
}

static void on_done(struct invoke *v)
{
	struct streaming *s = container_of(v, struct streaming, v);
	struct lambda *l = s->l;

	if (l->call && !s->over) {
		if (v->end == INVOKE_DONE)
			complete(s);
		else if (s->begun)
			http_break(l->call->r);
		else
			invoke_refuse(l, v);
	}
	s->over = true;
	lambda_rest(l);
}

static void on_gone(struct call *c)
{
	struct lambda *l = c->face_state;
	struct streaming *s = l->state;

	go_on(s);
	if (!s->over)
		invoke_cancel(&s->v);
	s->over = true;
	s->gone(c);
}

/* The room that the body took is given back first, as for Invoke. */
static void run(struct streaming *s)
{
	struct lambda *l = s->l;

	lambda_leave_room(l);
	s->v = (struct invoke){ .m = l->m, .function = l->target.name, .qualifier = l->target.qualifier, .request = str_of(l->id),
		.payload = s->payload, .client_context = s->context, .trace = s->trace, .piece = on_piece, .answered = on_answered,
		.done = on_done };
	s->gone = l->call->gone;
	l->call->gone = on_gone;
	lambda_work(l);
	invoke_run(&s->v);
}

/* -- the request -- */

static void start(struct lambda *l, int rc)
{
	struct streaming *s = l->state;

	if (!l->call)
		return;
	if (rc < 0)
		lambda_answer_refusal(l);
	else if (s->dry)
		invoke_dry(l);
	else
		run(s);
}

static int check_on_lane(struct lambda *l, struct db *db)
{
	struct streaming *s = l->state;

	(void)db;
	return payload_check(l, s->payload);
}

static int read_headers(struct lambda *l, struct streaming *s)
{
	struct str type = http_field(l->call->r, "x-amz-invocation-type"), log = http_field(l->call->r, "x-amz-log-type");
	int rc;

	if (type.n > 0)
		constrain_enum(l, "invocationType", type, "[RequestResponse, DryRun]");
	if (log.n > 0)
		constrain_enum(l, "logType", log, "[None, Tail]");
	if ((rc = constrain_end(l)) < 0)
		return rc;
	s->dry = str_eq(type, STR("DryRun"));
	s->tail = str_eq(log, STR("Tail"));
	s->trace = arena_str(&l->arena, http_field(l->call->r, "x-amzn-trace-id"));
	return invoke_context(l, &s->context);
}

static void serve(struct lambda *l)
{
	struct streaming *s = arena_take(&l->arena, sizeof *s);
	int rc;

	l->state = s;
	s->l = l;
	s->flow = l->call->flow;
	s->payload = l->raw.n > 0 ? l->raw : STR("{}");
	rc = read_headers(l, s);
	if (rc == 0 && s->payload.n > PAYLOAD_ON_LOOP_MAX)
		lambda_run(l, check_on_lane, start);
	else
		start(l, rc == 0 ? payload_check(l, s->payload) : rc);
}

const struct lambda_operation lambda_streams[] = {
	{ "InvokeWithResponseStream", "POST", "/2021-11-15/functions/{FunctionName}/response-streaming-invocations", 200, LAMBDA_SERVES, 0, NULL, NULL,
	  serve, NULL },
	{ 0 },
};
