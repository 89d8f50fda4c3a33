/* cage.h - what a native environment may not do, and how that is enforced on this kernel.
 *
 * Steps of the full cage, in order (cage_enter.c has the table): clone3 into user, mount, pid, ipc, uts and net
 * namespaces (the net one is made once, by the zygote); pivot_root into an empty read-only tmpfs; rlimits; close_range; capabilities dropped;
 * no_new_privs; Landlock deny-all; seccomp allow-list with KILL_PROCESS. What the kernel does not offer
 * is left out, counted in the rung, and reported: never silently.
 *
 *   A  all of it, and a cgroup v2 of its own with memory.max, pids.max   B  no cgroup: rlimits instead
 *   C  no namespaces: Landlock + seccomp + rlimits    D  no Landlock: seccomp + rlimits    E  no seccomp: refuse
 *
 * A missing piece puts the cage on the rung that promises no more than what is left; pieces below it that do hold are
 * used all the same. For processes of one thread: the zygote settles and clones, its child enters.
 *
 * Nobody in a cage is root outside of it. A zygote of a daemon that is root gives that up, and makes cages as any user's
 * does. Where only root may make namespaces it stays, makes them without a user namespace, and its child becomes CAGE_UID_PLAIN
 * (CAGE_UID_CUSTOM, where it runs functions of users).
 */
#ifndef FUNCTIONS_CAGE_H
#define FUNCTIONS_CAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/str.h"

struct cage_limits {
	int64_t memory_bytes;		/* RLIMIT_AS is this and CAGE_AS_SLACK; cgroup memory.max where there is one */
	int64_t cpu_s;			/* RLIMIT_CPU per invocation is not to be had: this is per environment; 0: none */
	int64_t output_bytes;		/* RLIMIT_FSIZE, for the memfd of the answer */
	char cgroup[256];		/* directory made by the host; "" without */
};

#define CAGE_AS_SLACK (192LL << 20)	/* libraries and stacks that are mapped before any photo */
#define CAGE_FILES_MAX 8		/* 0-3, the photo, the answer, and two to spare: each could be a full memfd */
#define CAGE_THREADS_MAX 64
#define CAGE_UID 993			/* as on AWS, inside its user namespace */
#define CAGE_GID 990
#define CAGE_UID_PLAIN 65530		/* what root becomes. Neither Debian nor systemd give 65520 to 65533 to anybody;
					 * as 65534, nobody, there may be services, and they could trace it */
#define CAGE_UID_CUSTOM 65531		/* the same for users' own functions: the kernel counts much per user, descriptors on
					 * their way through sockets for one, and these must not use up what photos need */
#define CAGE_GID_PLAIN 65530		/* of both: the lists of cgroups are lent to it */

enum cage_rung { CAGE_A, CAGE_B, CAGE_C, CAGE_D, CAGE_E };

struct cage_features {
	bool userns, namespaces, pivot, landlock, seccomp, no_new_privs, cgroup;
	bool not_root;			/* outside. False: we are root and can become nobody else */
	int landlock_abi;
	enum cage_rung rung;
};

/* Once, before the others: builds the filter. */
int cage_prepare(void);

/* Once, in the zygote, before its first clone and for good: its network becomes one where there is nothing, root is given up
 * unless that costs a rung, and what then holds is found out. Parent-death signals are cleared by that. */
void cage_settle(struct cage_features *f);

/* The last part of it: tries the whole cage in children until one comes up, leaving out what fails. Root makes no user
 * namespaces. `cgroup` is for the host to tell. */
void cage_probe(struct cage_features *f);
enum cage_rung cage_rank(const struct cage_features *f);
const char *cage_rung_text(enum cage_rung r);	/* "A (full)" ... */

/* The features as a JSON object, and back: E_BAD_INPUT. */
void cage_describe(const struct cage_features *f, struct buf *to);
int cage_parse(struct str text, struct cage_features *f);

/* A process in the namespaces that hold, and in its cgroup if the kernel does that at birth (then l->cgroup is
 * emptied in it). `sibling`: a child of our parent, which gets no signal for it and waits with __WALL.
 * The pid, 0 in the new process, or a negated errno. *pidfd is owned by the caller. */
pid_t cage_clone(const struct cage_features *f, struct cage_limits *l, bool sibling, int *pidfd);

/* In the new process, before its first input byte. `sock` becomes fd 3 and is all that is left besides 0, 1, 2 (on
 * /dev/null). On failure returns a negated errno and the step's name in *step; fd 3 is the place to tell it. */
int cage_enter(const struct cage_features *f, const struct cage_limits *l, int sock, const char **step);

#endif
