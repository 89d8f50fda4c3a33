/* Headers from bytes. llhttp parses; this checks before and after it what decides where a request ends and who it is for,
 * because two readers that disagree about that are how requests get smuggled (RFC 9112, 11.2). */
#include "web/http/connection.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"

struct str http_field(const struct http_request *r, const char *name)
{
	struct str wanted = str_of(name);

	for (int i = 0; i < r->field_count; i++)
		if (str_ieq(r->fields[i].name, wanted))
			return r->fields[i].value;
	return (struct str){0};
}

struct str http_trailer(const struct http_request *r, const char *name)
{
	struct str wanted = str_of(name);

	for (int i = 0; i < r->trailer_count; i++)
		if (str_ieq(r->trailers[i].name, wanted))
			return r->trailers[i].value;
	return (struct str){0};
}

static int bad(const char **why, int status, const char *text)
{
	*why = text;
	return status;
}

int request_scan(struct scan *scan, struct str in, size_t max, size_t *head, const char **why)
{
	size_t line_max = max < HTTP_LINE_MAX ? max : HTTP_LINE_MAX;
	const char *lf;

	*head = 0;
	while (*head == 0 && (lf = memchr(in.p + scan->at, '\n', in.n - scan->at)) != NULL) {
		size_t end = (size_t)(lf - in.p);

		if (end == scan->line || in.p[end - 1] != '\r')
			return bad(why, 400, "a line ends without carriage return");
		if (scan->line > 0 && (in.p[scan->line] == ' ' || in.p[scan->line] == '\t'))
			return bad(why, 400, "a header is folded over lines");
		if (scan->line == 0 && end > line_max)
			return bad(why, 414, "the request line is too long");
		if (end - scan->line == 1)
			*head = end + 1;
		scan->line = scan->at = end + 1;
	}
	if (*head == 0)
		scan->at = in.n;
	if (scan->line == 0 && in.n > line_max)
		return bad(why, 414, "the request line is too long");
	if ((*head ? *head : in.n) > max)
		return bad(why, 431, "the headers are too long");
	return 0;
}

static bool token(struct str s)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
		      (c != '\0' && strchr(others, c))))
			return false;
	}
	return s.n > 0;
}

/* A span may come in pieces, but they must touch: a value in two places would be a folded one. */
static int extend(struct str *s, const char *at, size_t n)
{
	if (!s->p)
		*s = str_n(at, 0);
	if (s->p + s->n != at)
		return HPE_USER;
	s->n += n;
	return 0;
}

static struct http_field *field_due(struct connection *c)
{
	struct http_request *r = &c->x->r;

	return r->field_count < HTTP_HEADERS_MAX ? &r->fields[r->field_count] : NULL;
}

static int on_name(llhttp_t *p, const char *at, size_t n)
{
	struct connection *c = p->data;
	struct http_field *f;

	if (c->in != IN_HEAD) {
		buf_add(&c->body.trailer_name, at, n);
		return 0;
	}
	f = field_due(c);
	return f ? extend(&f->name, at, n) : HPE_USER;
}

static int on_value(llhttp_t *p, const char *at, size_t n)
{
	struct connection *c = p->data;
	struct http_field *f;

	if (c->in != IN_HEAD) {
		buf_add(&c->body.trailer_value, at, n);
		return 0;
	}
	f = field_due(c);
	return f ? extend(&f->value, at, n) : HPE_USER;
}

/* Trailers come in pieces that need not touch; body.overhead bounds them. */
static int keep_trailer(struct connection *c)
{
	struct http_request *r = &c->x->r;
	struct buf *name = &c->body.trailer_name, *value = &c->body.trailer_value;

	if (!token(str_n(name->data, name->len)))
		return HPE_USER;
	if (!r->trailers)
		r->trailers = arena_take(&r->arena, HTTP_TRAILERS_MAX * sizeof *r->trailers);
	if (r->trailer_count < HTTP_TRAILERS_MAX)
		r->trailers[r->trailer_count++] = (struct http_field){
			.name = arena_str(&r->arena, str_n(name->data, name->len)),
			.value = arena_str(&r->arena, str_trim(str_n(value->len ? value->data : "", value->len))),
		};
	name->len = value->len = 0;
	return 0;
}

static int on_field_complete(llhttp_t *p)
{
	struct connection *c = p->data;
	struct http_field *f;

	if (c->in != IN_HEAD)
		return keep_trailer(c);
	f = field_due(c);
	if (!f || !token(f->name))
		return HPE_USER;
	f->value = f->value.p ? str_trim(f->value) : STR("");
	c->x->r.field_count++;
	if ((f = field_due(c)) != NULL)
		*f = (struct http_field){0};
	return 0;
}

static int on_headers_complete(llhttp_t *p)
{
	struct connection *c = p->data;

	c->x->r.keep_alive = llhttp_should_keep_alive(p);
	p->upgrade = 0;		/* offers to speak something else are declined by carrying on */
	return 0;
}

static int on_message_complete(llhttp_t *p)
{
	struct connection *c = p->data;

	if (c->in == IN_BODY)
		c->in = IN_DONE;
	return HPE_PAUSED;	/* what follows is the next request's */
}

const llhttp_settings_t request_callbacks = {
	.on_header_field = on_name,
	.on_header_value = on_value,
	.on_header_value_complete = on_field_complete,
	.on_headers_complete = on_headers_complete,
	.on_body = body_on_data,
	.on_message_complete = on_message_complete,
};

static bool version_like(struct str s)
{
	return s.n == 8 && memcmp(s.p, "HTTP/", 5) == 0 && s.p[5] >= '0' && s.p[5] <= '9' && s.p[6] == '.' &&
	       s.p[7] >= '0' && s.p[7] <= '9';
}

static int request_line(struct http_request *r, struct str head, bool *one_one, const char **why)
{
	struct str line = str_n(head.p, (size_t)((const char *)memchr(head.p, '\r', head.n) - head.p));
	struct str version;

	if (!str_next(&line, ' ', &r->method) || !token(r->method) || !str_next(&line, ' ', &r->target) ||
	    r->target.n == 0 || !str_next(&line, '\r', &version) || !version_like(version))
		return bad(why, 400, "the request line is malformed");
	if (version.p[5] != '1' || version.p[7] > '1')
		return bad(why, 505, "only HTTP 1.1 and 1.0 are spoken here");
	*one_one = version.p[7] == '1';
	return 0;
}

/* The fields that decide what the request is; how often each was there, and its last value. */
enum special { HOST, LENGTH, CODING, EXPECT, SPECIALS };

struct specials {
	int count[SPECIALS];
	struct str value[SPECIALS];
};

static void find_specials(const struct http_request *r, struct specials *s)
{
	static const struct str names[SPECIALS] = {
		[HOST] = { "host", 4 },
		[LENGTH] = { "content-length", 14 },
		[CODING] = { "transfer-encoding", 17 },
		[EXPECT] = { "expect", 6 },
	};

	*s = (struct specials){0};
	for (int i = 0; i < r->field_count; i++)
		for (int k = 0; k < SPECIALS; k++)
			if (str_ieq(r->fields[i].name, names[k])) {
				s->count[k]++;
				s->value[k] = r->fields[i].value;
			}
}

static int framing(struct connection *c, const struct specials *s, bool one_one, const char **why)
{
	struct http_request *r = &c->x->r;

	r->content_length = -1;
	if (s->count[CODING] && (s->count[LENGTH] || s->count[CODING] > 1 || !one_one))
		return bad(why, 400, "the length of the body is ambiguous");
	if (s->count[CODING] && !str_ieq(s->value[CODING], STR("chunked")))
		return bad(why, 501, "the only transfer coding is chunked");
	if (s->count[LENGTH] > 1 ||
	    (s->count[LENGTH] && str_to_int(s->value[LENGTH], 0, INT64_MAX, &r->content_length) < 0))
		return bad(why, 400, "Content-Length is malformed");
	r->has_body = s->count[CODING] > 0 || r->content_length > 0;
	if (s->count[EXPECT] && one_one) {
		if (s->count[EXPECT] > 1 || !str_ieq(s->value[EXPECT], STR("100-continue")))
			return bad(why, 417, "the only expectation is 100-continue");
		c->body.expected = true;
	}
	return 0;
}

/* RFC 9112, 3.2: the four forms of a target. */
static int target(struct http_request *r, const struct specials *s, bool one_one, const char **why)
{
	static const struct str schemes[] = { { "http://", 7 }, { "https://", 8 } };
	struct str rest = r->target, authority = {0};
	size_t n = 0;

	if (s->count[HOST] > 1 || (one_one && s->count[HOST] == 0))
		return bad(why, 400, "there must be one Host header");
	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
		if (rest.n > schemes[i].n && str_ieq(str_n(rest.p, schemes[i].n), schemes[i])) {
			rest = str_n(rest.p + schemes[i].n, rest.n - schemes[i].n);
			while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?')
				n++;
			authority = str_n(rest.p, n);
			rest = str_n(rest.p + n, rest.n - n);
			break;
		}
	/* Routing and signatures read Host, so a target that names another would be answered for the wrong one. */
	if (str_is_set(authority) && s->count[HOST] && !str_ieq(authority, s->value[HOST]))
		return bad(why, 400, "the target names another host than Host");
	if (!str_is_set(authority) && rest.p[0] != '/' &&
	    !(str_eq(rest, STR("*")) && str_eq(r->method, STR("OPTIONS"))))
		return bad(why, 400, "the target is malformed");
	if (memchr(rest.p, '#', rest.n))
		return bad(why, 400, "the target has a fragment");
	r->query = rest;
	str_next(&r->query, '?', &r->path);
	if (r->path.n == 0)
		r->path = STR("/");
	return 0;
}

static int llhttp_refusal(struct connection *c, enum llhttp_errno e, const char **why)
{
	if (c->x->r.field_count == HTTP_HEADERS_MAX && e == HPE_USER)
		return bad(why, 431, "there are too many headers");
	if (e == HPE_USER)
		return bad(why, 400, "a header is malformed");
	if (e == HPE_INVALID_METHOD || e == HPE_PAUSED_UPGRADE)
		return bad(why, 501, "this method is not known here");
	return bad(why, 400, llhttp_get_error_reason(&c->parser));
}

int request_parse(struct connection *c, struct str head, const char **why)
{
	struct http_request *r = &c->x->r;
	struct specials specials;
	enum llhttp_errno e;
	bool one_one;
	int status;

	head.p = arena_dup(&r->arena, head);
	if ((status = request_line(r, head, &one_one, why)) != 0)
		return status;
	if (str_eq(r->method, STR("CONNECT")))
		return bad(why, 501, "this is not a proxy");
	llhttp_init(&c->parser, HTTP_REQUEST, &request_callbacks);
	c->parser.data = c;
	r->fields[0] = (struct http_field){0};
	e = llhttp_execute(&c->parser, head.p, head.n);
	if (e != HPE_OK && e != HPE_PAUSED)
		return llhttp_refusal(c, e, why);
	find_specials(r, &specials);
	if ((status = framing(c, &specials, one_one, why)) != 0 || (status = target(r, &specials, one_one, why)) != 0)
		return status;
	/* llhttp stopped at the end of a message exactly when we saw no body in it. */
	return (e == HPE_PAUSED) == !r->has_body ? 0 : bad(why, 400, "the length of the body is ambiguous");
}
