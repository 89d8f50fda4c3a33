/* body.c - the body of a request, read to where it stays: it may be 67 MB of code, and it may outlive its request. */
#include "web/lambda/lambda.h"

#include "base/err.h"

struct taking {				/* l->state meanwhile */
	void (*taken)(struct lambda *l, int rc);
	size_t max;
	bool over;
};

static struct lambda *lambda_of(struct http_request *r)
{
	struct call *c = r->app;

	return c->face_state;
}

static void finish(struct lambda *l, int rc)
{
	struct taking *t = l->state;
	uint8_t sum[DIGEST_SIZE_MAX];

	t->over = true;
	digest_end(&l->digest, sum);
	if (rc == 0) {
		l->call->auth.body_sha256 = memcpy(arena_take(&l->call->r->arena, sizeof sum), sum, sizeof sum);
		l->raw = l->bytes.data ? str_n(l->bytes.data, l->bytes.len) : STR("");
	}
	l->state = NULL;
	t->taken(l, rc);
}

static int too_large(struct lambda *l, size_t max)
{
	return lambda_refuse(l, LAMBDA_TOO_LARGE, "Request must be smaller than %zu bytes for the %s operation", max,
			     l->op ? l->op->name : "requested");
}

static void on_data(struct http_request *r, const uint8_t *p, size_t n)
{
	struct lambda *l = lambda_of(r);
	struct taking *t = l->state;

	if (!t || t->over)
		return;
	if (n > t->max - l->bytes.len) {
		finish(l, too_large(l, t->max));
		return;
	}
	digest_feed(&l->digest, p, n);
	if (l->bytes.data && p == (const uint8_t *)l->bytes.data + l->bytes.len)
		buf_wrote(&l->bytes, n);	/* read to where it belongs */
	else
		buf_add(&l->bytes, p, n);
}

static void on_end(struct http_request *r, int rc)
{
	struct lambda *l = lambda_of(r);
	struct taking *t = l->state;

	if (!t || t->over)
		return;
	if (rc == E_CLOSED)
		t->over = true;		/* nobody is left to answer; on_gone follows */
	else if (rc < 0)
		finish(l, lambda_refuse(l, LAMBDA_SERIALIZATION, "The request body did not arrive: %s", err_text(rc)));
	else
		finish(l, 0);
}

static uint8_t *on_room(struct http_request *r, size_t *n)
{
	struct lambda *l = lambda_of(r);
	struct taking *t = l->state;

	if (!t || t->over || *n > t->max - l->bytes.len)
		return NULL;
	return (uint8_t *)buf_reserve(&l->bytes, *n);
}

void lambda_take_body(struct lambda *l, void (*taken)(struct lambda *l, int rc))
{
	static const struct http_sink sink = { on_data, on_end, on_room };
	struct taking *t = arena_take(&l->arena, sizeof *t);
	int64_t length = l->call->r->content_length;

	t->taken = taken;
	t->max = l->op && l->op->body_max ? l->op->body_max : LAMBDA_BODY_MAX;
	l->state = t;
	digest_begin(&l->digest, DIGEST_SHA256);
	if (length > 0 && (uint64_t)length > t->max)
		finish(l, too_large(l, t->max));
	else
		http_body_stream(l->call->r, &sink);
}
