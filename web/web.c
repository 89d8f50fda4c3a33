#include "web/web.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/log.h"
#include "functions/custom.h"
#include "web/api/local.h"
#include "web/routes.h"
#include "web/runtime/api.h"

struct web {
	struct minilab *m;
	struct http_server *http;
	struct http_server *inner;	/* the same, for functions in their cages */
	struct runtime_api *runtime;
	struct room room;
	uv_timer_t crowd;		/* runs while somebody waits for room */
	struct sessions sessions;
	struct flow flow;
	struct traffic traffic;
	int open;			/* servers that have to end before the next is told */
	void (*then)(void *owner);	/* what is told: stopped, then closed */
	void *owner;
	bool closing;
};

static void name_call(struct call *c)
{
	static const char digits[] = "0123456789ABCDEF";
	struct buf b = { 0 };
	uint8_t raw[8 + 36];

	random_bytes(raw, sizeof raw);
	for (int i = 0; i < 8; i++) {
		c->id[2 * i] = digits[raw[i] >> 4];
		c->id[2 * i + 1] = digits[raw[i] & 15];
	}
	base64_encode(&b, raw + 8, 36);
	snprintf(c->host_id, sizeof c->host_id, "%s", b.data);
	buf_clear(&b);
}

static void on_gone(struct http_request *r)
{
	struct call *c = r->app;

	if (c->gone)
		c->gone(c);
}

static struct call *make_call(struct web *w, struct http_request *r)
{
	struct call *c = arena_take(&r->arena, sizeof *c);

	c->m = w->m;
	c->r = r;
	c->room = &w->room;
	c->sessions = &w->sessions;
	c->flow = &w->flow;
	c->traffic = &w->traffic;
	c->face = c->op = "-";
	c->face_at = TRAFFIC_FACES - 1;
	name_call(c);
	r->app = c;
	r->on_gone = on_gone;
	return c;
}

static void on_request(void *owner, struct http_request *r)
{
	struct call *c = make_call(owner, r);

	auth_parse(r, &c->auth);
	routes_serve(c);
}

static void on_bad(void *owner, struct http_request *r, int status, const char *why)
{
	routes_refuse(make_call(owner, r), status, why);
}

static void count(struct web *w, const struct call *c, int64_t us)
{
	const struct http_request *r = c->r;
	int class = r->status / 100;

	w->traffic.requests[c->face_at][class < TRAFFIC_CLASSES ? class : 0]++;
	w->traffic.bytes_in += r->bytes_in;
	w->traffic.bytes_out += r->bytes_out;
	w->traffic.microseconds += us;
}

/* An address, or the function from whose cage it came. */
static const char *peer_name(struct http_request *r)
{
	const struct recipe *recipe = r->tag ? custom_recipe(r->tag) : NULL;

	return recipe ? arena_printf(&r->arena, "function:%.*s", STR_ARG(recipe->name)) : r->peer;
}

static void on_done(void *owner, struct http_request *r)
{
	struct web *w = owner;
	struct call *c = r->app;
	int64_t us = clock_mono_us() - r->started_us;
	struct buf object = { 0 };

	if (!c)
		return;		/* a connection that never became a request */
	count(w, c, us);
	if (str_is_set(c->bucket))
		buf_printf(&object, " bucket=%s", log_quote(c->bucket));
	if (str_is_set(c->key))
		buf_printf(&object, " key=%s", log_quote(c->key));
	if (c->code)
		buf_printf(&object, " code=%s", c->code);
	log_info("req=%s face=%s op=%s method=%s status=%d in=%lld out=%lld us=%lld peer=%s%s", c->id, c->face, c->op,
		 log_quote(r->method), r->status, (long long)r->bytes_in, (long long)r->bytes_out, (long long)us, peer_name(r),
		 object.data ? object.data : "");
	buf_clear(&object);
}

/* "ADDR:PORT", the address of version 6 in brackets. */
static int split_listen(struct str text, char address[256], int64_t *port)
{
	struct str host = text;

	while (host.n > 0 && host.p[host.n - 1] != ':')
		host.n--;
	if (host.n < 2 || str_to_int(str_n(text.p + host.n, text.n - host.n), 0, 65535, port) < 0)
		return E_BAD_INPUT;
	host.n--;
	if (str_starts(host, STR("[")) && str_ends(host, STR("]")))
		host = str_n(host.p + 1, host.n - 2);
	if (host.n == 0 || host.n > 255)
		return E_BAD_INPUT;
	snprintf(address, 256, "%.*s", STR_ARG(host));
	return 0;
}

/* For what comes from environments. */
static int open_inner(struct web *w, struct http_spec spec)
{
	int environments = (int)w->m->settings.function_environments_max, rc;

	spec.connections_max = environments * WEB_ENDPOINT_CONNECTIONS_MAX;
	if ((rc = http_open(&w->inner, &spec)) == 0)
		rc = runtime_api_open(&w->runtime, spec.loop, environments, &w->flow);
	return rc;
}

/* -- room -- */

static void on_crowd(uv_timer_t *t)
{
	struct web *w = t->data;

	if (!room_sweep(&w->room, clock_mono_ms()))
		uv_timer_stop(t);
}

static void on_crowded(struct room *r)
{
	struct web *w = container_of(r, struct web, room);

	uv_timer_start(&w->crowd, on_crowd, ROOM_WINDOW_MS, ROOM_WINDOW_MS);	/* refused when it is being closed, and all leave anyway */
}

static void watch_room(struct web *w)
{
	CHECK(uv_timer_init(w->m->loop, &w->crowd) == 0);
	w->crowd.data = w;
	w->room.crowded = on_crowded;
}

int web_open(struct web **out, struct minilab *m, int *port)
{
	const struct settings *s = &m->settings;
	struct web *w = calloc(1, sizeof *w);
	char address[256];
	int64_t wanted;
	int rc;

	CHECK(w != NULL);
	w->m = m;
	room_init(&w->room, s->uploads_memory_max);
	if ((rc = split_listen(str_of(s->listen), address, &wanted)) == 0) {
		struct http_spec spec = { .loop = m->loop, .address = address, .port = (int)wanted,
			.connections_max = (int)s->connections_max, .header_bytes_max = (int)s->header_bytes_max,
			.header_ms = s->header_ms, .body_ms = s->body_ms, .idle_ms = s->idle_ms,
			.on_request = on_request, .on_bad = on_bad, .on_done = on_done, .owner = w };

		if ((rc = http_listen(&w->http, &spec, port)) == 0)
			rc = open_inner(w, spec);
	}
	if (w->http) {
		watch_room(w);
		*out = w;
	} else {
		free(w);
	}
	return rc;
}

/* -- environments -- */

void web_attach(struct web *w, struct custom_environment *e, int runtime, int endpoint)
{
	int rc = runtime_api_attach(w->runtime, e, runtime), rc2 = http_adopt(w->inner, endpoint, e, WEB_ENDPOINT_CONNECTIONS_MAX);

	if (rc < 0 || rc2 < 0)
		log_warn(rc < 0 ? rc : rc2, "event=environment-unattached");
}

void web_detach(struct web *w, struct custom_environment *e)
{
	runtime_api_detach(w->runtime, e);
	http_disown(w->inner, e);
}

/* -- the end, in two steps -- */

/* Connections and the work of requests that left early: both must be over. */
static void advance(struct web *w)
{
	void (*then)(void *owner) = w->then;
	void *owner = w->owner;

	if (w->open > 0 || w->room.inside > 0 || !then)
		return;
	w->then = NULL;
	if (w->closing)
		free(w);
	then(owner);
}

static void on_ended(void *owner)
{
	struct web *w = owner;

	w->open--;
	advance(w);
}

static void on_crowd_closed(uv_handle_t *h)
{
	on_ended(h->data);
}

static void on_emptied(struct room *r)
{
	advance(container_of(r, struct web, room));
}

void web_stop(struct web *w, void (*stopped)(void *owner), void *owner)
{
	w->then = stopped;
	w->owner = owner;
	w->room.emptied = on_emptied;
	w->open = 1;
	local_hurry_all();
	http_stop(w->http, w->m->settings.drain_ms, on_ended, w);
}

void web_close(struct web *w, void (*closed)(void *owner), void *owner)
{
	CHECK(w->open == 0 && !w->then);
	w->then = closed;
	w->owner = owner;
	w->closing = true;
	w->open = 3;
	uv_close((uv_handle_t *)&w->crowd, on_crowd_closed);
	http_stop(w->inner, 0, on_ended, w);
	runtime_api_stop(w->runtime, on_ended, w);
}
