/* The life of one photo, and another chance for it. */
#include "pipeline/explain.h"

#include "base/err.h"
#include "pipeline/retry.h"
#include "web/api/local.h"

static void note_object(struct local *l)
{
	l->call->bucket = arena_str(&l->call->r->arena, params_get(&l->params, "bucket"));
	l->call->key = arena_str(&l->call->r->arena, params_get(&l->params, "key"));
}

static bool has_object(const struct local *l)
{
	return params_get(&l->params, "bucket").n > 0 && params_get(&l->params, "key").n > 0;
}

static int gather(struct local *l, struct db *db)
{
	return explain_gather(db, params_get(&l->params, "bucket"), params_get(&l->params, "key"), &l->out);
}

static void on_gathered(struct local *l, int rc)
{
	local_answer_rc(l, rc, EXPLAIN_NOTHING);
}

void explain_serve(struct local *l)
{
	if (!has_object(l)) {
		local_refuse(l, 400, "InvalidRequest", "Give ?bucket= and &key=.");
		return;
	}
	note_object(l);
	local_run(l, gather, on_gathered);
}

struct again {				/* in l->state */
	struct retry retry;
	int64_t count;
};

static void on_revived(struct local *l, int rc)
{
	struct again *a = l->state;
	struct json j = json_into(&l->out);

	if (rc < 0) {
		local_refuse_rc(l, rc, RETRY_NOTHING);
		return;
	}
	a->count += a->retry.count;
	if (!str_is_set(a->retry.bucket) && a->retry.count == RETRY_BATCH) {
		local_commit(l, &a->retry.change, on_revived);
		return;
	}
	json_open(&j, NULL, '{');
	json_int(&j, "retried", a->count);
	json_close(&j);
	local_answer(l, 200, "application/json");
}

void retry_serve(struct local *l)
{
	struct again *a = arena_take(&l->arena, sizeof *a);
	bool all = str_eq(params_get(&l->params, "failed"), STR("all"));

	if (has_object(l) == all) {
		local_refuse(l, 400, "InvalidRequest", "Give ?bucket= and &key=, or ?failed=all.");
		return;
	}
	l->state = a;
	retry_init(&a->retry);
	if (!all) {
		note_object(l);
		a->retry.bucket = params_get(&l->params, "bucket");
		a->retry.key = params_get(&l->params, "key");
	}
	local_commit(l, &a->retry.change, on_revived);
}
