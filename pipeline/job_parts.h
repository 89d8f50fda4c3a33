/* job_parts.h - a job from the inside, for the files that move it: job.c is the way, job_presets.c what is
 * asked for, job_settle.c the end of those that failed, job_feed.c and job_hook.c what others hear of it. */
#ifndef PIPELINE_JOB_PARTS_H
#define PIPELINE_JOB_PARTS_H

#include "functions/pool.h"
#include "pipeline/job.h"
#include "pipeline/rendition_list.h"
#include "pipeline/report.h"
#include "pipeline/result.h"
#include "storage/bucket.h"

struct job {
	struct job_spec spec;
	struct job_row row;		/* strings in arena */
	struct arena arena;
	int step;
	enum job_end end;
	enum reason reason;		/* the first failure */
	char message[512];
	char bucket[BUCKET_NAME_MAX + 1];	/* "" when it is gone */
	struct str to_bucket, to_table;
	struct str env;			/* the function's variables, or with RENDITIONS cut to the presets asked for */
	struct str made;		/* the list that the result has then */
	struct str replaces[RENDITION_LIST_KEYS_MAX];	/* of presets that were asked for: what they made before */
	int replaces_count;
	bool merge;			/* only some presets were asked for */
	struct object original;
	bool cut;			/* the pool was closed under it: no fault of its own */
	bool stale;			/* the original is not at the event's version: nothing to run */
	int input;			/* owned until the pool takes it */
	struct invocation invocation;
	struct buf answer;
	int output;			/* owned */
	int64_t output_length;
	struct result result;
	struct needle needles[RENDITIONS_MAX];
	struct photo_keep keep;
	struct buf item;
	struct report report;
	struct buf told;		/* the record for its destinations; empty: nobody is told */
	int (*keep_apply)(struct change *c, struct db *db);	/* of `keep`, when its change also tells */
	bool unreached;			/* a destination does not exist */
	bool hooked;			/* the bucket's webhook wants to know how it ends */
	struct settling {
		struct change change;
		enum settle { SETTLE_RETRY, SETTLE_DEFER, SETTLE_BURY, SETTLE_GIVE_BACK } how;
		int64_t due_ms;
	} settling;
	struct work work;
	struct commit commit;
	struct post post;
	int64_t started_us;
};

bool job_is_alone(const struct job *j);

/* The first reason counts; `message` NULL or empty: the reason's own text. */
void job_fail(struct job *j, enum reason r, const char *message);

/* What is to be made: everything, or what the event of a backfill asks for. job_presets.c */
int job_choose(struct job *j, struct db *reader);

/* A keep with everything set but its result, and the row as it stands. */
void job_prepare_keep(struct job *j);
void job_write_row(struct job *j);
struct str job_log_group(struct job *j);
void job_commit(struct job *j, struct change *c, void (*done)(struct commit *c));

/* job_tell.c: what its destinations are told, in the change that ends it. */
void job_prepare_tell(struct job *j);
int job_tell(struct job *j, struct db *db);
void job_tell_with_keep(struct job *j);		/* after job_prepare_keep, and with the result */

/* job_hook.c: the bucket's webhook, likewise. */
void job_prepare_hook(struct job *j);
int job_hook(struct job *j, struct db *db);

/* job_feed.c: whoever listens is told. */
void job_feed_started(const struct job *j);
void job_feed_ended(const struct job *j);

/* The last step. Ends in job_finish, which frees; never from inside the pool's or the writer's call. */
void job_settle(struct job *j);
void job_finish(struct job *j);

#endif
