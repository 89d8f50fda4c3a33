/* Function URLs: requests as events, and what functions return as answers. Storage and invocations are a few lines. */
#include "tests/unit/web/http_rig.h"

#include "base/check.h"
#include "base/json.h"
#include "pipeline/invoke.h"
#include "storage/function.h"
#include "storage/record.h"
#include "web/routes.h"
#include "web/url/request.h"

#define ID "abcdefghijklmnopqrstuvwxyz012345"
#define HOST "Host: " ID ".lambda-url.us-east-1.localhost:9000\r\n"
#define ANYBODY "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"lambda:InvokeFunctionUrl\"," \
	"\"Condition\":{\"StringEquals\":{\"lambda:FunctionUrlAuthType\":\"NONE\"}}}]}"
#define URL(members) "{\"Id\":\"" ID "\"," members "}"

static struct {
	struct minilab m;
	struct room room;
	struct flow flow;
	struct traffic traffic;
	const char *url, *policy;
	struct work *work;		/* given and not done */
	struct invoke *running;
	int runs, cancels, done, gone;
	char event[8192], function[32], qualifier[32];
	struct arena arena;
	const struct json_value *parsed;	/* event */
} house;

/* -- what is below -- */

void lanes_run(struct lanes *l, struct work *w)
{
	(void)l;
	assert_null(house.work);
	house.work = w;
}

int record_get(struct db *db, enum record_kind kind, int64_t owner, struct str name, struct arena *a, struct str *body)
{
	const char *text = NULL;

	(void)db;
	if (kind == RECORD_URL_ID && owner == 0 && str_eq(name, STR(ID)))
		text = "{\"Function\":12,\"Alias\":\"live\"}";
	else if (kind == RECORD_URL && owner == 12 && str_eq(name, STR("live")))
		text = house.url;
	else if (kind == RECORD_POLICY && owner == 12 && str_eq(name, STR("live")))
		text = house.policy;
	if (!text)
		return E_NOT_FOUND;
	*body = arena_str(a, str_of(text));
	return 0;
}

int function_get_id(struct db *db, int64_t id, struct arena *a, struct function_row *f)
{
	(void)db;
	(void)a;
	assert_int_equal(id, 12);
	*f = (struct function_row){ .id = 12, .name = STR("f") };
	return 0;
}

void invoke_run(struct invoke *v)
{
	struct json_value *parsed;

	assert_null(house.running);
	house.running = v;
	house.runs++;
	rig_keep(house.event, sizeof house.event, v->payload);
	rig_keep(house.function, sizeof house.function, v->function);
	rig_keep(house.qualifier, sizeof house.qualifier, v->qualifier);
	assert_int_equal(v->request.n, 36);
	assert_true(str_starts(v->trace, STR("Root=1-")));
	arena_clear(&house.arena);
	assert_int_equal(json_parse(&house.arena, v->payload, &parsed), 0);
	house.parsed = parsed;
}

void invoke_cancel(struct invoke *v)
{
	assert_ptr_equal(v, house.running);
	house.cancels++;
}

/* -- rig -- */

static void on_gone(struct http_request *r)
{
	struct call *c = r->app;

	house.gone++;
	if (c->gone)
		c->gone(c);
}

static struct call *make_call(struct http_request *r)
{
	struct call *c = arena_take(&r->arena, sizeof *c);

	c->m = &house.m;
	c->r = r;
	c->room = &house.room;
	c->flow = &house.flow;
	r->app = c;
	r->on_gone = on_gone;
	return c;
}

static void on_request(void *owner, struct http_request *r)
{
	struct call *c = make_call(r);

	(void)owner;
	auth_parse(r, &c->auth);
	assert_true(face_url.wants(c));
	face_url.serve(c);
}

static void on_bad(void *owner, struct http_request *r, int status, const char *why)
{
	(void)owner;
	face_url.refuse(make_call(r), status, why);
}

static void on_done(void *owner, struct http_request *r)
{
	(void)owner;
	(void)r;
	house.done++;
}

static void start(const char *url, const char *policy)
{
	struct http_spec spec = rig_spec();

	memset(&house, 0, sizeof house);
	house.url = url;
	house.policy = policy;
	room_init(&house.room, 100 << 20);
	house.m.port = 9000;
	house.m.settings.region = "us-east-1";
	house.m.settings.account = "123456789012";
	spec.on_request = on_request;
	spec.on_bad = on_bad;
	spec.on_done = on_done;
	rig_start(spec);
}

/* As a lane does. */
static void look_up(void)
{
	struct work *w;

	RIG_UNTIL(house.work);
	w = house.work;
	house.work = NULL;
	w->rc = w->run(w, NULL);
	w->done(w);
}

static struct client ask(const char *request)
{
	struct client c = client_open();

	client_send(&c, request);
	look_up();
	return c;
}

/* ask, and the function runs. */
static struct client call(const char *request)
{
	struct client c = ask(request);

	RIG_UNTIL(house.running);
	return c;
}

static void end(enum invoke_end how, bool error, const char *answer)
{
	struct invoke *v = house.running;

	house.running = NULL;
	v->end = how;
	v->function_error = error;
	v->answer = str_of(answer);
	v->done(v);
}

static void stop(struct client *c)
{
	if (c)
		client_close(c);
	rig_stop();
	assert_int_equal(house.room.inside, 0);
	assert_int_equal(house.done, house.gone);
	arena_clear(&house.arena);
}

static void sees_end(struct client *c, const char *status, const char *body)
{
	char line[32];

	CLIENT_SEES(c, "\r\n\r\n");
	CLIENT_SEES(c, body);
	snprintf(line, sizeof line, "HTTP/1.1 %s ", status);
	assert_true(str_starts(str_of(client_text(c)), str_of(line)));
	assert_true(str_ends(str_n(c->in.data, c->in.len), str_of(body)));
}

static const char *event_text(const char *member, const char *inner)
{
	const struct json_value *v = json_get(house.parsed, member);
	struct str s = inner ? json_text(v, inner) : json_text(house.parsed, member);

	return str_is_set(s) ? arena_dup(&house.arena, s) : "(absent)";
}

/* -- tests -- */

static void a_url_names_its_id_in_the_host(void **state)
{
	static const struct { const char *host; const char *id; } all[] = {
		{ "abc.lambda-url.eu-west-1.on.aws", "abc" }, { "abc.lambda-url.eu-west-1.localhost:9000", "abc" },
		{ "abc.lambda-url.x", "abc" }, { "lambda-url.x.y", NULL }, { ".lambda-url.x", NULL }, { "a.b.lambda-url.x", NULL },
		{ "localhost:9000", NULL }, { "", NULL }, { "abc.lambda-url", NULL },
	};
	char text[URL_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct str id = url_id_of(str_of(all[i].host));

		assert_int_equal(str_is_set(id), all[i].id != NULL);
		assert_true(str_eq(id, str_of(all[i].id)));
	}
	assert_false(str_is_set(url_id_of((struct str){ 0 })));
	house.m.port = 9000;
	house.m.settings.region = "us-east-1";
	url_text(&house.m, STR("abc"), text);
	assert_string_equal(text, "http://abc.lambda-url.us-east-1.localhost:9000/");
}

static void who_may_not_is_told_in_awss_words(void **state)
{
	static const struct { const char *url, *policy, *host, *status, *body; } all[] = {
		{ URL("\"AuthType\":\"NONE\""), ANYBODY, "Host: other.lambda-url.us-east-1.localhost\r\n", "403", "{\"Message\":null}" },
		{ NULL, ANYBODY, HOST, "403", "{\"Message\":null}" },
		{ URL("\"AuthType\":\"NONE\""), NULL, HOST, "403", "/latest/dg/urls-auth.html\"}" },
		{ URL("\"AuthType\":\"NONE\""), "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"lambda:InvokeFunction\"}]}", HOST,
		  "403", "/latest/dg/urls-auth.html\"}" },
		{ URL("\"AuthType\":\"AWS_IAM\""), ANYBODY, HOST, "403", "/latest/dg/urls-auth.html\"}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		char request[400];
		struct client c;

		start(all[i].url, all[i].policy);
		snprintf(request, sizeof request, "GET / HTTP/1.1\r\n%s\r\n", all[i].host);
		c = ask(request);
		sees_end(&c, all[i].status, all[i].body);
		assert_non_null(strstr(client_text(&c), "x-amzn-ErrorType: AccessDeniedException\r\n"));
		assert_int_equal(house.runs, 0);
		stop(&c);
	}
}

static void a_request_becomes_an_event(void **state)
{
	struct client c;

	(void)state;
	start(URL("\"AuthType\":\"NONE\""), ANYBODY);
	c = call("GET /pa2%Fth/1?multi=foo&multi=/bar&a=b%20c+d&flag HTTP/1.1\r\n" HOST
		 "Extra-Headers: With WeiRd CapS\r\nX-Two: 1\r\nX-TWO: 2\r\nCookie: c1=a; c2=b\r\nUser-Agent: agent\r\nConnection: keep-alive\r\n\r\n");
	assert_string_equal(house.function, "f");
	assert_string_equal(house.qualifier, "live");
	assert_string_equal(event_text("version", NULL), "2.0");
	assert_string_equal(event_text("routeKey", NULL), "$default");
	assert_string_equal(event_text("rawPath", NULL), "/pa2%Fth/1");
	assert_string_equal(event_text("rawQueryString", NULL), "multi=foo&multi=/bar&a=b%20c+d&flag");
	assert_string_equal(event_text("queryStringParameters", "multi"), "foo,/bar");
	assert_string_equal(event_text("queryStringParameters", "a"), "b c d");
	assert_string_equal(event_text("queryStringParameters", "flag"), "");
	assert_string_equal(event_text("headers", "extra-headers"), "With WeiRd CapS");
	assert_string_equal(event_text("headers", "x-two"), "1,2");
	assert_string_equal(event_text("headers", "cookie"), "(absent)");
	assert_string_equal(event_text("headers", "connection"), "(absent)");
	assert_string_equal(event_text("headers", "x-forwarded-for"), "127.0.0.1");
	assert_string_equal(event_text("headers", "x-forwarded-proto"), "http");
	assert_non_null(strstr(house.event, "\"cookies\":[\"c1=a\",\"c2=b\"]"));
	assert_string_equal(event_text("requestContext", "accountId"), "anonymous");
	assert_string_equal(event_text("requestContext", "apiId"), ID);
	assert_string_equal(event_text("requestContext", "domainName"), ID ".lambda-url.us-east-1.localhost");
	assert_string_equal(event_text("requestContext", "stage"), "$default");
	assert_non_null(strstr(house.event, "\"http\":{\"method\":\"GET\",\"path\":\"/pa2%Fth/1\",\"protocol\":\"HTTP/1.1\",\"sourceIp\":\"127.0.0.1\","
			       "\"userAgent\":\"agent\"}"));
	assert_true(strstr(house.event, "+0000\",\"timeEpoch\":") != NULL);
	assert_string_equal(event_text("body", NULL), "(absent)");
	assert_non_null(strstr(house.event, "\"isBase64Encoded\":false"));
	end(INVOKE_DONE, false, "{}");
	sees_end(&c, "200", "{}");
	assert_non_null(strstr(client_text(&c), event_text("requestContext", "requestId")));
	stop(&c);
}

static void what_is_not_there_is_left_away(void **state)
{
	struct client c;

	(void)state;
	start(URL("\"AuthType\":\"NONE\""), ANYBODY);
	c = call("POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n");
	assert_string_equal(event_text("rawQueryString", NULL), "");
	assert_null(json_get(house.parsed, "queryStringParameters"));
	assert_null(json_get(house.parsed, "cookies"));
	assert_null(json_get(house.parsed, "body"));
	assert_null(json_get(house.parsed, "pathParameters"));
	end(INVOKE_DONE, false, "null");
	sees_end(&c, "200", "null");
	stop(&c);
}

static void a_body_that_is_not_certain_to_be_text_goes_in_base64(void **state)
{
	static const struct { const char *type, *body, *told; } all[] = {
		{ "application/json", "{\"a\":1}", "{\"a\":1}" }, { "application/json; charset=utf-8", "{}", "{}" },
		{ "TEXT/plain", "hi", "hi" }, { "text/plain", "\xff", "/w==" }, { "multipart/form-data; boundary=b", "hi", "aGk=" },
		{ "application/x-www-form-urlencoded", "a=b", "YT1i" }, { "image/png", "hi", "aGk=" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		char request[400];
		struct client c;

		start(URL("\"AuthType\":\"NONE\""), ANYBODY);
		snprintf(request, sizeof request, "POST / HTTP/1.1\r\n" HOST "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n%s", all[i].type,
			 strlen(all[i].body), all[i].body);
		c = call(request);
		assert_string_equal(event_text("body", NULL), all[i].told);
		assert_non_null(strstr(house.event, strcmp(all[i].body, all[i].told) == 0 ? "\"isBase64Encoded\":false" : "\"isBase64Encoded\":true"));
		end(INVOKE_DONE, false, "{}");
		sees_end(&c, "200", "{}");
		stop(&c);
	}
}

static void what_a_function_returns_is_the_answer(void **state)
{
	static const struct { const char *returned, *status, *body, *header; } all[] = {
		{ "{\"hello\":\"world\"}", "200", "\r\n\r\n{\"hello\":\"world\"}", "Content-Type: application/json\r\n" },
		{ "{\"statusCode\":200,\"body\":\"body123\"}", "200", "\r\n\r\nbody123", "Content-Type: application/json\r\n" },
		{ "[\"hello\",3,true]", "200", "\r\n\r\n[\"hello\",3,true]", "Content-Length: 16\r\n" },
		{ "\"hello\"", "200", "\r\n\r\nhello", "Content-Length: 5\r\n" },
		{ "3.1", "200", "\r\n\r\n3.1", "application/json" },
		{ "{\"statusCode\":418,\"body\":\"i'm a teapot\"}", "418", "\r\n\r\ni'm a teapot", "application/json" },
		{ "{\"statusCode\":\"201\",\"headers\":{\"content-type\":\"text/css\",\"My-Header\":\"Custom Value\",\"N\":5,\"B\":true,\"Z\":null}}", "201",
		  "\r\n\r\n", "content-type: text/css\r\nMy-Header: Custom Value\r\nN: 5\r\nB: true\r\n" },
		{ "{\"statusCode\":200,\"headers\":{\"Content-Length\":\"99\",\"Transfer-Encoding\":\"x\"}}", "200", "\r\n\r\n",
		  "x-amzn-Remapped-Content-Length: 99\r\nx-amzn-Remapped-Transfer-Encoding: x\r\n" },
		{ "{\"statusCode\":200,\"cookies\":[\"a=1; Secure\",\"b=2\"],\"body\":\"x\"}", "200", "\r\n\r\nx",
		  "Set-Cookie: a=1; Secure\r\nSet-Cookie: b=2\r\n" },
		{ "{\"statusCode\":200,\"isBase64Encoded\":true,\"body\":\"aGVsbG8=\"}", "200", "\r\n\r\nhello", "Content-Length: 5\r\n" },
		{ "{\"statusCode\":200,\"body\":3}", "200", "\r\n\r\n3", "application/json" },
		{ "{\"statusCode\":\"test\"}", "502", "\r\n\r\nInternal Server Error", "application/json" },
		{ "{\"statusCode\":99}", "502", "\r\n\r\nInternal Server Error", "application/json" },
		{ "{\"statusCode\":200,\"headers\":{\"a\":[1]}}", "502", "\r\n\r\nInternal Server Error", "application/json" },
		{ "{\"statusCode\":200,\"headers\":[]}", "502", "\r\n\r\nInternal Server Error", "application/json" },
		{ "{\"statusCode\":200,\"isBase64Encoded\":true,\"body\":\"%\"}", "502", "\r\n\r\nInternal Server Error", "application/json" },
		{ "{\"statusCode\":200,\"body\":{}}", "502", "\r\n\r\nInternal Server Error", "application/json" },
		{ "no JSON", "502", "\r\n\r\nInternal Server Error", "application/json" },
	};

	(void)state;
	start(URL("\"AuthType\":\"NONE\""), ANYBODY);
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct client c = call("GET / HTTP/1.1\r\n" HOST "\r\n");

		end(INVOKE_DONE, false, all[i].returned);
		sees_end(&c, all[i].status, all[i].body);
		CLIENT_SEES(&c, all[i].header);
		assert_non_null(strstr(client_text(&c), "x-amzn-RequestId: "));
		client_close(&c);
	}
	stop(NULL);
}

static void what_goes_wrong_has_its_own_answers(void **state)
{
	static const struct { enum invoke_end end; bool error; enum throttle throttle; const char *status, *body; } all[] = {
		{ INVOKE_DONE, true, THROTTLE_NONE, "502", "\r\n\r\nInternal Server Error" },
		{ INVOKE_FAILED, false, THROTTLE_NONE, "502", "\r\n\r\nInternal Server Error" },
		{ INVOKE_LOOP, false, THROTTLE_NONE, "502", "\r\n\r\nInternal Server Error" },
		{ INVOKE_NOT_FOUND, false, THROTTLE_NONE, "403", "urls-auth.html\"}" },
		{ INVOKE_THROTTLED, false, THROTTLE_RESERVED, "429",
		  "{\"Reason\":\"ReservedFunctionConcurrentInvocationLimitExceeded\",\"Type\":\"User\",\"message\":\"Rate Exceeded.\"}" },
	};
	static const char *const urls[] = { URL("\"AuthType\":\"NONE\""), URL("\"AuthType\":\"NONE\",\"InvokeMode\":\"RESPONSE_STREAM\"") };

	(void)state;
	for (size_t i = 0; i < 2 * sizeof all / sizeof all[0]; i++) {
		struct client c;

		start(urls[i % 2], ANYBODY);
		c = call("GET / HTTP/1.1\r\n" HOST "\r\n");
		house.running->throttle = all[i / 2].throttle;
		end(all[i / 2].end, all[i / 2].error, "{\"errorType\":\"x\"}");
		sees_end(&c, all[i / 2].status, all[i / 2].body);
		stop(&c);
	}
}

static void the_answer_does_not_wait_for_the_invocations_end(void **state)
{
	struct client c;

	(void)state;
	start(URL("\"AuthType\":\"NONE\""), ANYBODY);
	c = call("GET / HTTP/1.1\r\n" HOST "\r\n");
	house.running->end = INVOKE_DONE;
	house.running->answer = STR("\"early\"");
	house.running->answered(house.running);
	sees_end(&c, "200", "\r\n\r\nearly");
	client_close(&c);
	RIG_UNTIL(house.gone == 1);
	assert_int_equal(house.cancels, 0);
	assert_int_equal(house.room.inside, 1);
	end(INVOKE_DONE, false, "\"early\"");
	stop(NULL);
}

static void a_client_that_leaves_cancels_and_the_end_still_comes(void **state)
{
	struct client c;

	(void)state;
	start(URL("\"AuthType\":\"NONE\""), ANYBODY);
	c = call("GET / HTTP/1.1\r\n" HOST "\r\n");
	client_break(&c);
	RIG_UNTIL(house.cancels == 1);
	end(INVOKE_DONE, false, "{}");
	c = client_open();
	client_send(&c, "GET / HTTP/1.1\r\n" HOST "\r\n");
	RIG_UNTIL(house.work);
	client_break(&c);
	RIG_UNTIL(house.gone == 2);
	look_up();		/* nobody is there any more */
	assert_int_equal(house.runs, 1);
	stop(NULL);
}

static void too_much_is_refused(void **state)
{
	char request[400];
	struct buf b = { 0 };
	struct client c;

	(void)state;
	start(URL("\"AuthType\":\"NONE\""), ANYBODY);
	snprintf(request, sizeof request, "POST / HTTP/1.1\r\n" HOST "Content-Length: %d\r\n\r\n", URL_BODY_MAX + 1);
	c = ask(request);
	CLIENT_SEES(&c, "HTTP/1.1 413 ");
	client_close(&c);
	buf_puts(&b, "GET /?");
	for (int i = 0; i <= URL_PARAMETERS_MAX; i++)
		buf_puts(&b, "a&");
	buf_puts(&b, " HTTP/1.1\r\n" HOST "\r\n");
	c = ask(b.data);
	CLIENT_SEES(&c, "HTTP/1.1 414 ");
	client_close(&c);
	c = client_open();
	client_send(&c, "GET / HTTP/1.1\r\n" HOST "Folded: a\r\n b\r\n\r\n");
	CLIENT_SEES(&c, "HTTP/1.1 400 ");
	CLIENT_SEES(&c, "{\"Message\":\"");
	assert_int_equal(house.runs, 0);
	buf_clear(&b);
	stop(&c);
}

/* -- other origins -- */

#define CORS URL("\"AuthType\":\"NONE\",\"Cors\":{\"AllowOrigins\":[\"https://a.example\",\"https://b.example\"],\"AllowMethods\":[\"GET\",\"PUT\"]," \
	"\"AllowHeaders\":[\"x-one\",\"x-two\"],\"ExposeHeaders\":[\"x-three\"],\"MaxAge\":300,\"AllowCredentials\":true}")
#define PREFLIGHT(origin, method) "OPTIONS / HTTP/1.1\r\n" HOST "Origin: " origin "\r\nAccess-Control-Request-Method: " method "\r\n\r\n"

static void preflights_do_not_reach_the_function(void **state)
{
	struct client c;

	(void)state;
	start(CORS, ANYBODY);
	c = ask(PREFLIGHT("https://b.example", "PUT"));
	sees_end(&c, "200", "\r\n\r\n");
	assert_non_null(strstr(client_text(&c), "Access-Control-Allow-Origin: https://b.example\r\n"));
	assert_non_null(strstr(client_text(&c), "Access-Control-Allow-Methods: GET,PUT\r\n"));
	assert_non_null(strstr(client_text(&c), "Access-Control-Allow-Headers: x-one,x-two\r\n"));
	assert_non_null(strstr(client_text(&c), "Access-Control-Max-Age: 300\r\n"));
	assert_non_null(strstr(client_text(&c), "Access-Control-Allow-Credentials: true\r\n"));
	client_close(&c);
	c = ask(PREFLIGHT("https://c.example", "PUT"));
	sees_end(&c, "200", "\r\n\r\n");
	assert_null(strstr(client_text(&c), "Access-Control-"));
	client_close(&c);
	c = ask(PREFLIGHT("https://a.example", "DELETE"));
	sees_end(&c, "200", "\r\n\r\n");
	assert_null(strstr(client_text(&c), "Access-Control-"));
	assert_int_equal(house.runs, 0);
	stop(&c);
}

static void the_configuration_has_the_last_word_about_origins(void **state)
{
	struct client c;

	(void)state;
	start(CORS, ANYBODY);
	c = call("GET / HTTP/1.1\r\n" HOST "Origin: https://a.example\r\n\r\n");
	end(INVOKE_DONE, false, "{\"statusCode\":200,\"headers\":{\"Access-Control-Allow-Origin\":\"*\",\"x-three\":\"3\"}}");
	sees_end(&c, "200", "\r\n\r\n");
	assert_int_equal(client_count(&c, "Access-Control-Allow-Origin: "), 1);
	assert_non_null(strstr(client_text(&c), "Access-Control-Allow-Origin: https://a.example\r\n"));
	assert_non_null(strstr(client_text(&c), "Access-Control-Expose-Headers: x-three\r\n"));
	stop(&c);
	start(URL("\"AuthType\":\"NONE\""), ANYBODY);
	c = call(PREFLIGHT("https://a.example", "GET"));	/* without a configuration it is the function's business */
	end(INVOKE_DONE, false, "{\"statusCode\":204,\"headers\":{\"Access-Control-Allow-Origin\":\"*\"}}");
	sees_end(&c, "204", "\r\n\r\n");
	assert_non_null(strstr(client_text(&c), "Access-Control-Allow-Origin: *\r\n"));
	stop(&c);
}

/* -- streamed answers -- */

#define STREAMED URL("\"AuthType\":\"NONE\",\"InvokeMode\":\"RESPONSE_STREAM\"")

static void piece(const char *type, const char *p, size_t n)
{
	house.running->piece(house.running, str_of(type), (const uint8_t *)p, n);
}

static struct client stream(void)
{
	start(STREAMED, ANYBODY);
	return call("GET / HTTP/1.1\r\n" HOST "\r\n");
}

static void a_streamed_answer_leaves_as_it_comes(void **state)
{
	struct client c = stream();

	(void)state;
	piece("text/x", "one", 3);
	CLIENT_SEES(&c, "\r\n\r\n3\r\none\r\n");
	assert_non_null(strstr(client_text(&c), "Content-Type: text/x\r\n"));
	piece("text/x", "second", 6);
	CLIENT_SEES(&c, "6\r\nsecond\r\n");
	end(INVOKE_DONE, false, "");
	sees_end(&c, "200", "0\r\n\r\n");
	stop(&c);
}

static void a_prelude_has_status_headers_and_cookies(void **state)
{
	static const char type[] = "application/vnd.awslambda.http-integration-response";
	static const char all[] = "{\"statusCode\":201,\"headers\":{\"X-A\":\"b\"},\"cookies\":[\"c=d\"]}\0\0\0\0\0\0\0\0first";
	struct client c = stream();

	(void)state;
	for (size_t i = 0; i + 1 < sizeof all; i++)
		piece(type, all + i, 1);
	piece(type, "second", 6);
	end(INVOKE_DONE, false, "");
	CLIENT_SEES(&c, "0\r\n\r\n");
	assert_int_equal(client_status(&c), 201);
	assert_non_null(strstr(client_text(&c), "X-A: b\r\n"));
	assert_non_null(strstr(client_text(&c), "Set-Cookie: c=d\r\n"));
	assert_non_null(strstr(client_text(&c), "Content-Type: application/octet-stream\r\n"));
	assert_non_null(strstr(client_text(&c), "\r\n\r\n1\r\nf\r\n1\r\ni\r\n"));
	stop(&c);
}

static void a_prelude_that_makes_no_sense_is_the_functions_fault(void **state)
{
	static const char type[] = "application/vnd.awslambda.http-integration-response";
	static const char *const bad[] = { "nonsense\0\0\0\0\0\0\0\0", "{\"statusCode\":7}\0\0\0\0\0\0\0\0", "{\"statusCode\":200}" };
	static const size_t lengths[] = { 16, 24, 18 };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct client c = stream();

		piece(type, bad[i], lengths[i]);
		if (i < 2)
			piece(type, "more", 4);
		end(INVOKE_DONE, false, "");
		sees_end(&c, "502", "\r\n\r\nInternal Server Error");
		stop(&c);
	}
}

static void a_stream_that_fails_in_the_middle_is_cut(void **state)
{
	struct client c = stream();

	(void)state;
	piece("", "half", 4);
	CLIENT_SEES(&c, "Content-Type: application/octet-stream\r\n");
	CLIENT_SEES(&c, "4\r\nhalf\r\n");
	end(INVOKE_DONE, true, "{}");
	CLIENT_ENDS(&c);
	assert_null(strstr(client_text(&c), "0\r\n\r\n"));
	stop(&c);
}

static void an_answer_without_pieces_is_whole(void **state)
{
	struct client c = stream();

	(void)state;
	end(INVOKE_DONE, false, "all of it");
	sees_end(&c, "200", "\r\n\r\nall of it");
	stop(&c);
}

static int held;

static void on_hold(struct flow_source *s, bool hold)
{
	(void)s;
	held += hold ? 1 : -1;
}

static void a_client_that_reads_slowly_makes_the_runtime_wait(void **state)
{
	struct flow_source source = { .hold = on_hold };
	struct str much = t_bytes(1 << 20, 3);
	struct client c;

	(void)state;
	for (int round = 0; round < 2; round++) {
		start(STREAMED, ANYBODY);
		c = client_open_sized(4096);
		client_send(&c, "GET / HTTP/1.1\r\n" HOST "\r\n");
		look_up();
		RIG_UNTIL(house.running);
		source.request = house.running->request;
		flow_join(&house.flow, &source);
		held = 0;
		for (int i = 0; i < 8; i++)
			piece("", much.p, much.n);
		assert_int_equal(held, 1);
		if (round == 0) {
			CLIENT_UNTIL(&c, held == 0);
			end(INVOKE_DONE, false, "");
			CLIENT_UNTIL(&c, strstr(c.in.data + c.in.len - 5, "0\r\n\r\n"));
		} else {
			client_break(&c);
			RIG_UNTIL(house.cancels == 1);
			assert_int_equal(held, 0);
			piece("", much.p, much.n);
			end(INVOKE_DONE, false, "");
		}
		flow_leave(&source);
		source.hold = on_hold;
		stop(&c);
	}
	free((char *)(uintptr_t)much.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_url_names_its_id_in_the_host),
		T(who_may_not_is_told_in_awss_words),
		T(a_request_becomes_an_event),
		T(what_is_not_there_is_left_away),
		T(a_body_that_is_not_certain_to_be_text_goes_in_base64),
		T(what_a_function_returns_is_the_answer),
		T(what_goes_wrong_has_its_own_answers),
		T(the_answer_does_not_wait_for_the_invocations_end),
		T(a_client_that_leaves_cancels_and_the_end_still_comes),
		T(too_much_is_refused),
		T(preflights_do_not_reach_the_function),
		T(the_configuration_has_the_last_word_about_origins),
		T(a_streamed_answer_leaves_as_it_comes),
		T(a_prelude_has_status_headers_and_cookies),
		T(a_prelude_that_makes_no_sense_is_the_functions_fault),
		T(a_stream_that_fails_in_the_middle_is_cut),
		T(an_answer_without_pieces_is_whole),
		T(a_client_that_reads_slowly_makes_the_runtime_wait),
	};

	return cmocka_run_group_tests(tests, rig_first, NULL);
}
