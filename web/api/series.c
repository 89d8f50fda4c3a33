/* GET /_/series: how the pipeline does (pipeline/series.h), with the queue as it is now and what dead letters died of. */
#include "pipeline/series.h"

#include "base/clock.h"
#include "base/err.h"
#include "pipeline/pump.h"
#include "storage/queue.h"
#include "web/api/local.h"

struct asking {				/* in l->state */
	struct queue_counts counts;
	struct json j;
};

static int on_reason(void *owner, struct str code, int64_t count)
{
	struct asking *k = owner;

	json_open(&k->j, NULL, '{');
	json_str(&k->j, "code", code);
	json_int(&k->j, "count", count);
	json_close(&k->j);
	return 0;
}

static int gather(struct local *l, struct db *db)
{
	struct asking *k = l->state;
	int rc;

	k->j = json_into(&l->out);
	json_open(&k->j, NULL, '{');
	json_open(&k->j, "reasons", '[');
	rc = queue_reasons(db, on_reason, k);
	json_close(&k->j);
	return rc < 0 ? rc : queue_count(db, &k->counts);
}

static void on_gathered(struct local *l, int rc)
{
	struct asking *k = l->state;
	int64_t now = clock_wall_ms(), oldest = k->counts.oldest_first_ms;
	struct pump_stats pump;

	if (rc < 0) {
		local_refuse_rc(l, rc, NULL);
		return;
	}
	if (!l->m->series) {
		local_refuse(l, 503, "Closing", "minilab stops.");
		return;
	}
	pump_get_stats(l->m->pump, &pump);
	json_open(&k->j, "now", '{');
	json_int(&k->j, "waiting", k->counts.ready);
	json_int(&k->j, "running", k->counts.leased);
	json_int(&k->j, "dead", k->counts.dead);
	json_int(&k->j, "oldest_ms", oldest > 0 && now > oldest ? now - oldest : 0);
	json_int(&k->j, "run_us", pump.run_us);
	json_int(&k->j, "done", pump.done);
	json_close(&k->j);
	series_write(l->m->series, &k->j);
	json_close(&k->j);
	local_answer(l, 200, "application/json");
}

void series_serve(struct local *l)
{
	l->state = arena_take(&l->arena, sizeof(struct asking));
	local_run(l, gather, on_gathered);
}
