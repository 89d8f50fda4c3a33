#include "web/cors.h"

#include <ctype.h>

#include "base/json.h"
#include "pipeline/shelf.h"

/* One star at most, which stands for any run of characters. */
static bool is_like(struct str pattern, struct str s, bool any_case)
{
	const char *star = memchr(pattern.p, '*', pattern.n);
	struct str head = str_n(pattern.p, star ? (size_t)(star - pattern.p) : pattern.n), tail;
	bool (*same)(struct str a, struct str b) = any_case ? str_ieq : str_eq;

	if (!star)
		return same(pattern, s);
	tail = str_n(star + 1, pattern.n - head.n - 1);
	return s.n >= head.n + tail.n && same(head, str_n(s.p, head.n)) && same(tail, str_n(s.p + s.n - tail.n, tail.n));
}

static const struct json_value *find_like(const struct json_value *rule, const char *member, struct str s, bool any_case)
{
	const struct json_value *list = json_get(rule, member);

	for (const struct json_value *v = list ? list->first : NULL; v; v = v->next)
		if (is_like(v->text, s, any_case))
			return v;
	return NULL;
}

static bool has(const struct json_value *rule, const char *member, struct str s)
{
	const struct json_value *list = json_get(rule, member);

	for (const struct json_value *v = list ? list->first : NULL; v; v = v->next)
		if (str_eq(v->text, s))
			return true;
	return false;
}

static bool allows_method(const struct json_value *rule, struct str method)
{
	return has(rule, "AllowedMethods", str_eq(method, STR("PATCH")) ? STR("POST") : method);
}

/* "x-amz-date, content-type" */
static bool allows_headers(const struct json_value *rule, struct str asked)
{
	struct str one;

	while (str_next(&asked, ',', &one)) {
		one = str_trim(one);
		if (one.n > 0 && !find_like(rule, "AllowedHeaders", one, true))
			return false;
	}
	return true;
}

static const struct json_value *find_rule(const struct json_value *cors, struct str origin, struct str method, struct str headers)
{
	const struct json_value *rules = json_get(cors, "Rules");

	for (const struct json_value *r = rules ? rules->first : NULL; r; r = r->next)
		if (find_like(r, "AllowedOrigins", origin, false) && allows_method(r, method) && allows_headers(r, headers))
			return r;
	return NULL;
}

static void add_list(struct call *c, const char *name, const struct json_value *list, const char *more)
{
	struct buf b = { 0 };

	for (const struct json_value *v = list ? list->first : NULL; v; v = v->next)
		buf_printf(&b, "%s%.*s", b.len ? ", " : "", STR_ARG(v->text));
	if (more)
		buf_printf(&b, "%s%s", b.len ? ", " : "", more);
	if (b.len)
		http_header(c->r, name, str_n(b.data, b.len));
	buf_clear(&b);
}

/* In lower case and with one blank after each comma, whatever was sent. */
static void add_asked_headers(struct call *c, struct str asked)
{
	struct buf b = { 0 };
	struct str one;

	while (str_next(&asked, ',', &one)) {
		one = str_trim(one);
		if (one.n == 0)
			continue;
		buf_puts(&b, b.len ? ", " : "");
		for (size_t i = 0; i < one.n; i++)
			buf_add(&b, &(char){ (char)tolower((unsigned char)one.p[i]) }, 1);
	}
	if (b.len)
		http_header(c->r, "Access-Control-Allow-Headers", str_n(b.data, b.len));
	buf_clear(&b);
}

static void add_vary(struct call *c)
{
	http_header(c->r, "Vary", STR("Origin, Access-Control-Request-Headers, Access-Control-Request-Method"));
}

/* A rule for everybody is told as such, and then browsers send no cookies and the like. */
static void add_rule(struct call *c, const struct json_value *rule, struct str origin, const char *expose)
{
	bool anybody = has(rule, "AllowedOrigins", STR("*"));
	int64_t age = json_number(rule, "MaxAgeSeconds", -1);
	bool patch = str_eq(http_field(c->r, "access-control-request-method"), STR("PATCH"));

	http_header(c->r, "Access-Control-Allow-Origin", anybody ? STR("*") : origin);
	if (!anybody)
		http_header(c->r, "Access-Control-Allow-Credentials", STR("true"));
	add_list(c, "Access-Control-Allow-Methods", json_get(rule, "AllowedMethods"), patch ? "PATCH" : NULL);
	add_list(c, "Access-Control-Expose-Headers", json_get(rule, "ExposeHeaders"), expose);
	if (age >= 0)
		http_header_int(c->r, "Access-Control-Max-Age", age);
	add_vary(c);
}

void cors_answer(struct call *c, struct str bucket, const char *expose)
{
	struct str origin = http_field(c->r, "origin");
	const struct json_value *cors, *rule;

	if (bucket.n == 0 || str_eq(c->r->method, STR("OPTIONS")))
		return;
	if (!(cors = shelf_get(c->m->shelf, bucket, RECORD_BUCKET_CORS)))
		return;
	rule = str_is_set(origin) ? find_rule(cors, origin, c->r->method, (struct str){ 0 }) : NULL;
	if (rule)
		add_rule(c, rule, origin, expose);
	else
		add_vary(c);
}

enum cors_verdict cors_preflight(struct call *c, struct str bucket)
{
	struct str origin = http_field(c->r, "origin"), method = http_field(c->r, "access-control-request-method");
	struct str headers = http_field(c->r, "access-control-request-headers");
	const struct json_value *cors, *rule;

	if (!str_is_set(origin))
		return CORS_NO_ORIGIN;
	if (bucket.n == 0)
		return CORS_NO_BUCKET;
	if (!(cors = shelf_get(c->m->shelf, bucket, RECORD_BUCKET_CORS)))
		return CORS_NOT_ENABLED;
	if (!(rule = find_rule(cors, origin, method, headers)))
		return CORS_NOT_ALLOWED;
	add_rule(c, rule, origin, NULL);
	add_asked_headers(c, headers);
	return CORS_ALLOWED;
}
