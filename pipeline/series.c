#include "pipeline/series.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "pipeline/feed.h"
#include "storage/queue.h"

struct ring {
	struct series_point *at;
	int size, count, next;
};

struct series {
	struct minilab *m;
	uv_timer_t timer;
	struct work work;
	struct queue_counts counts;	/* the lane's while `busy` */
	bool busy;
	struct feed_listener ear;
	struct series_tally step, fold;	/* of the point to come */
	struct series_point most;	/* of the long point to come */
	int folded;			/* short points in it */
	struct ring recent, old;
	struct series_point recent_points[SERIES_SHORT], old_points[SERIES_LONG];
	void (*closed)(void *owner);
	void *owner;
};

/* -- the histogram -- */

/* 1, 2, 2, 3, 4, 6, 8, 12 ...: between powers of two three quarters of the next. */
static int64_t bound(int i)
{
	int64_t power = (int64_t)1 << ((i + 1) / 2);

	return i % 2 == 0 ? (int64_t)1 << i / 2 : power * 3 / 4;
}

void series_note(struct series_tally *t, int64_t latency_ms)
{
	int i = 0;

	while (i < SERIES_BOUNDS - 1 && bound(i) < latency_ms)
		i++;
	t->latency[i]++;
}

int64_t series_percentile(const struct series_tally *t, int percent)
{
	int64_t all = 0, below = 0;

	for (int i = 0; i < SERIES_BOUNDS; i++)
		all += t->latency[i];
	for (int i = 0; i < SERIES_BOUNDS; i++) {
		below += t->latency[i];
		if (all > 0 && below * 100 >= all * percent)
			return bound(i);
	}
	return 0;
}

/* -- what happens -- */

static void on_heard(struct feed_listener *ear, const struct feed_event *e)
{
	struct series *s = container_of(ear, struct series, ear);
	int64_t *counts[FEED_WHATS] = { [FEED_READY] = &s->step.ready, [FEED_FAILED] = &s->step.failed, [FEED_RETRY] = &s->step.retried,
					[FEED_SUPERSEDED] = &s->step.replaced };

	if (counts[e->what])
		++*counts[e->what];
	if (e->what == FEED_READY && e->since_ms > 0)
		series_note(&s->step, e->at_ms > e->since_ms ? e->at_ms - e->since_ms : 0);
}

static void add_tally(struct series_tally *to, const struct series_tally *t)
{
	to->ready += t->ready;
	to->failed += t->failed;
	to->retried += t->retried;
	to->replaced += t->replaced;
	for (int i = 0; i < SERIES_BOUNDS; i++)
		to->latency[i] += t->latency[i];
}

static void push(struct ring *r, const struct series_tally *t, struct series_point p)
{
	p.ready = t->ready;
	p.failed = t->failed;
	p.retried = t->retried;
	p.replaced = t->replaced;
	p.p50_ms = series_percentile(t, 50);
	p.p95_ms = series_percentile(t, 95);
	r->at[r->next] = p;
	r->next = (r->next + 1) % r->size;
	r->count += r->count < r->size;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void end_step(struct series *s)
{
	int64_t now = clock_wall_ms(), oldest = s->counts.oldest_first_ms;
	struct series_point p = { .at_ms = now, .waiting = s->counts.ready, .running = s->counts.leased, .dead = s->counts.dead,
				  .oldest_ms = oldest > 0 ? larger(0, now - oldest) : 0 };
	struct series_point *most = &s->most;

	push(&s->recent, &s->step, p);
	add_tally(&s->fold, &s->step);
	s->step = (struct series_tally){ 0 };
	*most = (struct series_point){ .at_ms = now, .waiting = larger(most->waiting, p.waiting), .running = larger(most->running, p.running),
				       .dead = larger(most->dead, p.dead), .oldest_ms = larger(most->oldest_ms, p.oldest_ms) };
	if (++s->folded < SERIES_FOLD)
		return;
	push(&s->old, &s->fold, *most);
	s->fold = (struct series_tally){ 0 };
	s->most = (struct series_point){ 0 };
	s->folded = 0;
}

/* -- the clock -- */

static void on_timer_closed(uv_handle_t *h)
{
	struct series *s = h->data;

	s->closed(s->owner);
	free(s);
}

static int look(struct work *w, struct db *db)
{
	return queue_count(db, &container_of(w, struct series, work)->counts);
}

static void on_looked(struct work *w)
{
	struct series *s = container_of(w, struct series, work);

	s->busy = false;
	if (s->closed) {
		uv_close((uv_handle_t *)&s->timer, on_timer_closed);
		return;
	}
	if (w->rc < 0)
		log_warn(w->rc, "series=failed");
	else
		end_step(s);
}

static void on_step(uv_timer_t *t)
{
	struct series *s = t->data;

	if (s->busy)
		return;
	s->busy = true;
	s->work = (struct work){ .run = look, .done = on_looked };
	lanes_run(s->m->lanes, &s->work);
}

void series_open(struct series **out, struct minilab *m)
{
	struct series *s = calloc(1, sizeof *s);

	CHECK(s != NULL);
	s->m = m;
	s->recent = (struct ring){ .at = s->recent_points, .size = SERIES_SHORT };
	s->old = (struct ring){ .at = s->old_points, .size = SERIES_LONG };
	s->ear.heard = on_heard;
	feed_listen(m->feed, &s->ear);
	CHECK(uv_timer_init(m->loop, &s->timer) == 0);
	s->timer.data = s;
	uv_timer_start(&s->timer, on_step, SERIES_STEP_MS, SERIES_STEP_MS);
	*out = s;
}

void series_close(struct series *s, void (*closed)(void *owner), void *owner)
{
	s->closed = closed;
	s->owner = owner;
	feed_leave(&s->ear);
	uv_timer_stop(&s->timer);
	if (!s->busy)
		uv_close((uv_handle_t *)&s->timer, on_timer_closed);
}

/* -- telling -- */

static const struct column {
	const char *name;
	size_t at;
} columns[] = {
#define COLUMN(field) { #field, offsetof(struct series_point, field) }
	COLUMN(at_ms), COLUMN(ready), COLUMN(failed), COLUMN(retried), COLUMN(replaced), COLUMN(waiting), COLUMN(running), COLUMN(dead),
	COLUMN(oldest_ms), COLUMN(p50_ms), COLUMN(p95_ms),
#undef COLUMN
};
#define COLUMNS (sizeof columns / sizeof columns[0])

static void write_ring(struct json *j, const char *name, const struct ring *r)
{
	json_open(j, name, '[');
	for (int i = 0; i < r->count; i++) {
		const struct series_point *p = &r->at[(r->next + r->size - r->count + i) % r->size];

		json_open(j, NULL, '[');
		for (size_t c = 0; c < COLUMNS; c++)
			json_int(j, NULL, *(const int64_t *)((const char *)p + columns[c].at));
		json_close(j);
	}
	json_close(j);
}

void series_write(const struct series *s, struct json *j)
{
	json_int(j, "step_s", SERIES_STEP_MS / 1000);
	json_int(j, "fold_s", SERIES_STEP_MS / 1000 * SERIES_FOLD);
	json_open(j, "columns", '[');
	for (size_t c = 0; c < COLUMNS; c++)
		json_cstr(j, NULL, columns[c].name);
	json_close(j);
	write_ring(j, "short", &s->recent);
	write_ring(j, "long", &s->old);
}
