#include "pipeline/invoke.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "pipeline/builtin_run.h"
#include "pipeline/meter.h"
#include "pipeline/pump.h"

enum throttle invoke_enter(struct minilab *m, struct catalog_version *v, bool *provisioned)
{
	enum throttle t;

	*provisioned = v->provisioned_running < v->provisioned;
	t = concurrency_enter(m->concurrency, v->of->id, *provisioned);
	v->provisioned_running += t == THROTTLE_NONE && *provisioned;
	return t;
}

void invoke_leave(struct minilab *m, struct catalog_version *v, bool provisioned)
{
	v->provisioned_running -= provisioned;
	concurrency_leave(m->concurrency, v->of->id, provisioned);
}

/* Everything is given back before `done`, which may free v; what it lends is let go after. */
static void end(struct invoke *v, enum invoke_end how)
{
	struct arena arena = v->arena;
	struct buf answer = v->answer_bytes, tail = v->tail_bytes;
	struct builtin_run *builtin = v->builtin;

	v->end = how;
	if (v->running)
		meter_running(v->m->meter, v->version->of->name, -1);
	v->running = false;
	if (v->entered) {
		invoke_leave(v->m, v->version, v->provisioned);
		catalog_give(v->version);
	}
	v->done(v);
	arena_clear(&arena);
	buf_clear(&answer);
	buf_clear(&tail);
	if (builtin) {
		builtin_run_clear(builtin);
		free(builtin);
	}
}

static void on_ended(struct post *p)
{
	struct invoke *v = container_of(p, struct invoke, post);

	end(v, v->end);
}

/* From inside invoke_run, or inside a call of the pool's that looks at v->custom once more. */
static void end_later(struct invoke *v, enum invoke_end how)
{
	v->end = how;
	v->post.call = on_ended;
	lanes_post(v->m->lanes, &v->post);
}

static void fail(struct invoke *v, enum invoke_end how, int rc, const char *why)
{
	v->rc = rc;
	v->why = why;
	end_later(v, how);
}

/* Custom functions */

static void take_answer(struct invoke *v)
{
	const struct custom_invocation *i = &v->custom;

	v->end = INVOKE_DONE;
	v->function_error = i->end != CUSTOM_OK;
	v->answer = str_n(i->answer.data ? i->answer.data : "", i->answer.len);
}

static void on_answered(struct custom_invocation *i)
{
	struct invoke *v = container_of(i, struct invoke, custom);

	if (i->end == CUSTOM_CROWDED || i->end == CUSTOM_CLOSED)
		return;
	take_answer(v);
	if (v->answered)
		v->answered(v);
}

static void on_piece(struct custom_invocation *i, struct str type, const uint8_t *p, size_t n)
{
	struct invoke *v = container_of(i, struct invoke, custom);

	if (v->piece)
		v->piece(v, type, p, n);
}

static void count(struct invoke *v)
{
	const char *name = v->version->of->name;

	meter_ran(v->m->meter, name, v->version->memory_mb, &v->report);
	if (v->function_error)
		meter_count(v->m->meter, name, METER_ERRORS);
}

static void on_custom_done(struct custom_invocation *i)
{
	struct invoke *v = container_of(i, struct invoke, custom);

	if (i->end == CUSTOM_CLOSED) {
		fail(v, INVOKE_FAILED, E_CLOSED, "minilab is stopping");
		return;
	}
	if (i->end == CUSTOM_CROWDED) {
		v->throttle = THROTTLE_ACCOUNT;
		meter_count(v->m->meter, v->version->of->name, METER_THROTTLES);
		end_later(v, INVOKE_THROTTLED);
		return;
	}
	take_answer(v);
	v->tail = str_n(i->tail.data ? i->tail.data : "", i->tail.len);
	v->answer_bytes = i->answer;
	v->tail_bytes = i->tail;
	i->answer = i->tail = (struct buf){0};
	v->report = i->report;
	if (i->end == CUSTOM_TIMEOUT)
		meter_count(v->m->meter, v->version->of->name, METER_TIMEOUTS);
	count(v);
	end_later(v, INVOKE_DONE);
}

static void start_running(struct invoke *v)
{
	v->running = true;
	meter_running(v->m->meter, v->version->of->name, 1);
}

static void run_custom(struct invoke *v)
{
	if (!v->m->custom) {
		fail(v, INVOKE_FAILED, -ENOSYS, "This host cannot make cages for custom functions; /_/health and the log at start tell why");
		return;
	}
	v->custom = (struct custom_invocation){
		.recipe = v->version->recipe, .request = v->request, .payload = v->payload.n > 0 ? v->payload : STR("{}"), .arn = v->arn,
		.trace = str_of(v->trace_out), .client_context = v->client_context, .timeout_ms = v->version->timeout_ms,
		.piece = v->piece ? on_piece : NULL, .answered = v->answered ? on_answered : NULL, .done = on_custom_done,
	};
	start_running(v);
	custom_invoke(v->m->custom, &v->custom);
}

/* The built-in one */

static void on_builtin_done(struct builtin_run *b)
{
	struct invoke *v = b->owner;

	if (b->cut) {
		v->rc = E_CLOSED;
		v->why = "minilab is stopping";
		end(v, INVOKE_FAILED);
		return;
	}
	v->function_error = b->error;
	v->answer = str_n(b->answer.data, b->answer.len);
	v->tail = b->log.len > CUSTOM_TAIL ? str_n(b->log.data + b->log.len - CUSTOM_TAIL, CUSTOM_TAIL) : str_n(b->log.data, b->log.len);
	v->report = b->report;
	count(v);
	end(v, INVOKE_DONE);
}

static void run_builtin(struct invoke *v)
{
	v->builtin = calloc(1, sizeof *v->builtin);
	CHECK(v->builtin != NULL);
	*v->builtin = (struct builtin_run){ .m = v->m, .version = v->version, .request = v->request, .payload = v->payload,
					    .stream = pump_stream(v->m->pump), .done = on_builtin_done, .owner = v };
	start_running(v);
	builtin_run_start(v->builtin);
}

/* Both */

static void name_arn(struct invoke *v, struct str function_arn)
{
	if (str_is_set(v->arn))
		return;
	v->arn = v->qualifier.n == 0 ? function_arn :
		 str_of(arena_printf(&v->arena, "%.*s:%.*s", STR_ARG(function_arn), STR_ARG(v->qualifier)));
}

static bool is_loop(struct invoke *v, struct str function_arn)
{
	if (v->version->of->recursion_allowed || trace_hops(v->trace, function_arn) < INVOKE_HOPS_MAX)
		return false;
	meter_count(v->m->meter, v->version->of->name, METER_RECURSION);
	log_warn(0, "req=%.*s fn=%s recursion=stopped hops=%d", STR_ARG(v->request), v->version->of->name, INVOKE_HOPS_MAX);
	return true;
}

static void run(struct invoke *v)
{
	const struct settings *s = &v->m->settings;
	struct str arn = str_of(arena_printf(&v->arena, "arn:aws:lambda:%s:%s:function:%s", s->region, s->account, v->version->of->name));

	name_arn(v, arn);
	snprintf(v->executed_version, sizeof v->executed_version, "%s", v->version->version);
	if (is_loop(v, arn)) {
		end_later(v, INVOKE_LOOP);
		return;
	}
	trace_next(v->trace, arn, v->trace_out);
	if (v->version->recipe)
		run_custom(v);
	else
		run_builtin(v);
}

/* In: whoever enters here leaves in end(). */
static void enter(struct invoke *v)
{
	const struct catalog_version *version = v->version;

	v->throttle = invoke_enter(v->m, v->version, &v->provisioned);
	if (v->throttle == THROTTLE_NONE) {
		v->entered = true;
		run(v);
		return;
	}
	meter_count(v->m->meter, version->of->name, METER_THROTTLES);
	catalog_give(v->version);
	v->version = NULL;
	end_later(v, INVOKE_THROTTLED);
}

static void on_found(struct catalog_query *q)
{
	struct invoke *v = container_of(q, struct invoke, query);

	v->version = q->version;
	if (q->rc == E_NOT_FOUND) {
		end_later(v, INVOKE_NOT_FOUND);
	} else if (q->rc < 0) {
		fail(v, INVOKE_FAILED, q->rc, "The function could not be read");
	} else if (!v->version->ready) {
		catalog_give(v->version);
		v->version = NULL;
		fail(v, INVOKE_NOT_READY, 0, "The function's code could not be unpacked; the log tells why");
	} else {
		enter(v);
	}
}

static void clear_outputs(struct invoke *v)
{
	v->end = INVOKE_DONE;
	v->throttle = THROTTLE_NONE;
	v->rc = 0;
	v->why = NULL;
	v->function_error = false;
	v->answer = v->tail = (struct str){0};
	v->executed_version[0] = v->trace_out[0] = '\0';
	v->report = (struct custom_report){0};
	v->builtin = NULL;
	v->arena = (struct arena){0};
	v->answer_bytes = v->tail_bytes = (struct buf){0};
	v->entered = v->running = false;
}

void invoke_run(struct invoke *v)
{
	clear_outputs(v);
	if (v->m->pool_closing) {
		fail(v, INVOKE_FAILED, E_CLOSED, "minilab is stopping");
		return;
	}
	if (v->version) {
		run(v);
		return;
	}
	v->query = (struct catalog_query){ .name = v->function, .qualifier = v->qualifier, .done = on_found };
	if (catalog_find(v->m->catalog, &v->query) == 0)
		on_found(&v->query);
}

/* It runs to its end all the same. */
void invoke_cancel(struct invoke *v)
{
	if (v->running && !v->builtin)
		custom_cancel(&v->custom);
	v->piece = NULL;
	v->answered = NULL;
}

int invoke_queue(struct db *db, const struct async_put *a)
{
	struct job_row j = { .function = a->function, .due_ms = clock_wall_ms(), .request = a->request, .qualifier = a->qualifier,
			     .trace = a->trace, .payload = a->payload.n > 0 ? a->payload : STR("{}") };

	return a->payload.n > INVOKE_ASYNC_MAX ? E_TOO_LARGE : queue_put(db, &j);
}
