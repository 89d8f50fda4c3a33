/* sandbox_parts.h - a cage from the inside: sandbox.c starts it, speaks to it and ends it, sandbox_hear.c hears what its process 1 says. */
#ifndef FUNCTIONS_SANDBOX_PARTS_H
#define FUNCTIONS_SANDBOX_PARTS_H

#include "functions/sandbox.h"
#include "functions/sandbox_outbound.h"
#include "functions/sandbox_outbox.h"

enum sandbox_state { STARTING, UP, DYING };

struct sandbox {
	struct sandbox_spec spec;
	enum sandbox_state state;
	struct zygote_request request;
	int sock, pidfd, tries, open_handles;
	pid_t pid;
	bool exited;			/* process 1 has been reaped */
	struct outbox outbox;
	int listeners[SANDBOX_LISTENERS];	/* owned until ready; -1 */
	int processes[SANDBOX_PROCESSES_MAX];	/* numbers that run; -1: free */
	int next_process;
	int64_t freeze_id;		/* of the freeze under way; 0: none. Never used twice */
	int64_t last_freeze;
	int64_t peak_kb, looked_ms, oom_kills;
	struct death death;
	char why[SANDBOX_WHY_MAX];
	char cgroup[sizeof ((struct cage_limits *)0)->cgroup];
	uv_poll_t poll, exit;
	uv_timer_t timer;
	struct outbound outbound;
};

/* sandbox.c */
void sandbox_fail(struct sandbox *s, const char *why);	/* it ends; the first reason stays */
void sandbox_one_less(void *sandbox);			/* a handle is closed; with the last it is gone */
int sandbox_slot(const struct sandbox *s, int64_t process);	/* its place in `processes`, or -1 */

/* sandbox_hear.c */
void sandbox_hear(struct sandbox *s);			/* what there is on its socket, some at a time */
void sandbox_note_peak(struct sandbox *s, int64_t kb);
/* Since it was last asked: a kill by the kernel for want of memory, which looks like any other to process 1. */
bool sandbox_killed_for_memory(struct sandbox *s);

#endif
