/* cors.c - what a URL's configuration says about other origins (the Fetch standard, and facts/11 section A2): preflights are answered here and never
 * reach the function, and on other answers the configuration has the last word. */
#include "base/err.h"
#include "web/url/request.h"

static bool lists(const struct json_value *list, struct str wanted)
{
	for (const struct json_value *v = list ? list->first : NULL; v; v = v->next)
		if (str_eq(v->text, STR("*")) || str_ieq(v->text, wanted))
			return true;
	return false;
}

static bool credentials(const struct url_request *q)
{
	const struct json_value *v = json_get(q->cors, "AllowCredentials");

	return v && v->kind == JSON_BOOL && v->yes;
}

/* "a,b,c"; absent when the list is empty. */
static struct str joined(struct url_request *q, const char *member)
{
	const struct json_value *list = json_get(q->cors, member);
	const char *text = NULL;

	for (const struct json_value *v = list ? list->first : NULL; v; v = v->next)
		text = text ? arena_printf(&q->arena, "%s,%.*s", text, STR_ARG(v->text)) : arena_dup(&q->arena, v->text);
	return str_of(text);
}

static void add(struct url_request *q, const char *name, struct str value)
{
	if (str_is_set(value))
		http_header(q->call->r, name, value);
}

/* False: this origin gets no headers. */
static bool add_origin(struct url_request *q)
{
	struct str origin = http_field(q->call->r, "origin");

	if (!q->cors || !str_is_set(origin) || !lists(json_get(q->cors, "AllowOrigins"), origin))
		return false;
	http_header(q->call->r, "Access-Control-Allow-Origin", origin);
	http_header(q->call->r, "Vary", STR("Origin"));
	if (credentials(q))
		http_header(q->call->r, "Access-Control-Allow-Credentials", STR("true"));
	return true;
}

void cors_add(struct url_request *q)
{
	if (add_origin(q))
		add(q, "Access-Control-Expose-Headers", joined(q, "ExposeHeaders"));
}

bool cors_owns(const struct url_request *q, struct str name)
{
	static const struct str prefix = { "access-control-", 15 };

	return q->cors && name.n > prefix.n && str_ieq(str_n(name.p, prefix.n), prefix);
}

bool url_preflight(struct url_request *q)
{
	struct http_request *r = q->call->r;
	struct str method = http_field(r, "access-control-request-method");
	int64_t age = json_number(q->cors, "MaxAge", -1);

	if (!q->cors || !str_eq(r->method, STR("OPTIONS")) || !str_is_set(http_field(r, "origin")) || !str_is_set(method))
		return false;
	url_begin(q, 200);
	if (lists(json_get(q->cors, "AllowMethods"), method) && add_origin(q)) {
		add(q, "Access-Control-Allow-Methods", joined(q, "AllowMethods"));
		add(q, "Access-Control-Allow-Headers", joined(q, "AllowHeaders"));
		if (age >= 0)
			http_header_int(r, "Access-Control-Max-Age", age);
	}
	http_reply(r, STR(""));
	return true;
}
