/* pump_start.c - claimed jobs on their way into the functions: as many at a time as may run, each as the version that it was invoked as. */
#include "pipeline/pump_parts.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "pipeline/call_job.h"
#include "pipeline/concurrency.h"
#include "pipeline/invoke.h"
#include "pipeline/meter.h"
#include "storage/ahead.h"

#define RUN_SHARE 16			/* what the newest photo weighs in stats.run_us: one part in so many */
#define WINDOW_MAX 10000
#define LATE_SLACK_MS 30000
#define GROW_MS 100			/* the window doubles so often at most */
#define LONG_US 50000			/* while jobs take longer than this, or none has ended yet */

static void free_ticket(struct ticket *t)
{
	arena_clear(&t->arena);
	free(t);
}

static void note_run(struct source *s, const struct job_outcome *o)
{
	struct pump_stats *t = &s->pump->stats;

	if (o->run_us <= 0)
		return;
	s->run_us = s->run_us ? s->run_us + (o->run_us - s->run_us) / RUN_SHARE : o->run_us;
	if (s->builtin && o->end == JOB_END_DONE)
		t->run_us = t->run_us ? t->run_us + (o->run_us - t->run_us) / RUN_SHARE : o->run_us;
}

static void count(struct pump_stats *t, enum job_end end)
{
	t->done += end == JOB_END_DONE;
	t->superseded += end == JOB_END_SUPERSEDED;
	t->buried += end == JOB_END_BURIED;
	t->failed += end == JOB_END_RETRY || end == JOB_END_BURIED;
}

static void leave(struct ticket *t)
{
	struct pump *p = t->source->pump;

	if (t->entered) {
		invoke_leave(p->m, t->version, t->provisioned);
		catalog_give(t->version);
	}
	p->memory_mb -= t->memory_mb;
}

static void on_settled(void *owner, const struct job_outcome *o)
{
	struct ticket *t = owner;
	struct source *s = t->source;
	struct pump *p = s->pump;

	leave(t);
	ahead_begin(store_ahead(p->m->store), t->row.id);	/* it waits no more, though it may not have begun */
	free_ticket(t);
	s->running--;
	p->stats.running--;
	s->backfilling -= o->backfill;
	if (s->backfills)
		s->maybe = true;	/* the next one waits for this room, and no time of day tells so */
	note_run(s, o);
	count(&p->stats, o->end);
	if (o->end == JOB_END_RETRY && s->builtin)
		s->maybe = true;	/* learn when it is due */
	else if (o->end == JOB_END_RETRY)
		pump_due(p, o->due_ms);
	source_step(s);
	pump_room(p);
	pump_check_drained(p);
}

static void begin(struct ticket *t, struct catalog_version *v, const char *put_off)
{
	struct source *s = t->source;
	struct job_spec spec = { .m = s->pump->m, .version = v, .async = t->query.async, .put_off = put_off,
				 .give_back = put_off && s->pump->stopping, .row = &t->row, .stream = s->pump->stream,
				 .settled = on_settled, .owner = t };

	/* By hand, with an event of whatever objects: as any other function. */
	if (!v)
		spec.async = (struct catalog_async){ .retries = FUNCTION_RETRIES_MAX, .age_s = CATALOG_AGE_MAX_S };
	if (v && v->of->builtin && t->row.bucket != 0 && !put_off && v->of->reserved != 0)
		job_start(&spec);
	else
		call_job_start(&spec);
}

static void on_version(struct catalog_query *q)
{
	struct ticket *t = container_of(q, struct ticket, query);
	struct minilab *m = t->source->pump->m;
	struct catalog_version *v = q->version;
	enum throttle throttle;

	if (q->rc < 0) {
		begin(t, NULL, q->rc == E_NOT_FOUND ? NULL : "the function could not be read");
		return;
	}
	if (t->row.attempts == 1 && t->row.throttles == 0)
		meter_count(m->meter, v->of->name, METER_ASYNC_RECEIVED);
	if (v->of->reserved == 0) {
		begin(t, v, NULL);
		return;
	}
	throttle = invoke_enter(m, v, &t->provisioned);
	t->entered = throttle == THROTTLE_NONE;
	if (t->entered)
		t->version = catalog_ref(v);
	if (!t->entered)
		meter_count(m->meter, v->of->name, METER_THROTTLES);
	begin(t, v, t->entered ? NULL : throttle_reason(throttle));
}

static void start(struct ticket *t)
{
	struct source *s = t->source;

	ahead_begin(store_ahead(s->pump->m->store), t->row.id);
	s->running++;
	s->backfilling += t->row.backfill != 0;
	s->pump->stats.running++;
	if (!s->builtin) {
		t->memory_mb = s->memory_mb;
		s->pump->memory_mb += t->memory_mb;
	}
	t->query = (struct catalog_query){ .id = s->function, .qualifier = t->row.qualifier, .done = on_version };
	if (catalog_find(s->pump->m->catalog, &t->query) == 0)
		on_version(&t->query);
}

static bool has_room(const struct source *s)
{
	return s->builtin || s->reserved == 0 ||
	       (s->running < s->window && concurrency_room(s->pump->m->concurrency, s->function) > 0);
}

/* More at a time while those that run take long. */
static void grow(struct source *s)
{
	int64_t now = clock_mono_ms();

	if (s->builtin || s->running < s->window || s->window >= WINDOW_MAX || (s->waiting_count == 0 && !s->maybe))
		return;
	if (s->run_us > 0 && s->run_us < LONG_US)
		return;
	if (now - s->grown_ms >= GROW_MS) {
		s->window *= s->grown_ms > 0 ? 2 : 1;
		s->grown_ms = now;
	}
	pump_step_at(s->pump, clock_wall_ms() + GROW_MS);
}

static struct ticket *take_first(struct source *s)
{
	struct ticket *t = s->waiting;

	if (!(s->waiting = t->next))
		s->waiting_tail = &s->waiting;
	s->waiting_count--;
	return t;
}

/* Its lease would end while it runs. */
static bool is_late(const struct ticket *t)
{
	return clock_wall_ms() + t->source->timeout_ms + LATE_SLACK_MS > t->row.due_ms;
}

static void put_back(struct ticket *t, const char *why)
{
	struct source *s = t->source;

	s->running++;
	s->backfilling += t->row.backfill != 0;
	s->pump->stats.running++;
	begin(t, NULL, why);
}

/* They cost no attempt. */
void start_put_back(struct source *s)
{
	while (s->waiting)
		put_back(take_first(s), "minilab was stopped before its turn came");
}

void start_waiting(struct source *s)
{
	while (s->waiting && is_late(s->waiting))
		put_back(take_first(s), "no concurrency was free for it");
	while (s->waiting && has_room(s))
		start(take_first(s));
	if (s->waiting)
		pump_blocked(s->pump);
	grow(s);
}

void start_claimed(struct source *s, const struct job_row *row)
{
	struct ticket *t = calloc(1, sizeof *t);

	CHECK(t != NULL);
	t->source = s;
	queue_row_copy(&t->arena, &t->row, row);
	ahead_add(store_ahead(s->pump->m->store), row->id, row->lease);
	*s->waiting_tail = t;
	s->waiting_tail = &t->next;
	s->waiting_count++;
}
