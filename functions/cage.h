/* cage.h - what a native environment may not do, and how that is enforced on this kernel.
 *
 * Steps of the full cage, in order (notes/cage.md): clone3 into user, mount, pid, ipc, uts and net
 * namespaces; pivot_root into an empty read-only tmpfs; rlimits; close_range; capabilities dropped;
 * no_new_privs; Landlock deny-all; seccomp allow-list with KILL_PROCESS. What the kernel does not offer
 * is left out, counted in the rung, and reported: never silently.
 *
 *   A  all of it, and a cgroup v2 of its own with memory.max, pids.max   B  no cgroup: rlimits instead
 *   C  no namespaces: Landlock + seccomp + rlimits    D  no Landlock: seccomp + rlimits    E  no seccomp: refuse
 */
#ifndef FUNCTIONS_CAGE_H
#define FUNCTIONS_CAGE_H

#include <stdbool.h>
#include <stdint.h>

struct cage_limits {
	int64_t memory_bytes;		/* RLIMIT_AS is this and CAGE_AS_SLACK; cgroup memory.max where there is one */
	int64_t cpu_s;			/* RLIMIT_CPU per invocation is not to be had: this is per environment */
	int64_t output_bytes;		/* RLIMIT_FSIZE, for the memfd of the answer */
	char cgroup[256];		/* directory made by the host; "" without */
};

#define CAGE_AS_SLACK (192LL << 20)	/* libraries and stacks that are mapped before any photo */

enum cage_rung { CAGE_A, CAGE_B, CAGE_C, CAGE_D, CAGE_E };

struct cage_features {
	bool userns, namespaces, pivot, landlock, seccomp, no_new_privs, cgroup;
	int landlock_abi;
	enum cage_rung rung;
};

/* Tries each feature in a child. */
void cage_probe(struct cage_features *f);
const char *cage_rung_text(enum cage_rung r);	/* "A (full)" ... */

/* Namespace flags for clone3, given what holds. */
uint64_t cage_clone_flags(const struct cage_features *f);

/* Once in the zygote, before any fork: builds the filter. */
int cage_prepare(void);

/* In the new process, before its first input byte. `sock` becomes fd 3 and is all that is left besides
 * 0, 1, 2 (on /dev/null). On failure returns the step's name in *step. */
int cage_enter(const struct cage_features *f, const struct cage_limits *l, int sock, const char **step);

#endif
