/* pump.h - moves events and asynchronous invocations from the durable queue into functions.
 *
 * The database is the truth; the pump keeps only what runs and when the next job is due. It claims as many due jobs as there is
 * room for, makes each a job (job.h for the built-in function, call_job.h for all others), and sleeps until woken or until the
 * next due time. A million waiting jobs cost it nothing, nor does a function that has no jobs: at a wake the queue is asked which
 * functions have due ones, and only those become sources. The built-in ones, which every upload is for, are always asked.
 *
 * Room: the built-in function has the execution environments, and some jobs claimed ahead so that no core idles while results are kept.
 * A custom function has what concurrency.h leaves it, but never all of the account's: PUMP_LEFT of it stays for others; all of
 * them together not more memory than the machine has, unless it is reserved concurrency. It begins with a few at a time and
 * doubles that while its jobs take long; short ones are claimed ahead instead, and share a few warm environments.
 *
 * Jobs of backfills come last: they are claimed only when no event is due, never ahead, and leave one environment free (of
 * one there is, none), so that an upload finds it whatever else runs.
 */
#ifndef PIPELINE_PUMP_H
#define PIPELINE_PUMP_H

#include "pipeline/minilab.h"

#define PUMP_LEFT 10		/* one in so many of the account's concurrency is not for the jobs of one function */

int pump_open(struct pump **out, struct minilab *m);
void pump_wake(struct pump *p);		/* something was committed or finished */
void pump_functions_changed(struct pump *p);	/* there are others now, or they are configured in another way */
void pump_room(struct pump *p);		/* an invocation ended that was not the pump's: there may be room now */
const char *pump_stream(const struct pump *p);	/* log stream of the built-in function in this process */

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
