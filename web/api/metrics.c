/* Numbers for Prometheus, in its text format 0.0.4. */
#include "base/clock.h"
#include "functions/pool.h"
#include "pipeline/pump.h"
#include "storage/queue.h"
#include "web/api/local.h"

struct metrics {			/* in l->state */
	struct store_health store;
	struct queue_counts queue;
};

static int look(struct local *l, struct db *db)
{
	struct metrics *m = l->state;

	store_get_health(l->m->store, &m->store);
	return queue_count(db, &m->queue);
}

static void metric(struct buf *to, const char *type, const char *name, const char *help)
{
	buf_printf(to, "# HELP minilab_%s %s\n# TYPE minilab_%s %s\n", name, help, name, type);
}

static void single(struct buf *to, const char *type, const char *name, const char *help, int64_t value)
{
	metric(to, type, name, help);
	buf_printf(to, "minilab_%s %lld\n", name, (long long)value);
}

static void write_traffic(struct buf *to, const struct traffic *t)
{
	metric(to, "counter", "http_requests_total", "Requests by face and status class; class 0: the client left.");
	for (int f = 0; f < TRAFFIC_FACES; f++)
		for (int c = 0; c < TRAFFIC_CLASSES; c++)
			if (c != 1)
				buf_printf(to, "minilab_http_requests_total{face=\"%s\",class=\"%d\"} %lld\n",
					   routes_face_name(f), c, (long long)t->requests[f][c]);
	single(to, "counter", "http_bytes_in_total", "Body bytes received.", t->bytes_in);
	single(to, "counter", "http_bytes_out_total", "Bytes sent.", t->bytes_out);
	single(to, "counter", "http_microseconds_total", "Time from the first byte of requests to the end of their answers.",
	       t->microseconds);
}

static void write_queue(struct buf *to, const struct queue_counts *q)
{
	int64_t age = q->oldest_first_ms ? (clock_wall_ms() - q->oldest_first_ms) / 1000 : 0;

	metric(to, "gauge", "queue_jobs", "Events in the queue by state.");
	buf_printf(to, "minilab_queue_jobs{state=\"ready\"} %lld\n", (long long)q->ready);
	buf_printf(to, "minilab_queue_jobs{state=\"leased\"} %lld\n", (long long)q->leased);
	buf_printf(to, "minilab_queue_jobs{state=\"dead\"} %lld\n", (long long)q->dead);
	single(to, "gauge", "queue_oldest_seconds", "Age of the oldest event that is not done.", age > 0 ? age : 0);
}

static void write_store(struct buf *to, const struct store_health *h)
{
	single(to, "gauge", "disk_free_bytes", "Room left where the data is.", h->disk_free);
	single(to, "gauge", "disk_size_bytes", "Size of the file system.", h->disk_size);
	single(to, "gauge", "store_writable", "1 if the data directory can be written to.", h->writable);
	single(to, "gauge", "wal_frames", "Pages in the write-ahead log.", h->wal_frames);
	single(to, "counter", "commits_total", "Transactions committed.", h->writer.groups);
	single(to, "counter", "changes_total", "Changes in them.", h->writer.changes);
	single(to, "counter", "changes_failed_total", "Changes refused or failed.", h->writer.failed);
}

static void write_functions(struct buf *to, struct minilab *m)
{
	struct pool_health p;
	struct pump_stats s;

	pool_get_health(m->pool, &p);
	pump_get_stats(m->pump, &s);
	metric(to, "gauge", "environments", "Execution environments by state.");
	buf_printf(to, "minilab_environments{state=\"idle\"} %d\nminilab_environments{state=\"busy\"} %d\n", p.idle, p.busy);
	single(to, "gauge", "cage_rung", "Strength of the cage: 0 is full.", p.cage.rung);
	single(to, "counter", "environments_spawned_total", "Environments made.", p.spawned);
	single(to, "counter", "environments_crashed_total", "Environments that died.", p.crashed);
	single(to, "counter", "environments_timed_out_total", "Environments killed for taking too long.", p.timed_out);
	single(to, "gauge", "jobs_running", "Attempts under way.", s.running);
	metric(to, "counter", "jobs_total", "Attempts by how they ended.");
	buf_printf(to, "minilab_jobs_total{end=\"done\"} %lld\n", (long long)s.done);
	buf_printf(to, "minilab_jobs_total{end=\"failed\"} %lld\n", (long long)s.failed);
	buf_printf(to, "minilab_jobs_total{end=\"buried\"} %lld\n", (long long)s.buried);
	buf_printf(to, "minilab_jobs_total{end=\"superseded\"} %lld\n", (long long)s.superseded);
}

static void on_looked(struct local *l, int rc)
{
	const struct metrics *m = l->state;

	if (rc < 0) {
		local_refuse(l, 500, "InternalError", "The store could not be read.");
		return;
	}
	single(&l->out, "gauge", "uptime_seconds", "Since the start.", (clock_wall_ms() - l->m->started_ms) / 1000);
	single(&l->out, "gauge", "http_connections", "Open connections.", http_connections(l->call->r->server));
	single(&l->out, "gauge", "uploads_memory_bytes", "Memory held for bodies.", l->room->used);
	write_traffic(&l->out, l->call->traffic);
	write_queue(&l->out, &m->queue);
	write_store(&l->out, &m->store);
	write_functions(&l->out, l->m);
	local_answer(l, 200, "text/plain; version=0.0.4");
}

void metrics_serve(struct local *l)
{
	l->state = arena_take(&l->arena, sizeof(struct metrics));
	local_run(l, look, on_looked);
}
