#include "functions/custom/serve.h"

#include <stdio.h>

#include "base/check.h"
#include "base/clock.h"
#include "functions/custom/extension.h"
#include "functions/custom/report.h"

#define TAIL_ROOM 1000			/* of a function that prints nothing */

void serve_start_clock(struct custom_environment *e)
{
	int64_t timeout_ms = e->invocation->timeout_ms;

	e->began_us = clock_mono_us();
	e->until_us = e->began_us + timeout_ms * 1000;
	e->until_ms = clock_wall_ms() + timeout_ms;
}

static void hand_out(struct custom_environment *e)
{
	const struct custom_invocation *i = e->invocation;
	struct runtime_waiter *w = e->waiter;
	struct runtime_event ev = { .body = i->payload, .request = i->request, .arn = i->arn, .trace = i->trace,
				    .client_context = i->client_context, .deadline_ms = e->until_ms };

	e->waiter = NULL;
	e->runtime = RUNTIME_RUNNING;
	e->delivered = true;
	w->deliver(w, &ev);
}

void serve_deliver(struct custom_environment *e)
{
	if (e->waiter && (e->runtime == RUNTIME_RUNNING || !e->delivered))
		hand_out(e);
}

void serve_begin(struct custom_environment *e)
{
	e->life = LIFE_BUSY;
	e->invocations++;
	e->delivered = false;
	if (!e->inside)
		serve_start_clock(e);
	buf_reserve(&e->tail, TAIL_ROOM);
	report_start(e);
	e->started = true;
	life_arm_until(e, e->until_us);
	extension_invoke_all(e);
	serve_deliver(e);
}

bool serve_is_late(const struct custom_environment *e)
{
	return clock_mono_us() >= e->until_us;
}

void serve_timeout(struct custom_environment *e)
{
	fault_set(&e->fault, CUSTOM_TIMEOUT, STR("Sandbox.Timedout"), "Task timed out after %.2f seconds", (double)e->invocation->timeout_ms / 1000);
}

void serve_answered(struct custom_environment *e, enum custom_end end)
{
	struct custom_invocation *i = e->invocation;

	i->end = end;
	i->told = true;
	if (i->answered)
		i->answered(i);
}

static void fill_report(struct custom_environment *e, struct custom_invocation *i)
{
	struct custom_report *r = &i->report;
	const struct fault *f = &e->fault;
	int64_t limit_kb = e->recipe->memory_mb * 1024;

	if (e->began_us > 0)
		r->duration_us = f->end == CUSTOM_TIMEOUT && f->is ? i->timeout_ms * 1000 : clock_mono_us() - e->began_us;
	r->init_us = e->init_us;
	e->init_us = 0;
	r->provisioned = e->provisioned;
	if (e->sandbox && sandbox_memory_peak_kb(e->sandbox) > e->peak_kb)
		e->peak_kb = sandbox_memory_peak_kb(e->sandbox);
	if (f->is && f->end == CUSTOM_MEMORY)
		e->peak_kb = limit_kb;
	r->memory_peak_kb = e->peak_kb;
	if (f->is) {
		r->status = f->end == CUSTOM_TIMEOUT ? "timeout" : f->end == CUSTOM_CLOSED || str_starts(str_of(f->type), STR("Sandbox.")) ? "failure" : "error";
		snprintf(r->error_type, sizeof r->error_type, "%s", f->end == CUSTOM_MEMORY ? "Runtime.OutOfMemory" : f->type);
	} else if (i->end != CUSTOM_OK) {
		r->status = "error";
	}
}

struct custom_invocation *serve_finish(struct custom_environment *e)
{
	struct custom_invocation *i = e->invocation;

	if (e->lines)
		lines_drain(e->lines);
	if (e->frames)
		lines_drain(e->frames);
	extension_flush_all(e);
	if (!e->started)
		report_start(e);
	if (e->fault.is && !i->told) {
		buf_clear(&i->answer);
		i->end = e->fault.end;
		fault_write(&e->fault, i->request, &i->answer);
	}
	fill_report(e, i);
	if (e->fault.is)
		report_fault(e);
	report_end(e);
	snprintf(i->stream, sizeof i->stream, "%s", e->stream);
	if (e->tail.len > CUSTOM_TAIL) {
		memmove(e->tail.data, e->tail.data + e->tail.len - CUSTOM_TAIL, CUSTOM_TAIL);
		e->tail.len = CUSTOM_TAIL;
		e->tail.data[CUSTOM_TAIL] = '\0';
	}
	i->tail = e->tail;
	e->tail = (struct buf){0};
	e->invocation = NULL;
	e->started = false;
	e->began_us = 0;
	i->environment = NULL;
	return i;
}
