/* event.c - a request as an event of format 2.0: facts/11 section A. Names of headers are in lower case, several of one name are one with commas,
 * cookies stand by themselves. A body that is not certain to be text goes in base64. */
#include <ctype.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"
#include "web/url/request.h"

/* Of the connection, not of the message. */
static const char *const dropped[] = { "connection", "keep-alive", "transfer-encoding", "upgrade", "te", "expect", "cookie", "x-forwarded-for" };

/* A signature is between the caller and us: with it, the function could ask again in the caller's name. */
static bool is_dropped(const struct url_request *q, struct str name)
{
	if (q->iam && str_ieq(name, STR("authorization")))
		return true;
	for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; i++)
		if (str_ieq(name, str_of(dropped[i])))
			return true;
	return false;
}

static struct str lower(struct arena *a, struct str s)
{
	char *p = arena_dup(a, s);

	for (size_t i = 0; i < s.n; i++)
		p[i] = (char)tolower((unsigned char)p[i]);
	return str_n(p, s.n);
}

/* All values of that name from field `at` on; absent when an earlier one had it already. */
static bool join_fields(const struct http_request *r, int at, struct buf *to)
{
	struct str name = r->fields[at].name;

	to->len = 0;
	for (int i = 0; i < r->field_count; i++) {
		if (!str_ieq(r->fields[i].name, name))
			continue;
		if (i < at)
			return false;
		if (i > at)
			buf_add(to, ",", 1);
		buf_add(to, r->fields[i].value.p, r->fields[i].value.n);
	}
	return true;
}

static void add_header(struct json *j, const char *name, struct str given, struct str ours)
{
	if (!str_is_set(given))
		json_str(j, name, ours);
}

static void write_headers(struct url_request *q, struct json *j)
{
	const struct http_request *r = q->call->r;
	struct str forwarded = http_field(r, "x-forwarded-for");
	struct buf value = { 0 };
	char port[16];

	json_open(j, "headers", '{');
	for (int i = 0; i < r->field_count; i++)
		if (!is_dropped(q, r->fields[i].name) && join_fields(r, i, &value)) {
			json_name(j, lower(&q->arena, r->fields[i].name));
			json_str(j, JSON_NAMED, str_n(value.len ? value.data : "", value.len));
		}
	buf_clear(&value);
	snprintf(port, sizeof port, "%d", q->m->port);
	json_cstr(j, "x-forwarded-for", arena_printf(&q->arena, "%.*s%s%s", STR_ARG(forwarded), forwarded.n ? ", " : "", r->peer));
	add_header(j, "x-forwarded-port", http_field(r, "x-forwarded-port"), str_of(port));
	add_header(j, "x-forwarded-proto", http_field(r, "x-forwarded-proto"), STR("http"));
	add_header(j, "x-amzn-trace-id", http_field(r, "x-amzn-trace-id"), str_of(q->trace));
	json_close(j);
}

static void write_cookies(const struct http_request *r, struct json *j)
{
	bool some = false;

	for (int i = 0; i < r->field_count; i++) {
		struct str rest = r->fields[i].value, one;

		if (!str_ieq(r->fields[i].name, STR("cookie")))
			continue;
		while (str_next(&rest, ';', &one)) {
			if (!some)
				json_open(j, "cookies", '[');
			some = true;
			json_str(j, NULL, str_trim(one));
		}
	}
	if (some)
		json_close(j);
}

/* -- the query -- */

struct parameter {
	struct str name, value;
};

/* What is no good escape stays as it was sent. */
static struct str decoded(struct arena *a, struct str s)
{
	struct str out;

	if (!str_is_set(s))
		return STR("");
	return uri_decode(a, s, true, &out) == 0 ? out : s;
}

static int split_query(struct url_request *q, struct parameter *at, int *count)
{
	struct str rest = q->call->r->query, piece;

	while (str_next(&rest, '&', &piece)) {
		struct parameter p = { 0 };

		if (piece.n == 0)
			continue;
		if (*count == URL_PARAMETERS_MAX)
			return E_TOO_LARGE;
		p.value = piece;
		str_next(&p.value, '=', &p.name);
		p.name = decoded(&q->arena, p.name);
		p.value = decoded(&q->arena, p.value);
		at[(*count)++] = p;
	}
	return 0;
}

static bool was_before(const struct parameter *at, int i)
{
	for (int k = 0; k < i; k++)
		if (str_eq(at[k].name, at[i].name))
			return true;
	return false;
}

static int write_query(struct url_request *q, struct json *j)
{
	struct parameter *at = arena_take(&q->arena, URL_PARAMETERS_MAX * sizeof *at);
	struct buf value = { 0 };
	int n = 0, rc = split_query(q, at, &n);

	if (rc < 0 || n == 0)
		return rc;
	json_open(j, "queryStringParameters", '{');
	for (int i = 0; i < n; i++) {
		if (was_before(at, i))
			continue;
		value.len = 0;
		for (int k = i; k < n; k++)
			if (str_eq(at[k].name, at[i].name)) {
				if (k > i)
					buf_add(&value, ",", 1);
				buf_add(&value, at[k].value.p, at[k].value.n);
			}
		json_name(j, at[i].name);
		json_str(j, JSON_NAMED, str_n(value.len ? value.data : "", value.len));
	}
	json_close(j);
	buf_clear(&value);
	return 0;
}

/* -- the context -- */

static void write_authorizer(struct url_request *q, struct json *j)
{
	const char *account = q->m->settings.account;

	json_open(j, "authorizer", '{');
	json_open(j, "iam", '{');
	json_str(j, "accessKey", q->call->auth.access_key);
	json_cstr(j, "accountId", account);
	json_cstr(j, "callerId", account);
	json_null(j, "cognitoIdentity");
	json_null(j, "principalOrgId");
	json_cstr(j, "userArn", arena_printf(&q->arena, "arn:aws:iam::%s:root", account));
	json_cstr(j, "userId", account);
	json_close(j);
	json_close(j);
}

static void write_http(struct url_request *q, struct json *j)
{
	const struct http_request *r = q->call->r;
	struct str agent = http_field(r, "user-agent");

	json_open(j, "http", '{');
	json_str(j, "method", r->method);
	json_str(j, "path", r->path);
	json_cstr(j, "protocol", "HTTP/1.1");
	json_cstr(j, "sourceIp", r->peer);
	json_str(j, "userAgent", str_is_set(agent) ? agent : STR(""));
	json_close(j);
}

static void write_context(struct url_request *q, struct json *j)
{
	struct str host = http_field(q->call->r, "host"), domain;
	int64_t now = clock_wall_ms();
	char text[CLOCK_TEXT_MAX];

	str_next(&host, ':', &domain);
	clock_http(text, now);		/* Fri, 02 Jan 2026 03:04:05 GMT */
	json_open(j, "requestContext", '{');
	json_cstr(j, "accountId", q->iam ? q->m->settings.account : "anonymous");
	json_str(j, "apiId", q->url_id);
	if (q->iam) {
		json_null(j, "authentication");
		write_authorizer(q, j);
	}
	json_str(j, "domainName", domain);
	json_str(j, "domainPrefix", q->url_id);
	write_http(q, j);
	json_cstr(j, "requestId", q->id);
	json_cstr(j, "routeKey", "$default");
	json_cstr(j, "stage", "$default");
	json_cstr(j, "time", arena_printf(&q->arena, "%.2s/%.3s/%.4s:%.8s +0000", text + 5, text + 8, text + 12, text + 17));
	json_int(j, "timeEpoch", now);
	json_close(j);
}

/* -- the body -- */

static bool is_text(struct str type)
{
	static const char *const texts[] = { "application/json", "application/xml", "application/javascript" };
	struct str name;

	if (!str_next(&type, ';', &name))
		return false;
	name = str_trim(name);
	if (name.n > 5 && str_ieq(str_n(name.p, 5), STR("text/")))
		return true;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (str_ieq(name, str_of(texts[i])))
			return true;
	return false;
}

static void write_body(struct url_request *q, struct str body, struct json *j)
{
	bool text = body.n == 0 || (is_text(http_field(q->call->r, "content-type")) && utf8_valid(body));
	struct buf encoded = { 0 };

	if (text && body.n > 0) {
		json_str(j, "body", body);
	} else if (!text) {
		base64_encode(&encoded, body.p, body.n);
		json_str(j, "body", str_n(encoded.data, encoded.len));
		buf_clear(&encoded);
	}
	json_bool(j, "isBase64Encoded", !text);
}

int url_event(struct url_request *q, struct str body)
{
	const struct http_request *r = q->call->r;
	struct json j = json_into(&q->event);
	int rc;

	json_open(&j, NULL, '{');
	json_cstr(&j, "version", "2.0");
	json_cstr(&j, "routeKey", "$default");
	json_str(&j, "rawPath", r->path);
	json_str(&j, "rawQueryString", str_is_set(r->query) ? r->query : STR(""));
	write_cookies(r, &j);
	write_headers(q, &j);
	if ((rc = write_query(q, &j)) < 0)
		return rc;
	write_context(q, &j);
	write_body(q, body, &j);
	json_close(&j);
	return 0;
}
