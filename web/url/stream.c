/* stream.c - answers that leave while the function runs: as they come, after a prelude of status and headers if there is one (facts/04 section 9):
 *
 *     {"statusCode":200,"headers":{},"cookies":[]} and eight NULs, of type application/vnd.awslambda.http-integration-response
 */
#include "base/check.h"
#include "base/err.h"
#include "web/url/request.h"

#define PRELUDE_TYPE STR("application/vnd.awslambda.http-integration-response")

static const char nuls[8];

void stream_go(struct url_request *q)
{
	if (q->held)
		flow_hold(q->flow, str_of(q->id), false);
	q->held = false;
}

static void on_drained(struct http_request *r)
{
	struct call *c = r->app;

	stream_go(c->face_state);
}

static void begin(struct url_request *q)
{
	q->begun = true;
	q->call->r->on_drained = on_drained;
	http_reply_begin(q->call->r);
}

static void give(struct url_request *q, struct str piece)
{
	http_reply_piece(q->call->r, piece);
	if (!q->held && http_reply_waiting(q->call->r) > FLOW_HIGH) {
		q->held = true;
		flow_hold(q->flow, str_of(q->id), true);
	}
}

static struct http_request *plain(struct url_request *q, struct str type)
{
	struct http_request *r = url_begin(q, 200);

	http_header(r, "Content-Type", type.n > 0 ? type : STR("application/octet-stream"));
	cors_add(q);
	return r;
}

static void take_prelude(struct url_request *q, size_t end)
{
	struct str rest = str_n(q->head.data + end + sizeof nuls, q->head.len - end - sizeof nuls);
	struct json_value *v;

	q->prelude = false;
	if (json_parse(&q->arena, str_n(q->head.data, end), &v) < 0 || v->kind != JSON_OBJECT || url_take_head(q, v) < 0) {
		url_fail(q);
		return;
	}
	begin(q);
	give(q, rest);
	buf_clear(&q->head);
}

static void gather(struct url_request *q, const uint8_t *p, size_t n)
{
	size_t from = q->head.len < sizeof nuls ? 0 : q->head.len - sizeof nuls;
	const char *end;

	buf_add(&q->head, p, n);
	end = memmem(q->head.data + from, q->head.len - from, nuls, sizeof nuls);
	if (end)
		take_prelude(q, (size_t)(end - q->head.data));
	else if (q->head.len > URL_PRELUDE_MAX)
		url_fail(q);
}

void stream_piece(struct invoke *v, struct str type, const uint8_t *p, size_t n)
{
	struct url_request *q = container_of(v, struct url_request, invoke);

	if (!q->call || (q->answered && !q->begun))
		return;		/* it was refused: what still comes is of no use */
	if (!q->begun && !q->prelude) {
		q->prelude = str_eq(type, PRELUDE_TYPE);
		if (!q->prelude) {
			plain(q, type);
			begin(q);
		}
	}
	if (q->begun)
		give(q, str_n(p, n));
	else
		gather(q, p, n);
}

/* Nothing came of it: then the answer is what there is. */
void stream_end(struct url_request *q, bool failed)
{
	if (q->answered && !q->begun)
		return;
	if (q->begun && failed)
		http_break(q->call->r);
	else if (q->begun)
		http_reply_end(q->call->r);
	else if (failed || q->prelude)
		url_fail(q);
	else
		http_reply(plain(q, (struct str){ 0 }), q->invoke.answer);
}
