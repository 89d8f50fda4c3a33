/* Services that AWS has and minilab has not, known by the scope they were signed for or by their target header: told so
 * in the shape that their clients read, and never taken for S3. */
#include "base/json.h"
#include "base/xml.h"
#include "web/routes.h"

static struct http_request *begin(struct call *c, int status, const char *type)
{
	http_status(c->r, status);
	http_header(c->r, "x-amzn-RequestId", str_of(c->id));
	http_header(c->r, "x-amzn-ErrorType", str_of(c->code));
	http_header(c->r, "Server", STR("minilab"));
	http_header(c->r, "Content-Type", str_of(type));
	return c->r;
}

/* What services of the query protocol answer. */
static void answer_xml(struct call *c, int status, const char *message)
{
	struct buf body = { 0 };
	struct xml x = xml_into(&body, XML_PROLOG);

	xml_open(&x, "ErrorResponse", NULL);
	xml_open(&x, "Error", NULL);
	xml_cstr(&x, "Type", "Sender");
	xml_cstr(&x, "Code", c->code);
	xml_cstr(&x, "Message", message);
	xml_close(&x);
	xml_cstr(&x, "RequestId", c->id);
	xml_close(&x);
	http_reply_buf(begin(c, status, "text/xml"), &body);
}

static void answer_json(struct call *c, int status, const char *message)
{
	struct buf body = { 0 };
	struct json j = json_into(&body);

	json_open(&j, NULL, '{');
	json_cstr(&j, "__type", c->code);
	json_cstr(&j, "message", message);
	json_close(&j);
	http_reply_buf(begin(c, status, "application/x-amz-json-1.0"), &body);
}

static void refuse(struct call *c, int status, const char *why)
{
	c->code = status == 501 ? "NotImplemented" : "InvalidRequest";
	if (str_starts(http_field(c->r, "content-type"), STR("application/x-www-form-urlencoded")))
		answer_xml(c, status, why);
	else
		answer_json(c, status, why);
}

static void serve(struct call *c)
{
	struct str service = c->auth.service.n ? c->auth.service : http_field(c->r, "x-amz-target");

	refuse(c, 501, arena_printf(&c->r->arena, "The service %.*s is not implemented", STR_ARG(service)));
}

static bool wants(const struct call *c)
{
	if (c->auth.service.n > 0)
		return !str_eq(c->auth.service, STR("s3"));
	return c->auth.kind == AUTH_NONE && str_is_set(http_field(c->r, "x-amz-target"));
}

const struct face face_unbuilt = { "unbuilt", wants, serve, refuse };
