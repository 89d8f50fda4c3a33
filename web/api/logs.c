/* What a function's attempts logged, a page at a time. */
#include "pipeline/logs.h"

#include "base/err.h"
#include "web/api/local.h"

static int gather(struct local *l, struct db *db)
{
	return logs_gather(db, params_get(&l->params, "function"), params_get(&l->params, "after"), &l->out);
}

static void refuse_question(struct local *l)
{
	local_refuse(l, 400, "InvalidRequest", "Give ?function=, and &after= the `next` of the page before.");
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
	else if (rc == E_BAD_INPUT)
		refuse_question(l);
	else
		local_refuse(l, 500, "InternalError", err_text(rc));
}

void logs_serve(struct local *l)
{
	if (params_get(&l->params, "function").n == 0)
		refuse_question(l);
	else
		local_run(l, gather, on_gathered);
}
