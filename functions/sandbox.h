/* sandbox.h - the daemon's end of one custom cage: namespaces, a file system that holds only the runtime and the code, a loopback of
 * its own on which the daemon listens, and a first process of ours that starts, stops, freezes and watches what runs inside.
 *
 *     STARTING --ready--> UP (processes run, or are frozen) --kill--> DYING --gone-->
 *
 * The cage is cloned by the zygote of minilab-sandbox (zygote.h, main program functions/sandbox/main.c), which is told the plan over the
 * socket, makes the mounts, brings its loopback up, makes the two listening sockets and hands them out, and then stays as process 1.
 * /tmp and everything else lives until the cage is killed; processes in it come and go. What the program is told and says: sandbox_wire.h.
 *
 * All on the loop thread. Owned by itself from sandbox_start until `gone` returns; the spec is copied, the plan's strings are lent
 * until `ready` or `gone`.
 */
#ifndef FUNCTIONS_SANDBOX_H
#define FUNCTIONS_SANDBOX_H

#include <uv.h>

#include "base/str.h"
#include "functions/cgroup.h"
#include "functions/recipe.h"
#include "functions/verdict.h"
#include "functions/zygote.h"

#define SANDBOX_PROCESSES_MAX 12	/* a runtime and ten extensions, and one that still dies */
#define SANDBOX_ARGUMENTS_MAX 32768	/* bytes of all arguments and variables of a process */

enum { SANDBOX_RUNTIME_API, SANDBOX_ENDPOINT, SANDBOX_LISTENERS };	/* ports on its loopback: 9001 and 9000 */
#define SANDBOX_RUNTIME_PORT 9001
#define SANDBOX_ENDPOINT_PORT 9000

struct sandbox_plan {
	struct str code;		/* -> /var/task, as in the recipe: below the zygote's code directory */
	const struct str *layers;	/* merged -> /opt */
	int layer_count;
	struct str runtime_dir;		/* our runtime clients -> /var/runtime */
	int64_t memory_mb;		/* all its processes and /tmp together; exceeded: it is killed, death.oom */
	int64_t tmp_mb;
	bool outbound;
};

struct sandbox_process {		/* to be started; lent until sandbox_exec returns */
	const char *path;		/* of the program inside; with kind NATIVE: of the shared object, "path:symbol" as the second argument */
	bool native;			/* not executed: process 1 forks, and the fork is the runtime client of shared objects */
	const char *const *argv, *const *envp;	/* NULL-terminated */
	const char *directory;
	int out, err, log;		/* descriptors: standard output and error; log: becomes descriptor 3 when >= 0. They stay the caller's */
};

struct sandbox;

/* How a process or the whole cage ended. */
struct sandbox_exit {
	int status;			/* of wait(2) */
	int error;			/* errno of an exec that failed; then it never ran */
	bool oom;			/* for exceeding memory_mb */
};

struct sandbox_spec {
	uv_loop_t *loop;
	struct zygote *zygote;
	struct cgroup *cgroup;		/* NULL without */
	struct sandbox_plan plan;
	void *owner;
	/* UP: the listening sockets, owned by the callee from here. */
	void (*ready)(void *owner, struct sandbox *s, int listeners[SANDBOX_LISTENERS]);
	void (*exited)(void *owner, struct sandbox *s, int process, const struct sandbox_exit *how);
	void (*frozen)(void *owner, struct sandbox *s);		/* after sandbox_freeze: nothing in it runs any more */
	/* `why`: "" after sandbox_kill; else what failed, for people. Freed when this returns. */
	void (*gone)(void *owner, struct sandbox *s, const struct sandbox_exit *how, const char *why);
};

int sandbox_start(struct sandbox **out, const struct sandbox_spec *spec);

/* Starts a process; its number, >= 0, or negative: E_TOO_LARGE, E_BUSY (SANDBOX_PROCESSES_MAX), E_CLOSED. `exited` tells its end. */
int sandbox_exec(struct sandbox *s, const struct sandbox_process *p);

void sandbox_signal(struct sandbox *s, int process, int number);	/* that one process */
void sandbox_reset(struct sandbox *s);		/* kills all but process 1: `exited` of each follows; the cage and /tmp stay */
void sandbox_freeze(struct sandbox *s);
void sandbox_thaw(struct sandbox *s);		/* at once; also takes back a freeze that is under way */
void sandbox_kill(struct sandbox *s);		/* `gone` follows */

/* Most that its processes have used at a time so far, by the last that process 1 told (every 100 ms while it is not frozen, and at
 * each freeze and exit), and its share of the processor. */
int64_t sandbox_memory_peak_kb(const struct sandbox *s);
pid_t sandbox_pid(const struct sandbox *s);	/* of process 1, outside */

#endif
