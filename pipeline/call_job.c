#include "pipeline/call_job.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"
#include "base/log.h"
#include "pipeline/call_record.h"
#include "pipeline/call_target.h"
#include "pipeline/invoke.h"
#include "pipeline/meter.h"
#include "pipeline/webhook.h"
#include "storage/backfill.h"
#include "storage/journal.h"

#define PUT_OFF_MAX_S 300		/* longest wait of what the house could not do; scaled as retries are */
#define PUT_OFF_SHIFT_MAX 9
#define CODE_MAX 128

enum outcome { DONE, PUT_OFF, AGAIN, FAILED, GIVE_BACK };

struct call_job {
	struct job_spec spec;
	struct job_row row;		/* strings in arena */
	struct arena arena;
	struct invoke invoke;
	bool ran, function_error;
	bool circling;			/* out of targets that are each other's: no other is told */
	struct str response, trace;	/* of the attempt; in arena */
	char version[24];
	struct custom_report report;
	enum outcome outcome;
	enum condition condition;	/* of FAILED */
	const char *why;		/* of PUT_OFF, for the log */
	struct str code, message;	/* of the failure; in arena */
	int64_t due_ms;
	struct buf record;
	struct webhook_lost lost;
	bool buried, unreached;		/* out of the change: it is a dead letter; a target could not be reached */
	struct change change;
	struct commit commit;
	int64_t started_us;
};

static const char *name_of(const struct call_job *j)
{
	return j->spec.version ? j->spec.version->of->name : "";
}

/* settle: the change */

static struct str function_arn(struct call_job *j)
{
	const struct settings *s = &j->spec.m->settings;

	return str_of(arena_printf(&j->arena, "arn:aws:lambda:%s:%s:function:%s", s->region, s->account, name_of(j)));
}

static struct str arn_of(struct call_job *j)
{
	return str_of(arena_printf(&j->arena, "%.*s:%.*s", STR_ARG(function_arn(j)),
				   STR_ARG(j->row.qualifier.n > 0 ? j->row.qualifier : STR("$LATEST"))));
}

static void write_record(struct call_job *j)
{
	call_record_write(&j->record, &(struct call_record){ .request = j->row.request, .arn = arn_of(j), .condition = j->condition,
			.invoke_count = j->ran ? j->row.attempts : j->row.attempts - 1, .payload = j->row.payload, .ran = j->ran,
			.function_error = j->function_error, .version = str_of(j->version), .response = j->response });
}

/* False: it cannot take it, and no change was made. */
static bool deliver(struct call_job *j, struct db *db, struct str target, struct str payload, int *rc)
{
	*rc = call_target_send(db, target, payload, j->trace);
	if (*rc == E_NOT_FOUND || *rc == E_TOO_LARGE) {
		j->unreached = true;
		*rc = 0;
		return false;
	}
	return *rc == 0;
}

static int apply_done(struct call_job *j, struct db *db)
{
	int rc = queue_ack(db, j->row.id, j->row.lease);

	if (rc == 0 && j->spec.async.on_success[0])
		deliver(j, db, str_of(j->spec.async.on_success), str_n(j->record.data, j->record.len), &rc);
	return rc;
}

static int bury(struct call_job *j, struct db *db)
{
	struct job_row dead = j->row;
	int rc = queue_bury(db, j->row.id, j->row.lease, j->code, j->message);

	j->lost = (struct webhook_lost){ .db = db, .function = str_of(name_of(j)), .waiting_max = j->spec.m->settings.webhook_waiting_max };
	dead.code = j->code;
	dead.message = j->message;
	dead.attempts -= !j->ran;
	return rc < 0 ? rc : webhook_lose(&j->lost, &dead);
}

static int apply_failed(struct call_job *j, struct db *db)
{
	struct str dead_letter = j->spec.version ? j->spec.version->dead_letter : (struct str){0};
	struct str on_failure = str_of(j->spec.async.on_failure);
	bool taken = false, listed = call_target_is_list(on_failure) || call_target_is_list(dead_letter);
	int rc = 0;

	if (j->circling)
		on_failure = dead_letter = (struct str){0};
	if (on_failure.n > 0 && !call_target_is_list(on_failure))
		taken = deliver(j, db, on_failure, str_n(j->record.data, j->record.len), &rc);
	if (rc == 0 && dead_letter.n > 0 && !call_target_is_list(dead_letter))
		taken = deliver(j, db, dead_letter, j->row.payload, &rc) || taken;
	if (rc < 0)
		return rc;
	j->buried = listed || !taken;
	return j->buried ? bury(j, db) : queue_ack(db, j->row.id, j->row.lease);
}

static int release(struct call_job *j, struct db *db)
{
	switch (j->outcome) {
	case DONE:
		return apply_done(j, db);
	case AGAIN:
		return queue_retry(db, j->row.id, j->row.lease, j->due_ms, j->code, j->message);
	case FAILED:
		return apply_failed(j, db);
	case PUT_OFF:
	case GIVE_BACK:
	default:
		return queue_defer(db, j->row.id, j->row.lease, j->due_ms);
	}
}

static int tell(struct call_job *j, struct db *db, enum journal_what what)
{
	struct journal_line l = { .what = what, .bucket = j->row.bucket, .key = j->row.key, .seq = j->row.seq, .job = j->row.id,
				  .attempt = j->row.attempts };

	if (what == JOURNAL_RAN) {
		l.detail = str_of(arena_printf(&j->arena, "function %s", name_of(j)));
	} else {
		l.code = j->code;
		l.detail = j->message;
	}
	return journal_add(db, &l);
}

/* What happened to an object's event belongs to the object's life. */
static int apply_journal(struct call_job *j, struct db *db)
{
	int rc = 0;

	if (j->row.bucket == 0)
		return 0;
	if (j->outcome == GIVE_BACK || j->outcome == PUT_OFF)
		return tell(j, db, JOURNAL_PUT_BACK);
	if (j->outcome == DONE)
		return tell(j, db, JOURNAL_RAN);
	if (j->ran)
		rc = tell(j, db, JOURNAL_FAILED);
	if (rc == 0 && j->outcome == FAILED)
		rc = tell(j, db, j->buried ? JOURNAL_BURIED : JOURNAL_PASSED_ON);
	return rc;
}

static int apply(struct change *c, struct db *db)
{
	struct call_job *j = container_of(c, struct call_job, change);
	int rc = release(j, db);

	if (rc == 0 && j->outcome == FAILED)
		rc = backfill_count(db, &j->row, BACKFILL_JOB_FAILED);
	return rc < 0 ? rc : apply_journal(j, db);
}

/* settle: on the loop */

static void count(struct call_job *j)
{
	struct meter *t = j->spec.m->meter;
	const char *name = name_of(j);

	if (!j->spec.version)
		return;
	if (j->outcome == FAILED)
		meter_count(t, name, METER_ASYNC_DROPPED);
	if (j->buried)
		meter_count(t, name, METER_DEAD_LETTERS);
	if (j->unreached)
		meter_count(t, name, METER_DESTINATION_FAILURES);
}

static void report(const struct call_job *j, enum job_end end)
{
	static const char *const outcomes[] = { "done", "put_off", "retry", "failed", "given_back" };
	long long id = (long long)j->row.id, ms = (long long)((clock_mono_us() - j->started_us) / 1000);

	if (j->outcome == DONE && !j->unreached)
		log_info("job=%lld req=%.*s fn=%s attempt=%d end=done ms=%lld run_ms=%lld init_ms=%lld", id, STR_ARG(j->row.request), name_of(j),
			 j->row.attempts, ms, (long long)(j->report.duration_us / 1000), (long long)(j->report.init_us / 1000));
	else
		log_warn(0, "job=%lld req=%.*s fn=%s attempt=%d end=%s dead_letter=%d unreached=%d reason=%s message=%s ms=%lld", id,
			 STR_ARG(j->row.request), name_of(j), j->row.attempts,
			 end == JOB_END_LOST && j->outcome != GIVE_BACK ? "lost" : outcomes[j->outcome], j->buried, j->unreached, log_quote(j->code), log_quote(j->message), ms);
}

static void finish(struct call_job *j, enum job_end end)
{
	report(j, end);
	j->spec.settled(j->spec.owner, &(struct job_outcome){ .end = end, .backfill = j->row.backfill != 0, .due_ms = j->due_ms, .run_us = j->report.duration_us });
	catalog_give(j->spec.version);
	buf_clear(&j->record);
	arena_clear(&j->arena);
	free(j);
}

static void on_settled(struct commit *c)
{
	static const enum job_end ends[] = {
		[DONE] = JOB_END_DONE, [PUT_OFF] = JOB_END_RETRY, [AGAIN] = JOB_END_RETRY, [FAILED] = JOB_END_BURIED, [GIVE_BACK] = JOB_END_LOST,
	};
	struct call_job *j = container_of(c, struct call_job, commit);
	int rc = c->change->rc;

	if (rc < 0) {
		log_error(rc, "job=%lld step=settle lease=kept", (long long)j->row.id);
		finish(j, JOB_END_LOST);	/* the lease runs out and it is tried again */
		return;
	}
	count(j);
	if (j->lost.told)
		webhooks_wake(j->spec.m->webhooks);
	if (j->outcome == DONE || j->outcome == FAILED)
		minilab_wake(j->spec.m);	/* a target may have got a job */
	finish(j, ends[j->outcome]);
}

/* What did not run is a step of the chain all the same, or functions that are each other's targets would pass an event on for ever. One that
 * was stopped as a loop is still told of, once. */
static void count_hop(struct call_job *j)
{
	struct str arn = function_arn(j);
	char trace[TRACE_MAX];

	j->circling = trace_hops(j->row.trace, arn) > INVOKE_HOPS_MAX;
	trace_next(j->row.trace, arn, trace);
	j->trace = arena_str(&j->arena, str_of(trace));
}

static void settle(struct call_job *j, enum outcome how)
{
	j->outcome = how;
	if (how == FAILED && !j->ran)
		count_hop(j);
	if (how == DONE ? j->spec.async.on_success[0] : how == FAILED && j->spec.async.on_failure[0])
		write_record(j);
	j->change = (struct change){ .apply = apply, .always = true };
	j->commit = (struct commit){ .change = &j->change, .done = on_settled };
	lanes_commit(j->spec.m->lanes, &j->commit);
}

static void fail(struct call_job *j, enum condition condition, const char *message)
{
	j->condition = condition;
	if (j->code.n == 0)
		j->code = str_of(condition_code(condition));
	if (j->message.n == 0)
		j->message = str_of(message);
	settle(j, FAILED);
}

static bool too_old_at(const struct call_job *j, int64_t at_ms)
{
	int64_t age_s = j->spec.m->settings.event_age_s;

	if (j->spec.async.age_s < age_s)
		age_s = j->spec.async.age_s;
	return at_ms - j->row.first_ms > age_s * 1000;
}

/* After 1, 2, 4 ... seconds, at most five minutes: a second is a sixtieth of the wait before the second attempt. */
static void put_off(struct call_job *j, const char *why)
{
	int64_t shift = j->row.throttles < PUT_OFF_SHIFT_MAX ? j->row.throttles : PUT_OFF_SHIFT_MAX, s = 1LL << shift;

	j->code = STR("Throttled");
	j->message = str_of(why);
	j->due_ms = clock_wall_ms() + j->spec.m->settings.retry_base_ms * (s < PUT_OFF_MAX_S ? s : PUT_OFF_MAX_S) / 60;
	if (too_old_at(j, j->due_ms))
		fail(j, CONDITION_AGE, why);
	else
		settle(j, PUT_OFF);
}

static void decide_failed(struct call_job *j)
{
	int64_t base = j->spec.m->settings.retry_base_ms;

	call_error_read(j->response, &j->arena, &j->code, &j->message);
	j->code = utf8_cut(j->code, CODE_MAX);
	if (j->code.n == 0)
		j->code = str_of(condition_code(CONDITION_RETRIES));
	j->message = utf8_cut(j->message, JOB_MESSAGE_MAX);
	j->due_ms = clock_wall_ms() + base * (j->row.attempts > 1 ? 2 : 1);
	if (j->row.attempts > j->spec.async.retries)
		fail(j, CONDITION_RETRIES, "");
	else if (too_old_at(j, j->due_ms))
		fail(j, CONDITION_AGE, "");
	else
		settle(j, AGAIN);
}

/* run */

static void take_result(struct call_job *j)
{
	const struct invoke *v = &j->invoke;

	j->ran = true;
	j->function_error = v->function_error;
	j->response = arena_str(&j->arena, v->answer);
	j->trace = arena_str(&j->arena, str_of(v->trace_out));
	j->report = v->report;
	snprintf(j->version, sizeof j->version, "%s", v->executed_version);
}

static void give_back(struct call_job *j, const char *why)
{
	j->message = str_of(why);
	j->due_ms = clock_wall_ms();
	settle(j, GIVE_BACK);
}

static void on_done(struct invoke *v)
{
	struct call_job *j = container_of(v, struct call_job, invoke);

	switch (v->end) {
	case INVOKE_DONE:
		take_result(j);
		if (j->function_error)
			decide_failed(j);
		else
			settle(j, DONE);
		return;
	case INVOKE_LOOP:
		fail(j, CONDITION_RECURSION, "the function was invoked too often in one chain of invocations");
		return;
	case INVOKE_FAILED:
		if (v->rc == E_CLOSED) {
			give_back(j, JOB_STOPPED);
			return;
		}
		break;
	case INVOKE_THROTTLED:
	case INVOKE_NOT_FOUND:
	case INVOKE_NOT_READY:
	default:
		break;
	}
	put_off(j, v->why ? v->why : throttle_reason(v->throttle));
}

static void run(struct call_job *j)
{
	meter_async_age(j->spec.m->meter, name_of(j), clock_wall_ms() - j->row.first_ms);
	j->invoke = (struct invoke){ .m = j->spec.m, .version = j->spec.version, .qualifier = j->row.qualifier, .request = j->row.request,
				     .payload = j->row.payload, .trace = j->row.trace, .async = true, .done = on_done };
	invoke_run(&j->invoke);
}

/* look */

void call_job_start(const struct job_spec *spec)
{
	struct call_job *j = calloc(1, sizeof *j);

	CHECK(j != NULL);
	j->spec = *spec;
	j->started_us = clock_mono_us();
	queue_row_copy(&j->arena, &j->row, spec->row);
	j->trace = j->row.trace;
	if (spec->give_back)
		give_back(j, spec->put_off);
	else if (!spec->version && spec->put_off)
		put_off(j, spec->put_off);
	else if (!spec->version)
		fail(j, CONDITION_NOT_FOUND, "there is no such function, version or alias any more");
	else if (spec->version->of->reserved == 0)
		fail(j, CONDITION_ZERO_RESERVED, "no concurrency is reserved for the function: it is switched off");
	else if (too_old_at(j, clock_wall_ms()))
		fail(j, CONDITION_AGE, "it waited longer than it may");
	else if (spec->put_off)
		put_off(j, spec->put_off);
	else if (!spec->version->ready)
		put_off(j, "the function's code could not be unpacked");
	else
		run(j);
}
