/* What functions used in a month. */
#include "base/err.h"
#include "pipeline/bill.h"
#include "web/api/local.h"

static int gather(struct local *l, struct db *db)
{
	return bill_gather(db, *(struct str *)l->state, &l->out);
}

static void on_gathered(struct local *l, int rc)
{
	if (rc == E_BAD_INPUT)
		local_refuse(l, 400, "InvalidRequest", "Give ?month= as 2026-11, or leave it away for this one.");
	else
		local_answer_rc(l, rc, NULL);
}

void bill_serve(struct local *l)
{
	struct str *month = arena_take(&l->arena, sizeof *month);
	char now[BILL_MONTH];

	*month = params_get(&l->params, "month");
	if (month->n == 0) {
		bill_this_month(now);
		*month = arena_str(&l->arena, str_of(now));
	}
	l->state = month;
	local_run(l, gather, on_gathered);
}
