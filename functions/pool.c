#include "functions/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "functions/cgroup.h"
#include "functions/environment.h"

struct pool {
	struct pool_spec spec;
	struct programs programs;
	struct cgroup cgroup;
	struct environment *environments;
	int count;			/* of them, dying ones included: they still use memory */
	struct invocation *waiting;	/* in order */
	struct invocation *over;	/* ended without an environment; done is called by on_soon */
	uv_timer_t soon;
	bool closing, programs_closing;
	int64_t spawned[PROGRAMS], crashed, timed_out;
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

static void on_programs_closed(void *owner)
{
	struct pool *p = owner;

	uv_close((uv_handle_t *)&p->soon, on_pool_closed);
}

static void close_if_empty(struct pool *p)
{
	if (!p->closing || p->programs_closing || p->environments || p->waiting || p->over)
		return;
	p->programs_closing = true;
	programs_close(&p->programs, on_programs_closed, p);
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

static struct environment_kind kind_of(const struct invocation *i)
{
	return (struct environment_kind){ .function = str_of(i->function), .generation = i->generation, .program = i->program,
					  .memory_mb = i->memory_mb, .timeout_ms = i->timeout_ms, .cpu_ms = i->cpu_ms };
}

static bool serves(const struct environment *e, const struct environment_kind *k)
{
	return e->spec.kind.program == k->program && e->spec.kind.generation == k->generation &&
	       str_eq(e->spec.kind.function, k->function);
}

static bool starting(const struct environment *e)
{
	return e->state == ENVIRONMENT_SPAWNING || e->state == ENVIRONMENT_INIT;
}

/* IDLE, or on its way there and promised to nobody. */
static struct environment *find(struct pool *p, const struct environment_kind *k, bool idle)
{
	for (struct environment *e = p->environments; e; e = e->next)
		if (serves(e, k) && (idle ? e->state == ENVIRONMENT_IDLE : starting(e) && !e->promised))
			return e;
	return NULL;
}

static int count(const struct pool *p, enum environment_state state)
{
	int n = 0;

	for (const struct environment *e = p->environments; e; e = e->next)
		n += e->state == state;
	return n;
}

/* With isolation one is made ready beside those that are busy. */
static bool has_room(const struct pool *p)
{
	return p->count < p->spec.environments_max + p->spec.isolate;
}

static void on_ready(struct environment *e)
{
	dispatch(e->spec.owner);
}

/* True when the other program has it now. */
static bool pass_on(struct pool *p, struct invocation *i)
{
	if (i->reason != REASON_ELSEWHERE)
		return false;
	if (!p->spec.general_path) {
		i->reason = REASON_UNSUPPORTED;
		snprintf(i->message, sizeof i->message, "%s", reason_text(REASON_ELSEWHERE));
		return false;
	}
	i->rc = 0;
	i->reason = REASON_NONE;
	i->message[0] = '\0';
	i->program = PROGRAM_GENERAL;
	i->next = p->waiting;
	p->waiting = i;
	return true;
}

static void on_settled(struct environment *e, struct invocation *i)
{
	struct pool *p = e->spec.owner;

	if (i->rc == E_TIMEOUT)
		p->timed_out++;
	else if (i->rc == E_CRASHED)
		p->crashed++;
	if (!pass_on(p, i))
		finish(i);
	dispatch(p);
}

/* The first that waited for it is told; the others are tried with the next environment. */
static void tell_start_failed(struct pool *p, const struct environment *e)
{
	log_warn(e->fault_rc, "function=%s program=%s environment not started: %s", log_quote(e->spec.kind.function),
		 program_name(e->spec.kind.program), log_quote(str_of(e->fault_message)));
	for (struct invocation **at = &p->waiting; *at; at = &(*at)->next) {
		struct environment_kind k = kind_of(*at);

		if (serves(e, &k)) {
			turn_away(p, at, E_CRASHED, REASON_START, e->fault_message);
			return;
		}
	}
}

static void on_gone(struct environment *e);

static int start(struct pool *p, const struct environment_kind *k, bool promised)
{
	struct environment_spec s = {
		.loop = p->spec.loop, .zygote = programs_zygote(&p->programs, k->program),
		.cgroup = p->cgroup.base[0] ? &p->cgroup : NULL, .kind = *k,
		.idle_ms = p->spec.idle_ms, .uses_max = p->spec.isolate ? 1 : p->spec.uses_max,
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
	p->spawned[k->program]++;
	return 0;
}

/* So that the next one finds it warm. It may fail: then the next one is told. */
static void keep_spare(struct pool *p, const struct environment_kind *k)
{
	if (has_room(p) && !p->waiting && !find(p, k, true) && !find(p, k, false))
		start(p, k, false);
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
	if (e->worn && !p->closing)
		keep_spare(p, &e->spec.kind);	/* in its place */
	close_if_empty(p);
}

/* True when `*at` has left the list. */
static bool give(struct pool *p, struct invocation **at)
{
	struct invocation *i = *at, *next = i->next;
	struct environment_kind k = kind_of(i);
	struct environment *e;
	int rc;

	while (count(p, ENVIRONMENT_BUSY) < p->spec.environments_max && (e = find(p, &k, true))) {
		if (i->begun)
			i->begun(i);
		if ((rc = environment_invoke(e, i)) == E_CLOSED)
			continue;
		if (rc < 0) {
			turn_away(p, at, rc, REASON_SETTINGS, "event and environment variables do not fit in a message");
			return true;
		}
		*at = next;
		keep_spare(p, &k);
		return true;
	}
	return false;
}

/* An idle environment of another function or program, or of an old configuration, makes room: the one that has not
 * worked for the longest time, or never. */
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

/* An environment on its way for it, or the room for one. False when nobody can be helped before something ends. */
static bool provide(struct pool *p, struct invocation **at, int *dying)
{
	struct environment_kind k = kind_of(*at);
	struct environment *e = find(p, &k, false);
	int rc = 0;

	if (e)
		e->promised = true;
	else if (find(p, &k, true))
		return false;		/* ready, but as many are busy as may be */
	else if (has_room(p))
		rc = start(p, &k, true);
	else if ((*dying)-- <= 0 && !make_room(p))
		return false;
	if (rc < 0)
		turn_away(p, at, E_CRASHED, REASON_START, err_text(rc));
	return true;
}

/* In the order of waiting, so that one that needs another program or function than all others gets its turn.
 * Promises are reckoned anew; dying environments are room to come. */
static void dispatch(struct pool *p)
{
	int dying = count(p, ENVIRONMENT_DYING);

	if (p->closing)
		return;
	for (struct environment *e = p->environments; e; e = e->next)
		e->promised = e->promised && !starting(e);
	for (struct invocation **at = &p->waiting; *at;) {
		struct invocation *i = *at;

		if (!give(p, at) && !provide(p, at, &dying))
			return;
		if (*at == i)
			at = &i->next;
	}
}

int pool_open(struct pool **out, const struct pool_spec *spec)
{
	struct pool *p = calloc(1, sizeof *p);
	struct zygote_spec z = { .loop = spec->loop, .probes = spec->probes,
				 .rung_max = spec->require_cage ? CAGE_B : CAGE_D };
	const char *const paths[PROGRAMS] = { spec->runner_path, spec->general_path };
	int rc;

	CHECK(p != NULL);
	CHECK(spec->environments_max > 0 && spec->uses_max > 0);
	p->spec = *spec;
	rc = cgroup_open(&p->cgroup, "");
	z.cgroup = rc == 0;
	if (rc < 0)
		log_info("cgroup=none why=%s", log_quote(str_of(err_text(rc))));
	if ((rc = programs_open(&p->programs, &z, paths)) < 0) {
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
	CHECK(i->timeout_ms > 0 && i->memory_mb > 0 && i->cpu_ms >= 0);
	i->rc = 0;
	i->reason = REASON_NONE;
	i->message[0] = '\0';
	i->answer = (struct buf){0};
	i->output = -1;
	i->degraded = false;
	i->program = PROGRAM_FAST;
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
	*h = (struct pool_health){ .cage = *programs_cage(&p->programs), .crashed = p->crashed, .timed_out = p->timed_out,
				   .idle = count(p, ENVIRONMENT_IDLE), .busy = count(p, ENVIRONMENT_BUSY) };
	for (int i = 0; i < PROGRAMS; i++) {
		h->programs[i].state = programs_state(&p->programs, (enum program)i);
		h->programs[i].spawned = p->spawned[i];
		h->spawned += p->spawned[i];
	}
	for (struct environment *e = p->environments; e; e = e->next) {
		h->programs[e->spec.kind.program].idle += e->state == ENVIRONMENT_IDLE;
		h->programs[e->spec.kind.program].busy += e->state == ENVIRONMENT_BUSY;
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
	programs_stop(&p->programs);
	uv_timer_start(&p->soon, on_soon, 0, 0);
}
