/* Numbers for Prometheus, in its text format 0.0.4. */
#include "base/clock.h"
#include "pipeline/health.h"
#include "pipeline/lifecycle.h"
#include "pipeline/meter.h"
#include "pipeline/watch.h"
#include "pipeline/webhook.h"
#include "web/api/local.h"

static int look(struct local *l, struct db *db)
{
	return health_look(l->state, l->m, db);
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

static void write_room(struct buf *to, const struct room *r)
{
	single(to, "gauge", "uploads_memory_bytes", "Memory held for bodies.", room_used(r));
	single(to, "gauge", "uploads_waiting", "Bodies that wait for memory.", room_waiting(r));
	single(to, "counter", "uploads_squeezed_total", "Times that what had come of a body was written early, because others waited.", (int64_t)r->squeezed);
	single(to, "counter", "uploads_cut_total", "Requests ended because their bodies came slowly while others waited.", (int64_t)r->cut);
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

static void write_queue(struct buf *to, const struct health *h)
{
	metric(to, "gauge", "queue_jobs", "Events in the queue by state.");
	buf_printf(to, "minilab_queue_jobs{state=\"ready\"} %lld\n", (long long)h->queue.ready);
	buf_printf(to, "minilab_queue_jobs{state=\"leased\"} %lld\n", (long long)h->queue.leased);
	buf_printf(to, "minilab_queue_jobs{state=\"dead\"} %lld\n", (long long)h->queue.dead);
	single(to, "gauge", "queue_oldest_seconds", "Age of the oldest event that is not done.", h->oldest_waiting_ms / 1000);
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

static void write_functions(struct buf *to, const struct health *h)
{
	const struct pump_stats *s = &h->pump;

	metric(to, "gauge", "environments", "Execution environments by state.");
	buf_printf(to, "minilab_environments{state=\"idle\"} %d\nminilab_environments{state=\"busy\"} %d\n", h->idle, h->busy);
	single(to, "gauge", "cage_rung", "Strength of the cage: 0 is full.", h->cage_rung);
	single(to, "counter", "environments_spawned_total", "Environments made.", h->spawned);
	single(to, "counter", "environments_crashed_total", "Environments that died.", h->crashed);
	single(to, "counter", "environments_timed_out_total", "Environments killed for taking too long.", h->timed_out);
	single(to, "gauge", "jobs_running", "Attempts under way.", s->running);
	metric(to, "counter", "jobs_total", "Attempts by how they ended.");
	buf_printf(to, "minilab_jobs_total{end=\"done\"} %lld\n", (long long)s->done);
	buf_printf(to, "minilab_jobs_total{end=\"failed\"} %lld\n", (long long)s->failed);
	buf_printf(to, "minilab_jobs_total{end=\"buried\"} %lld\n", (long long)s->buried);
	buf_printf(to, "minilab_jobs_total{end=\"superseded\"} %lld\n", (long long)s->superseded);
}

static void write_custom(struct buf *to, const struct health *h)
{
	const struct custom_health *c = &h->custom;

	metric(to, "gauge", "custom_environments", "Execution environments of custom functions by state.");
	buf_printf(to, "minilab_custom_environments{state=\"idle\"} %d\nminilab_custom_environments{state=\"busy\"} %d\n"
		   "minilab_custom_environments{state=\"starting\"} %d\n", c->idle, c->busy, c->starting);
	single(to, "gauge", "custom_cage_rung", "Strength of their cage: 0 is full.", c->state ? (int)c->cage.rung : CAGE_E);
	single(to, "counter", "custom_environments_spawned_total", "Of these, made.", c->spawned);
	single(to, "counter", "custom_environments_crashed_total", "Of these, invocations that ended in a crash.", c->crashed);
	single(to, "counter", "custom_environments_timed_out_total", "Of these, invocations that took too long.", c->timed_out);
	single(to, "gauge", "concurrency", "Invocations of all functions that run now.", h->running);
}

/* Of folders that were removed nothing is left in them. */
static void write_watch(struct buf *to, struct watch *w)
{
	struct watch_stats s = {0};
	int missing = 0, folders = w ? watch_sum(w, &s, &missing) : 0;

	single(to, "gauge", "watch_folders", "Drop folders.", folders);
	single(to, "gauge", "watch_folders_missing", "Of these, that are not there.", missing);
	single(to, "gauge", "watch_files_waiting", "Files in them that are not objects yet.", s.settling);
	single(to, "gauge", "watch_files_failed", "Files that could not be read or put, and are tried again.", s.failed);
	single(to, "counter", "watch_files_total", "Files that became objects.", s.put);
	single(to, "counter", "watch_files_skipped_total", "Files whose content was there already.", s.skipped);
	single(to, "counter", "watch_bytes_total", "Bytes of files that became objects.", s.bytes);
}

static void write_lifecycle(struct buf *to, const struct lifecycle *l)
{
	struct lifecycle_stats s = l ? *lifecycle_stats(l) : (struct lifecycle_stats){0};

	metric(to, "counter", "lifecycle_ended_total", "What lifecycle rules of buckets ended.");
	buf_printf(to, "minilab_lifecycle_ended_total{what=\"object\"} %lld\n", (long long)s.objects);
	buf_printf(to, "minilab_lifecycle_ended_total{what=\"version\"} %lld\n", (long long)s.versions);
	buf_printf(to, "minilab_lifecycle_ended_total{what=\"marker\"} %lld\n", (long long)s.markers);
	buf_printf(to, "minilab_lifecycle_ended_total{what=\"upload\"} %lld\n", (long long)s.uploads);
}

static void write_webhooks(struct buf *to, const struct health *h, const struct webhooks *w)
{
	struct webhook_numbers n = {0};

	if (w)
		webhooks_get_numbers(w, &n);
	metric(to, "counter", "webhooks_total", "Attempts to tell a webhook, by how they ended.");
	buf_printf(to, "minilab_webhooks_total{end=\"delivered\"} %lld\n", (long long)n.delivered);
	buf_printf(to, "minilab_webhooks_total{end=\"failed\"} %lld\n", (long long)n.failed);
	single(to, "counter", "webhooks_dead_total", "Lines that could not be told in time.", n.dead);
	single(to, "gauge", "webhooks_sending", "Attempts under way.", n.sending);
	single(to, "gauge", "webhooks_waiting", "Lines that wait to be told.", h->webhooks.waiting);
	single(to, "gauge", "webhooks_waiting_most", "Of these, of the bucket that has the most; the setting webhook_waiting_max limits it.",
	       h->webhooks.most);
	single(to, "gauge", "webhooks_oldest_seconds", "Age of the oldest line that waits.", h->oldest_webhook_ms / 1000);
	single(to, "gauge", "webhooks_dead", "Lines that are dead letters.", h->webhooks.dead);
}

static void on_looked(struct local *l, int rc)
{
	struct health *h = l->state;

	if (rc < 0) {
		local_refuse(l, 500, "InternalError", "The store could not be read.");
		return;
	}
	single(&l->out, "gauge", "uptime_seconds", "Since the start.", (clock_wall_ms() - l->m->started_ms) / 1000);
	single(&l->out, "gauge", "http_connections", "Open connections.", http_connections(l->call->r->server));
	write_room(&l->out, l->room);
	write_traffic(&l->out, l->call->traffic);
	health_add(h, l->m);
	write_queue(&l->out, h);
	write_store(&l->out, &h->store);
	write_functions(&l->out, h);
	write_custom(&l->out, h);
	write_watch(&l->out, l->m->watch);
	write_lifecycle(&l->out, l->m->lifecycle);
	write_webhooks(&l->out, h, l->m->webhooks);
	meter_write(l->m->meter, &l->out);
	local_answer(l, 200, "text/plain; version=0.0.4");
}

void metrics_serve(struct local *l)
{
	l->state = arena_take(&l->arena, sizeof(struct health));
	local_run(l, look, on_looked);
}
