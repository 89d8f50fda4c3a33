/* webhooks.c - which lines of the outbox are sent next: looks at the outbox, and the room's beginning and end. */
#include "pipeline/webhook_parts.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

#define PAGE (2 * WEBHOOK_OF_BUCKET)	/* lines of one bucket in one look */
#define AGAIN_MS 5000			/* after a look that failed */

static void look(struct webhooks *w);

static void on_timer_closed(uv_handle_t *h)
{
	struct webhooks *w = h->data;

	courier_close(w->courier);
	w->closed(w->owner);
	free(w);
}

void webhooks_leave(struct webhooks *w)
{
	if (w->closed && !w->busy && !w->sending)
		uv_close((uv_handle_t *)&w->timer, on_timer_closed);
}

/* -- looks -- */

static bool has_ended(const struct webhooks *w, int64_t id)
{
	const struct sending *s = w->ended;

	while (s && s->line.id != id)
		s = s->next;
	return s != NULL;
}

static void forget_ended(struct webhooks *w)
{
	while (w->ended) {
		struct sending *s = w->ended;

		w->ended = s->next;
		free(s);
	}
}

static bool may_begin(struct webhooks *w, const struct found *f, int64_t now)
{
	const struct webhook_trouble *p = webhook_trouble(w, f->line.bucket);
	int of_bucket = 0;

	if (w->numbers.sending >= COURIER_SENDING || (p && p->until_ms > now))
		return false;
	for (const struct sending *s = w->sending; s; s = s->next) {
		if (s->line.bucket != f->line.bucket)
			continue;
		if (s->line.id == f->line.id || str_eq(s->line.key, f->line.key))
			return false;
		of_bucket++;
	}
	/* One that failed is tried by one line, not by four. */
	return of_bucket < (p && p->failures > 0 ? 1 : WEBHOOK_OF_BUCKET);
}

static int64_t first_pause(const struct webhooks *w, int64_t now)
{
	int64_t first = INT64_MAX;

	for (int i = 0; i < WEBHOOK_TROUBLES_MAX; i++)
		if (w->troubles[i].bucket != 0 && w->troubles[i].until_ms > now && w->troubles[i].until_ms < first)
			first = w->troubles[i].until_ms;
	return first;
}

static void on_time(uv_timer_t *t)
{
	look(t->data);
}

static void sleep_until(struct webhooks *w, int64_t at, int64_t now)
{
	if (at != INT64_MAX)
		uv_timer_start(&w->timer, on_time, at > now ? (uint64_t)(at - now) : 0, 0);
}

static void on_looked(struct work *work)
{
	struct webhooks *w = container_of(work, struct webhooks, work);
	int64_t now = clock_wall_ms(), next = w->next_ms, pause;

	w->busy = false;
	for (int i = 0; i < w->count && work->rc == 0 && !w->closed; i++)
		if (!has_ended(w, w->found[i].line.id) && may_begin(w, &w->found[i], now))
			webhook_begin(w, &w->found[i]);
	forget_ended(w);
	arena_clear(&w->arena);
	if (w->closed) {
		webhooks_leave(w);
		return;
	}
	pause = first_pause(w, now);
	if (work->rc < 0) {
		log_error(work->rc, "webhooks: the outbox cannot be read");
		next = now + AGAIN_MS;
	} else if (w->again || w->last != 0) {	/* there are more buckets behind them */
		next = now;
	}
	w->again = false;
	sleep_until(w, pause < next ? pause : next, now);
}

static int look_at(struct webhooks *w, struct db *db, int64_t bucket, int64_t now)
{
	struct outbox_line *lines;
	char name[BUCKET_NAME_MAX + 1];
	int n, rc = bucket_name_of(db, bucket, name);

	if (rc == E_NOT_FOUND)
		return 0;		/* the janitor takes them */
	if (rc < 0 || (n = outbox_due(db, bucket, now, PAGE, &w->arena, &lines)) < 0)
		return rc < 0 ? rc : n;
	for (int i = 0; i < n; i++) {
		w->found[w->count].line = lines[i];
		memcpy(w->found[w->count++].bucket, name, sizeof name);
	}
	return 0;
}

/* Of the next buckets in turn. `last` is 0 when there was none behind them. */
static int run_look(struct work *work, struct db *db)
{
	struct webhooks *w = container_of(work, struct webhooks, work);
	int64_t now = clock_wall_ms(), bucket;
	int rc = 0;

	w->count = 0;
	w->found = arena_take(&w->arena, (size_t)WEBHOOK_BUCKETS * PAGE * sizeof *w->found);
	for (int i = 0; i < WEBHOOK_BUCKETS && rc == 0; i++) {
		if ((rc = outbox_next_bucket(db, w->last, &bucket)) < 0)
			break;
		w->last = bucket;
		if (bucket == 0)
			break;
		rc = look_at(w, db, bucket, now);
	}
	return rc < 0 ? rc : outbox_next_due(db, now, &w->next_ms);
}

static void look(struct webhooks *w)
{
	if (w->busy || w->closed)
		return;
	w->busy = true;
	w->work = (struct work){ .run = run_look, .done = on_looked };
	lanes_run(w->m->lanes, &w->work);
}

void webhooks_wake(struct webhooks *w)
{
	if (!w || w->closed)
		return;
	w->again = w->busy;
	look(w);
}

/* -- the house -- */

int webhooks_open(struct webhooks **out, struct minilab *m)
{
	struct webhooks *w = calloc(1, sizeof *w);
	int rc;

	CHECK(w != NULL);
	w->m = m;
	rc = courier_open(&w->courier, m->lanes, str_of(m->settings.webhook_allow));
	if (rc < 0) {
		free(w);
		return rc;
	}
	uv_timer_init(m->loop, &w->timer);
	w->timer.data = w;
	*out = w;
	look(w);
	return 0;
}

void webhooks_close(struct webhooks *w, void (*closed)(void *owner), void *owner)
{
	w->closed = closed;
	w->owner = owner;
	uv_timer_stop(&w->timer);
	courier_hurry(w->courier);
	webhooks_leave(w);
}

void webhooks_get_numbers(const struct webhooks *w, struct webhook_numbers *n)
{
	*n = w->numbers;
}

int webhooks_get_troubles(const struct webhooks *w, struct arena *a, struct webhook_trouble **out)
{
	int n = 0;

	*out = arena_take(a, sizeof w->troubles);
	for (int i = 0; i < WEBHOOK_TROUBLES_MAX; i++)
		if (w->troubles[i].bucket != 0)
			(*out)[n++] = w->troubles[i];
	return n;
}
