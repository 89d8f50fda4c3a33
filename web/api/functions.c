/* Functions, their environments and dead letters; with ?function= one of them, and what it logged last. */
#include "pipeline/overview.h"

#include "base/err.h"
#include "web/api/local.h"

struct showing {			/* in l->state */
	struct str function;
	struct json j;
};

static int gather(struct local *l, struct db *db)
{
	struct showing *s = l->state;

	s->j = json_into(&l->out);
	json_open(&s->j, NULL, '{');
	return overview_gather(db, s->function, &s->j);
}

static void on_gathered(struct local *l, int rc)
{
	struct showing *s = l->state;

	if (rc == 0) {
		overview_environments(l->m, s->function, &s->j);
		json_close(&s->j);
	}
	local_answer_rc(l, rc, "There is no such function.");
}

void functions_serve(struct local *l)
{
	struct showing *s = arena_take(&l->arena, sizeof *s);
	struct str name = params_get(&l->params, "function");

	if (name.n > 0)
		s->function = name;
	l->state = s;
	local_run(l, gather, on_gathered);
}
