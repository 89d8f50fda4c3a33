#include "web/dynamodb/dynamodb.h"

#include <stdio.h>

#include "base/check.h"
#include "base/digest.h"

/* SDKs check x-amz-crc32 against the body, so it is computed from the bytes that go out. */
static void reply(struct call *c, int status, struct buf *body)
{
	struct http_request *r = c->r;
	uint8_t sum[DIGEST_SIZE_MAX];

	digest_of(DIGEST_CRC32, body->len > 0 ? str_n(body->data, body->len) : STR(""), sum);
	http_status(r, status);
	http_header(r, "Server", STR("minilab"));
	http_header(r, "Content-Type", STR("application/x-amz-json-1.0"));
	http_header(r, "x-amzn-RequestId", str_of(c->id));
	http_header_int(r, "x-amz-crc32", (int64_t)sum[0] << 24 | sum[1] << 16 | sum[2] << 8 | sum[3]);
	http_reply_buf(r, body);
}

static void reply_fault(struct call *c, enum dynamodb_code code, const char *message)
{
	const struct error_row *e = dynamodb_error(code);
	struct buf body = {0};
	struct json j = json_into(&body);

	json_open(&j, NULL, '{');
	json_cstr(&j, "__type", e->name);
	if (message)
		json_cstr(&j, "message", message);
	json_close(&j);
	c->code = dynamodb_error_name(code);
	reply(c, e->status, &body);
	buf_clear(&body);
}

void dynamodb_answer(struct dynamodb *d)
{
	CHECK(d->call != NULL);
	reply(d->call, 200, &d->out);
}

void dynamodb_answer_fault(struct dynamodb *d)
{
	enum dynamodb_code code = (enum dynamodb_code)d->fault.code;

	CHECK(d->call && code != DYNAMODB_FINE);
	reply_fault(d->call, code, d->fault.message ? d->fault.message : dynamodb_error(code)->message);
}

void dynamodb_answer_refusal(struct call *c, int status, const char *why)
{
	const char *type = status >= 500 ? DYNAMODB_SERVICE "ServiceUnavailable" : DYNAMODB_CORAL "SerializationException";
	struct buf body = {0};
	struct json j = json_into(&body);

	json_open(&j, NULL, '{');
	json_cstr(&j, "__type", type);
	json_cstr(&j, "message", why);
	json_close(&j);
	c->code = strchr(type, '#') + 1;
	reply(c, status, &body);
	buf_clear(&body);
}
