#include "web/iam/iam.h"

#include "base/check.h"

static void reply(struct call *c, int status, struct buf *body)
{
	struct http_request *r = c->r;

	http_status(r, status);
	http_header(r, "Server", STR("minilab"));
	http_header(r, "Content-Type", STR("text/xml"));
	http_header(r, "x-amzn-RequestId", str_of(c->id));
	http_reply_buf(r, body);
}

static void reply_error(struct call *c, int status, const char *xmlns, const char *message)
{
	struct buf body = { 0 };
	struct xml x = xml_into(&body, XML_BARE);

	xml_open(&x, "ErrorResponse", xmlns);
	xml_open(&x, "Error", NULL);
	xml_cstr(&x, "Type", status >= 500 ? "Receiver" : "Sender");
	xml_cstr(&x, "Code", c->code);
	xml_cstr(&x, "Message", message);
	xml_close(&x);
	xml_cstr(&x, "RequestId", c->id);
	xml_close(&x);
	reply(c, status, &body);
	buf_clear(&body);
}

void iam_answer(struct iam *i)
{
	CHECK(i->call != NULL);
	reply(i->call, 200, &i->out);
}

void iam_answer_fault(struct iam *i)
{
	const struct refusal *f = &i->fault;
	const struct error_row *e = iam_error((enum iam_code)f->code);
	const char *message = f->message ? f->message : e->message;

	CHECK(i->call && f->code != IAM_FINE);
	i->call->code = e->name;
	reply_error(i->call, e->status, i->service->xmlns, message ? message : "");
}

/* A refusal of the HTTP server's own. */
void iam_answer_refusal(struct call *c, int status, const char *why)
{
	c->code = iam_error(status >= 500 ? IAM_UNAVAILABLE : IAM_BAD_QUERY)->name;
	reply_error(c, status, NULL, why);
}
