#include "web/whole.h"

#include "base/check.h"
#include "base/err.h"

static void tell(struct whole *w, int rc)
{
	struct call *c = w->call;

	w->call = NULL;
	w->done(c->r, rc, rc == 0 && w->bytes.data ? str_n(w->bytes.data, w->bytes.len) : STR(""));
}

static void finish(struct whole *w, int rc)
{
	w->over = true;
	room_end(w->room, &w->guest);
	if (rc < 0 || room_take(w->room, &w->work, (int64_t)w->bytes.len * w->per_byte + w->besides))
		tell(w, rc);
}

static struct whole *whole_of(struct http_request *r)
{
	struct call *c = r->app;

	return c->whole;
}

static void on_data(struct http_request *r, const uint8_t *p, size_t n)
{
	struct whole *w = whole_of(r);

	if (w->over)
		return;
	if (n > w->max - w->bytes.len) {
		finish(w, E_TOO_LARGE);
		return;
	}
	buf_add(&w->bytes, p, n);
	if ((int64_t)w->bytes.len == r->content_length)
		room_keep(w->room, &w->guest, (int64_t)w->bytes.cap);
	else if (!room_came(w->room, &w->guest, (int64_t)n, (int64_t)w->bytes.cap))
		http_pause(r);
}

static void on_end(struct http_request *r, int rc)
{
	struct whole *w = whole_of(r);

	if (!w->over)
		finish(w, rc);
}

static void on_granted(struct room_guest *g)
{
	http_resume(container_of(g, struct whole, guest)->call->r);
}

static void on_work(struct room_guest *g)
{
	tell(container_of(g, struct whole, work), 0);
}

static void on_cut(struct room_guest *g)
{
	http_expire(container_of(g, struct whole, guest)->call->r);
}

void whole_take(struct whole *w, struct call *c)
{
	static const struct http_sink sink = { on_data, on_end, NULL };

	CHECK(!w->call);
	w->call = c;
	w->room = c->room;
	w->guest = (struct room_guest){ .use = ROOM_DOCUMENTS, .granted = on_granted, .cut = on_cut };
	w->work = (struct room_guest){ .use = ROOM_WORK, .granted = on_work };
	c->whole = w;
	if (c->r->content_length > 0 && (uint64_t)c->r->content_length > w->max) {
		finish(w, E_TOO_LARGE);
		return;
	}
	room_begin(w->room, &w->guest);
	http_body_stream(c->r, &sink);
}

void whole_leave(struct whole *w)
{
	if (!w->room)
		return;
	room_give(w->room, &w->guest);
	room_give(w->room, &w->work);
}

void whole_clear(struct whole *w)
{
	whole_leave(w);
	buf_clear(&w->bytes);
}
