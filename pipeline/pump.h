/* pump.h - moves events from the durable queue into functions.
 *
 * The database is the truth; the pump keeps only what runs and when the next job is due. It claims as many due
 * jobs as there is room for (by environments and the function's concurrency), makes each a job (job.h), and sleeps until woken
 * or until the next due time. A million waiting jobs cost it nothing.
 *
 * Jobs of backfills come last: they are claimed only when no event is due, never ahead, and leave one environment free (of
 * one there is, none), so that an upload finds it whatever else runs.
 */
#ifndef PIPELINE_PUMP_H
#define PIPELINE_PUMP_H

#include "pipeline/minilab.h"

int pump_open(struct pump **out, struct minilab *m);
void pump_wake(struct pump *p);		/* something was committed or finished */

/* Claims no more; `drained` when what runs has settled. */
void pump_stop(struct pump *p, void (*drained)(void *owner), void *owner);
void pump_close(struct pump *p, void (*closed)(void *owner), void *owner);

struct pump_stats {
	int running;
	int64_t done, failed, buried, superseded;
	int64_t run_us;			/* of one photo in the function, lately; 0: none was done yet */
};
void pump_get_stats(struct pump *p, struct pump_stats *out);
int pump_backfill_room(const struct pump *p);	/* jobs of backfills that may run at a time */

#endif
