#include "functions/custom/stop.h"

#include <signal.h>

#include "base/clock.h"
#include "functions/custom/extension.h"

static void forget_waiter(struct custom_environment *e)
{
	struct runtime_waiter *w = e->waiter;

	e->waiter = NULL;
	if (w)
		w->deliver(w, NULL);
}

static bool alive(const struct custom_environment *e)
{
	return e->process >= 0 || extension_any_alive(e);
}

static void arm(struct custom_environment *e, int64_t ms)
{
	life_arm_until(e, clock_mono_us() + ms * 1000);
}

static void reset(struct custom_environment *e)
{
	e->was_reset = true;
	sandbox_reset(e->sandbox);
	arm(e, alive(e) ? STOP_RESET_MS : 1);
}

void stop_all(struct custom_environment *e)
{
	if (e->life == LIFE_DYING)
		return;
	if (!e->up || !e->sandbox || (!e->invocation && (e->provisioned || e->retired))) {
		life_kill(e);
		return;
	}
	e->life = LIFE_STOPPING;
	e->reason = e->fault.end == CUSTOM_TIMEOUT ? "timeout" : "failure";
	e->generation++;
	e->runtime = RUNTIME_ABSENT;
	e->quiet = 0;
	e->was_reset = false;
	life_thaw(e);
	forget_waiter(e);
	if (!extension_any_to_tell(e)) {
		reset(e);
		return;
	}
	if (e->process >= 0)
		sandbox_signal(e->sandbox, e->process, SIGKILL);
	e->shutdown_ms = clock_wall_ms() + CUSTOM_SHUTDOWN_MS;
	arm(e, CUSTOM_SHUTDOWN_MS);
	extension_shutdown_all(e);
}

bool stop_is_under_way(const struct custom_environment *e)
{
	return e->life == LIFE_STOPPING && e->was_reset && !e->invocation && !e->retired && !e->provisioned;
}

void stop_on_due(struct custom_environment *e)
{
	if (!e->was_reset) {
		reset(e);
	} else if (alive(e)) {
		fault_clear(&e->fault);
		fault_set(&e->fault, CUSTOM_EXIT, STR("Sandbox.Failure"), "a process of the environment could not be ended");
		life_kill(e);
	} else {
		e->quiet++;
	}
}

bool stop_is_complete(struct custom_environment *e)
{
	if (e->life != LIFE_STOPPING)
		return false;
	if (!e->was_reset && !extension_any_to_tell(e))
		reset(e);
	if (!e->was_reset || alive(e))
		return false;
	if (e->quiet < LIFE_QUIET_ROUNDS) {
		arm(e, 1);
		return false;
	}
	return true;
}

void stop_forget(struct custom_environment *e)
{
	forget_waiter(e);
	extension_forget_all(e);
	fault_clear(&e->fault);
	arena_clear(&e->memory);
	e->bootstrap = (struct bootstrap){0};
	e->runtime = RUNTIME_ABSENT;
	e->process = -1;
	e->closed_registration = false;
	e->delivered = e->leaving = false;
}

void stop_shutdown(struct custom_environment *e)
{
	life_thaw(e);
	if (e->extension_count == 0 || !e->sandbox) {
		life_kill(e);
		return;
	}
	e->life = LIFE_SHUTDOWN;
	e->reason = "spindown";
	e->killed_runtime = false;
	e->shutdown_ms = clock_wall_ms() + CUSTOM_SHUTDOWN_MS;
	arm(e, extension_any_external(e) ? LIFE_RUNTIME_END_MS : LIFE_INTERNAL_END_MS);
	if (e->process >= 0)
		sandbox_signal(e->sandbox, e->process, SIGTERM);
	else
		stop_shutdown_step(e, false);
}

/* `due`: the runtime's time is over, or afterwards the extensions'. */
void stop_shutdown_step(struct custom_environment *e, bool due)
{
	if (!e->killed_runtime && (due || e->process < 0)) {
		e->killed_runtime = true;
		due = false;
		if (e->process >= 0)
			sandbox_signal(e->sandbox, e->process, SIGKILL);
		arm(e, e->shutdown_ms - clock_wall_ms());
		extension_shutdown_all(e);
	}
	if (e->killed_runtime && (due || !extension_any_to_tell(e)))
		life_kill(e);
}
