/* answer.c - what a function returned, as an answer: facts/11 sections A2 and G. */
#include "base/codec.h"
#include "base/err.h"
#include "web/url/request.h"

/* Headers that are the connection's or ours; the function's go under another name, as AWS sends them. */
static const char *const remapped[] = { "connection", "content-length", "date", "keep-alive", "proxy-authenticate", "server", "te", "trailer",
	"transfer-encoding", "upgrade", "x-amzn-requestid", "x-amzn-trace-id" };

struct http_request *url_begin(struct url_request *q, int status)
{
	struct http_request *r = q->call->r;

	http_status(r, status);
	http_header(r, "x-amzn-RequestId", str_of(q->id));
	http_header(r, "x-amzn-trace-id", str_of(q->invoke.trace_out[0] ? q->invoke.trace_out : q->trace));
	q->answered = true;
	return r;
}

void url_refuse(struct url_request *q, int status, const char *error, const char *message)
{
	struct http_request *r = url_begin(q, status);
	struct buf b = { 0 };
	struct json j = json_into(&b);

	q->call->code = error;
	http_header(r, "Content-Type", STR("application/json"));
	http_header(r, "x-amzn-ErrorType", str_of(error));
	json_open(&j, NULL, '{');
	if (message)
		json_cstr(&j, "Message", message);
	else
		json_null(&j, "Message");
	json_close(&j);
	http_reply_buf(r, &b);
}

void url_forbid(struct url_request *q)
{
	url_refuse(q, 403, "AccessDeniedException", "Forbidden. For troubleshooting Function URL authorization issues, see: "
		   "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html");
}

void url_fail(struct url_request *q)
{
	struct http_request *r = url_begin(q, 502);

	q->call->code = "BadGateway";
	http_header(r, "Content-Type", STR("application/json"));
	cors_add(q);
	http_reply(r, STR("Internal Server Error"));
}

/* -- status, headers, cookies -- */

static int read_status(const struct json_value *v, int *status)
{
	const struct json_value *code = json_get(v, "statusCode");
	int64_t n = 200;

	if (code && (code->kind == JSON_NUMBER || code->kind == JSON_STRING) && str_to_int(code->text, 200, 599, &n) < 0)
		return E_BAD_INPUT;
	if (code && code->kind != JSON_NUMBER && code->kind != JSON_STRING)
		return E_BAD_INPUT;
	*status = (int)n;
	return 0;
}

static bool is_scalar(const struct json_value *v)
{
	return v->kind != JSON_ARRAY && v->kind != JSON_OBJECT;
}

static bool all_scalars(const struct json_value *list, enum json_kind kind)
{
	if (!list || list->kind == JSON_NULL)
		return true;
	for (const struct json_value *v = list->first; v; v = v->next)
		if (!is_scalar(v))
			return false;
	return list->kind == kind;
}

static struct str text_of(struct url_request *q, const struct json_value *v)
{
	struct buf b = { 0 };
	struct json j = json_into(&b);
	struct str s;

	if (v->kind == JSON_STRING)
		return v->text;
	json_value(&j, NULL, v);
	s = arena_str(&q->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return s;
}

/* Other bytes would be made '-' on their way out, and the name so perhaps one of those that are not the function's. */
static bool is_plain(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] == '\0' || !strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.", name.p[i]))
			return false;
	return name.n > 0;
}

static void add_header(struct url_request *q, const struct json_value *v)
{
	const char *prefix = "";

	if (v->kind == JSON_NULL || !is_plain(v->name) || cors_owns(q, v->name))
		return;
	for (size_t i = 0; i < sizeof remapped / sizeof remapped[0]; i++)
		if (str_ieq(v->name, str_of(remapped[i])))
			prefix = "x-amzn-Remapped-";
	http_header(q->call->r, arena_printf(&q->arena, "%s%.*s", prefix, STR_ARG(v->name)), text_of(q, v));
}

static bool has_type(const struct json_value *headers)
{
	for (const struct json_value *v = headers ? headers->first : NULL; v; v = v->next)
		if (str_ieq(v->name, STR("content-type")) && v->kind != JSON_NULL)
			return true;
	return false;
}

int url_take_head(struct url_request *q, const struct json_value *v)
{
	const struct json_value *headers = json_get(v, "headers"), *cookies = json_get(v, "cookies");
	int status;

	if (read_status(v, &status) < 0 || !all_scalars(headers, JSON_OBJECT) || !all_scalars(cookies, JSON_ARRAY))
		return E_BAD_INPUT;
	url_begin(q, status);
	if (!has_type(headers))
		http_header(q->call->r, "Content-Type", q->streams ? STR("application/octet-stream") : STR("application/json"));
	for (const struct json_value *h = headers ? headers->first : NULL; h; h = h->next)
		add_header(q, h);
	for (const struct json_value *c = cookies ? cookies->first : NULL; c; c = c->next)
		http_header(q->call->r, "Set-Cookie", text_of(q, c));
	cors_add(q);
	return 0;
}

/* -- whole answers -- */

static void answer_inferred(struct url_request *q, const struct json_value *v, struct str text)
{
	struct http_request *r = url_begin(q, 200);

	http_header(r, "Content-Type", STR("application/json"));
	cors_add(q);
	http_reply(r, v->kind == JSON_STRING ? v->text : text);
}

static int read_body(struct url_request *q, const struct json_value *v, struct buf *to)
{
	const struct json_value *body = json_get(v, "body"), *encoded = json_get(v, "isBase64Encoded");
	struct str text;

	if (!body || body->kind == JSON_NULL)
		return 0;
	if (!is_scalar(body))
		return E_BAD_INPUT;
	text = text_of(q, body);
	if (encoded && encoded->kind == JSON_BOOL && encoded->yes)
		return base64_decode(to, text);
	buf_add(to, text.p, text.n);
	return 0;
}

static void answer_object(struct url_request *q, const struct json_value *v)
{
	struct buf body = { 0 };

	if (read_body(q, v, &body) < 0 || url_take_head(q, v) < 0)
		url_fail(q);
	else
		http_reply_buf(q->call->r, &body);
	buf_clear(&body);
}

void url_answer(struct url_request *q, struct str answer)
{
	struct json_value *v;

	if (json_parse(&q->arena, answer, &v) < 0)
		url_fail(q);
	else if (json_get(v, "statusCode"))
		answer_object(q, v);
	else
		answer_inferred(q, v, answer);
}
