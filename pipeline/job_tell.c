/* job_tell.c - a job of the built-in function that ended tells its destinations, as every asynchronous invocation does: in the change that
 * ends it. What failed is a dead letter all the same, since every photo has an answer. */
#include "pipeline/job_parts.h"

#include "base/check.h"
#include "base/err.h"
#include "pipeline/call_record.h"
#include "pipeline/call_target.h"

static bool failed(const struct job *j)
{
	return j->reason != REASON_NONE;
}

static bool anybody(const struct job *j)
{
	if (job_is_alone(j))
		return false;
	return failed(j) ? j->spec.async.on_failure[0] || j->spec.version->dead_letter.n > 0 :
	       j->spec.async.on_success[0] && j->result.count > 0;
}

static void write_response(struct job *j, struct buf *to)
{
	struct json w = json_into(to);

	json_open(&w, NULL, '{');
	if (failed(j)) {
		json_cstr(&w, "errorType", reason_code(j->reason));
		json_cstr(&w, "errorMessage", j->message);
		json_str(&w, "requestId", j->row.request);
	} else {
		json_open(&w, "Thumbnails", '[');
		result_tell(&w, &j->result, j->to_bucket, &(struct photo_name){ str_of(j->bucket), j->row.key });
		json_close(&w);
	}
	json_close(&w);
}

/* Tried again would not help, or it was tried as often as it may, or waited too long meanwhile. */
static enum condition condition_of(const struct job *j)
{
	if (!failed(j))
		return CONDITION_SUCCESS;
	return j->row.attempts > j->spec.async.retries || !reason_is(j->reason, REASON_RETRY) ? CONDITION_RETRIES : CONDITION_AGE;
}

void job_prepare_tell(struct job *j)
{
	const struct settings *s = &j->spec.m->settings;
	struct buf response = {0};

	j->told.len = 0;
	job_prepare_hook(j);
	if (!anybody(j))
		return;
	write_response(j, &response);
	call_record_write(&j->told, &(struct call_record){
		.request = j->row.request, .condition = condition_of(j), .invoke_count = j->row.attempts, .payload = j->row.payload,
		.arn = str_of(arena_printf(&j->arena, "arn:aws:lambda:%s:%s:function:%s:%.*s", s->region, s->account, j->spec.version->of->name,
					   STR_ARG(j->row.qualifier.n > 0 ? j->row.qualifier : STR("$LATEST")))),
		.ran = true, .function_error = failed(j), .version = str_of(j->spec.version->version),
		.response = str_n(response.data, response.len),
	});
	buf_clear(&response);
}

static int tell(struct job *j, struct db *db, struct str target, struct str payload)
{
	int rc = target.n > 0 && !call_target_is_list(target) ? call_target_send(db, target, payload, j->row.trace) : 0;

	if (rc != E_NOT_FOUND && rc != E_TOO_LARGE)
		return rc;
	j->unreached = true;
	return 0;
}

int job_tell(struct job *j, struct db *db)
{
	struct str record = str_n(j->told.data, j->told.len);
	int rc;

	if ((rc = job_hook(j, db)) < 0 || record.n == 0)
		return rc;
	if (!failed(j))
		return tell(j, db, str_of(j->spec.async.on_success), record);
	rc = tell(j, db, str_of(j->spec.async.on_failure), record);
	return rc < 0 ? rc : tell(j, db, j->spec.version->dead_letter, j->row.payload);
}

static int apply_keep(struct change *c, struct db *db)
{
	struct photo_keep *k = container_of(c, struct photo_keep, change);
	struct job *j = container_of(k, struct job, keep);
	int rc = j->keep_apply(c, db);

	return rc < 0 || k->superseded ? rc : job_tell(j, db);
}

void job_tell_with_keep(struct job *j)
{
	job_prepare_tell(j);
	if (j->told.len == 0 && !j->hooked)
		return;
	j->keep_apply = j->keep.change.apply;
	j->keep.change.apply = apply_keep;
}
