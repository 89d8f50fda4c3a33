#include "web/s3/s3.h"

#include "base/check.h"
#include "base/codec.h"
#include "base/xml.h"
#include "web/cors.h"
#include "web/s3/checksum.h"

struct http_request *s3_answer_begin(struct s3 *s, int status)
{
	struct http_request *r;

	CHECK(s->call != NULL);
	r = s->call->r;
	http_status(r, status);
	http_header(r, "x-amz-request-id", str_of(s->call->id));
	http_header(r, "x-amz-id-2", str_of(s->call->host_id));
	http_header(r, "Server", STR("minilab"));
	cors_answer(s->call, s->bucket, NULL);
	return r;
}

void s3_answer_empty(struct s3 *s, int status)
{
	http_reply(s3_answer_begin(s, status), (struct str){ 0 });
}

void s3_answer_xml(struct s3 *s, int status, struct buf *body)
{
	struct http_request *r = s3_answer_begin(s, status);

	http_header(r, "Content-Type", STR("application/xml"));
	http_reply_buf(r, body);
}

static void write_fault(const struct fault *f, const char *id, const char *host_id, struct buf *body)
{
	struct xml x = xml_into(body, XML_PROLOG);

	xml_open(&x, "Error", NULL);
	xml_cstr(&x, "Code", error_code(f->code));
	xml_cstr(&x, "Message", f->message ? f->message : error_message(f->code));
	for (int i = 0; i < f->extras; i++)
		xml_text(&x, f->extra[i].name, f->extra[i].value);
	xml_cstr(&x, "RequestId", id);
	xml_cstr(&x, "HostId", host_id);
	xml_close(&x);
}

void s3_answer_fault(struct s3 *s)
{
	struct buf body = { 0 };
	struct http_request *r;

	CHECK(s->call && s->fault.code != S3_FINE);
	if (s->conceals && s->fault.code == S3_NO_SUCH_KEY)
		s3_refuse(s, S3_ACCESS_DENIED, NULL, NULL);
	s->call->code = error_code(s->fault.code);
	r = s3_answer_begin(s, error_status(s->fault.code));
	if (s->fault.code == S3_AUTH_HEADER)	/* clients that guessed the region wrong learn it here */
		http_header(r, "x-amz-bucket-region", str_of(s->m->settings.region));
	if (str_is_set(s->fault.marker)) {
		http_header(r, "x-amz-delete-marker", STR("true"));
		http_header(r, "x-amz-version-id", s->fault.marker);
		if (s->fault.code == S3_METHOD_NOT_ALLOWED)
			http_header(r, "Allow", STR("DELETE"));
	}
	if (str_eq(r->method, STR("HEAD")) || error_status(s->fault.code) == 304) {
		http_reply(r, (struct str){ 0 });
		return;
	}
	http_header(r, "Content-Type", STR("application/xml"));
	write_fault(&s->fault, s->call->id, s->call->host_id, &body);
	http_reply_buf(r, &body);
}

/* The HTTP server's own refusals have no struct s3: there may not even be a path. */
void s3_answer_refusal(struct call *c, int status, const char *why)
{
	static const struct {
		int status;
		const char *code;
	} rows[] = {
		{ 400, "InvalidRequest" }, { 408, "RequestTimeout" }, { 413, "EntityTooLarge" }, { 414, "InvalidURI" },
		{ 431, "RequestHeaderSectionTooLarge" }, { 501, "NotImplemented" }, { 503, "SlowDown" },
	};
	struct buf body = { 0 };
	struct xml x = xml_into(&body, XML_PROLOG);

	c->code = "InvalidRequest";
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].status == status)
			c->code = rows[i].code;
	xml_open(&x, "Error", NULL);
	xml_cstr(&x, "Code", c->code);
	xml_cstr(&x, "Message", why);
	xml_cstr(&x, "RequestId", c->id);
	xml_cstr(&x, "HostId", c->host_id);
	xml_close(&x);
	http_status(c->r, status);
	http_header(c->r, "x-amz-request-id", str_of(c->id));
	http_header(c->r, "Server", STR("minilab"));
	http_header(c->r, "Content-Type", STR("application/xml"));
	http_reply_buf(c->r, &body);
}

void s3_answer_checksum(struct s3 *s, const struct checksum *sum)
{
	if (sum->type == SUM_NONE)
		return;
	http_header(s->call->r, checksum_header(sum->kind), sum->text);
	http_header(s->call->r, "x-amz-checksum-type", str_of(checksum_type(sum->type)));
}

struct str s3_quoted(struct s3 *s, struct str etag)
{
	return str_of(arena_printf(&s->arena, "\"%.*s\"", STR_ARG(etag)));
}

/* 64 hexadecimal digits that stay the same for an account, as AWS's do. */
const char *s3_owner(struct s3 *s)
{
	char *hex = arena_take(&s->arena, 65);
	uint8_t sum[DIGEST_SIZE_MAX];

	digest_of(DIGEST_SHA256, str_of(s->m->settings.account), sum);
	hex_encode(hex, sum, 32);
	return hex;
}
