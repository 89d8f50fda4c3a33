#include "pipeline/errand.h"

#include "base/check.h"

static int run_on_lane(struct work *w, struct db *db)
{
	struct errand *e = container_of(w, struct errand, work);

	return e->run(e, db);
}

static void on_read(struct work *w)
{
	struct errand *e = container_of(w, struct errand, work);

	e->done(e, w->rc);
}

static int run_in_change(struct change *c, struct db *db)
{
	struct errand *e = container_of(c, struct errand, change);

	return e->run(e, db);
}

static void on_committed(struct commit *c)
{
	struct errand *e = container_of(c, struct errand, commit);

	e->done(e, c->change->rc);
}

void errand_start(struct lanes *l, struct errand *e, enum errand_kind kind)
{
	if (kind == ERRAND_READS) {
		e->work = (struct work){ .run = run_on_lane, .done = on_read };
		lanes_run(l, &e->work);
		return;
	}
	e->change = (struct change){ .apply = run_in_change, .always = kind == ERRAND_FREES };
	e->commit = (struct commit){ .lanes = l, .change = &e->change, .done = on_committed };
	lanes_commit(l, &e->commit);
}
