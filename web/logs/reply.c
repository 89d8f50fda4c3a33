#include "web/logs/logs.h"

#include "base/check.h"

static void reply(struct call *c, int status, struct buf *body)
{
	struct http_request *r = c->r;

	http_status(r, status);
	http_header(r, "Server", STR("minilab"));
	http_header(r, "Content-Type", STR("application/x-amz-json-1.1"));
	http_header(r, "x-amzn-RequestId", str_of(c->id));
	http_reply_buf(r, body);
}

static void reply_fault(struct call *c, int status, const char *type, const char *message)
{
	struct buf body = {0};
	struct json j = json_into(&body);

	json_open(&j, NULL, '{');
	json_cstr(&j, "__type", type);
	if (message)
		json_cstr(&j, "message", message);
	json_close(&j);
	c->code = type;
	reply(c, status, &body);
	buf_clear(&body);
}

void logs_answer(struct logs *l)
{
	CHECK(l->call != NULL);
	reply(l->call, 200, &l->out);
}

void logs_answer_fault(struct logs *l)
{
	const struct refusal *f = &l->fault;
	const struct error_row *e = logs_error((enum logs_code)f->code);

	CHECK(l->call && f->code != LOGS_FINE);
	reply_fault(l->call, e->status, e->name, f->message ? f->message : e->message);
}

void logs_answer_refusal(struct call *c, int status, const char *why)
{
	reply_fault(c, status, logs_error(status >= 500 ? LOGS_UNAVAILABLE : LOGS_SERIALIZATION)->name, why);
}
