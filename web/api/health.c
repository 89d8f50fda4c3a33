/* How the house is: for load balancers (the status), and for people. */
#include "base/clock.h"
#include "pipeline/health.h"
#include "web/api/local.h"

static int look(struct local *l, struct db *db)
{
	return health_look(l->state, l->m, db);
}

static void write_cage(struct json *j, const struct health *h)
{
	json_open(j, "cage", '{');
	json_cstr(j, "rung", h->cage);
	json_bool(j, "namespaces", h->namespaces);
	json_bool(j, "landlock", h->landlock);
	json_bool(j, "seccomp", h->seccomp);
	json_bool(j, "cgroup", h->cgroup);
	json_close(j);
	json_open(j, "environments", '{');
	json_int(j, "idle", h->idle);
	json_int(j, "busy", h->busy);
	json_int(j, "waiting", h->waiting);
	json_close(j);
}

static void write_programs(struct json *j, const struct health *h)
{
	json_open(j, "programs", '{');
	for (int i = 0; i < PROGRAMS; i++) {
		const struct program_health *p = &h->programs[i];

		json_open(j, program_name((enum program)i), '{');
		json_cstr(j, "state", p->state ? p->state : "down");
		json_int(j, "idle", p->idle);
		json_int(j, "busy", p->busy);
		json_int(j, "spawned", p->spawned);
		json_close(j);
	}
	json_close(j);
}

/* Of functions that users bring. */
static void write_custom(struct json *j, const struct health *h)
{
	const struct custom_health *c = &h->custom;

	json_open(j, "custom", '{');
	json_cstr(j, "state", c->state ? c->state : "off");
	json_cstr(j, "rung", c->state ? cage_rung_text(c->cage.rung) : "none");
	json_bool(j, "namespaces", c->cage.namespaces);
	json_bool(j, "landlock", c->cage.landlock);
	json_bool(j, "seccomp", c->cage.seccomp);
	json_bool(j, "cgroup", c->cage.cgroup);
	json_bool(j, "outbound", c->outbound);
	json_open(j, "environments", '{');
	json_int(j, "idle", c->idle);
	json_int(j, "busy", c->busy);
	json_int(j, "starting", c->starting);
	json_int(j, "spawned", c->spawned);
	json_close(j);
	json_int(j, "concurrency", h->running);
	json_close(j);
}

static void write_queue(struct json *j, const struct health *h)
{
	json_open(j, "queue", '{');
	json_int(j, "ready", h->queue.ready);
	json_int(j, "leased", h->queue.leased);
	json_int(j, "dead", h->queue.dead);
	json_real(j, "oldest_waiting_s", (double)h->oldest_waiting_ms / 1000);
	json_close(j);
}

/* What is over `waiting_max` is a dead letter at once: a receiver that is down for long shows here. */
static void write_webhooks(struct json *j, const struct health *h, int64_t waiting_max)
{
	const struct outbox_counts *c = &h->webhooks;

	json_open(j, "webhooks", '{');
	json_int(j, "waiting", c->waiting);
	json_int(j, "dead", c->dead);
	json_real(j, "oldest_waiting_s", (double)h->oldest_webhook_ms / 1000);
	json_int(j, "waiting_max", waiting_max);
	json_bool(j, "full", c->most >= waiting_max);
	json_close(j);
}

/* What the presets of now would do to photos made with others. Buckets have no names here. */
static void write_offer(struct json *j, const struct offer *o)
{
	if (o->lacking == 0 && o->other == 0)
		return;
	json_open(j, "presets_changed", '{');
	json_int(j, "photos_lacking", o->lacking);
	json_int(j, "photos_other", o->other);
	json_cstr(j, "offer", o->other > 0 ? "minilab backfill BUCKET --all" : "minilab backfill BUCKET --missing");
	json_close(j);
}

static void write_health(struct local *l, bool well)
{
	struct health *h = l->state;
	struct json j = json_into(&l->out);

	health_add(h, l->m);
	json_open(&j, NULL, '{');
	json_cstr(&j, "status", well ? "ok" : "unwell");
	json_real(&j, "uptime_s", (double)(clock_wall_ms() - l->m->started_ms) / 1000);
	json_open(&j, "disk", '{');
	json_int(&j, "free", h->store.disk_free);
	json_int(&j, "size", h->store.disk_size);
	json_bool(&j, "writable", h->store.writable);
	json_int(&j, "wal_frames", h->store.wal_frames);
	json_close(&j);
	write_queue(&j, h);
	write_webhooks(&j, h, l->m->settings.webhook_waiting_max);
	write_offer(&j, &h->offer);
	write_cage(&j, h);
	write_programs(&j, h);
	write_custom(&j, h);
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
