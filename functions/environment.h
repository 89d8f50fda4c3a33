/* environment.h - the life of one execution environment, from the socketpair to the reaped process.
 *
 *     SPAWNING -> INIT -> IDLE <-> BUSY -> DYING -> gone
 *
 * The callbacks of its handles (socket, pidfd, timer) record facts; only the end of the process finishes an invocation
 * that got no answer, so the verdict always knows how it died. Whatever is wrong is a fault: the first one is
 * kept, the process is killed, and `gone` follows.
 *
 * An invocation ends by time on the clock (timeout_ms) or on the processor (cpu_ms). The kernel counts the latter for the process,
 * so it is looked at when it can have been reached at the earliest, with a thread on every core: a few times, not often.
 * The kernel's own limit (RLIMIT_CPU) cannot be set anew for each invocation; it is for all of them together, in case that
 * the daemon is stopped.
 *
 * Owned by itself; the pool holds a pointer until `gone` returns. All on the loop thread.
 */
#ifndef FUNCTIONS_ENVIRONMENT_H
#define FUNCTIONS_ENVIRONMENT_H

#include <time.h>

#include "functions/cgroup.h"
#include "functions/pool.h"
#include "functions/verdict.h"
#include "functions/zygote.h"

#define ENVIRONMENT_INIT_MS 10000	/* as on AWS */
#define ENVIRONMENT_TRIES 3		/* at a zygote that dies meanwhile */
#define ENVIRONMENT_CPU_LOOK_MS 10	/* processor time is not looked at more often */

enum environment_state { ENVIRONMENT_SPAWNING, ENVIRONMENT_INIT, ENVIRONMENT_IDLE, ENVIRONMENT_BUSY, ENVIRONMENT_DYING };

/* What an environment was made for; it serves invocations with the same function, generation and program. */
struct environment_kind {
	struct str function;		/* copied by environment_start */
	int64_t generation;
	enum program program;
	int64_t memory_mb, timeout_ms, cpu_ms;
};

struct environment_spec {
	uv_loop_t *loop;
	struct zygote *zygote;
	struct cgroup *cgroup;		/* NULL without */
	struct environment_kind kind;
	int64_t idle_ms;
	int uses_max;
	void (*ready)(struct environment *e);				/* it is IDLE, for the first time */
	void (*settled)(struct environment *e, struct invocation *i);	/* results are filled in; IDLE or DYING */
	void (*gone)(struct environment *e);				/* freed when this returns */
	void *owner;
};

struct environment {
	struct environment_spec spec;
	enum environment_state state;
	struct environment *next;	/* the pool's list */
	bool promised;			/* the pool's: somebody waits for it */
	/* facts; for the pool to read */
	bool was_ready;
	bool worn;			/* it ends because of the work it did: uses, damage, a fault */
	int64_t began_us;		/* the last invocation; 0: none yet */
	enum reason fault;		/* REASON_NONE: none, or retired */
	int fault_rc;
	char fault_message[VERDICT_MAX];
	/* its own */
	struct zygote_request request;
	int sock, pidfd, tries, uses, open_handles;
	pid_t pid;
	bool told_refused, exited;
	int64_t asked_us, init_us;
	clockid_t cpu_clock;
	int64_t cpu_began_us;		/* processor time before the invocation */
	struct death death;
	struct invocation *invocation;
	uv_poll_t poll, exit;
	uv_timer_t timer;
	char cgroup[sizeof ((struct cage_limits *)0)->cgroup];
};

/* Negative when not even a socket is to be had; else `ready` or `gone` comes. */
int environment_start(struct environment **out, const struct environment_spec *spec);

/* To an IDLE one. When it fails nothing has happened to `i`: E_TOO_LARGE, event and variables fill more than a
 * message; E_CLOSED, it had died unnoticed and `gone` follows. */
int environment_invoke(struct environment *e, struct invocation *i);

/* Kills it: with a fault, an invocation in hand ends so. */
void environment_fault(struct environment *e, int rc, enum reason r, const char *message);
void environment_retire(struct environment *e);

#endif
