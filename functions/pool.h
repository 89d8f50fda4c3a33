/* pool.h - execution environments of the native kind: made, reused, killed.
 *
 * The zygote of minilab-runner is started by pool_open, that of minilab-runner-general when first needed (programs.h);
 * environments are forks of them, in the cage (cage.h). Each (environment.h) serves one invocation at a time and is
 * reused; it is killed after a timeout, any fault, damage in a photo, `uses_max` invocations, or `idle_ms` without work. A
 * zygote is started anew when it dies. Where there is room, one ready environment more than is busy is kept for the function
 * that ran last, so that the next invocation beside it starts warm.
 *
 * An invocation begins in minilab-runner. When that says REASON_ELSEWHERE, from the first bytes of the photo, the same
 * invocation goes on in minilab-runner-general, before all that wait: it has waited. Its time limits begin anew, its
 * durations add up, and it is still one invocation for the caller.
 *
 * With `isolate` every environment serves one invocation and is killed, whatever came of it. So that this costs the next
 * one little, one more environment than may be busy is made ready in advance.
 *
 * All on the loop thread. Ownership: an invocation is the caller's and belongs to the pool from pool_invoke to `done`, which
 * is called exactly once, never from inside pool_invoke, and must neither free it nor invoke it again. Results are
 * checked before `done`: the output descriptor is a memfd with all seals, of the announced size; `answer` is valid JSON of
 * a bounded size.
 */
#ifndef FUNCTIONS_POOL_H
#define FUNCTIONS_POOL_H

#include <uv.h>

#include "base/buf.h"
#include "base/str.h"
#include "functions/cage.h"
#include "functions/programs.h"
#include "functions/reason.h"

#define INVOKE_INPUT_MAX (1LL << 30)
#define INVOKE_OUTPUT_MAX (64LL << 20)

struct pool;

struct pool_spec {
	uv_loop_t *loop;
	const char *runner_path;	/* borrowed */
	const char *general_path;	/* borrowed; NULL: REASON_ELSEWHERE becomes REASON_UNSUPPORTED */
	int environments_max;		/* busy at a time, over all functions and both programs */
	int64_t idle_ms;
	int uses_max;
	bool isolate;			/* no environment sees two photos; uses_max does not count then */
	bool require_cage;		/* anything below rung B: pool_open fails. Below D it always does */
	bool probes;			/* tests: the runner obeys {"probe": NAME} events */
};

/* Waits for the zygote, so not while the loop serves anybody. Logs what it cannot say in a number. */
int pool_open(struct pool **out, const struct pool_spec *spec);

/* Kills what runs (their done comes with E_CLOSED first), then closes its handles and calls `closed`. Neither from
 * inside pool_close. No pool_invoke after it. */
void pool_close(struct pool *p, void (*closed)(void *owner), void *owner);

struct invocation {
	/* in; texts lent until done */
	const char *function;		/* environments are not shared between functions */
	int64_t generation;		/* of the configuration: older environments are not reused */
	int64_t memory_mb, timeout_ms;
	int64_t cpu_ms;			/* processor time, of all its threads; 0: no limit of its own */
	struct str request, event, env;	/* id; JSON; JSON object of variables */
	int input;			/* descriptor, owned by the pool from here; -1: none */
	int64_t input_length;
	void (*begun)(struct invocation *i);	/* an environment takes it: it waits no more. May be NULL */
	void (*done)(struct invocation *i);
	/* out */
	int rc;				/* 0; E_BAD_INPUT: the function's own error; E_CRASHED, E_TIMEOUT (of either kind): its end;
					 * E_TOO_LARGE: input, event or variables; E_CLOSED: by pool_close, so no fault of it */
	enum reason reason;		/* REASON_NONE when and only when rc is 0 */
	char message[512];		/* for people, with the exit status or signal or errorMessage */
	struct buf answer;		/* JSON of WIRE_RESULT; lent until done returns */
	int output;			/* -1 or a memfd; owned by the pool, closed after done returns: set to -1 to keep it */
	int64_t output_length;
	bool degraded;			/* the answer says that the photo was damaged */
	enum program program;		/* that it ended in */
	int64_t duration_us, init_us;	/* init_us 0: it found an environment ready */
	int64_t memory_peak_kb;		/* of the environment so far */
	/* the pool's */
	struct environment *environment;
	struct invocation *next;
};

/* At most environments_max run; more wait in order. */
void pool_invoke(struct pool *p, struct invocation *i);

struct pool_health {
	struct cage_features cage;	/* the weakest */
	int idle, busy, waiting;
	int64_t spawned, crashed, timed_out;	/* environments */
	struct program_health {
		const char *state;	/* of programs_state */
		int idle, busy;
		int64_t spawned;
	} programs[PROGRAMS];
};
void pool_get_health(struct pool *p, struct pool_health *h);

#endif
