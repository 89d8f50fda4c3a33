/* custom.h - execution environments of custom functions: made, initialised, reused, frozen, reset, ended.
 *
 *     SPAWNING -> INIT -> IDLE (frozen) <-> BUSY -> (fault) RESET -> INIT inside the next invocation ...
 *                                IDLE --idle_ms, newer recipe, provisioned no more, room needed--> SHUTDOWN -> gone
 *
 * facts/04 has the life cycle. Init has INIT_MS on its own; when it fails or takes longer, it is done once more inside the first invocation, with
 * the function's timeout as its limit ("suppressed init"); what that one says is what the caller gets. After a timeout, an exit or
 * memory exceeded, all processes are killed and the environment is RESET: /tmp stays, and its next invocation begins with an
 * init. An environment serves one invocation at a time. Idle ones are frozen; of several that fit, the one used last is
 * taken.
 *
 * The sandbox (sandbox.h) is the cage, runtime.h what the processes in it say by HTTP. The pool knows no concurrency limits of
 * functions: who calls custom_invoke has made sure (pipeline/concurrency.h). environments_max is the house's: past it an
 * idle environment of another function makes room, and without one the invocation ends at once as CUSTOM_CROWDED.
 *
 * All on the loop thread. An invocation is the caller's and belongs to the pool from custom_invoke until `done` returns; that is called
 * exactly once and never from inside custom_invoke, and may invoke others.
 */
#ifndef FUNCTIONS_CUSTOM_H
#define FUNCTIONS_CUSTOM_H

#include <uv.h>

#include "base/buf.h"
#include "functions/cage.h"
#include "functions/recipe.h"

#define CUSTOM_PAYLOAD_MAX (6 << 20)		/* of a synchronous request */
#define CUSTOM_ANSWER_MAX 6291556		/* 6 MiB and 100, as AWS enforces it */
#define CUSTOM_STREAM_MAX (200LL << 20)
#define CUSTOM_INIT_MS 10000
#define CUSTOM_PROVISIONED_INIT_MS 130000
#define CUSTOM_TAIL 4096			/* of X-Amz-Log-Result */
#define CUSTOM_LINE_MAX (256 << 10)		/* longer output is cut into lines of this */
#define CUSTOM_SHUTDOWN_MS 2000			/* with external extensions; 500 with internal ones only; else none */
#define CUSTOM_FREEZE_AFTER_MS 1		/* an environment that is needed again at once is not frozen in between */

struct custom_pool;
struct custom_environment;

/* How an invocation ended. The last two: it never began, and may be tried again. */
enum custom_end { CUSTOM_OK, CUSTOM_ERROR, CUSTOM_TIMEOUT, CUSTOM_EXIT, CUSTOM_MEMORY, CUSTOM_INIT_ERROR, CUSTOM_TOO_LARGE,
	CUSTOM_BAD_MODE, CUSTOM_CROWDED, CUSTOM_CLOSED };

struct custom_report {
	int64_t duration_us, init_us;	/* init_us 0: warm, or init was part of the duration */
	int64_t memory_peak_kb;
	bool provisioned;
	const char *status;		/* NULL for success; "timeout", "error", "failure" */
	char error_type[64];		/* "" */
};

struct custom_invocation {
	/* in; texts lent until done */
	struct recipe *recipe;		/* referenced by the pool meanwhile */
	struct str request, payload;	/* id; payload as sent, "{}" for none */
	struct str arn;			/* as invoked, with its qualifier */
	struct str trace;		/* X-Amzn-Trace-Id: "Root=...;Parent=...;Sampled=0;Lineage=..." */
	struct str client_context;	/* JSON text, or absent */
	int64_t timeout_ms;		/* of the recipe, or less */
	/* The answer in pieces as they come, when it is set (as one, from a runtime that does not stream); then `answer` stays empty.
	 * `done` with CUSTOM_ERROR and an answer after pieces is an error in the middle of a stream. `type`: content type of the response, given
	 * at the first piece; absent later. No piece is empty. */
	void (*piece)(struct custom_invocation *i, struct str type, const uint8_t *p, size_t n);
	void (*answered)(struct custom_invocation *i);	/* end, answer are there; the runtime has not come back yet. May be NULL */
	void (*done)(struct custom_invocation *i);
	/* out */
	enum custom_end end;
	struct buf answer;		/* payload, or the error's JSON; the callee's to keep by emptying it, else freed after done */
	struct custom_report report;
	char stream[128];		/* log stream of the environment */
	struct buf tail;		/* last CUSTOM_TAIL bytes of its log; freed after done */
	/* the pool's */
	struct custom_environment *environment;
	struct custom_invocation *next;
	bool told;			/* answered was called */
};

struct custom_spec {
	uv_loop_t *loop;
	const char *program;		/* path of minilab-sandbox; borrowed */
	const char *code_dir;		/* where unpacked packages are */
	const char *runtime_dir;	/* our runtime clients: contains nodejs/ and python/ */
	const char *node, *python;	/* interpreters found, "" for none. One outside of /usr brings its folder: DIR/bin/node brings DIR */
	const char *outbound;		/* path of slirp4netns, "" where it was not found; NULL: no recipe asks for a way out. Borrowed */
	int environments_max;
	int64_t idle_ms;
	void *owner;
	/* A line of a function's log, with its newline or not; stream as in the invocation. What its levels leave out does not come. */
	void (*log)(void *owner, const struct recipe *r, const char *stream, int64_t at_ms, struct str text);
	/* The listening sockets of a new environment, owned by the callee; `detach` when it goes: no call about it after. */
	void (*attach)(void *owner, struct custom_environment *e, int runtime, int endpoint);
	void (*detach)(void *owner, struct custom_environment *e);
};

/* Waits for the zygote, so not while the loop serves anybody. Negative, and logged why: the program is not there, or this host gives it no cage
 * of namespaces (anything below rung B, cage.h). */
int custom_open(struct custom_pool **out, const struct custom_spec *spec);
void custom_invoke(struct custom_pool *p, struct custom_invocation *i);
void custom_cancel(struct custom_invocation *i);	/* its caller is gone: only `done` comes, when it has run to its end all the same */

/* Keeps `count` environments of it initialised; 0 ends that. `ready`: of these, those that are; `failed`: the last init of one did. */
void custom_provision(struct custom_pool *p, struct recipe *r, int count);
void custom_provisioned(struct custom_pool *p, const struct recipe *r, int *ready, bool *failed);

/* Environments of that function end, at once when idle, else after their invocation: with `except` those of the same version (the others never
 * change) that have another key; with NULL all, and what was to be provisioned of it is forgotten. */
void custom_retire(struct custom_pool *p, int64_t function, const struct recipe *except);

/* As pool_close. Idle environments end in order, so that their extensions hear of it; whatever runs ends as CUSTOM_CLOSED. */
void custom_close(struct custom_pool *p, void (*closed)(void *owner), void *owner);
void custom_hurry(struct custom_pool *p);	/* closing: those that still end are waited for no more */

/* For health and the console. */
struct custom_health {
	struct cage_features cage;
	const char *state;		/* of the zygote */
	int idle, busy, starting;
	int64_t spawned, crashed, timed_out;
	bool outbound;			/* can be given here: a cage that was made for nothing else has had it */
};
void custom_get_health(struct custom_pool *p, struct custom_health *h);
bool custom_has_way_out(const struct custom_pool *p);	/* `outbound` of it, without counting anything */

struct custom_view {			/* one environment, as shown */
	const struct recipe *recipe;
	const char *state, *stream;
	int64_t age_ms, idle_ms, memory_peak_kb, invocations;
	bool provisioned;
};
void custom_each(struct custom_pool *p, void (*each)(void *owner, const struct custom_view *v), void *owner);

const struct recipe *custom_recipe(const struct custom_environment *e);

#endif
