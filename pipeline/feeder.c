#include "pipeline/feeder.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "pipeline/backfill.h"
#include "pipeline/backfill_look.h"
#include "storage/bucket.h"

#define ROUND_MS 50			/* between two looks while something is active */
#define ERROR_ROUND_MS 1000

/* How many photos a backfill may queue now: grows by its rate, up to what half a second brings. */
struct pace {
	int64_t id, at_us;
	double allowed;
};

struct feeder {
	struct minilab *m;
	uv_timer_t timer;
	struct pace paces[BACKFILLS_ACTIVE_MAX];
	int64_t last;			/* the backfill whose turn it was */
	/* one round; the lane's and the writer's while busy */
	bool busy;
	struct work work;
	struct commit commit;
	struct change change;
	struct arena arena;
	struct backfill b;		/* whose turn it is; id 0: none is active */
	int64_t open;
	int allowed;
	struct backfill_page page;
	int queued;
	bool again;			/* wake was called meanwhile */
	void (*closed)(void *owner);
	void *owner;
};

static void begin_round(struct feeder *f);

static void on_timer_closed(uv_handle_t *h)
{
	struct feeder *f = h->data;

	f->closed(f->owner);
	free(f);
}

static void on_round(uv_timer_t *t)
{
	begin_round(t->data);
}

/* The end of every round: `ms` until the next; negative: none until woken. */
static void end_round(struct feeder *f, int64_t ms)
{
	arena_clear(&f->arena);
	f->busy = false;
	if (f->closed) {
		uv_close((uv_handle_t *)&f->timer, on_timer_closed);
		return;
	}
	if (f->again)
		ms = 0;
	f->again = false;
	if (ms >= 0)
		uv_timer_start(&f->timer, on_round, (uint64_t)ms, 0);
}

static struct pace *pace_of(struct feeder *f, int64_t id)
{
	struct pace *oldest = &f->paces[0];

	for (int i = 0; i < BACKFILLS_ACTIVE_MAX; i++) {
		if (f->paces[i].id == id)
			return &f->paces[i];
		if (f->paces[i].at_us < oldest->at_us)
			oldest = &f->paces[i];
	}
	*oldest = (struct pace){ .id = id, .at_us = clock_mono_us(), .allowed = 1 };
	return oldest;
}

static int allowance(struct feeder *f, const struct backfill *b)
{
	struct pace *p = pace_of(f, b->id);
	int64_t now = clock_mono_us();
	double most = b->rate > 2 ? (double)b->rate / 2 : 1;

	p->allowed += (double)(now - p->at_us) * 1e-6 * (double)b->rate;
	p->at_us = now;
	if (p->allowed > most)
		p->allowed = most;
	return (int)p->allowed;
}

/* look: on a lane */

struct choosing {
	struct feeder *f;
	int64_t best;
};

/* The list has the newest first: the turn is of the greatest id below the last, or else of the greatest. */
static int choose(void *owner, const struct backfill *b)
{
	struct choosing *c = owner;

	if (b->state != BACKFILL_RUNNING)
		return 0;
	if (c->best == 0 || (c->best >= c->f->last && b->id < c->f->last))
		c->best = b->id;
	return 0;
}

static int look(struct work *w, struct db *reader)
{
	struct feeder *f = container_of(w, struct feeder, work);
	struct choosing c = { .f = f };
	int64_t room;
	int rc, find;

	f->b = (struct backfill){0};
	if ((rc = backfill_list(reader, choose, &c)) < 0 || c.best == 0)
		return rc;
	if ((rc = backfill_get(reader, c.best, &f->arena, &f->b)) < 0)
		return rc == E_NOT_FOUND ? 0 : rc;
	if ((rc = backfill_open_jobs(reader, f->b.id, &f->open)) < 0)
		return rc;
	room = FEEDER_OPEN - f->open < BACKFILL_FIND_MAX ? FEEDER_OPEN - f->open : BACKFILL_FIND_MAX;
	f->page = (struct backfill_page){ .after = f->b.after, .end = f->b.looked };
	if (f->b.looked || room <= 0 || (f->allowed = allowance(f, &f->b)) == 0)
		return 0;
	find = (int)(room < f->allowed ? room : f->allowed);
	return backfill_look(reader, f->m->presets, &f->b, find, &f->arena, &f->page);
}

/* queue: one change */

static int feed(struct change *c, struct db *db)
{
	struct feeder *f = container_of(c, struct feeder, change);
	struct arena a = {0};
	struct backfill now;
	int rc = backfill_get(db, f->b.id, &a, &now);

	f->queued = 0;
	if (rc == 0 && now.state == BACKFILL_RUNNING) {
		for (int64_t i = 0; i < f->page.todo && rc == 0; i++) {
			rc = backfill_queue(db, f->m->store, &now, &f->page.finds[i], &a);
			f->queued += rc > 0;
			rc = rc < 0 ? rc : 0;
		}
		if (rc == 0)
			rc = backfill_move(db, now.id, f->page.after, f->page.end, f->queued);
	}
	arena_clear(&a);
	return rc == E_NOT_FOUND ? 0 : rc;
}

static int finish(struct change *c, struct db *db)
{
	struct feeder *f = container_of(c, struct feeder, change);
	int rc = backfill_set_state(db, f->b.id, BACKFILL_DONE);

	return rc == E_NOT_FOUND ? 0 : rc;
}

/* Its function is gone, or a list of renditions makes no sense: somebody has to mend that and resume it. Of a bucket that is
 * gone nobody can. */
static int give_up(struct change *c, struct db *db)
{
	struct feeder *f = container_of(c, struct feeder, change);
	char name[BUCKET_NAME_MAX + 1];
	int rc = bucket_name_of(db, f->b.bucket, name);

	if (rc == 0 || rc == E_NOT_FOUND)
		rc = backfill_set_state(db, f->b.id, rc == 0 ? BACKFILL_PAUSED : BACKFILL_CANCELLED);

	return rc == E_NOT_FOUND ? 0 : rc;
}

static void on_given_up(struct commit *c)
{
	end_round(container_of(c, struct feeder, commit), c->change->rc < 0 ? ERROR_ROUND_MS : 0);
}

static void on_finished(struct commit *c)
{
	struct feeder *f = container_of(c, struct feeder, commit);

	if (c->change->rc == 0)
		log_info("backfill=%lld end=done queued=%lld done=%lld failed=%lld superseded=%lld", (long long)f->b.id,
			 (long long)f->b.queued, (long long)f->b.done, (long long)f->b.failed, (long long)f->b.superseded);
	else
		log_error(c->change->rc, "backfill=%lld step=finish", (long long)f->b.id);
	end_round(f, c->change->rc < 0 ? ERROR_ROUND_MS : 0);
}

static void on_fed(struct commit *c)
{
	struct feeder *f = container_of(c, struct feeder, commit);

	if (c->change->rc < 0) {
		log_error(c->change->rc, "backfill=%lld step=queue", (long long)f->b.id);
		end_round(f, ERROR_ROUND_MS);
		return;
	}
	pace_of(f, f->b.id)->allowed -= f->queued;
	if (f->queued > 0)
		minilab_wake(f->m);
	end_round(f, f->queued == 0 ? 0 : ROUND_MS);
}

static void commit(struct feeder *f, int (*apply)(struct change *c, struct db *db), void (*done)(struct commit *c))
{
	f->change = (struct change){ .apply = apply };
	f->commit = (struct commit){ .change = &f->change, .done = done };
	lanes_commit(f->m->lanes, &f->commit);
}

static bool moved(const struct feeder *f)
{
	return f->page.todo > 0 || f->page.end != f->b.looked || !str_eq(f->page.after, f->b.after);
}

static void on_looked(struct work *w)
{
	struct feeder *f = container_of(w, struct feeder, work);

	f->last = f->b.id;
	if (w->rc < 0) {
		log_error(w->rc, "backfill=%lld step=look", (long long)f->b.id);
		if (w->rc == E_NOT_FOUND || w->rc == E_BAD_INPUT)
			commit(f, give_up, on_given_up);
		else
			end_round(f, ERROR_ROUND_MS);
	} else if (f->b.id == 0) {
		end_round(f, -1);
	} else if (f->b.looked && f->open == 0) {
		commit(f, finish, on_finished);
	} else if (moved(f)) {
		commit(f, feed, on_fed);
	} else {
		end_round(f, ROUND_MS);
	}
}

static void begin_round(struct feeder *f)
{
	CHECK(!f->busy);
	uv_timer_stop(&f->timer);	/* woken before it was time */
	f->busy = true;
	f->again = false;
	f->work = (struct work){ .run = look, .done = on_looked };
	lanes_run(f->m->lanes, &f->work);
}

void feeder_open(struct feeder **out, struct minilab *m)
{
	struct feeder *f = calloc(1, sizeof *f);

	CHECK(f != NULL);
	f->m = m;
	CHECK(uv_timer_init(m->loop, &f->timer) == 0);
	f->timer.data = f;
	*out = f;
}

void feeder_wake(struct feeder *f)
{
	if (f->busy)
		f->again = true;
	else if (!f->closed)
		begin_round(f);
}

void feeder_close(struct feeder *f, void (*closed)(void *owner), void *owner)
{
	f->closed = closed;
	f->owner = owner;
	uv_timer_stop(&f->timer);
	if (!f->busy)
		uv_close((uv_handle_t *)&f->timer, on_timer_closed);
}
