#include "functions/custom/life.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "functions/custom/custom_pool.h"
#include "functions/custom/extension.h"
#include "functions/custom/report.h"
#include "functions/custom/serve.h"
#include "functions/custom/start.h"
#include "functions/custom/stop.h"

static void on_timer(uv_timer_t *t);

/* libuv's timers count whole milliseconds from the beginning of this round of the loop: they may come early, never by more. */
void life_arm_until(struct custom_environment *e, int64_t us)
{
	int64_t left_us = us - clock_mono_us();

	e->due_us = us;
	uv_timer_start(&e->timer, on_timer, left_us > 0 ? (uint64_t)(left_us + 999) / 1000 : 0, 0);
}

void life_thaw(struct custom_environment *e)
{
	if (e->frozen && e->sandbox)
		sandbox_thaw(e->sandbox);
	e->frozen = false;
}

bool life_serves(const struct custom_environment *e, const struct recipe *r)
{
	return !e->retired && (e->recipe == r || str_eq(e->recipe->key, r->key));
}

const char *life_text(const struct custom_environment *e)
{
	static const char *const texts[] = { "init", "idle", "busy", "stopping", "reset", "shutdown", "dying" };

	return e->life == LIFE_IDLE && e->frozen ? "frozen" : texts[e->life];
}

static int64_t init_limit_us(const struct custom_environment *e)
{
	int64_t ms = CUSTOM_INIT_MS;

	if (e->inside)
		return e->until_us;
	if (e->provisioned)
		ms = e->recipe->timeout_ms > CUSTOM_PROVISIONED_INIT_MS ? e->recipe->timeout_ms : CUSTOM_PROVISIONED_INIT_MS;
	return e->init_began_us + ms * 1000;
}

static void start_processes(struct custom_environment *e)
{
	extension_start_all(e);
	if (!e->fault.is && e->extension_count == 0)
		start_runtime(e);
}

/* A new generation. What fails here is told from the loop: this may be inside of custom_invoke. */
static void begin(struct custom_environment *e)
{
	e->life = LIFE_INIT;
	e->init_began_us = clock_mono_us();
	if (e->inside)
		serve_start_clock(e);
	report_init_start(e);
	if (e->up)
		start_processes(e);
	life_arm_until(e, e->fault.is ? 0 : init_limit_us(e));
}

static void become_idle(struct custom_environment *e)
{
	e->life = LIFE_IDLE;
	e->idle_ms = clock_mono_ms();
	life_arm_until(e, clock_mono_us() + CUSTOM_FREEZE_AFTER_MS * 1000);
	custom_became_idle(e);
}

/* As the last thing: the caller may use the environment again from in here. */
static void finish(struct custom_environment *e)
{
	struct custom_invocation *i = serve_finish(e);
	bool retired = e->retired;

	if (e->leaving)
		fault_of_runtime(&e->fault, &e->how, &e->bootstrap);	/* it has answered, and asked for the next, and ended */
	if (e->fault.is)
		stop_all(e);
	else
		become_idle(e);
	if (retired)
		life_end(e);
	custom_settled(e->pool, i);
}

static void init_failed(struct custom_environment *e)
{
	bool cage = e->up && e->sandbox;

	if (e->lines)
		lines_drain(e->lines);
	if (e->frames)
		lines_drain(e->frames);
	extension_flush_all(e);
	report_init_end(e, clock_mono_us() - e->init_began_us);
	if (e->invocation && (e->inside || !cage)) {
		finish(e);
		return;
	}
	if (!e->invocation)
		custom_init_failed(e);
	stop_all(e);
}

static void init_done(struct custom_environment *e)
{
	int64_t us = clock_mono_us() - e->init_began_us;

	report_init_end(e, us);
	if (!e->inside)
		e->init_us = us > 0 ? us : 1;
	if (e->invocation)
		serve_begin(e);
	else
		become_idle(e);
}

static void on_working_due(struct custom_environment *e);

/* Whoever comes late is late, though the loop has not looked at the clock yet. */
static void advance_init(struct custom_environment *e)
{
	if (!e->leaving && clock_mono_us() >= e->due_us)
		on_working_due(e);
	if (e->fault.is) {
		init_failed(e);
		return;
	}
	if (e->runtime == RUNTIME_ABSENT && extension_all_registered(e)) {
		start_runtime(e);
		if (e->fault.is)
			init_failed(e);
		return;
	}
	if (!e->leaving && e->runtime == RUNTIME_READY && extension_all_ready(e))
		init_done(e);
}

static void advance_busy(struct custom_environment *e)
{
	if (e->fault.is)
		finish(e);
	else if (!e->delivered)
		serve_deliver(e);
	else if (e->runtime == RUNTIME_READY && extension_all_ready(e))
		finish(e);
}

/* All processes of a generation are gone. */
static void advance_stopping(struct custom_environment *e)
{
	if (!stop_is_complete(e))
		return;
	stop_forget(e);
	if (e->invocation) {
		e->inside = true;
		begin(e);
	} else if (e->retired || e->provisioned) {
		life_kill(e);
	} else {
		e->life = LIFE_BLANK;
		e->idle_ms = clock_mono_ms();
		life_arm_until(e, clock_mono_us() + e->pool->spec.idle_ms * 1000);
	}
}

void life_advance(struct custom_environment *e)
{
	switch (e->life) {
	case LIFE_INIT:
		advance_init(e);
		break;
	case LIFE_IDLE:
		if (e->fault.is)
			stop_all(e);
		break;
	case LIFE_BUSY:
		advance_busy(e);
		break;
	case LIFE_STOPPING:
		advance_stopping(e);
		break;
	case LIFE_SHUTDOWN:
		stop_shutdown_step(e, false);
		break;
	case LIFE_BLANK:
	case LIFE_DYING:
		break;
	}
}

static void on_idle_due(struct custom_environment *e)
{
	if (!e->frozen) {
		e->frozen = true;
		sandbox_freeze(e->sandbox);
		if (!e->provisioned)
			life_arm_until(e, (e->idle_ms + e->pool->spec.idle_ms) * 1000);
	} else {
		life_end(e);
	}
}

static void on_leaving_due(struct custom_environment *e)
{
	if (++e->quiet < LIFE_QUIET_ROUNDS)
		life_arm_until(e, clock_mono_us() + 1000);
	else
		fault_of_runtime(&e->fault, &e->how, &e->bootstrap);
}

static void on_working_due(struct custom_environment *e)
{
	if (e->leaving)
		on_leaving_due(e);
	else if (e->life == LIFE_BUSY || e->inside)
		serve_timeout(e);
	else
		fault_set(&e->fault, CUSTOM_TIMEOUT, STR("Sandbox.Timedout"), "Init timed out");
}

static void on_due(struct custom_environment *e)
{
	switch (e->life) {
	case LIFE_INIT:
	case LIFE_BUSY:
		on_working_due(e);
		break;
	case LIFE_IDLE:
		if (!e->fault.is) {
			on_idle_due(e);
			return;
		}
		break;
	case LIFE_STOPPING:
		stop_on_due(e);
		break;
	case LIFE_SHUTDOWN:
		stop_shutdown_step(e, true);
		return;
	case LIFE_BLANK:
		life_kill(e);
		return;
	case LIFE_DYING:
		return;
	}
	life_advance(e);
}

static void on_timer(uv_timer_t *t)
{
	struct custom_environment *e = t->data;

	if (clock_mono_us() < e->due_us)
		life_arm_until(e, e->due_us);
	else
		on_due(e);
}

static void on_ready(void *owner, struct sandbox *s, int listeners[SANDBOX_LISTENERS])
{
	struct custom_environment *e = owner;
	const struct custom_spec *spec = &e->pool->spec;

	(void)s;
	e->up = true;
	spec->attach(spec->owner, e, listeners[SANDBOX_RUNTIME_API], listeners[SANDBOX_ENDPOINT]);
	start_processes(e);
	life_advance(e);
}

static void note_exit(struct custom_environment *e, const struct sandbox_exit *how)
{
	if (e->life == LIFE_IDLE) {
		fault_of_runtime(&e->fault, how, &e->bootstrap);
	} else if (e->life == LIFE_INIT || e->life == LIFE_BUSY) {
		e->how = *how;
		e->leaving = true;
		e->quiet = 0;
		life_arm_until(e, clock_mono_us() + 1000);
	}
}

static void on_exited(void *owner, struct sandbox *s, int process, const struct sandbox_exit *how)
{
	struct custom_environment *e = owner;

	(void)s;
	if (process == e->process) {
		e->process = -1;
		lines_flush(e->lines);
		if (e->frames)
			lines_flush(e->frames);
		note_exit(e, how);
	} else if (!extension_exited(e, process, how)) {
		return;
	}
	life_advance(e);
}

static void on_frozen(void *owner, struct sandbox *s)
{
	(void)owner;
	(void)s;
}

static void on_handle_closed(uv_handle_t *h)
{
	struct custom_environment *e = h->data;

	custom_gone(e);
	fault_clear(&e->fault);
	buf_clear(&e->tail);
	arena_clear(&e->memory);
	recipe_unref(e->recipe);
	free(e);
}

/* There is no cage any more, or never was. */
static void leave(struct custom_environment *e)
{
	const struct custom_spec *spec = &e->pool->spec;

	e->life = LIFE_DYING;
	stop_forget(e);
	if (e->up)
		spec->detach(spec->owner, e);
	lines_close(e->lines);
	lines_close(e->frames);
	uv_close((uv_handle_t *)&e->timer, on_handle_closed);
}

/* What is in hand ends with it. */
static void leave_with_invocation(struct custom_environment *e)
{
	struct custom_invocation *i = e->invocation ? serve_finish(e) : NULL;

	leave(e);
	if (i)
		custom_settled(e->pool, i);
}

static void on_gone(void *owner, struct sandbox *s, const struct sandbox_exit *how, const char *why)
{
	struct custom_environment *e = owner;

	e->peak_kb = sandbox_memory_peak_kb(s) > e->peak_kb ? sandbox_memory_peak_kb(s) : e->peak_kb;
	e->sandbox = NULL;
	if (e->life != LIFE_DYING && !e->up)
		log_warn(E_CRASHED, "function=%s environment not started: %s", log_quote(e->recipe->name), log_quote(str_of(why)));
	if (e->life == LIFE_STOPPING)
		fault_clear(&e->fault);		/* of those that are gone, not of the invocation that waits for others */
	if (e->life == LIFE_DYING)
		fault_set(&e->fault, CUSTOM_CLOSED, STR("Sandbox.Failure"), "the environment was ended");
	else if (how && how->oom)
		fault_of_runtime(&e->fault, how, &e->bootstrap);
	else
		fault_set(&e->fault, CUSTOM_EXIT, STR("Sandbox.Failure"), "%s", why && why[0] ? why : "the execution environment ended");
	if (e->life == LIFE_INIT && !e->invocation)
		custom_init_failed(e);
	leave_with_invocation(e);
}

void life_kill(struct custom_environment *e)
{
	if (e->life == LIFE_DYING)
		return;
	e->life = LIFE_DYING;
	uv_timer_stop(&e->timer);
	if (e->sandbox) {
		sandbox_kill(e->sandbox);
		return;
	}
	if (e->invocation)
		fault_set(&e->fault, CUSTOM_CLOSED, STR("Sandbox.Failure"), "the environment was ended");
	leave_with_invocation(e);
}

void life_end(struct custom_environment *e)
{
	e->retired = true;
	if (e->life == LIFE_IDLE)
		stop_shutdown(e);
	else if (e->life < LIFE_SHUTDOWN && !e->invocation)
		life_kill(e);
}

void life_invoke(struct custom_environment *e, struct custom_invocation *i)
{
	CHECK((e->life == LIFE_IDLE || e->life == LIFE_BLANK || e->life == LIFE_STOPPING) && !e->invocation);
	e->invocation = i;
	i->environment = e;
	life_thaw(e);
	e->inside = e->life != LIFE_IDLE;
	if (e->life == LIFE_BLANK)
		begin(e);
	else if (e->life == LIFE_IDLE)
		serve_begin(e);
}

struct custom_environment *life_start(struct custom_pool *p, struct recipe *r, struct custom_invocation *i)
{
	const struct sandbox_spec callbacks = { .ready = on_ready, .exited = on_exited, .frozen = on_frozen, .gone = on_gone };
	struct custom_environment *e = calloc(1, sizeof *e);

	CHECK(e != NULL);
	e->pool = p;
	e->recipe = recipe_ref(r);
	e->process = -1;
	e->generation = 1;
	e->provisioned = i == NULL;
	e->invocation = i;
	e->made_ms = e->idle_ms = clock_mono_ms();
	start_name(e);
	uv_timer_init(p->spec.loop, &e->timer);
	e->timer.data = e;
	if (i)
		i->environment = e;
	custom_add(p, e);
	start_cage(e, &callbacks);
	begin(e);
	return e;
}
