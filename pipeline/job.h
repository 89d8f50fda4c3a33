/* job.h - one event's way through the house, as a step table: read the original, run the function, take its
 * answer, keep it, settle. Settling always happens, whatever failed.
 *
 *     read    a lane: the original's bytes as a descriptor that holds nothing else; stale events skip to keep
 *     run     the pool: an environment decodes and answers
 *     take    a lane: the answer is checked, its bytes digested, large ones stored
 *     keep    one transaction: thumbnails, row, acknowledgement, journal (storage/photo.h)
 *     settle  after a failure: retry later, or dead letter with its reason
 *
 * The job owns its arena, descriptors and answer. All on the loop, except what runs on lanes.
 *
 * A job may be alone (row id 0): somebody waits for it, and the queue knows nothing of it. It takes the photo of that name as it is
 * now; what failed is told and neither tried again nor buried.
 */
#ifndef PIPELINE_JOB_H
#define PIPELINE_JOB_H

#include "pipeline/catalog.h"
#include "pipeline/minilab.h"
#include "storage/queue.h"

#define JOB_STOPPED "minilab was stopped before it was done"	/* why it was put back */

enum job_end { JOB_END_DONE, JOB_END_SUPERSEDED, JOB_END_RETRY, JOB_END_BURIED, JOB_END_LOST, JOB_END_TOLD, JOB_ENDS };

struct job_outcome {
	enum job_end end;
	bool backfill;			/* it was one of a backfill */
	int64_t run_us;			/* in the function; 0: it did not come to that */
	int64_t due_ms;			/* JOB_END_RETRY: when it is tried again */
	/* of one that was alone; lent for the call */
	const char *code, *message;	/* NULL: it did well */
	struct str to_bucket;
	const struct result *result;
	const struct report *report;
	int64_t init_us, memory_peak_kb;
};

struct job_spec {
	struct minilab *m;
	struct catalog_version *version;	/* a reference: the job's */
	struct catalog_async async;
	const char *put_off;			/* call_job.h: why it may not run now; NULL: it may */
	bool give_back;				/* likewise: the house stops, so it goes back to the queue whatever its age */
	const struct job_row *row;		/* copied */
	struct str bucket;			/* alone: its name, instead of the row's; lent until settled */
	const char *stream;			/* log stream of this process; borrowed */
	void (*settled)(void *owner, const struct job_outcome *o);	/* exactly once, never from inside job_start */
	void *owner;
};

void job_start(const struct job_spec *spec);

#endif
