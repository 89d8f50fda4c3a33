#include "web/api/thumbnail.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"
#include "pipeline/link.h"
#include "pipeline/placeholder.h"
#include "web/cors.h"
#include "web/policy.h"

#define EXPOSE "ETag, Content-Length, Content-Range, Retry-After, X-Minilab-State, x-amz-request-id"

/* -- the answer -- */

static bool is_public(struct local *l, const struct thumbnail *t)
{
	return (str_is_set(t->in) && policy_public(l->call, "s3:GetObject", t->in, t->at)) ||
	       policy_public(l->call, "s3:GetObject", t->bucket, t->key);
}

/* Who asked for this very version gets nothing else at that address, ever. What anybody may get, shared caches may keep. */
static struct str cache_of(struct local *l, const struct thumbnail *t)
{
	const char *whose = t->admitted ? "private" : "public";
	char hex[SEQUENCER_SIZE];

	event_sequencer(hex, t->seq);
	if (str_ieq(t->version, str_of(hex)))
		return str_of(arena_printf(&l->arena, "%s, max-age=31536000, immutable", whose));
	return str_of(arena_printf(&l->arena, "%s, max-age=%lld", whose, (long long)l->m->settings.thumbnail_cache_s));
}

static struct http_request *begin(struct local *l, int status, struct str cache)
{
	struct http_request *r = l->call->r;

	http_status(r, status);
	http_header(r, "x-amz-request-id", str_of(l->call->id));
	http_header(r, "Server", STR("minilab"));
	http_header(r, "Cache-Control", cache);
	http_header(r, "Content-Security-Policy", STR(SENDING_SET_APART));
	http_header(r, "X-Content-Type-Options", STR("nosniff"));
	cors_answer(l->call, l->call->bucket, l->expose);
	return r;
}

static void answer_ready(struct local *l, struct thumbnail *t)
{
	bool part = t->ranged == RANGE_PART, same = t->verdict == CONDITIONS_NOT_MODIFIED;
	struct http_request *r = begin(l, same ? 304 : part ? 206 : 200, cache_of(l, t));
	char when[CLOCK_TEXT_MAX];

	http_header(r, "ETag", str_of(arena_printf(&l->arena, "\"%.*s\"", STR_ARG(t->o.etag))));
	http_header(r, "Last-Modified", str_of(clock_http(when, t->o.mtime_ms)));
	if (t->negotiated)
		http_header(r, "Vary", STR("Accept"));
	if (same) {
		http_reply(r, (struct str){ 0 });
		return;
	}
	http_header(r, "Content-Type", sending_type(&t->o, &l->arena));
	http_header(r, "Accept-Ranges", STR("bytes"));
	if (part)
		http_header(r, "Content-Range", str_of(arena_printf(&l->arena, "bytes %lld-%lld/%lld", (long long)t->sending.first,
				(long long)(t->sending.first + t->sending.length - 1), (long long)t->o.size)));
	if (t->head)
		http_reply_head(r, t->sending.length);
	else
		sending_reply(&t->sending, r);
}

static void answer_found(struct local *l, struct thumbnail *t)
{
	if (t->verdict == CONDITIONS_FAILED) {
		local_refuse(l, 412, "PreconditionFailed", "At least one of the preconditions you specified did not hold.");
	} else if (t->ranged == RANGE_NOT_SATISFIABLE) {
		http_header(l->call->r, "Content-Range", str_of(arena_printf(&l->arena, "bytes */%lld", (long long)t->o.size)));
		local_refuse(l, 416, "InvalidRange", "The requested range is not satisfiable.");
	} else {
		answer_ready(l, t);
	}
}

static void draw(struct local *l, const struct thumbnail *t)
{
	buf_clear(&l->out);
	if (t->state == PHOTO_FAILED)
		placeholder_failed(&l->out);
	else if (placeholder_of_hash(t->hash, &l->out) < 0)
		placeholder_plain(&l->out);
}

static void answer_state(struct local *l, const struct thumbnail *t)
{
	bool open = photo_state_is_open(t->state);

	http_header(l->call->r, "X-Minilab-State", str_of(t->state == PHOTO_RUNNING ? "running" : open ? "queued" : "failed"));
	if (open)
		http_header(l->call->r, "Retry-After", STR("2"));
	if (!t->no_picture)
		draw(l, t);
	local_answer(l, open ? 202 : 422, t->no_picture ? "application/json" : "image/png");
}

static void refuse_missing(struct local *l, const struct thumbnail *t)
{
	if (t->no_bucket)
		local_refuse_bucket(l);
	else if (t->no_photo)
		local_refuse(l, 404, "NoSuchKey", "There is no such object.");
	else
		local_refuse(l, 404, "NoSuchRendition", "There is no such thumbnail of it.");
}

static void on_found(struct local *l, int rc)
{
	struct thumbnail *t = l->state;

	if (!t->admitted && !is_public(l, t)) {
		local_refuse(l, 403, "AccessDenied", "Sign the request with the keys for service s3, or ask by a signed link.");
	} else if (rc == E_NOT_FOUND) {
		refuse_missing(l, t);
	} else if (rc < 0) {
		local_refuse_rc(l, rc, NULL);
	} else if (t->ready) {
		answer_found(l, t);
	} else {
		answer_state(l, t);
	}
}

/* -- the request -- */

static bool admit_link(struct local *l, struct thumbnail *t)
{
	static const struct {
		const char *code, *message;
	} refusals[] = {
		[LINK_MALFORMED] = { "LinkMalformed", "A signed link has expires=, in seconds since 1970, and signature=, 64 hexadecimal digits." },
		[LINK_WRONG]     = { "LinkSignatureWrong", "The link was not signed for this thumbnail and time with the keys of this minilab." },
		[LINK_EXPIRED]   = { "LinkExpired", "The link has expired." },
	};
	const struct link_place at = { t->bucket, t->key, t->name };
	enum link_verdict v = link_check(l->m->credentials.secret_key, &at, params_get(&l->params, "expires"), params_get(&l->params, "signature"),
					 clock_wall_ms() / 1000);

	t->admitted = v == LINK_FINE;
	if (v != LINK_FINE)
		local_refuse(l, 403, refusals[v].code, refusals[v].message);
	return t->admitted;
}

/* False: refused, and answered. */
static bool admit(struct local *l, struct thumbnail *t)
{
	struct call *c = l->call;
	enum auth_problem problem;

	if (c->auth.kind == AUTH_NONE && (str_is_set(params_get(&l->params, "expires")) || str_is_set(params_get(&l->params, "signature"))))
		return admit_link(l, t);
	if (local_is_by_cookie(l)) {
		t->admitted = local_admit_cookie(l, false);
		return t->admitted;
	}
	problem = auth_verify(c->r, &c->auth, &c->m->credentials, str_of(c->m->settings.region), STR("s3"), (struct str){ 0 });
	if (problem != AUTH_OK && problem != AUTH_MISSING)
		local_refuse_auth(l, problem);
	t->admitted = problem == AUTH_OK;
	return t->admitted || problem == AUTH_MISSING;
}

static struct str take(struct local *l, const char *field)
{
	struct str value = http_field(l->call->r, field);

	return str_is_set(value) ? arena_str(&l->arena, value) : value;
}

static void ask(struct local *l, struct thumbnail *t)
{
	struct http_request *r = l->call->r;

	t->head = str_eq(r->method, STR("HEAD"));
	t->version = params_get(&l->params, "v");
	t->no_picture = str_eq(params_get(&l->params, "placeholder"), STR("off"));
	t->accept = take(l, "accept");
	t->range = take(l, "range");
	t->if_range = take(l, "if-range");
	t->conditions = (struct conditions){ .if_match = take(l, "if-match"), .if_none_match = take(l, "if-none-match"),
		.if_modified_since = take(l, "if-modified-since"), .if_unmodified_since = take(l, "if-unmodified-since") };
}

/* The last part of the path is the rendition; it has no slash of its own (functions/rendition.h). */
static bool take_place(struct local *l, struct thumbnail *t)
{
	struct call *c = l->call;
	size_t cut;

	if (!local_place(l, "/_/t/", TAIL_KEY_AND_RENDITION))
		return false;
	for (cut = c->key.n; cut > 0 && c->key.p[cut - 1] != '/';)
		cut--;
	if (cut < 2 || cut == c->key.n) {
		local_refuse(l, 400, "InvalidPath", "The path is /_/t/BUCKET/KEY/RENDITION.");
		return false;
	}
	if (cut - 1 > OBJECT_KEY_MAX) {
		local_refuse(l, 400, "KeyTooLongError", "A key has at most 1024 bytes.");
		return false;
	}
	t->bucket = arena_str(&l->arena, c->bucket);
	t->name = arena_str(&l->arena, str_n(c->key.p + cut, c->key.n - cut));
	c->key = str_n(c->key.p, cut - 1);
	t->key = arena_str(&l->arena, c->key);
	return true;
}

static void release(struct local *l)
{
	struct thumbnail *t = l->state;

	sending_clear(&t->sending);
}

void thumbnail_serve(struct local *l)
{
	struct thumbnail *t = arena_take(&l->arena, sizeof *t);

	l->state = t;
	l->release = release;
	l->expose = EXPOSE;
	t->sending.fd = -1;
	if (!take_place(l, t))
		return;
	ask(l, t);
	if (admit(l, t))
		local_run(l, thumbnail_find, on_found);
}
