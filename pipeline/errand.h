/* errand.h - what one request wants of storage: a read on a lane, or a change by the writer, and back on the loop with what came of it.
 *
 * Embed it in the struct the request lives in; from errand_start to `done` that belongs to the lane or the writer. `run` may be called
 * again for a change whose group had to be written anew: it begins from nothing each time. Loop thread, but for `run`.
 */
#ifndef PIPELINE_ERRAND_H
#define PIPELINE_ERRAND_H

#include "pipeline/lanes.h"

/* FREES: a change that is let through when space is short. */
enum errand_kind { ERRAND_READS, ERRAND_WRITES, ERRAND_FREES };

struct errand {
	int (*run)(struct errand *e, struct db *db);
	void (*done)(struct errand *e, int rc);		/* rc: of `run`, or of the commit */
	/* its own */
	struct work work;
	struct commit commit;
	struct change change;
};

void errand_start(struct lanes *l, struct errand *e, enum errand_kind kind);	/* run and done are set */

#endif
