#include "functions/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "functions/cgroup.h"
#include "functions/environment.h"
#include "functions/zygote.h"

struct pool {
	struct pool_spec spec;
	struct zygote *zygote;
	struct cgroup cgroup;
	struct environment *environments;
	int count;			/* of them, dying ones included: they still use memory */
	struct invocation *waiting;	/* in order */
	struct invocation *over;	/* ended without an environment; done is called by on_soon */
	uv_timer_t soon;
	bool closing, zygote_closing;
	int64_t spawned, crashed, timed_out;
	void (*closed)(void *owner);
	void *owner;
};

static void dispatch(struct pool *p);

static void push(struct invocation **list, struct invocation *i)
{
	while (*list)
		list = &(*list)->next;
	i->next = NULL;
	*list = i;
}

static void finish(struct invocation *i)
{
	if (i->input >= 0)
		close(i->input);
	i->input = -1;
	i->done(i);
	buf_clear(&i->answer);
	if (i->output >= 0)
		close(i->output);
	i->output = -1;
}

static void on_pool_closed(uv_handle_t *h)
{
	struct pool *p = h->data;

	p->closed(p->owner);
	free(p);
}

static void on_zygote_closed(void *owner)
{
	struct pool *p = owner;

	uv_close((uv_handle_t *)&p->soon, on_pool_closed);
}

static void close_if_empty(struct pool *p)
{
	if (!p->closing || p->zygote_closing || p->environments || p->waiting || p->over)
		return;
	p->zygote_closing = true;
	zygote_close(p->zygote, on_zygote_closed, p);
}

static void on_soon(uv_timer_t *t)
{
	struct pool *p = t->data;
	struct invocation *i;

	while ((i = p->over)) {
		p->over = i->next;
		finish(i);
	}
	close_if_empty(p);
}

/* Takes it out of the waiting and ends it, from the loop. */
static void turn_away(struct pool *p, struct invocation **at, int rc, enum reason r, const char *message)
{
	struct invocation *i = *at;

	*at = i->next;
	i->rc = rc;
	i->reason = r;
	snprintf(i->message, sizeof i->message, "%s", message);
	push(&p->over, i);
	uv_timer_start(&p->soon, on_soon, 0, 0);
}

static bool serves(const struct environment *e, const struct invocation *i)
{
	return e->spec.generation == i->generation && str_eq(e->spec.function, str_of(i->function));
}

static bool starting(const struct environment *e)
{
	return e->state == ENVIRONMENT_SPAWNING || e->state == ENVIRONMENT_INIT;
}

/* IDLE, or on its way there and promised to nobody. */
static struct environment *find(struct pool *p, const struct invocation *i, bool idle)
{
	for (struct environment *e = p->environments; e; e = e->next)
		if (serves(e, i) && (idle ? e->state == ENVIRONMENT_IDLE : starting(e) && !e->promised))
			return e;
	return NULL;
}

static void on_ready(struct environment *e)
{
	dispatch(e->spec.owner);
}

static void on_settled(struct environment *e, struct invocation *i)
{
	struct pool *p = e->spec.owner;

	if (i->reason == REASON_TIMEOUT)
		p->timed_out++;
	else if (i->rc == E_CRASHED)
		p->crashed++;
	finish(i);
}

/* The first that waited for it is told; the others are tried with the next environment. */
static void tell_start_failed(struct pool *p, const struct environment *e)
{
	log_warn(e->fault_rc, "function=%s environment not started: %s", log_quote(e->spec.function),
		 log_quote(str_of(e->fault_message)));
	for (struct invocation **at = &p->waiting; *at; at = &(*at)->next)
		if (serves(e, *at)) {
			turn_away(p, at, E_CRASHED, REASON_START, e->fault_message);
			return;
		}
}

static void on_gone(struct environment *e)
{
	struct pool *p = e->spec.owner;
	struct environment **at = &p->environments;

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	p->count--;
	if (!e->was_ready && e->fault && !p->closing)
		tell_start_failed(p, e);
	dispatch(p);
	close_if_empty(p);
}

static int start(struct pool *p, const struct invocation *i, bool promised)
{
	struct environment_spec s = {
		.loop = p->spec.loop, .zygote = p->zygote, .cgroup = p->cgroup.base[0] ? &p->cgroup : NULL,
		.function = str_of(i->function), .generation = i->generation,
		.memory_mb = i->memory_mb, .timeout_ms = i->timeout_ms,
		.idle_ms = p->spec.idle_ms, .uses_max = p->spec.uses_max,
		.ready = on_ready, .settled = on_settled, .gone = on_gone, .owner = p,
	};
	struct environment *e;
	int rc = environment_start(&e, &s);

	if (rc < 0)
		return rc;
	e->promised = promised;
	e->next = p->environments;
	p->environments = e;
	p->count++;
	p->spawned++;
	return 0;
}

/* So that the next one finds it warm. It may fail: then the next one is told. */
static void keep_spare(struct pool *p, const struct invocation *i)
{
	if (p->count < p->spec.environments_max && !p->waiting && !find(p, i, true) && !find(p, i, false))
		start(p, i, false);
}

/* True when `*at` has left the list. */
static bool give(struct pool *p, struct invocation **at)
{
	struct invocation *i = *at, *next = i->next;
	struct environment *e;
	int rc;

	while ((e = find(p, i, true))) {
		if ((rc = environment_invoke(e, i)) == E_CLOSED)
			continue;
		if (rc < 0) {
			turn_away(p, at, rc, REASON_SETTINGS, "event and environment variables do not fit in a message");
			return true;
		}
		*at = next;
		keep_spare(p, i);
		return true;
	}
	return false;
}

/* An idle environment of another function, or of an old configuration, makes room: the one that has not worked for
 * the longest time, or never. */
static bool make_room(struct pool *p)
{
	struct environment *oldest = NULL;

	for (struct environment *e = p->environments; e; e = e->next)
		if (e->state == ENVIRONMENT_IDLE && (!oldest || e->began_us < oldest->began_us))
			oldest = e;
	if (oldest)
		environment_retire(oldest);
	return oldest != NULL;
}

/* One environment on its way for each that waits, as far as there is room; dying ones are room to come. */
static void grow(struct pool *p)
{
	int dying = 0;

	for (struct environment *e = p->environments; e; e = e->next) {
		e->promised = e->promised && !starting(e);
		dying += e->state == ENVIRONMENT_DYING;
	}
	for (struct invocation **at = &p->waiting; *at;) {
		struct environment *e = find(p, *at, false);
		int rc = 0;

		if (e)
			e->promised = true;
		else if (p->count < p->spec.environments_max)
			rc = start(p, *at, true);
		else if (dying-- <= 0 && !make_room(p))
			return;
		if (rc < 0)
			turn_away(p, at, E_CRASHED, REASON_START, err_text(rc));
		else
			at = &(*at)->next;
	}
}

static void dispatch(struct pool *p)
{
	if (p->closing)
		return;
	for (struct invocation **at = &p->waiting; *at;)
		if (!give(p, at))
			at = &(*at)->next;
	grow(p);
}

int pool_open(struct pool **out, const struct pool_spec *spec)
{
	struct pool *p = calloc(1, sizeof *p);
	struct zygote_spec z = { .loop = spec->loop, .runner_path = spec->runner_path, .probes = spec->probes,
				 .rung_max = spec->require_cage ? CAGE_B : CAGE_D };
	int rc;

	CHECK(p != NULL);
	CHECK(spec->environments_max > 0 && spec->uses_max > 0);
	p->spec = *spec;
	rc = cgroup_open(&p->cgroup, "");
	z.cgroup = rc == 0;
	if (rc < 0)
		log_info("cgroup=none why=%s", log_quote(str_of(err_text(rc))));
	if ((rc = zygote_open(&p->zygote, &z)) < 0) {
		free(p);
		return rc;
	}
	uv_timer_init(spec->loop, &p->soon);
	p->soon.data = p;
	*out = p;
	return 0;
}

void pool_invoke(struct pool *p, struct invocation *i)
{
	CHECK(!p->closing);
	CHECK(i->timeout_ms > 0 && i->memory_mb > 0);
	i->rc = 0;
	i->reason = REASON_NONE;
	i->message[0] = '\0';
	i->answer = (struct buf){0};
	i->output = -1;
	i->output_length = i->duration_us = i->init_us = i->memory_peak_kb = 0;
	i->environment = NULL;
	if (i->input_length > INVOKE_INPUT_MAX) {
		i->next = NULL;
		turn_away(p, &i, E_TOO_LARGE, REASON_BYTES, reason_text(REASON_BYTES));
		return;
	}
	push(&p->waiting, i);
	dispatch(p);
}

void pool_get_health(struct pool *p, struct pool_health *h)
{
	*h = (struct pool_health){ .cage = *zygote_features(p->zygote),
				   .spawned = p->spawned, .crashed = p->crashed, .timed_out = p->timed_out };
	for (struct environment *e = p->environments; e; e = e->next) {
		h->idle += e->state == ENVIRONMENT_IDLE;
		h->busy += e->state == ENVIRONMENT_BUSY;
	}
	for (struct invocation *i = p->waiting; i; i = i->next)
		h->waiting++;
}

void pool_close(struct pool *p, void (*closed)(void *owner), void *owner)
{
	static const char message[] = "the daemon is stopping";

	CHECK(!p->closing);
	p->closing = true;
	p->closed = closed;
	p->owner = owner;
	while (p->waiting)
		turn_away(p, &p->waiting, E_CLOSED, REASON_START, message);
	for (struct environment *e = p->environments; e; e = e->next)
		environment_fault(e, E_CLOSED, REASON_START, message);
	zygote_stop(p->zygote);
	uv_timer_start(&p->soon, on_soon, 0, 0);
}
