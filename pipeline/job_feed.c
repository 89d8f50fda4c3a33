/* job_feed.c - whoever listens hears how a photo's event goes on. What is waited for by its caller alone, or came to nothing because the house
 * closed, is nobody else's news. */
#include "pipeline/job_parts.h"

#include "base/clock.h"
#include "pipeline/feed.h"

static void tell(const struct job *j, enum feed_what what)
{
	bool failed = j->reason != REASON_NONE;

	if (j->bucket[0] == '\0')
		return;
	feed_tell(j->spec.m->feed, &(struct feed_event){ .what = what, .at_ms = clock_wall_ms(), .bucket = str_of(j->bucket), .key = j->row.key,
			.seq = j->row.seq, .since_ms = j->row.first_ms, .attempt = j->row.attempts, .function = str_of(j->spec.version->of->name),
			.code = str_of(failed ? reason_code(j->reason) : NULL), .message = str_of(failed ? j->message : NULL) });
}

void job_feed_started(const struct job *j)
{
	if (!job_is_alone(j))
		tell(j, FEED_STARTED);
}

void job_feed_ended(const struct job *j)
{
	static const enum feed_what whats[JOB_ENDS] = { [JOB_END_DONE] = FEED_READY, [JOB_END_SUPERSEDED] = FEED_SUPERSEDED,
		[JOB_END_RETRY] = FEED_RETRY, [JOB_END_BURIED] = FEED_FAILED };

	if (job_is_alone(j) || j->end == JOB_END_LOST || j->end == JOB_END_TOLD)
		return;
	tell(j, j->end == JOB_END_DONE && j->result.count == 0 ? FEED_REMOVED : whats[j->end]);
}
