/* ui.c - the console's files: /_/ is the page, /_/ui/NAME what it is made of. Nothing in them is secret, so that they need no signing in; what
 * they show comes from the local API. */
#include "base/codec.h"
#include "base/digest.h"
#include "base/json.h"
#include "web/routes.h"
#include "web/ui/assets.h"

#define PAGE "/_/"
#define FILES "/_/ui/"

/* No script and no style but our own files, nothing from elsewhere, in nobody's frame. */
#define POLICY "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; " \
	"base-uri 'none'; frame-ancestors 'none'"

static const struct {
	const char *name, *value;
} always[] = {
	{ "Server", "minilab" },
	{ "Content-Security-Policy", POLICY },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Cache-Control", "no-cache" },	/* asked again each time, which is answered by 304 */
};

static struct http_request *begin(struct call *c, int status)
{
	http_status(c->r, status);
	http_header(c->r, "x-amz-request-id", str_of(c->id));
	for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
		http_header(c->r, always[i].name, str_of(always[i].value));
	return c->r;
}

static void refuse(struct call *c, int status, const char *why)
{
	struct buf body = { 0 };
	struct json j = json_into(&body);

	c->code = status == 404 ? "NotFound" : status == 405 ? "MethodNotAllowed" : "InvalidRequest";
	json_open(&j, NULL, '{');
	json_cstr(&j, "error", c->code);
	json_cstr(&j, "message", why);
	json_close(&j);
	http_header(begin(c, status), "Content-Type", STR("application/json"));
	http_reply_buf(c->r, &body);
}

static const char *etag(struct call *c, struct str bytes)
{
	uint8_t sum[DIGEST_SIZE_MAX];
	char hex[33];

	digest_of(DIGEST_SHA256, bytes, sum);
	hex_encode(hex, sum, 16);
	return arena_printf(&c->r->arena, "\"%s\"", hex);
}

/* A list, each perhaps weak, as caches on the way make them. */
static bool has_it(struct str list, const char *tag)
{
	struct str one;

	while (str_is_set(list) && str_next(&list, ',', &one)) {
		one = str_trim(one);
		if (str_starts(one, STR("W/")))
			one = str_n(one.p + 2, one.n - 2);
		if (str_eq(one, str_of(tag)) || str_eq(one, STR("*")))
			return true;
	}
	return false;
}

static void answer(struct call *c, const struct asset *a)
{
	struct str bytes = str_n(a->begin, (size_t)(a->end - a->begin));
	const char *tag = etag(c, bytes);
	bool same = has_it(http_field(c->r, "if-none-match"), tag);

	http_header(begin(c, same ? 304 : 200), "ETag", str_of(tag));
	if (same) {
		http_reply(c->r, STR(""));
		return;
	}
	http_header(c->r, "Content-Type", str_of(a->type));
	http_reply(c->r, bytes);
}

static void move_to_page(struct call *c)
{
	http_header(begin(c, 308), "Location", STR(PAGE));
	http_reply(c->r, STR(""));
}

static void serve(struct call *c)
{
	struct str path = c->r->path;
	const struct asset *a;

	c->op = "console";
	if (!str_eq(c->r->method, STR("GET")) && !str_eq(c->r->method, STR("HEAD"))) {
		refuse(c, 405, "This path has another method.");
		return;
	}
	if (str_eq(path, STR("/_"))) {
		move_to_page(c);
		return;
	}
	if (str_eq(path, STR(PAGE)))
		a = asset_find(STR(""));
	else
		a = path.n == sizeof FILES - 1 ? NULL : asset_find(str_n(path.p + sizeof FILES - 1, path.n - (sizeof FILES - 1)));
	if (a)
		answer(c, a);
	else
		refuse(c, 404, "There is nothing at this path.");
}

/* Relative addresses of the page mean nothing without the last '/'. */
static bool wants(const struct call *c)
{
	struct str path = c->r->path;

	return str_eq(path, STR("/_")) || str_eq(path, STR(PAGE)) || str_starts(path, STR(FILES));
}

const struct face face_ui = { "ui", wants, serve, refuse };
