#include "pipeline/health.h"

#include <string.h>

#include "base/clock.h"
#include "pipeline/concurrency.h"

int health_look(struct health *h, const struct minilab *m, struct db *reader)
{
	int rc = offer_totals(reader, m->presets, &h->offer);

	store_get_health(m->store, &h->store);
	if (rc < 0 || (rc = outbox_count(reader, &h->webhooks)) < 0)
		return rc;
	return queue_count(reader, &h->queue);
}

static void add_environments(struct health *h, struct pool *pool)
{
	struct pool_health p;

	pool_get_health(pool, &p);
	h->cage = cage_rung_text(p.cage.rung);
	h->cage_rung = (int)p.cage.rung;
	h->namespaces = p.cage.namespaces;
	h->landlock = p.cage.landlock;
	h->seccomp = p.cage.seccomp;
	h->cgroup = p.cage.cgroup;
	h->idle = p.idle;
	h->busy = p.busy;
	h->waiting = p.waiting;
	h->spawned = p.spawned;
	h->crashed = p.crashed;
	h->timed_out = p.timed_out;
	memcpy(h->programs, p.programs, sizeof h->programs);
}

static int64_t age_of(int64_t since_ms)
{
	int64_t age = since_ms > 0 ? clock_wall_ms() - since_ms : 0;

	return age > 0 ? age : 0;
}

void health_add(struct health *h, struct minilab *m)
{
	h->oldest_waiting_ms = age_of(h->queue.oldest_first_ms);
	h->oldest_webhook_ms = age_of(h->webhooks.oldest_first_ms);
	h->cage = "closed";
	if (m->pool)
		add_environments(h, m->pool);
	if (m->custom)
		custom_get_health(m->custom, &h->custom);
	h->running = concurrency_running(m->concurrency, 0);
	pump_get_stats(m->pump, &h->pump);
}
