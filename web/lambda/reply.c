/* reply.c - what an answer looks like; errors in the shapes of facts/01 section 1. */
#include "web/lambda/lambda.h"

#include "base/check.h"
#include "pipeline/concurrency.h"

static const struct {
	const char *exception;
	int status;
	char key;
} rows[] = {
#define X(name, exception, status, key) [name] = { exception, status, key },
	LAMBDA_ERRORS(X)
#undef X
};

static struct http_request *begin(struct call *c, int status, const char *type, struct str id)
{
	struct http_request *r = c->r;

	http_status(r, status);
	http_header(r, "Server", STR("minilab"));
	if (type)
		http_header(r, "Content-Type", str_of(type));
	http_header(r, "x-amzn-RequestId", id);
	return r;
}

struct http_request *lambda_begin(struct lambda *l, int status, const char *type)
{
	CHECK(l->call != NULL);
	return begin(l->call, status, type, str_of(l->id));
}

void lambda_answer(struct lambda *l)
{
	http_reply_buf(lambda_begin(l, l->op->status, l->out.len > 0 ? "application/json" : NULL), &l->out);
}

/* Those of the service say whose fault it is; those of the framework before it do not. */
static void write_error(struct lambda *l, struct buf *to)
{
	char key = rows[l->code].key;
	struct json j = json_into(to);

	json_open(&j, NULL, '{');
	if (l->reason)
		json_cstr(&j, "Reason", l->reason);
	if (key == 'M' || key == 'm')
		json_cstr(&j, "Type", rows[l->code].status >= 500 ? "Service" : "User");
	json_cstr(&j, key == 'M' || key == 'X' ? "Message" : "message", l->message);
	json_close(&j);
}

void lambda_answer_refusal(struct lambda *l)
{
	struct http_request *r;

	CHECK(l->message != NULL);
	l->call->code = rows[l->code].exception;
	r = lambda_begin(l, rows[l->code].status, "application/json");
	http_header(r, "x-amzn-ErrorType", str_of(rows[l->code].exception));
	if (l->reason)
		http_header_int(r, "Retry-After", THROTTLE_RETRY_AFTER_S);
	l->out.len = 0;
	write_error(l, &l->out);
	http_reply_buf(r, &l->out);
}

void lambda_answer_bad(struct call *c, int status, const char *why)
{
	struct buf body = { 0 };
	struct json j = json_into(&body);
	struct http_request *r;

	c->code = status >= 500 ? "ServiceException" : "SerializationException";
	json_open(&j, NULL, '{');
	json_cstr(&j, "message", why);
	json_close(&j);
	r = begin(c, status, "application/json", str_of(c->id));
	http_header(r, "x-amzn-ErrorType", str_of(c->code));
	http_reply_buf(r, &body);
}
