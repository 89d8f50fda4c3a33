/* pump_look.c - the queue is asked which functions have due jobs. One look at a time. */
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "pipeline/pump_parts.h"

#define LOOK_MAX 256			/* functions in one page of a look */

struct look {				/* which functions have due jobs */
	struct work work;
	struct pump *pump;
	struct buf ids;			/* int64_t */
	int64_t next_ms;
};

static int run_look(struct work *w, struct db *db)
{
	struct look *l = container_of(w, struct look, work);
	int64_t ids[LOOK_MAX], after = 0, next_ms, now = clock_wall_ms();
	int n;

	l->next_ms = INT64_MAX;
	do {
		n = queue_due_functions(db, now, after, ids, LOOK_MAX, &next_ms);
		if (n < 0)
			return n;
		if (n > 0) {
			buf_add(&l->ids, ids, (size_t)n * sizeof ids[0]);
			after = ids[n - 1];
		}
		if (next_ms < l->next_ms)
			l->next_ms = next_ms;
	} while (n == LOOK_MAX);
	return 0;
}

static void take_ids(struct pump *p, const struct look *l)
{
	const int64_t *ids = (const int64_t *)(const void *)l->ids.data;
	size_t n = l->ids.len / sizeof *ids;

	for (size_t i = 0; i < n; i++) {
		struct source *s = source_of(p, ids[i]);

		if (!s->builtin)
			s->maybe = true;
	}
}

static void on_looked(struct work *w)
{
	struct look *l = container_of(w, struct look, work);
	struct pump *p = l->pump;

	p->look = NULL;
	if (w->rc < 0) {
		log_error(w->rc, "step=look");
		pump_due(p, clock_wall_ms() + ERROR_PAUSE_MS);
	} else if (!p->stopping) {
		take_ids(p, l);
		pump_due(p, l->next_ms);
		pump_step_all(p);
	}
	buf_clear(&l->ids);
	free(l);
	if (p->look_again && !p->stopping)
		look_start(p);
	pump_arm(p);
	pump_check_drained(p);
}

/* What is committed while one is under way may be missed by it: another follows. */
void look_start(struct pump *p)
{
	struct look *l;

	p->look_again = p->look != NULL;
	if (p->look)
		return;
	l = calloc(1, sizeof *l);
	CHECK(l != NULL);
	l->pump = p;
	l->work = (struct work){ .run = run_look, .done = on_looked };
	p->look = l;
	p->look_due_ms = INT64_MAX;
	lanes_run(p->m->lanes, &l->work);
}
