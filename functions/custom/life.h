/* life.h - one environment: its cage, the processes in it, the invocation in hand. custom.h has the states from outside; inside they are
 *
 *     INIT --runtime and extensions wait for events--> IDLE, or at once BUSY
 *     BUSY --runtime and extensions wait again--> IDLE       a fault in any of these --> STOPPING
 *     STOPPING --all processes gone, twice round the loop--> INIT inside the invocation in hand, or BLANK, or the end
 *     BLANK --invocation--> INIT inside it
 *     IDLE --end, with extensions--> SHUTDOWN --they are gone, or time is up--> DYING --cage gone--> freed
 *
 * A generation is one set of processes, from INIT to STOPPING. What the cage and the Runtime API report are facts, noted in the struct;
 * life_advance alone decides what follows from them, and is called after each.
 *
 * What a process had sent may be read after its end is known. That is why two rounds of the loop pass before its end counts as a fault
 * (it may have answered), and before a new generation begins (a request of the old one must not pass for one of the new).
 *
 * Owned by itself, in the pool's list until it is freed. Loop thread.
 */
#ifndef CUSTOM_LIFE_H
#define CUSTOM_LIFE_H

#include "functions/custom/fault.h"
#include "functions/custom/lines.h"
#include "functions/runtime.h"

#define LIFE_QUIET_ROUNDS 2
#define LIFE_RUNTIME_END_MS 300		/* of CUSTOM_SHUTDOWN_MS: from SIGTERM to SIGKILL */
#define LIFE_INTERNAL_END_MS 500	/* with internal extensions only */
#define EXTENSION_NAME_MAX 255
#define EXTENSIONS_OFF "disable-extensions-jwigqn8j"	/* a file of that name in /opt */

enum life { LIFE_INIT, LIFE_IDLE, LIFE_BUSY, LIFE_STOPPING, LIFE_BLANK, LIFE_SHUTDOWN, LIFE_DYING };

/* States of the Runtime API (facts/04 section 1). ABSENT: its process is not started, or has ended. */
enum runtime_state { RUNTIME_ABSENT, RUNTIME_STARTED, RUNTIME_READY, RUNTIME_RUNNING, RUNTIME_RESPONDING, RUNTIME_SENT, RUNTIME_INIT_FAILED };

enum extension_state { EXTENSION_STARTED, EXTENSION_REGISTERED, EXTENSION_READY, EXTENSION_RUNNING, EXTENSION_FAILED };
enum extension_event { EXTENSION_NOTHING, EXTENSION_INVOKE, EXTENSION_SHUTDOWN };

struct extension {
	char name[EXTENSION_NAME_MAX + 1];
	enum extension_state state;
	bool external, invoke, shutdown;	/* the events it wants */
	int process;			/* external; -1 once it has ended */
	char identifier[37];
	enum extension_event due;	/* for its next event/next */
	struct runtime_waiter *waiter;
	struct lines *lines;		/* external; owned */
};

struct custom_environment {
	struct custom_pool *pool;
	struct custom_environment *prev, *next;	/* the pool's: used last first */
	struct recipe *recipe;		/* a reference */
	enum life life;
	bool provisioned;
	bool retired;			/* it ends when it has nothing in hand */
	char stream[128];
	struct arena memory;
	struct str layers[RECIPE_LAYERS_MAX];	/* on the host; until it is up */
	struct sandbox *sandbox;	/* NULL: gone */
	bool up;			/* it has told its listeners */
	bool frozen;			/* asked to be */
	struct lines *lines, *frames;	/* of the runtime; frames NULL: it has no use for them */
	uv_timer_t timer;
	int64_t due_us;			/* monotonic: what the timer is for */
	int64_t made_ms, idle_ms;	/* monotonic; since when */
	int64_t invocations;
	int64_t peak_kb;

	/* this generation; texts in `memory` */
	int64_t generation;
	enum runtime_state runtime;
	int process;			/* -1: none */
	bool leaving;			/* it has ended, as `how` says; what it had sent is still on its way to us */
	struct sandbox_exit how;
	struct bootstrap bootstrap;
	struct runtime_waiter *waiter;
	enum runtime_state asked_from;	/* of the last refusal */
	const char *asked_to;
	bool closed_registration;
	struct extension extensions[RUNTIME_EXTENSIONS_MAX];
	int extension_count;
	struct fault fault;
	int quiet;			/* rounds of the loop since its end */
	bool killed_runtime, was_reset;	/* of SHUTDOWN: its time was over; of STOPPING: all the rest was killed */
	const char *reason;		/* of a SHUTDOWN event: "spindown"... */
	int64_t shutdown_ms;		/* wall: its deadline */

	/* init */
	bool inside;			/* it is part of the invocation */
	int64_t init_began_us, init_us;	/* init_us: of the first, until it is reported; 0 else */

	/* invocation */
	struct custom_invocation *invocation;
	bool started, delivered;	/* START is logged; the runtime has got it */
	int64_t began_us, until_us;	/* monotonic; began_us 0: its clock does not run yet */
	int64_t until_ms;		/* wall */
	char type[RUNTIME_TEXT_MAX];	/* content type of its answer */
	struct buf tail;
};

/* Makes it, for an invocation or as a provisioned one. Never fails: what does is told to the invocation later. */
struct custom_environment *life_start(struct custom_pool *p, struct recipe *r, struct custom_invocation *i);

void life_invoke(struct custom_environment *e, struct custom_invocation *i);	/* IDLE, BLANK, or STOPPING and soon over */
void life_end(struct custom_environment *e);		/* in order: what is in hand comes to its end first */
void life_kill(struct custom_environment *e);		/* at once; an invocation in hand ends when the cage is gone */
void life_advance(struct custom_environment *e);
bool life_serves(const struct custom_environment *e, const struct recipe *r);
const char *life_text(const struct custom_environment *e);

/* A line for its log and the invocation's tail. life_line is one of a process (lines.h), which its level may leave out. */
void life_log(struct custom_environment *e, int64_t at_ms, struct str text);
void life_line(void *environment, int64_t at_ms, const char *level, struct str text);

void life_arm_until(struct custom_environment *e, int64_t us);	/* life_advance, or what is due in its state, at that time */
void life_thaw(struct custom_environment *e);

#endif
