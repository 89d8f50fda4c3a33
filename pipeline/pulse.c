#include "pipeline/pulse.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "functions/custom.h"
#include "functions/pool.h"
#include "pipeline/log_sink.h"
#include "pipeline/meter.h"
#include "pipeline/watch.h"
#include "pipeline/webhook.h"
#include "storage/outbox.h"

struct pulse {
	struct minilab *m;
	uv_timer_t timer;
	struct chain *first;
	uint64_t print[PULSE_PARTS];	/* of the part's counters when it was looked at last */
	struct work work;		/* with the four below the lane's while `busy` */
	bool busy, running;		/* running: the timer is */
	struct queue_counts queue;
	struct outbox_counts outbox;
	int64_t commits, took_ms;
	void (*closed)(void *owner);
	void *owner;
};

const char *pulse_text(enum pulse_part p)
{
#define X(name, text) text,
	static const char *const texts[] = { PULSE_TABLE(X) };
#undef X
	CHECK(p < PULSE_PARTS);
	return texts[p];
}

/* -- counters -- */

/* FNV-1a, by numbers: that two states have one print is as good as impossible, and the clock makes it good. */
static uint64_t mix(uint64_t print, int64_t n)
{
	return (print ^ (uint64_t)n) * 0x100000001b3u;
}

static uint64_t print_queue(struct pulse *p)
{
	return mix(mix(mix(mix(0, p->queue.ready), p->queue.leased), p->queue.dead), p->queue.oldest_first_ms);
}

static uint64_t print_builtin(struct pool *pool)
{
	struct pool_health h;
	uint64_t print = 0;

	pool_get_health(pool, &h);
	for (int i = 0; i < PROGRAMS; i++)
		print = mix(mix(mix(print, h.programs[i].idle), h.programs[i].busy), h.programs[i].spawned);
	return print;
}

static uint64_t print_functions(struct pulse *p)
{
	struct custom_health h = { 0 };

	if (p->m->custom)
		custom_get_health(p->m->custom, &h);
	return mix(mix(mix(mix(mix(p->m->pool ? print_builtin(p->m->pool) : 0, h.idle), h.busy), h.starting), h.spawned), meter_moves(p->m->meter));
}

static uint64_t print_logs(struct pulse *p)
{
	return mix(0, log_sink_written(p->m->log_sink));
}

static uint64_t print_folders(struct pulse *p)
{
	struct watch_stats s = { 0 };
	int missing = 0, folders = p->m->watch ? watch_sum(p->m->watch, &s, &missing) : 0;

	return mix(mix(mix(mix(mix(mix(mix(0, folders), missing), s.put), s.bytes), s.skipped), s.settling), s.failed);
}

static uint64_t print_webhooks(struct pulse *p)
{
	struct webhook_numbers n = { 0 };

	if (p->m->webhooks)
		webhooks_get_numbers(p->m->webhooks, &n);
	return mix(mix(mix(mix(mix(mix(0, n.delivered), n.failed), n.dead), n.sending), p->outbox.waiting), p->outbox.dead);
}

static uint64_t print_store(struct pulse *p)
{
	return mix(0, p->commits);
}

static uint64_t print_clock(struct pulse *p)
{
	(void)p;
	return mix(0, clock_mono_ms() / PULSE_CLOCK_MS);
}

static uint64_t (*const prints[PULSE_PARTS])(struct pulse *p) = {
	[PULSE_QUEUE] = print_queue, [PULSE_FUNCTIONS] = print_functions, [PULSE_LOGS] = print_logs, [PULSE_FOLDERS] = print_folders,
	[PULSE_WEBHOOKS] = print_webhooks, [PULSE_STORE] = print_store, [PULSE_CLOCK] = print_clock,
};

/* -- telling -- */

static void tell(struct pulse *p, unsigned changed)
{
	struct pulse_beat b = { .queue = p->queue };

	for (struct chain *c = p->first, *next; c; c = next) {
		struct pulse_listener *l = container_of(c, struct pulse_listener, chain);

		next = c->next;
		b.changed = l->fresh ? (1u << PULSE_PARTS) - 1 : changed;
		l->fresh = false;
		if (b.changed)
			l->heard(l, &b);
	}
}

static void compare(struct pulse *p)
{
	unsigned changed = 0;

	for (int i = 0; i < PULSE_PARTS; i++) {
		uint64_t print = prints[i](p);

		if (print != p->print[i])
			changed |= 1u << i;
		p->print[i] = print;
	}
	tell(p, changed);
}

/* -- looks -- */

/* Jobs and lines are counted only when something was written since. */
static int look(struct work *w, struct db *db)
{
	struct pulse *p = container_of(w, struct pulse, work);
	int64_t begun = clock_mono_ms();
	struct store_health h;
	int rc = 0;

	store_get_health(p->m->store, &h);
	if (h.writer.groups != p->commits && (rc = queue_count(db, &p->queue)) == 0 && (rc = outbox_count(db, &p->outbox)) == 0)
		p->commits = h.writer.groups;
	p->took_ms = clock_mono_ms() - begun;
	return rc;
}

static void advance(struct pulse *p, uint64_t wait_ms);

static void on_looked(struct work *w)
{
	struct pulse *p = container_of(w, struct pulse, work);
	int64_t wait = p->took_ms * PULSE_SHARE;

	p->busy = false;
	if (w->rc < 0)
		log_warn(w->rc, "pulse=failed");
	else if (!p->closed)
		compare(p);
	advance(p, wait > PULSE_MS ? (uint64_t)wait : PULSE_MS);
}

static void on_time(uv_timer_t *t)
{
	struct pulse *p = t->data;

	p->running = false;
	p->busy = true;
	p->work = (struct work){ .run = look, .done = on_looked };
	lanes_run(p->m->lanes, &p->work);
}

static void on_timer_closed(uv_handle_t *h)
{
	struct pulse *p = h->data;

	p->closed(p->owner);
	free(p);
}

static void advance(struct pulse *p, uint64_t wait_ms)
{
	if (p->busy)
		return;
	if (p->closed) {
		uv_close((uv_handle_t *)&p->timer, on_timer_closed);
	} else if (p->first && !p->running) {
		p->running = true;
		uv_timer_start(&p->timer, on_time, wait_ms, 0);
	}
}

/* -- coming and going -- */

void pulse_open(struct pulse **out, struct minilab *m)
{
	struct pulse *p = calloc(1, sizeof *p);

	CHECK(p != NULL);
	p->m = m;
	p->commits = -1;
	CHECK(uv_timer_init(m->loop, &p->timer) == 0);
	p->timer.data = p;
	*out = p;
}

/* Comers are told soon, but not each at once, so that many of them make no more looks than one. */
void pulse_listen(struct pulse *p, struct pulse_listener *l)
{
	CHECK(!l->chain.at);
	l->fresh = true;
	chain_put(&p->first, &l->chain);
	advance(p, PULSE_MS);
}

void pulse_leave(struct pulse_listener *l)
{
	chain_leave(&l->chain);
}

void pulse_close(struct pulse *p, void (*closed)(void *owner), void *owner)
{
	CHECK(!p->first);
	p->closed = closed;
	p->owner = owner;
	uv_timer_stop(&p->timer);
	advance(p, 0);
}
