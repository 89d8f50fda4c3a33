/* A new process in the namespaces that hold, by clone3, or by clone where a container's filter hides clone3.
 *
 * A raw clone skips what glibc's fork does, and one thing of that is needed: the thread's descriptor caches its
 * id, by which recursive locks know their owner. In a new pid namespace small ids come again, so the kernel is
 * asked to write the new id there (CLONE_CHILD_SETTID), as fork does. */
#include "functions/cage.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "functions/cage_parts.h"

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif
#ifndef PR_GET_TID_ADDRESS
#define PR_GET_TID_ADDRESS 40
#endif

struct arguments {		/* of clone3, as of Linux 5.7 */
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

static uint64_t namespace_flags(const struct cage_features *f)
{
	uint64_t flags = 0;

	if (f->userns)
		flags |= CLONE_NEWUSER;
	if (f->namespaces)
		flags |= CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
	if (f->namespaces && !cage_network_is_cut())
		flags |= CLONE_NEWNET;
	return flags;
}

static pid_t clone_old(const struct arguments *a, int *pidfd)
{
	unsigned long flags = a->flags | a->exit_signal;

#if defined(__x86_64__)
	return (pid_t)syscall(SYS_clone, flags, NULL, pidfd, a->child_tid, 0);
#else
	return (pid_t)syscall(SYS_clone, flags, NULL, pidfd, 0, a->child_tid);
#endif
}

static pid_t clone_new(struct arguments *a, int *pidfd)
{
	pid_t pid = (pid_t)syscall(SYS_clone3, a, sizeof *a);

	if (pid < 0 && errno == ENOSYS && !(a->flags & CLONE_INTO_CGROUP))
		pid = clone_old(a, pidfd);
	return pid;
}

static pid_t clone_into(struct arguments *a, struct cage_limits *l, int *pidfd)
{
	int fd = open(l->cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC);
	pid_t pid = -1;

	if (fd < 0)
		return -1;
	a->flags |= CLONE_INTO_CGROUP;
	a->cgroup = (uint64_t)fd;
	pid = clone_new(a, pidfd);
	if (pid == 0)
		l->cgroup[0] = '\0';
	close(fd);
	a->flags &= ~CLONE_INTO_CGROUP;
	return pid;
}

pid_t cage_clone(const struct cage_features *f, struct cage_limits *l, bool sibling, int *pidfd)
{
	uint64_t tid = 0;
	struct arguments a = {
		.flags = CLONE_PIDFD | namespace_flags(f) | (sibling ? CLONE_PARENT : 0),
		.pidfd = (uint64_t)(uintptr_t)pidfd,
		.exit_signal = sibling ? 0 : SIGCHLD,	/* CLONE_PARENT takes none */
	};
	pid_t pid = -1;

	*pidfd = -1;
	cage_note_ids();
	if (prctl(PR_GET_TID_ADDRESS, &tid, 0, 0, 0) == 0 && tid != 0) {
		a.flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
		a.child_tid = tid;
	}
	if (l->cgroup[0])
		pid = clone_into(&a, l, pidfd);
	if (pid < 0)
		pid = clone_new(&a, pidfd);
	return pid < 0 ? -errno : pid;
}
