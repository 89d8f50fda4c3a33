#include "pipeline/pump.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/log.h"
#include "pipeline/job.h"
#include "pipeline/presets.h"
#include "pipeline/variables.h"
#include "storage/journal.h"

#define FUNCTIONS_MAX 64
#define CLAIM_MAX 64
#define LEASE_SLACK_MS 60000
#define ERROR_PAUSE_MS 1000		/* after a claim that failed */
#define RUN_SHARE 16			/* what the newest photo weighs in stats.run_us: one part in so many */

struct source {				/* one function's queue */
	struct pump *pump;
	struct function function;
	int running;
	int backfilling;		/* of these, jobs of backfills */
	bool backfills;			/* more of them are there, for when there is room */
	bool maybe;			/* something may be due: claim when there is room */
	int64_t next_due_ms;		/* wall; INT64_MAX: nothing waits */
	struct claim *claim;		/* under way, or NULL */
};

struct claim {
	struct change change;
	struct commit commit;
	struct source *source;
	struct arena arena;
	struct job_row *rows;
	int count, max;
	int backfill_max;		/* of them, if no event is due */
	bool backfills;			/* some are left */
	bool crowded;			/* and there was no room for them when the claim was made */
	int64_t next_due_ms;
};

struct pump {
	struct minilab *m;
	struct source sources[FUNCTIONS_MAX];
	int count;
	char stream[64];
	uv_timer_t timer;
	bool stopping;
	void (*drained)(void *owner);
	void *drained_owner;
	void (*closed)(void *owner);
	void *closed_owner;
	struct pump_stats stats;
};

static void step(struct source *s);

static void check_drained(struct pump *p)
{
	void (*drained)(void *) = p->drained;

	if (!drained || p->stats.running > 0)
		return;
	for (int i = 0; i < p->count; i++)
		if (p->sources[i].claim)
			return;
	p->drained = NULL;
	drained(p->drained_owner);
}

static void on_timer(uv_timer_t *t)
{
	struct pump *p = t->data;

	for (int i = 0; i < p->count; i++)
		step(&p->sources[i]);
}

static void arm(struct pump *p)
{
	int64_t due = INT64_MAX, now = clock_wall_ms();

	for (int i = 0; i < p->count; i++)
		if (p->sources[i].next_due_ms < due)
			due = p->sources[i].next_due_ms;
	if (p->stopping || due == INT64_MAX) {
		uv_timer_stop(&p->timer);
		return;
	}
	uv_update_time(p->m->loop);
	uv_timer_start(&p->timer, on_timer, due > now ? (uint64_t)(due - now) : 1, 0);
}

/* Jobs that wait for an environment are claimed ahead, so that no core idles while results are kept. */
static int room(const struct source *s)
{
	int64_t limit = s->pump->m->settings.environments_max, ahead = limit;

	if (s->function.concurrency > 0 && s->function.concurrency < limit) {
		limit = s->function.concurrency;
		ahead = 0;
	}
	limit += ahead - s->running;
	return limit < 0 ? 0 : limit > CLAIM_MAX ? CLAIM_MAX : (int)limit;
}

int pump_backfill_room(const struct pump *p)
{
	int64_t n = p->m->settings.environments_max - 1;

	return n < 1 ? 1 : n > CLAIM_MAX ? CLAIM_MAX : (int)n;
}

/* Of `max` that there is room for. */
static int backfill_room(const struct source *s, int max)
{
	int64_t most = pump_backfill_room(s->pump), limit = s->function.concurrency;

	if (limit > 0 && most > limit)
		most = limit;
	most -= s->running > s->backfilling ? s->running : s->backfilling;
	return most < 0 ? 0 : most > max ? max : (int)most;
}

static void note_run(struct pump_stats *t, int64_t run_us)
{
	if (run_us > 0)
		t->run_us = t->run_us ? t->run_us + (run_us - t->run_us) / RUN_SHARE : run_us;
}

static void on_job_settled(void *owner, const struct job_outcome *o)
{
	struct source *s = owner;
	struct pump_stats *t = &s->pump->stats;
	enum job_end end = o->end;

	s->running--;
	t->running--;
	s->backfilling -= o->backfill;
	if (s->backfills)
		s->maybe = true;	/* the next one waits for this room, and no time of day tells so */
	if (end == JOB_END_DONE)
		note_run(t, o->run_us);
	t->done += end == JOB_END_DONE;
	t->superseded += end == JOB_END_SUPERSEDED;
	t->buried += end == JOB_END_BURIED;
	t->failed += end == JOB_END_RETRY || end == JOB_END_BURIED;
	if (end == JOB_END_RETRY)
		s->maybe = true;	/* learn when it is due */
	step(s);
	check_drained(s->pump);
}

static int claim_due(struct claim *k, struct db *db)
{
	const struct function *f = &k->source->function;
	int64_t now = clock_wall_ms(), lease = 3 * f->timeout_ms + LEASE_SLACK_MS;
	int rc = queue_claim(db, f->id, now, lease, k->max, &k->arena, &k->rows);

	if (rc != 0 || k->backfill_max == 0)
		return rc;
	return queue_claim_backfill(db, f->id, now, lease, k->backfill_max, &k->arena, &k->rows);
}

/* When there is something to claim again: jobs of backfills that there is no room for are no reason. */
static int find_next_due(struct claim *k, struct db *db)
{
	const struct function *f = &k->source->function;
	int room = k->backfill_max - (k->count > 0 && k->rows[0].backfill ? k->count : 0);
	int64_t backfill;
	int rc = queue_next_due(db, f->id, &k->next_due_ms);

	if (rc < 0 || (rc = queue_next_backfill(db, f->id, &backfill)) < 0)
		return rc;
	k->backfills = backfill != INT64_MAX;
	k->crowded = k->backfills && room <= 0;
	if (room > 0 && backfill < k->next_due_ms)
		k->next_due_ms = backfill;
	return 0;
}

static int apply_claim(struct change *c, struct db *db)
{
	struct claim *k = container_of(c, struct claim, change);
	int rc = claim_due(k, db);

	if (rc < 0)
		return rc;
	k->count = rc;
	for (int i = 0; i < k->count; i++) {
		const struct job_row *r = &k->rows[i];

		rc = journal_add(db, &(struct journal_line){ .what = JOURNAL_STARTED, .bucket = r->bucket, .key = r->key,
				 .seq = r->seq, .job = r->id, .attempt = r->attempts });
		if (rc < 0)
			return rc;
	}
	k->next_due_ms = 0;
	return k->count < k->max ? find_next_due(k, db) : 0;
}

static void start_jobs(struct claim *k)
{
	struct source *s = k->source;

	for (int i = 0; i < k->count; i++) {
		s->running++;
		s->backfilling += k->rows[i].backfill != 0;
		s->pump->stats.running++;
		job_start(&(struct job_spec){ .m = s->pump->m, .function = &s->function, .row = &k->rows[i],
					      .stream = s->pump->stream, .settled = on_job_settled, .owner = s });
	}
}

static void on_claimed(struct commit *c)
{
	struct claim *k = container_of(c, struct claim, commit);
	struct source *s = k->source;

	s->claim = NULL;
	if (k->change.rc < 0) {
		log_error(k->change.rc, "fn=%s step=claim", s->function.name);
		s->next_due_ms = clock_wall_ms() + ERROR_PAUSE_MS;
	} else if (k->count == k->max) {
		s->maybe = true;
	} else {
		s->next_due_ms = k->next_due_ms;
		s->backfills = k->backfills;
	}
	if (k->change.rc == 0)
		start_jobs(k);
	if (k->crowded && backfill_room(s, CLAIM_MAX) > 0)
		s->maybe = true;	/* a job that settled meanwhile made room, and found nothing yet that waited for it */
	arena_clear(&k->arena);
	free(k);
	step(s);
	check_drained(s->pump);
}

static void claim(struct source *s, int max)
{
	struct claim *k = calloc(1, sizeof *k);

	CHECK(k != NULL);
	*k = (struct claim){ .change = { .apply = apply_claim, .always = true }, .source = s, .max = max,
			     .backfill_max = backfill_room(s, max) };
	k->commit = (struct commit){ .change = &k->change, .done = on_claimed };
	s->claim = k;
	s->maybe = false;
	s->next_due_ms = INT64_MAX;
	lanes_commit(s->pump->m->lanes, &k->commit);
}

static void step(struct source *s)
{
	int max;

	if (s->pump->stopping || s->claim)
		return;
	max = room(s);
	if (max > 0 && (s->maybe || s->next_due_ms <= clock_wall_ms()))
		claim(s, max);
	else if (max > 0)
		arm(s->pump);
}

static int add_function(void *owner, const struct function_row *row)
{
	struct pump *p = owner;
	struct source *s = &p->sources[p->count];
	char error[PRESETS_ERROR_MAX];

	if (p->count == FUNCTIONS_MAX)
		return E_TOO_LARGE;
	*s = (struct source){ .pump = p, .maybe = true, .next_due_ms = INT64_MAX };
	if (registry_parse(row, &s->function) < 0) {
		log_error(E_BAD_INPUT, "fn=%s config=unreadable", log_quote(row->name));
		return 0;
	}
	variables_put(&s->function.environment, p->m->variables);
	if (presets_check(p->m->presets, str_n(s->function.environment.data, s->function.environment.len), error) < 0)
		log_warn(0, "fn=%s variable=RENDITIONS message=%s", s->function.name, log_quote(str_of(error)));
	p->count++;
	return 0;
}

static void name_stream(struct pump *p)
{
	uint8_t id[16];
	char hex[33], day[CLOCK_TEXT_MAX];

	random_bytes(id, sizeof id);
	hex_encode(hex, id, sizeof id);
	clock_iso_s(day, clock_wall_ms());
	snprintf(p->stream, sizeof p->stream, "%.4s/%.2s/%.2s/[$LATEST]%s", day, day + 5, day + 8, hex);
}

int pump_open(struct pump **out, struct minilab *m)
{
	struct pump *p = calloc(1, sizeof *p);
	struct db *reader;
	int rc;

	CHECK(p != NULL);
	p->m = m;
	name_stream(p);
	CHECK(uv_timer_init(m->loop, &p->timer) == 0);
	p->timer.data = p;
	*out = p;
	if ((rc = store_reader(m->store, &reader)) < 0)
		return rc;
	rc = function_list(reader, add_function, p);
	db_close(reader);
	return rc;
}

void pump_wake(struct pump *p)
{
	for (int i = 0; i < p->count; i++) {
		p->sources[i].maybe = true;
		step(&p->sources[i]);
	}
}

void minilab_wake(struct minilab *m)
{
	pump_wake(m->pump);
}

static void on_already_drained(uv_timer_t *t)
{
	check_drained(t->data);
}

/* Drained is told by the timer when nothing runs, so that it never comes from inside this call. */
void pump_stop(struct pump *p, void (*drained)(void *owner), void *owner)
{
	p->stopping = true;
	p->drained = drained;
	p->drained_owner = owner;
	uv_timer_start(&p->timer, on_already_drained, 0, 0);
}

static void on_timer_closed(uv_handle_t *h)
{
	struct pump *p = h->data;

	for (int i = 0; i < p->count; i++)
		function_clear(&p->sources[i].function);
	p->closed(p->closed_owner);
	free(p);
}

void pump_close(struct pump *p, void (*closed)(void *owner), void *owner)
{
	CHECK(p->stats.running == 0);
	p->closed = closed;
	p->closed_owner = owner;
	uv_close((uv_handle_t *)&p->timer, on_timer_closed);
}

void pump_get_stats(struct pump *p, struct pump_stats *out)
{
	*out = p->stats;
}
