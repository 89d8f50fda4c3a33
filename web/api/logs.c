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
	if (rc == E_BAD_INPUT)
		refuse_question(l);
	else
		local_answer_rc(l, rc, LOGS_NOTHING);
}

void logs_serve(struct local *l)
{
	if (params_get(&l->params, "function").n == 0)
		refuse_question(l);
	else
		local_run(l, gather, on_gathered);
}
