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
 */
#ifndef PIPELINE_JOB_H
#define PIPELINE_JOB_H

#include "pipeline/minilab.h"
#include "pipeline/registry.h"
#include "storage/queue.h"

enum job_end { JOB_END_DONE, JOB_END_SUPERSEDED, JOB_END_RETRY, JOB_END_BURIED, JOB_END_LOST, JOB_ENDS };

struct job_outcome {
	enum job_end end;
	bool backfill;			/* it was one of a backfill */
	int64_t run_us;			/* in the function; 0: it did not come to that */
};

struct job_spec {
	struct minilab *m;
	const struct function *function;	/* borrowed until settled */
	const struct job_row *row;		/* copied */
	const char *stream;			/* log stream of this process; borrowed */
	void (*settled)(void *owner, const struct job_outcome *o);	/* exactly once, never from inside job_start */
	void *owner;
};

void job_start(const struct job_spec *spec);

#endif
