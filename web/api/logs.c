/* What a function's attempts logged, a page at a time. */
#include "pipeline/logs.h"

#include "base/err.h"
#include "web/api/local.h"

static int gather(struct local *l, struct db *db)
{
	return logs_gather(db, params_get(&l->params, "function"), *(int64_t *)l->state, &l->out);
}

static void on_gathered(struct local *l, int rc)
{
	if (rc == 0) {
		local_answer(l, 200, "application/json");
		return;
	}
	buf_clear(&l->out);
	if (rc == E_NOT_FOUND)
		local_refuse(l, 404, "NotFound", LOGS_NOTHING);
	else
		local_refuse(l, 500, "InternalError", err_text(rc));
}

void logs_serve(struct local *l)
{
	struct str after = params_get(&l->params, "after");
	int64_t *from = arena_take(&l->arena, sizeof *from);

	*from = 0;
	if (params_get(&l->params, "function").n == 0 || (after.n > 0 && str_to_int(after, 0, INT64_MAX, from) < 0)) {
		local_refuse(l, 400, "InvalidRequest", "Give ?function=, and &after= the `next` of the page before.");
		return;
	}
	l->state = from;
	local_run(l, gather, on_gathered);
}
