#include "tests/lib/t.h"

#include <stdio.h>

#include "base/json.h"
#include "pipeline/shelf.h"
#include "web/cors.h"

/* -- what is below: one bucket, one request -- */

static struct {
	struct arena arena;
	struct json_value *cors;
	const char *origin, *method, *headers;
	char answer[1024];
} house;

const struct json_value *shelf_get(struct shelf *s, struct str bucket, enum record_kind kind)
{
	(void)s;
	return kind == RECORD_BUCKET_CORS && str_eq(bucket, STR("box")) ? house.cors : NULL;
}

struct str http_field(const struct http_request *r, const char *name)
{
	const struct { const char *name, *value; } fields[] = {
		{ "origin", house.origin }, { "access-control-request-method", house.method },
		{ "access-control-request-headers", house.headers },
	};

	(void)r;
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (strcmp(fields[i].name, name) == 0)
			return str_of(fields[i].value);
	return (struct str){ 0 };
}

/* "Allow-Origin=*;": what is the same in all is left away. */
void http_header(struct http_request *r, const char *name, struct str value)
{
	size_t n = strlen(house.answer), skip = strncmp(name, "Access-Control-", 15) == 0 ? 15 : 0;

	(void)r;
	if (str_starts(value, STR("Origin, Access-Control")))
		value = STR("all");
	snprintf(house.answer + n, sizeof house.answer - n, "%s=%.*s;", name + skip, STR_ARG(value));
}

void http_header_int(struct http_request *r, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)value);
	http_header(r, name, str_of(text));
}

static void begin(const char *rules)
{
	arena_clear(&house.arena);
	house.cors = NULL;
	house.answer[0] = '\0';
	if (rules)
		assert_int_equal(json_parse(&house.arena, str_of(arena_printf(&house.arena, "{\"Rules\":[%s]}", rules)), &house.cors), 0);
}

#define ORIGINS(list) "{\"AllowedOrigins\":[" list "],\"AllowedMethods\":[\"GET\",\"POST\"]}"
#define EXAMPLE "{\"Id\":\"a\",\"AllowedOrigins\":[\"https://a.example\"],\"AllowedMethods\":[\"PUT\",\"GET\"]," \
	"\"AllowedHeaders\":[\"x-amz-*\",\"Content-Type\"],\"ExposeHeaders\":[\"ETag\",\"x-amz-version-id\"],\"MaxAgeSeconds\":300}"
#define TOLD "Allow-Origin=https://a.example;Allow-Credentials=true;Allow-Methods=PUT, GET;Expose-Headers=ETag, x-amz-version-id;Max-Age=300;Vary=all;"

static const struct {
	const char *rules, *bucket, *origin, *method, *headers;
	enum cors_verdict verdict;
	const char *answer;
} preflights[] = {
	{ NULL, "box", "https://a.example", "GET", NULL, CORS_NOT_ENABLED, "" },
	{ EXAMPLE, "box", NULL, "GET", NULL, CORS_NO_ORIGIN, "" },
	{ EXAMPLE, "", "https://a.example", "GET", NULL, CORS_NO_BUCKET, "" },
	{ EXAMPLE, "other", "https://a.example", "GET", NULL, CORS_NOT_ENABLED, "" },
	{ EXAMPLE, "box", "https://a.example", "GET", NULL, CORS_ALLOWED, TOLD },
	{ EXAMPLE, "box", "https://a.example", "PUT", "X-Amz-Date,content-type", CORS_ALLOWED,
	  TOLD "Allow-Headers=x-amz-date, content-type;" },
	{ EXAMPLE, "box", "https://a.example", "PUT", "", CORS_ALLOWED, TOLD },
	{ EXAMPLE, "box", "https://a.example", "PUT", "x-amz-date, authorization", CORS_NOT_ALLOWED, "" },
	{ EXAMPLE, "box", "https://a.example", "DELETE", NULL, CORS_NOT_ALLOWED, "" },
	{ EXAMPLE, "box", "https://a.example", NULL, NULL, CORS_NOT_ALLOWED, "" },
	{ EXAMPLE, "box", "https://a.example.org", "GET", NULL, CORS_NOT_ALLOWED, "" },
	{ EXAMPLE, "box", "http://a.example", "GET", NULL, CORS_NOT_ALLOWED, "" },
	{ EXAMPLE, "box", "null", "GET", NULL, CORS_NOT_ALLOWED, "" },
	{ ORIGINS("\"*\""), "box", "null", "GET", NULL, CORS_ALLOWED, "Allow-Origin=*;Allow-Methods=GET, POST;Vary=all;" },
	{ ORIGINS("\"https://a\",\"*\""), "box", "https://a", "GET", NULL, CORS_ALLOWED, "Allow-Origin=*;Allow-Methods=GET, POST;Vary=all;" },
	{ ORIGINS("\"*\""), "box", "https://b", "GET", "x-any", CORS_NOT_ALLOWED, "" },
	{ ORIGINS("\"https://*.a.example\""), "box", "https://www.a.example", "GET", NULL, CORS_ALLOWED,
	  "Allow-Origin=https://www.a.example;Allow-Credentials=true;Allow-Methods=GET, POST;Vary=all;" },
	{ ORIGINS("\"https://*.a.example\""), "box", "https://a.example", "GET", NULL, CORS_NOT_ALLOWED, "" },
	{ ORIGINS("\"https://aa*aa\""), "box", "https://aaa", "GET", NULL, CORS_NOT_ALLOWED, "" },
	{ ORIGINS("\"*://localhost\""), "box", "http://localhost", "GET", NULL, CORS_ALLOWED,
	  "Allow-Origin=http://localhost;Allow-Credentials=true;Allow-Methods=GET, POST;Vary=all;" },
	{ ORIGINS("\"*\""), "box", "https://b", "PATCH", NULL, CORS_ALLOWED, "Allow-Origin=*;Allow-Methods=GET, POST, PATCH;Vary=all;" },
	{ EXAMPLE, "box", "https://a.example", "PATCH", NULL, CORS_NOT_ALLOWED, "" },
	{ ORIGINS("\"https://b\"") "," ORIGINS("\"https://*\"") "," EXAMPLE, "box", "https://a.example", "PUT", NULL, CORS_ALLOWED, TOLD },
};

static void the_first_rule_that_fits_answers_a_preflight(void **state)
{
	struct minilab m = { 0 };
	struct http_request r = { .method = STR("OPTIONS") };
	struct call c = { .m = &m, .r = &r };

	(void)state;
	for (size_t i = 0; i < sizeof preflights / sizeof preflights[0]; i++) {
		begin(preflights[i].rules);
		house.origin = preflights[i].origin;
		house.method = preflights[i].method;
		house.headers = preflights[i].headers;
		assert_int_equal(cors_preflight(&c, str_of(preflights[i].bucket)), preflights[i].verdict);
		assert_string_equal(house.answer, preflights[i].answer);
	}
	arena_clear(&house.arena);
}

static const struct {
	const char *rules, *origin, *method, *expose, *answer;
} actual[] = {
	{ NULL, "https://a.example", "GET", NULL, "" },
	{ EXAMPLE, "https://a.example", "GET", NULL, TOLD },
	{ EXAMPLE, "https://a.example", "GET", "Location", "Allow-Origin=https://a.example;Allow-Credentials=true;Allow-Methods=PUT, GET;"
	  "Expose-Headers=ETag, x-amz-version-id, Location;Max-Age=300;Vary=all;" },
	{ ORIGINS("\"*\""), "https://b", "POST", "Location", "Allow-Origin=*;Allow-Methods=GET, POST;Expose-Headers=Location;Vary=all;" },
	{ ORIGINS("\"*\""), "https://b", "PATCH", NULL, "Allow-Origin=*;Allow-Methods=GET, POST;Vary=all;" },
	{ EXAMPLE, "https://a.example", "DELETE", NULL, "Vary=all;" },
	{ EXAMPLE, "https://b.example", "GET", NULL, "Vary=all;" },
	{ EXAMPLE, NULL, "GET", NULL, "Vary=all;" },
	{ EXAMPLE, "https://a.example", "OPTIONS", NULL, "" },
};

static void an_actual_request_gets_the_headers_of_its_rule(void **state)
{
	struct minilab m = { 0 };
	struct http_request r = { 0 };
	struct call c = { .m = &m, .r = &r };

	(void)state;
	house.method = house.headers = NULL;
	for (size_t i = 0; i < sizeof actual / sizeof actual[0]; i++) {
		begin(actual[i].rules);
		house.origin = actual[i].origin;
		r.method = str_of(actual[i].method);
		cors_answer(&c, STR("box"), actual[i].expose);
		assert_string_equal(house.answer, actual[i].answer);
	}
	arena_clear(&house.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_first_rule_that_fits_answers_a_preflight),
		T(an_actual_request_gets_the_headers_of_its_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
