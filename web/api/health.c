/* How the house is: for load balancers (the status), and for people. */
#include "base/check.h"
#include "base/clock.h"
#include "functions/pool.h"
#include "pipeline/pump.h"
#include "storage/queue.h"
#include "web/api/local.h"

struct health {				/* in l->state */
	struct store_health store;
	struct queue_counts queue;
};

static int look(struct local *l, struct db *db)
{
	struct health *h = l->state;

	store_get_health(l->m->store, &h->store);
	return queue_count(db, &h->queue);
}

static void write_cage(struct json *j, struct pool *pool)
{
	struct pool_health p;

	pool_get_health(pool, &p);
	json_open(j, "cage", '{');
	json_cstr(j, "rung", cage_rung_text(p.cage.rung));
	json_bool(j, "namespaces", p.cage.namespaces);
	json_bool(j, "landlock", p.cage.landlock);
	json_bool(j, "seccomp", p.cage.seccomp);
	json_bool(j, "cgroup", p.cage.cgroup);
	json_close(j);
	json_open(j, "environments", '{');
	json_int(j, "idle", p.idle);
	json_int(j, "busy", p.busy);
	json_int(j, "waiting", p.waiting);
	json_close(j);
}

static void write_queue(struct json *j, const struct queue_counts *q)
{
	int64_t age = q->oldest_first_ms ? clock_wall_ms() - q->oldest_first_ms : 0;

	json_open(j, "queue", '{');
	json_int(j, "ready", q->ready);
	json_int(j, "leased", q->leased);
	json_int(j, "dead", q->dead);
	json_real(j, "oldest_waiting_s", age > 0 ? (double)age / 1000 : 0);
	json_close(j);
}

static void write_health(struct local *l, bool well)
{
	const struct health *h = l->state;
	struct json j = json_into(&l->out);

	json_open(&j, NULL, '{');
	json_cstr(&j, "status", well ? "ok" : "unwell");
	json_real(&j, "uptime_s", (double)(clock_wall_ms() - l->m->started_ms) / 1000);
	json_open(&j, "disk", '{');
	json_int(&j, "free", h->store.disk_free);
	json_int(&j, "size", h->store.disk_size);
	json_bool(&j, "writable", h->store.writable);
	json_int(&j, "wal_frames", h->store.wal_frames);
	json_close(&j);
	write_queue(&j, &h->queue);
	write_cage(&j, l->m->pool);
	json_close(&j);
	buf_puts(&l->out, "\n");
}

static void on_looked(struct local *l, int rc)
{
	const struct health *h = l->state;
	bool well = rc == 0 && h->store.writable;

	write_health(l, well);
	local_answer(l, well ? 200 : 503, "application/json");
}

void health_serve(struct local *l)
{
	l->state = arena_take(&l->arena, sizeof(struct health));
	local_run(l, look, on_looked);
}
