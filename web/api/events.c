/* GET /_/events[?bucket=&prefix=&upload=&changes=1]: what happens to photos, as server-sent events (html.spec.whatwg.org, "Server-sent events").
 *
 *     id: 17                       counts what this listener heard or missed; after a reconnection nothing is told again
 *     event: ready                 a word of pipeline/feed.h
 *     data: {"bucket","key",["version"],"at",["attempt","function","reason","message","upload"]}
 *
 * ?upload= is one upload: its `uploaded` and all that follows for the photos it brought, as far as it was listened to from before and for
 * EVENT_UPLOADS_MAX photos. A comment comes every EVENT_BEAT_MS, so that proxies and dead clients are told apart. A client that reads
 * slower than it is told misses some: then `event: missed` with {"count"} comes, and it reads /_/status again. EVENT_LISTENERS_MAX listen at a time.
 * A token hears of its bucket and prefix only, until it expires or is revoked.
 *
 * With ?changes=1, which no token may ask for, it is also told which parts of the house changed (pipeline/pulse.h), whatever bucket is listened to:
 *     event: changed
 *     data: {"parts":["queue",...],"queue":{"ready","leased","dead"}}
 */
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "pipeline/feed.h"
#include "pipeline/photo_status.h"
#include "pipeline/pulse.h"
#include "web/api/upload.h"

#define EVENT_LISTENERS_MAX 500
#define EVENT_WAITING_MAX (256 << 10)	/* bytes that a client has not taken, from which on it misses events */
#define EVENT_BEAT_MS 15000
#define EVENT_RETRY_MS 3000		/* after which a browser comes again */
#define EVENT_UPLOADS_MAX 1000

static int listeners;			/* loop thread */

struct brought {			/* a photo of the upload that is listened to */
	struct str key;
	int64_t seq;
	struct brought *next;
};

struct listening {
	struct local *l;
	struct leave leave;
	uint64_t as_of;			/* `revocations` when the token was looked up */
	struct str bucket, prefix, upload;	/* absent: all */
	struct feed_listener ear;
	bool changes;
	struct pulse_listener wrist;	/* if so */
	uv_timer_t beat;
	int64_t id, missed;
	struct brought *brought;
	int brought_count;
	bool closing;
	struct chain all;		/* that listen */
};

static struct chain *first;		/* loop thread */
static uint64_t revocations;		/* likewise */

/* -- telling -- */

static void say(struct listening *g, const char *event, struct str data)
{
	struct buf b = { 0 };

	buf_printf(&b, "id: %lld\nevent: %s\ndata: %.*s\n\n", (long long)g->id, event, STR_ARG(data));
	http_reply_piece(g->l->call->r, str_n(b.data, b.len));
	buf_clear(&b);
}

static void write_event(struct json *j, const struct feed_event *e)
{
	char when[CLOCK_TEXT_MAX];

	json_open(j, NULL, '{');
	json_str(j, "bucket", e->bucket);
	json_str(j, "key", e->key);
	if (e->seq > 0)
		photo_version_write(j, "version", e->seq);
	json_cstr(j, "at", clock_iso_ms(when, e->at_ms));
	if (e->attempt > 0)
		json_int(j, "attempt", e->attempt);
	if (str_is_set(e->function))
		json_str(j, "function", e->function);
	if (str_is_set(e->code))
		json_str(j, "reason", e->code);
	if (str_is_set(e->message))
		json_str(j, "message", e->message);
	if (str_is_set(e->upload))
		json_str(j, "upload", e->upload);
	json_close(j);
}

static void tell_missed(struct listening *g)
{
	struct buf b = { 0 };
	struct json j = json_into(&b);

	json_open(&j, NULL, '{');
	json_int(&j, "count", g->missed);
	json_close(&j);
	g->missed = 0;
	say(g, "missed", str_n(b.data, b.len));
	buf_clear(&b);
}

static bool is_of_upload(struct listening *g, const struct feed_event *e)
{
	struct brought *b;

	if (!str_is_set(g->upload))
		return true;
	if (str_eq(e->upload, g->upload)) {
		if (g->brought_count == EVENT_UPLOADS_MAX)
			return true;
		b = arena_take(&g->l->arena, sizeof *b);
		*b = (struct brought){ arena_str(&g->l->arena, e->key), e->seq, g->brought };
		g->brought = b;
		g->brought_count++;
		return true;
	}
	for (b = g->brought; b; b = b->next)
		if ((e->seq == 0 || b->seq == e->seq) && str_eq(b->key, e->key))
			return true;
	return false;
}

/* Else it is missed. */
static bool has_room(struct listening *g)
{
	g->id++;
	if (g->missed == 0 && http_reply_waiting(g->l->call->r) <= EVENT_WAITING_MAX)
		return true;
	g->missed++;
	return false;
}

static void write_change(struct json *j, const struct pulse_beat *beat)
{
	json_open(j, NULL, '{');
	json_open(j, "parts", '[');
	for (int i = 0; i < PULSE_PARTS; i++)
		if (beat->changed & 1u << i)
			json_cstr(j, NULL, pulse_text((enum pulse_part)i));
	json_close(j);
	json_open(j, "queue", '{');
	json_int(j, "ready", beat->queue.ready);
	json_int(j, "leased", beat->queue.leased);
	json_int(j, "dead", beat->queue.dead);
	json_close(j);
	json_close(j);
}

static void on_beat_heard(struct pulse_listener *wrist, const struct pulse_beat *beat)
{
	struct listening *g = container_of(wrist, struct listening, wrist);
	struct buf b = { 0 };
	struct json j = json_into(&b);

	if (!has_room(g))
		return;
	write_change(&j, beat);
	say(g, "changed", str_n(b.data, b.len));
	buf_clear(&b);
}

static struct listening *listening_of(struct http_request *r)
{
	struct call *c = r->app;

	return ((struct local *)c->face_state)->state;
}

static void on_drained(struct http_request *r)
{
	struct listening *g = listening_of(r);

	if (g->missed > 0 && !g->closing)
		tell_missed(g);
}

/* -- coming and going -- */

static void on_closed(uv_handle_t *h)
{
	struct listening *g = h->data;

	listeners--;
	chain_leave(&g->all);
	local_rest(g->l);
}

static void leave(struct listening *g)
{
	if (g->closing)
		return;
	g->closing = true;
	local_unpark(g->l);
	feed_leave(&g->ear);
	pulse_leave(&g->wrist);
	uv_close((uv_handle_t *)&g->beat, on_closed);
}

static void on_left(struct local *l)
{
	leave(l->state);
}

static void end(struct listening *g)
{
	if (g->closing)
		return;
	http_reply_end(g->l->call->r);
	leave(g);
}

static bool has_expired(const struct listening *g)
{
	return g->leave.by_token && clock_wall_ms() >= g->leave.token.expires_ms;
}

static void on_heard(struct feed_listener *ear, const struct feed_event *e)
{
	struct listening *g = container_of(ear, struct listening, ear);
	struct buf b = { 0 };
	struct json j = json_into(&b);

	if (has_expired(g)) {
		end(g);
		return;
	}
	if (!str_starts(e->key, g->leave.by_token ? g->leave.token.prefix : STR("")) || !is_of_upload(g, e))
		return;
	if (!has_room(g))
		return;
	write_event(&j, e);
	say(g, feed_text(e->what), str_n(b.data, b.len));
	buf_clear(&b);
}

/* The browser comes again, and finds the next daemon. */
static void on_hurry(struct local *l)
{
	end(l->state);
}

void events_end_of_token(struct str id)
{
	revocations++;
	for (struct chain *c = first; c; c = c->next) {
		struct listening *g = container_of(c, struct listening, all);

		if (g->leave.by_token && str_eq(g->leave.token.id, id))
			end(g);
	}
}

/* A token that expires meanwhile is shown nothing more. */
static void on_beat(uv_timer_t *t)
{
	struct listening *g = t->data;

	if (has_expired(g))
		end(g);
	else if (http_reply_waiting(g->l->call->r) == 0)
		http_reply_piece(g->l->call->r, STR(": beat\n\n"));
}

static void begin(struct listening *g)
{
	struct local *l = g->l;
	struct http_request *r = local_begin(l, 200);

	http_header(r, "Content-Type", STR("text/event-stream"));
	http_header(r, "X-Accel-Buffering", STR("no"));		/* nginx passes them on at once */
	r->on_drained = on_drained;
	r->leaves_at_eof = true;
	http_reply_begin(r);
	http_reply_piece(r, str_of(arena_printf(&l->arena, "retry: %d\n\n", EVENT_RETRY_MS)));
	CHECK(uv_timer_init(l->m->loop, &g->beat) == 0);
	g->beat.data = g;
	uv_timer_start(&g->beat, on_beat, EVENT_BEAT_MS, EVENT_BEAT_MS);
	listeners++;
	chain_put(&first, &g->all);
	g->ear = (struct feed_listener){ .heard = on_heard, .bucket = g->bucket, .prefix = g->prefix };
	feed_listen(l->m->feed, &g->ear);
	g->wrist.heard = on_beat_heard;
	if (g->changes)
		pulse_listen(l->m->pulse, &g->wrist);
	l->left = on_left;
	local_hold(l);
	local_park(l, on_hurry);
}

static bool may_listen(struct local *l, const struct listening *g)
{
	const struct leave *to = &g->leave;
	bool stops = false;

	if (listeners >= EVENT_LISTENERS_MAX) {
		http_header_int(l->call->r, "Retry-After", 10);
		local_refuse(l, 503, "TooManyListeners", "500 clients listen to events already.");
	} else if (to->by_token && g->changes) {
		local_refuse(l, 403, "AccessDenied", "A token hears of uploads only, not of ?changes=.");
	} else if (to->by_token && to->token.bucket != to->bucket) {
		leave_refuse(l, to, TOKEN_OTHER_BUCKET);
	} else if (has_expired(g)) {
		leave_refuse(l, to, TOKEN_EXPIRED);
	} else {
		stops = str_eq(l->call->r->method, STR("HEAD"));
		if (stops)
			http_reply_head(local_begin(l, 200), -1);
		return !stops;
	}
	return false;
}

static void ask(struct listening *g);

/* What was revoked while its token was looked up may be that token. */
static void on_leave(struct local *l)
{
	struct listening *g = l->state;

	if (g->leave.by_token && g->as_of != revocations)
		ask(g);
	else if (may_listen(l, g))
		begin(g);
}

static void ask(struct listening *g)
{
	g->as_of = revocations;
	leave_ask(g->l, &g->leave, on_leave);
}

void events_serve(struct local *l)
{
	struct listening *g = arena_take(&l->arena, sizeof *g);
	const struct params *p = &l->params;

	l->state = g;
	l->for_pages = true;
	g->l = l;
	g->leave.in_query = true;
	g->bucket = params_get(p, "bucket");
	g->prefix = params_get(p, "prefix");
	g->upload = params_get(p, "upload");
	g->changes = str_eq(params_get(p, "changes"), STR("1"));
	if (str_is_set(g->bucket))
		l->call->bucket = arena_str(&l->call->r->arena, g->bucket);
	ask(g);
}
