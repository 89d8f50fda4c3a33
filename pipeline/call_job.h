/* call_job.h - one queued invocation's way through the house, as job.h is that of the built-in function's events.
 *
 *     look    may it be tried? Its function is gone, nothing is reserved for it, it is too old: then it ends at once
 *     run     invoke.h
 *     settle  ONE change: what it was is acknowledged, put off, tried later or buried, and what follows from that, a job of the
 *             destination and of the dead-letter target, is queued. Nothing is lost between the two, and nothing doubled
 *
 * facts/02 section 3 has the rules. What the house could not do (no concurrency, no environment, no cage) counts no attempt and is
 * put off. Without a target that can take it, what failed becomes a dead letter (queue.h).
 *
 * Loop thread.
 */
#ifndef PIPELINE_CALL_JOB_H
#define PIPELINE_CALL_JOB_H

#include "pipeline/job.h"

/* As job_start. The version may be NULL: there is no such function, version or alias (any more), or, with `put_off`, it could not be read. */
void call_job_start(const struct job_spec *spec);

#endif
