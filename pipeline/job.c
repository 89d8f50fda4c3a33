#include "pipeline/job_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "pipeline/meter.h"
#include "pipeline/webhook.h"
#include "storage/ahead.h"

static void next(struct job *j, int rc);

bool job_is_alone(const struct job *j)
{
	return j->row.id == 0;
}

void job_fail(struct job *j, enum reason r, const char *message)
{
	if (j->reason != REASON_NONE)
		return;
	j->reason = r;
	snprintf(j->message, sizeof j->message, "%s", message && *message ? message : reason_text(r));
}

/* read: on a lane */

/* Nobody knows yet what the names stand for that the caller gave. */
static int find_subject(struct job *j, struct db *reader)
{
	int64_t seq = 0;
	int rc = bucket_find(reader, j->spec.bucket, &j->row.bucket, NULL);

	if (rc == 0)
		seq = object_seq(reader, j->row.bucket, j->row.key);
	if (rc == E_NOT_FOUND || (rc == 0 && seq == 0)) {
		job_fail(j, REASON_SOURCE, rc == 0 ? "there is no such object" : "there is no such bucket");
		return E_NOT_FOUND;
	}
	j->row.seq = seq;
	return rc < 0 ? rc : seq < 0 ? (int)seq : 0;
}

static int read_original(struct work *w, struct db *reader)
{
	struct job *j = container_of(w, struct job, work);
	bool bucket_missing;
	int rc;

	if (job_is_alone(j) && (rc = find_subject(j, reader)) < 0)
		return rc;
	rc = bucket_name_of(reader, j->row.bucket, j->bucket);
	if (rc == E_NOT_FOUND) {
		j->stale = true;
		return 0;
	}
	j->to_bucket = function_variable(&j->spec.version->builtin, "DESTINATION", str_of(j->bucket), &j->arena);
	j->to_table = function_variable(&j->spec.version->builtin, "TABLE", str_of(j->bucket), &j->arena);
	if (rc < 0 || event_is_removal(j->row.kind))
		return rc;
	rc = object_get(reader, str_of(j->bucket), j->row.key, &j->arena, &j->original, &bucket_missing);
	j->stale = rc == E_NOT_FOUND || (rc == 0 && j->original.seq != j->row.seq);
	if (rc < 0 || j->stale || j->original.size == 0 || j->original.size > INVOKE_INPUT_MAX)
		return j->stale ? 0 : rc;
	j->input = blob_isolate(store_blobs(j->spec.m->store), j->original.extents, j->original.extent_count);
	return j->input < 0 ? j->input : job_choose(j, reader);
}

static void on_work(struct work *w)
{
	next(container_of(w, struct job, work), w->rc);
}

static void start_work(struct job *j, int (*run)(struct work *w, struct db *reader))
{
	j->work = (struct work){ .run = run, .done = on_work };
	lanes_run(j->spec.m->lanes, &j->work);
}

static void read_step(struct job *j)
{
	start_work(j, read_original);
}

/* run: the pool */

static void on_begun(struct invocation *i)
{
	struct job *j = container_of(i, struct job, invocation);

	ahead_begin(store_ahead(j->spec.m->store), j->row.id);
}

static void on_invoked(struct invocation *i)
{
	struct job *j = container_of(i, struct job, invocation);

	report_make(&j->report, &j->arena, i, j->spec.version->version);
	j->answer = i->answer;
	i->answer = (struct buf){0};
	j->output = i->output;
	j->output_length = i->output_length;
	i->output = -1;
	if (i->rc == E_CLOSED)
		j->cut = true;
	else if (i->rc < 0)
		job_fail(j, i->reason, i->message);
	next(j, i->rc);
}

static void run_step(struct job *j)
{
	const struct function *f = &j->spec.version->builtin;
	const struct settings *s = &j->spec.m->settings;

	if (j->spec.m->pool_closing) {
		j->cut = true;
		next(j, E_CLOSED);
		return;
	}
	if (j->original.size > INVOKE_INPUT_MAX) {
		job_fail(j, REASON_BYTES, NULL);
		next(j, E_TOO_LARGE);
		return;
	}
	j->invocation = (struct invocation){
		.function = f->name, .generation = f->generation, .timeout_ms = f->timeout_ms, .cpu_ms = s->attempt_cpu_ms,
		.memory_mb = f->memory_mb < s->attempt_memory_mb ? f->memory_mb : s->attempt_memory_mb,
		.request = j->row.request, .event = j->row.payload, .env = j->env,
		.input = j->input, .input_length = j->original.size, .begun = on_begun, .done = on_invoked, .output = -1,
	};
	j->input = -1;
	if (!job_is_alone(j))
		ahead_add(store_ahead(j->spec.m->store), j->row.id, j->row.lease);	/* maybe no environment is free */
	job_feed_started(j);
	pool_invoke(j->spec.m->pool, &j->invocation);
}

/* take: on a lane */

static int take_answer(struct work *w, struct db *reader)
{
	struct job *j = container_of(w, struct job, work);
	int rc = result_read(&j->result, &j->arena, str_n(j->answer.data, j->answer.len), j->output, j->output_length,
			     j->row.key);

	(void)reader;
	blob_had(store_blobs(j->spec.m->store), j->original.extents, j->original.extent_count);
	if (rc < 0) {
		job_fail(j, rc == E_TOO_LARGE ? REASON_KEY : REASON_ANSWER, NULL);
		return rc;
	}
	rc = result_store(&j->result, &j->arena, j->spec.m->store, j->to_bucket, &j->keep, j->needles);
	if (rc < 0)
		job_fail(j, REASON_KEEP, err_text(rc));
	return rc;
}

static void take_step(struct job *j)
{
	start_work(j, take_answer);
}

/* keep: one transaction */

void job_commit(struct job *j, struct change *c, void (*done)(struct commit *c))
{
	j->commit = (struct commit){ .change = c, .done = done };
	lanes_commit(j->spec.m->lanes, &j->commit);
}

void job_write_row(struct job *j)
{
	j->item.len = 0;
	result_row(&j->item, &(struct row_facts){
		.bucket = str_of(j->bucket), .to_bucket = j->to_bucket, .original = &j->original, .result = &j->result,
		.reason = j->reason, .message = j->message, .attempts = j->row.attempts,
		.bands = j->spec.m->settings.near_duplicates,
	});
	j->keep.item = str_n(j->item.data, j->item.len);
}

struct str job_log_group(struct job *j)
{
	return j->spec.version->log_group;
}

void job_prepare_keep(struct job *j)
{
	photo_keep_init(&j->keep);
	j->keep.store = j->spec.m->store;
	j->keep.job = &j->row;
	j->keep.to_bucket = j->to_bucket;
	j->keep.to_table = j->to_table;
	j->keep.log = j->report.lines;
	j->keep.log_count = j->report.count;
	j->keep.log_group = job_log_group(j);
	j->keep.stream = str_of(j->spec.stream);
}

static void after_keep(struct job *j)
{
	int rc = j->keep.change.rc;

	if (rc == E_LEASE_LOST)
		j->end = JOB_END_LOST;
	else if (rc == E_NO_DESTINATION)
		job_fail(j, str_eq(j->to_bucket, str_of(j->bucket)) ? REASON_LOOP : REASON_DESTINATION, NULL);
	else if (rc < 0)
		job_fail(j, REASON_KEEP, err_text(rc));
	else
		j->end = j->keep.superseded ? JOB_END_SUPERSEDED : JOB_END_DONE;
	next(j, rc);
}

static int forget_files(struct work *w, struct db *reader)
{
	struct job *j = container_of(w, struct job, work);

	(void)reader;
	result_forget(j->spec.m->store, &j->keep);
	return 0;
}

static void on_forgotten(struct work *w)
{
	after_keep(container_of(w, struct job, work));
}

static void on_kept(struct commit *c)
{
	struct job *j = container_of(c, struct job, commit);

	if (c->change->rc == 0 && !j->keep.superseded) {
		after_keep(j);
		return;
	}
	j->work = (struct work){ .run = forget_files, .done = on_forgotten };
	lanes_run(j->spec.m->lanes, &j->work);
}

static struct str detail_of(struct job *j)
{
	const char *text = arena_printf(&j->arena, "%d thumbnail%s, %lld ms", j->result.count, j->result.count == 1 ? "" : "s",
					(long long)(j->invocation.duration_us / 1000));

	if (j->row.backfill)
		text = arena_printf(&j->arena, "%s, backfill %lld", text, (long long)j->row.backfill);
	return str_of(text);
}

static void keep_step(struct job *j)
{
	job_prepare_keep(j);
	j->keep.count = j->result.count;
	j->keep.change.needles = j->needles;
	j->keep.change.needle_count = j->result.count;
	j->keep.change.always = j->result.count == 0;	/* a removal goes through on a full disk */
	j->keep.made = j->made;
	j->keep.merge = j->merge;
	j->keep.replaces = j->replaces;
	j->keep.replaces_count = j->replaces_count;
	if (j->result.count > 0) {
		job_write_row(j);
		j->keep.detail = detail_of(j);
	}
	job_tell_with_keep(j);
	job_commit(j, &j->keep.change, on_kept);
}

static const struct step {
	const char *name;
	void (*start)(struct job *j);
} steps[] = {
	{ "read",   read_step },
	{ "run",    run_step },
	{ "take",   take_step },
	{ "keep",   keep_step },
	{ "settle", job_settle },
};
enum { READ, KEEP = 3, SETTLE };

static const char *const end_names[JOB_ENDS] = { "done", "superseded", "retry", "dead_letter", "lost", "told" };

static void report_end(const struct job *j)
{
	const char *key = log_quote(j->row.key);
	long long id = (long long)j->row.id, ms = (long long)((clock_mono_us() - j->started_us) / 1000);

	if (j->reason == REASON_NONE)
		log_info("job=%lld req=%.*s fn=%s bucket=%s key=%s seq=%lld attempt=%d end=%s thumbnails=%d ms=%lld run_ms=%lld "
			 "init_ms=%lld", id, STR_ARG(j->row.request), j->spec.version->of->name, j->bucket, key,
			 (long long)j->row.seq, j->row.attempts, end_names[j->end], j->result.count, ms,
			 (long long)(j->invocation.duration_us / 1000), (long long)(j->invocation.init_us / 1000));
	else
		log_warn(0, "job=%lld req=%.*s fn=%s bucket=%s key=%s seq=%lld attempt=%d end=%s reason=%s message=%s ms=%lld", id,
			 STR_ARG(j->row.request), j->spec.version->of->name, j->bucket, key, (long long)j->row.seq,
			 j->row.attempts, end_names[j->end], reason_code(j->reason), log_quote(str_of(j->message)), ms);
}

/* Those that are alone are counted by who invoked them. */
static void meter(const struct job *j)
{
	const struct catalog_version *v = j->spec.version;
	const struct invocation *i = &j->invocation;
	struct meter *t = j->spec.m->meter;

	if (job_is_alone(j) || i->duration_us == 0)
		return;
	meter_ran(t, v->of->name, v->memory_mb, &(struct custom_report){ .duration_us = i->duration_us, .init_us = i->init_us,
			.memory_peak_kb = i->memory_peak_kb });
	if (j->reason != REASON_NONE)
		meter_count(t, v->of->name, METER_ERRORS);
	if (j->reason == REASON_TIMEOUT)
		meter_count(t, v->of->name, METER_TIMEOUTS);
	if (j->end == JOB_END_BURIED)
		meter_count(t, v->of->name, METER_DEAD_LETTERS);
	if (j->unreached)
		meter_count(t, v->of->name, METER_DESTINATION_FAILURES);
}

static void tell(const struct job *j)
{
	bool failed = j->reason != REASON_NONE;

	j->spec.settled(j->spec.owner, &(struct job_outcome){ .end = j->end, .backfill = j->row.backfill != 0,
			.run_us = j->invocation.duration_us, .due_ms = j->settling.due_ms,
			.code = failed ? reason_code(j->reason) : NULL, .message = failed ? j->message : NULL,
			.to_bucket = j->to_bucket, .result = &j->result, .report = &j->report,
			.init_us = j->invocation.init_us, .memory_peak_kb = j->invocation.memory_peak_kb });
}

void job_finish(struct job *j)
{
	report_end(j);
	meter(j);
	if (j->told.len > 0)
		minilab_wake(j->spec.m);
	if (j->hooked)
		webhooks_wake(j->spec.m->webhooks);
	job_feed_ended(j);
	tell(j);
	if (j->input >= 0)
		close(j->input);
	result_clear(&j->result);
	if (j->output >= 0)
		close(j->output);
	buf_clear(&j->answer);
	buf_clear(&j->item);
	buf_clear(&j->told);
	catalog_give(j->spec.version);
	arena_clear(&j->arena);
	free(j);
}

static enum reason why(int rc)
{
	static const int shortages[] = { E_FULL, E_BUSY, -ENOSPC, -EDQUOT, -EMFILE, -ENFILE, -ENOMEM };

	for (size_t i = 0; i < sizeof shortages / sizeof shortages[0]; i++)
		if (rc == shortages[i])
			return REASON_SHORTAGE;
	return REASON_SOURCE;
}

static void next(struct job *j, int rc)
{
	if (rc < 0 && !j->cut && j->end != JOB_END_LOST)
		job_fail(j, why(rc), err_text(rc));	/* unless the step said better */
	if (rc < 0 || j->step == KEEP)
		j->step = SETTLE;
	else if (j->step == READ && (j->stale || event_is_removal(j->row.kind)))
		j->step = KEEP;
	else
		j->step++;
	steps[j->step].start(j);
}

void job_start(const struct job_spec *spec)
{
	struct job *j = calloc(1, sizeof *j);

	CHECK(j != NULL);
	j->spec = *spec;
	j->input = j->output = -1;
	j->started_us = clock_mono_us();
	queue_row_copy(&j->arena, &j->row, spec->row);
	steps[READ].start(j);
}
