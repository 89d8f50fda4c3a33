/* sandbox.h - the daemon's end of one custom cage: namespaces, a file system that holds only the runtime and the code, a loopback of
 * its own on which the daemon listens, and a first process of ours that starts, stops, freezes and watches what runs inside.
 *
 *     STARTING --ready--> UP (processes run, or are frozen) --kill--> DYING --gone-->
 *
 * The cage is cloned by the zygote of minilab-sandbox (zygote.h, main program functions/sandbox/main.c), which is told the plan over the
 * socket, makes the mounts, brings its loopback up, makes the two listening sockets and hands them out, and then stays as process 1.
 * /tmp and everything else lives until the cage is killed; processes in it come and go. What the program is told and says, and the
 * numbers that both ends know: sandbox_wire.h.
 *
 * The zygote is started with what its cages may show (struct zygote_spec, arguments): "--code" and the code directory, which anybody may pass
 * (0755, whatever is above it), "--runtime" and the directory of our runtime clients, "--lang" and the directory of an interpreter that
 * does not live in /usr, at most two. Paths in a plan begin with these.
 *
 * What a cage is (functions/sandbox/): a read-only root of the host's /usr and a handful of files; /var/task, /opt, /var/runtime, a
 * /tmp of its size; user 993, no capabilities and none to be got; system calls that change mounts, namespaces or other processes refused;
 * 1024 descriptors and processes. The function has the user of process 1 and yet no way to signal, trace or read it. Memory is counted
 * per cage by process 1, and by the kernel where there are cgroups, which also share the processor in proportion to memory; without
 * them, memory that belongs to no process (memfd_create, System V) is refused.
 *
 * Nothing leaves the cage but by its loopback, unless the plan says `outbound`: then it is ready when it also has a way out, or fails
 * with a text that says why it has none. What it reaches and what not: sandbox_outbound.h.
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
#include "functions/sandbox_wire.h"
#include "functions/verdict.h"
#include "functions/zygote.h"

#define SANDBOX_LOOK_MS 20
#define SANDBOX_START_MS 10000		/* from the zygote's answer to UP */
#define SANDBOX_TRIES 3			/* at a zygote that dies meanwhile */
#define SANDBOX_WHY_MAX 256

struct sandbox_plan {
	struct str code;		/* -> /var/task, as in the recipe: below the zygote's code directory */
	const struct str *layers;	/* merged -> /opt */
	int layer_count;
	struct str runtime_dir;		/* our runtime clients -> /var/runtime: the zygote's runtime directory or one below it; "" for none */
	struct str lang_dir;		/* of an interpreter outside of /usr -> /var/lang, as the zygote was told; "" for none */
	int64_t memory_mb;		/* all its processes together; exceeded: they are killed, exit.oom */
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
	const char *program;		/* path of minilab-sandbox, borrowed; only for cages with a way out, as is the next */
	const char *outbound;		/* path of slirp4netns, borrowed; NULL or "": there is none */
	struct sandbox_plan plan;
	void *owner;
	/* UP: the listening sockets, owned by the callee from here. */
	void (*ready)(void *owner, struct sandbox *s, int listeners[SANDBOX_LISTENERS]);
	void (*exited)(void *owner, struct sandbox *s, int process, const struct sandbox_exit *how);
	void (*frozen)(void *owner, struct sandbox *s);		/* after sandbox_freeze: nothing in it runs any more */
	/* `why`: "" after sandbox_kill, and then nothing else is told before it; else what failed, for people. Its processes have ended
	 * with it: those not told of by `exited` are not told of any more. Freed when this returns. */
	void (*gone)(void *owner, struct sandbox *s, const struct sandbox_exit *how, const char *why);
};

/* Negative when not even a socket or a cgroup is to be had; else `ready` or `gone` comes, never from in here. */
int sandbox_start(struct sandbox **out, const struct sandbox_spec *spec);

/* Starts a process; its number, >= 0 and never used again in this cage, or negative: E_TOO_LARGE, E_BUSY (SANDBOX_PROCESSES_MAX),
 * E_CLOSED when it is not UP. `exited` tells its end. Not while frozen. */
int sandbox_exec(struct sandbox *s, const struct sandbox_process *p);

void sandbox_signal(struct sandbox *s, int process, int number);	/* that one process */
void sandbox_reset(struct sandbox *s);		/* kills all but process 1: `exited` of each follows; the cage and /tmp stay */
void sandbox_freeze(struct sandbox *s);
void sandbox_thaw(struct sandbox *s);		/* at once; also takes back a freeze that is under way */
void sandbox_kill(struct sandbox *s);		/* `gone` follows */

/* Most that its processes have used at a time so far: the last that process 1 told (every 100 ms while it is not frozen, and at each
 * freeze and exit), and what the kernel tells of the processes that it started; that is looked up SANDBOX_LOOK_MS apart at the least.
 * At most the limit. */
int64_t sandbox_memory_peak_kb(struct sandbox *s);
pid_t sandbox_pid(const struct sandbox *s);	/* of process 1, outside */

#endif
