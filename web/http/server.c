/* The server: its connections, the turns it takes on the loop, and the end of it all. */
#include "web/http/connection.h"

#include <signal.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"

#define SPARES_MAX 64

struct exchange *server_exchange(struct http_server *s)
{
	struct exchange *x = s->spare;

	if (x) {
		s->spare = x->next;
		s->spares--;
		return x;
	}
	x = calloc(1, sizeof *x);
	CHECK(x != NULL);
	return x;
}

void server_give_back(struct http_server *s, struct exchange *x)
{
	arena_clear(&x->r.arena);
	if (s->spares >= SPARES_MAX) {
		free(x);
		return;
	}
	x->r = (struct http_request){0};
	x->next = s->spare;
	s->spare = x;
	s->spares++;
}

/* -- turns of the loop -- */

static void run_ready(struct http_server *s)
{
	struct connection *c;

	while ((c = s->ready) != NULL) {
		s->ready = c->next_ready;
		c->ready = false;
		connection_step(c);
	}
}

static void on_prepare(uv_prepare_t *p)
{
	run_ready(p->data);
}

static void on_check(uv_check_t *p)
{
	run_ready(p->data);
}

static void on_sweep(uv_timer_t *t)
{
	struct http_server *s = t->data;
	struct connection *c, *next;
	int64_t now = clock_mono_ms();
	bool over = s->stopping && now >= s->stop_at_ms;

	for (c = s->connections; c; c = next) {
		next = c->next;		/* freed only from close callbacks, which do not run in here */
		if (over && c->phase == LINGER)
			connection_close(c);
		else if (over)
			connection_lost(c, E_CLOSED);
		else
			deadline_check(c, now);
	}
	if (!listeners_resume(s) && s->count == 0)
		uv_timer_stop(t);
}

void server_watch(struct http_server *s)
{
	if (!uv_is_active((uv_handle_t *)&s->sweep))
		uv_timer_start(&s->sweep, on_sweep, (uint64_t)s->period_ms, (uint64_t)s->period_ms);
}

/* -- the end -- */

static void free_server(struct http_server *s)
{
	struct exchange *x;

	while ((x = s->spare) != NULL) {
		s->spare = x->next;
		free(x);
	}
	if (s->stopped)
		s->stopped(s->stopped_owner);
	free(s);
}

void server_closed(struct http_server *s)
{
	if (--s->open_handles == 0 && s->closing)
		free_server(s);
}

static void on_closed(uv_handle_t *h)
{
	server_closed(h->data);
}

/* Once nothing is left that could need them. */
static void finish(struct http_server *s)
{
	s->closing = true;
	senders_stop(s);
	uv_close((uv_handle_t *)&s->sweep, on_closed);
	uv_close((uv_handle_t *)&s->prepare, on_closed);
	uv_close((uv_handle_t *)&s->check, on_closed);
	uv_close((uv_handle_t *)&s->sent, on_closed);
}

void server_left(struct http_server *s)
{
	s->count--;
	if (s->stopping && s->count == 0 && !s->closing)
		finish(s);
}

void http_stop(struct http_server *s, int64_t drain_ms, void (*stopped)(void *owner), void *owner)
{
	CHECK(!s->stopping);
	s->stopping = true;
	s->stopped = stopped;
	s->stopped_owner = owner;
	s->stop_at_ms = clock_mono_ms() + drain_ms;
	listeners_close(s);
	for (struct connection *c = s->connections; c; c = c->next)
		if (connection_idle(c))
			connection_close(c);
	if (s->count == 0)
		finish(s);
}

int http_connections(struct http_server *s)
{
	return s->count;
}

/* -- the beginning -- */

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int http_open(struct http_server **out, const struct http_spec *spec)
{
	struct http_server *s = calloc(1, sizeof *s);
	int64_t ms = least(least(spec->header_ms, spec->body_ms), spec->idle_ms) / 4;
	int rc;

	CHECK(s != NULL && spec->on_request && spec->on_bad && spec->on_done);
	s->spec = *spec;
	s->period_ms = ms < 5 ? 5 : least(ms, 1000);
	if ((rc = uv_async_init(spec->loop, &s->sent, senders_on_back)) < 0) {
		free(s);
		return rc;
	}
	uv_timer_init(spec->loop, &s->sweep);
	uv_prepare_init(spec->loop, &s->prepare);
	uv_check_init(spec->loop, &s->check);
	s->sent.data = s->sweep.data = s->prepare.data = s->check.data = s;
	s->open_handles = 4;
	uv_prepare_start(&s->prepare, on_prepare);
	uv_check_start(&s->check, on_check);
	uv_unref((uv_handle_t *)&s->sent);
	uv_unref((uv_handle_t *)&s->prepare);
	uv_unref((uv_handle_t *)&s->check);
	senders_init(s);
	signal(SIGPIPE, SIG_IGN);	/* a client that left is an error code, not the end of us */
	*out = s;
	return 0;
}
