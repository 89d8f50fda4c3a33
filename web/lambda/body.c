/* body.c - the body of a request, read to where it stays: it may be 67 MB of code, and it may outlive its request. As whole.h, but nothing of
 * it is copied. */
#include "web/lambda/lambda.h"

#include "base/check.h"
#include "base/err.h"

#define ROOM_PER_BYTE 8			/* a parsed body takes about so much more than its text; a large one is mostly one text, which stays where it is */

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

static void tell(struct lambda *l, int rc)
{
	struct taking *t = l->state;
	uint8_t sum[DIGEST_SIZE_MAX];

	digest_end(&l->digest, sum);
	if (rc == 0) {
		l->call->auth.body_sha256 = memcpy(arena_take(&l->call->r->arena, sizeof sum), sum, sizeof sum);
		l->raw = l->bytes.data ? str_n(l->bytes.data, l->bytes.len) : STR("");
	}
	l->state = NULL;
	t->taken(l, rc);
}

static void finish(struct lambda *l, int rc)
{
	struct taking *t = l->state;

	t->over = true;
	room_end(l->room, &l->guest);
	if (rc < 0 || room_take(l->room, &l->work, l->bytes.len > LAMBDA_LARGE ? 0 : (int64_t)l->bytes.len * ROOM_PER_BYTE))
		tell(l, rc);
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
	if ((int64_t)l->bytes.len == r->content_length)
		room_keep(l->room, &l->guest, (int64_t)l->bytes.cap);
	else if (!room_came(l->room, &l->guest, (int64_t)n, (int64_t)l->bytes.cap))
		http_pause(r);
}

static void on_end(struct http_request *r, int rc)
{
	struct lambda *l = lambda_of(r);
	struct taking *t = l->state;

	if (!t || t->over)
		return;
	if (rc == E_CLOSED) {
		t->over = true;		/* nobody is left to answer; on_gone follows */
		room_end(l->room, &l->guest);
	} else if (rc < 0) {
		finish(l, lambda_refuse(l, LAMBDA_SERIALIZATION, "The request body did not arrive: %s", err_text(rc)));
	} else {
		finish(l, 0);
	}
}

/* As much again as there is: what does not come shall not be held. */
static uint8_t *on_room(struct http_request *r, size_t *n)
{
	struct lambda *l = lambda_of(r);
	struct taking *t = l->state;
	size_t most = l->bytes.cap > l->bytes.len + HTTP_READ_SIZE ? l->bytes.cap - l->bytes.len - 1 : HTTP_READ_SIZE;

	if (!t || t->over || *n > t->max - l->bytes.len)
		return NULL;
	if (*n > most)
		*n = most;
	return (uint8_t *)buf_reserve(&l->bytes, *n);
}

static void on_granted(struct room_guest *g)
{
	http_resume(container_of(g, struct lambda, guest)->call->r);
}

static void on_work(struct room_guest *g)
{
	tell(container_of(g, struct lambda, work), 0);
}

static void on_cut(struct room_guest *g)
{
	http_expire(container_of(g, struct lambda, guest)->call->r);
}

void lambda_take_body(struct lambda *l, void (*taken)(struct lambda *l, int rc))
{
	static const struct http_sink sink = { on_data, on_end, on_room };
	struct taking *t = arena_take(&l->arena, sizeof *t);
	int64_t length = l->call->r->content_length;

	t->taken = taken;
	t->max = l->op && l->op->body_max ? l->op->body_max : LAMBDA_BODY_MAX;
	l->state = t;
	l->guest = (struct room_guest){ .use = ROOM_DOCUMENTS, .granted = on_granted, .cut = on_cut };
	l->work = (struct room_guest){ .use = ROOM_WORK, .granted = on_work };
	digest_begin(&l->digest, DIGEST_SHA256);
	if (length > 0 && (uint64_t)length > t->max) {
		finish(l, too_large(l, t->max));
		return;
	}
	room_begin(l->room, &l->guest);
	http_body_stream(l->call->r, &sink);
}

void lambda_leave_room(struct lambda *l)
{
	room_give(l->room, &l->guest);
	room_give(l->room, &l->work);
}
