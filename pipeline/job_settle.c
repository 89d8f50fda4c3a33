/* job_settle.c - how a job ends that did not end well: tried again later, put off because the house itself could
 * not (no space, no environment), buried with its reason in row and dead letter, or given back untouched because the
 * house was closed under it. */
#include "pipeline/job_parts.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "pipeline/log_sink.h"
#include "storage/backfill.h"
#include "storage/journal.h"

#define DEFER_MAX 300		/* put off at most so many sixtieths of the base wait: 5 minutes */

static int release(struct job *j, struct db *db, struct str code, struct str message)
{
	const struct settling *s = &j->settling;

	switch (s->how) {
	case SETTLE_RETRY:
		return queue_retry(db, j->row.id, j->row.lease, s->due_ms, code, message);
	case SETTLE_BURY:
		return queue_bury(db, j->row.id, j->row.lease, code, message);
	case SETTLE_DEFER:
	case SETTLE_GIVE_BACK:
	default:
		return queue_defer(db, j->row.id, j->row.lease, s->due_ms);
	}
}

/* The journal is of objects; an invocation by hand has none. */
static int tell(struct db *db, const struct journal_line *line)
{
	return line->bucket == 0 ? 0 : journal_add(db, line);
}

static int apply_settling(struct change *c, struct db *db)
{
	struct job *j = container_of(c, struct job, settling.change);
	struct str code = str_of(reason_code(j->reason)), message = str_of(j->message);
	struct journal_line line = { .what = JOURNAL_FAILED, .bucket = j->row.bucket, .key = j->row.key, .seq = j->row.seq,
				     .job = j->row.id, .attempt = j->row.attempts, .code = code, .detail = message };
	int rc = release(j, db, code, message);

	if (j->settling.how == SETTLE_DEFER || j->settling.how == SETTLE_GIVE_BACK)
		line.what = JOURNAL_PUT_BACK;
	if (j->settling.how == SETTLE_GIVE_BACK) {
		line.code = (struct str){0};
		line.detail = STR(JOB_STOPPED);
	}
	if (rc < 0 || (rc = tell(db, &line)) < 0 || j->settling.how == SETTLE_GIVE_BACK)
		return rc;
	if ((rc = log_write(db, job_log_group(j), str_of(j->spec.stream), j->report.lines, j->report.count)) < 0)
		return rc;
	if (j->settling.how != SETTLE_BURY)
		return 0;
	if ((rc = backfill_count(db, &j->row, BACKFILL_JOB_FAILED)) < 0)
		return rc;
	line.what = JOURNAL_BURIED;
	rc = tell(db, &line);
	return rc < 0 ? rc : job_tell(j, db);
}

static void on_settled(struct commit *c)
{
	struct job *j = container_of(c, struct job, commit);

	if (c->change->rc < 0) {
		log_error(c->change->rc, "job=%lld step=settle lease=kept", (long long)j->row.id);
		j->end = JOB_END_LOST;	/* the lease runs out and the event is delivered again */
	}
	job_finish(j);
}

static void settle_by(struct job *j, enum settle how, int64_t due_ms)
{
	static const enum job_end ends[] = {
		[SETTLE_RETRY] = JOB_END_RETRY, [SETTLE_DEFER] = JOB_END_RETRY, [SETTLE_BURY] = JOB_END_BURIED,
		[SETTLE_GIVE_BACK] = JOB_END_LOST,
	};

	j->settling.change = (struct change){ .apply = apply_settling, .always = true };
	j->settling.how = how;
	j->settling.due_ms = due_ms;
	j->end = ends[how];
	if (how == SETTLE_BURY)
		job_prepare_tell(j);
	job_commit(j, &j->settling.change, on_settled);
}

/* The row that says why there are no thumbnails; without its table the dead letter alone says it. */
static void on_failure_kept(struct commit *c)
{
	struct job *j = container_of(c, struct job, commit);

	if (c->change->rc < 0) {
		settle_by(j, SETTLE_BURY, 0);
		return;
	}
	j->end = j->keep.superseded ? JOB_END_SUPERSEDED : JOB_END_BURIED;
	job_finish(j);
}

static void bury(struct job *j)
{
	if (j->stale || j->original.seq == 0 || j->reason == REASON_DESTINATION || j->reason == REASON_LOOP) {
		settle_by(j, SETTLE_BURY, 0);
		return;
	}
	job_prepare_keep(j);
	j->keep.count = 0;
	j->keep.code = str_of(reason_code(j->reason));
	j->keep.message = str_of(j->message);
	j->keep.change.always = true;
	job_write_row(j);
	job_tell_with_keep(j);
	job_commit(j, &j->keep.change, on_failure_kept);
}

static void on_last(struct post *p)
{
	job_finish(container_of(p, struct job, post));
}

/* Who waits for it is told. What it logged would have gone with the result. */
static void settle_alone(struct job *j)
{
	const struct report *r = &j->report;

	if (j->cut)
		j->end = JOB_END_LOST;
	else if (j->reason != REASON_NONE)
		j->end = JOB_END_TOLD;
	for (int i = 0; i < r->count && j->reason != REASON_NONE; i++)
		log_sink_add(j->spec.m->log_sink, job_log_group(j), str_of(j->spec.stream), r->lines[i].at_ms, r->lines[i].text);
	j->post.call = on_last;
	lanes_post(j->spec.m->lanes, &j->post);
}

/* No fault of the function: the attempt does not count, as a throttle does not on Lambda. */
static bool of_the_house(enum reason r)
{
	return r == REASON_KEEP || r == REASON_START || r == REASON_SHORTAGE;
}

/* Lambda's rules. The second attempt comes after one base wait, the third after two; what the house could not do is tried
 * again after 1, 2, 4... sixtieths of it. Neither past the event's age. */
static enum settle decide(const struct job *j, int64_t now, int64_t *due)
{
	const struct settings *s = &j->spec.m->settings;
	int64_t age_s = j->spec.async.age_s, base = s->retry_base_ms, shift = j->row.throttles < 9 ? j->row.throttles : 9;
	bool ours = of_the_house(j->reason);

	*due = now + (ours ? base * ((1 << shift) < DEFER_MAX ? 1 << shift : DEFER_MAX) / 60 : base * (j->row.attempts > 1 ? 2 : 1));
	if (*due - j->row.first_ms > (age_s < s->event_age_s ? age_s : s->event_age_s) * 1000 || !reason_is(j->reason, REASON_RETRY))
		return SETTLE_BURY;
	if (ours)
		return SETTLE_DEFER;
	return j->row.attempts <= j->spec.async.retries ? SETTLE_RETRY : SETTLE_BURY;
}

void job_settle(struct job *j)
{
	int64_t now = clock_wall_ms(), due;
	enum settle how;

	if (job_is_alone(j)) {
		settle_alone(j);
		return;
	}
	if (j->cut) {
		settle_by(j, SETTLE_GIVE_BACK, now);
		return;
	}
	if (j->reason == REASON_NONE) {
		j->post.call = on_last;	/* not from inside the pool's or the writer's call */
		lanes_post(j->spec.m->lanes, &j->post);
		return;
	}
	how = decide(j, now, &due);
	if (how == SETTLE_BURY)
		bury(j);
	else
		settle_by(j, how, due);
}
