#include "functions/sandbox/filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "functions/cage_parts.h"

#define COUNT(table) (sizeof table / sizeof table[0])
#define IOPRIO_USER 3		/* IOPRIO_WHO_USER of linux/ioprio.h */

static const char *const refused[] = {
	"mount", "umount", "umount2", "pivot_root", "chroot", "mount_setattr", "open_tree", "move_mount", "fsopen", "fsconfig",
	"fsmount", "fspick", "unshare", "setns", "open_by_handle_at", "name_to_handle_at",
	"ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease", "kcmp", "pidfd_getfd",
	"bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register", "memfd_secret",
	"keyctl", "add_key", "request_key", "fanotify_init", "lookup_dcookie",
	"kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "reboot", "syslog", "acct",
	"swapon", "swapoff", "quotactl", "quotactl_fd", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "stime",
	"iopl", "ioperm", "sethostname", "setdomainname", "vhangup", "move_pages", "migrate_pages", "nfsservctl",
};

static const char *const uncounted[] = { "memfd_create", "shmget", "msgget" };

/* Not CLONE_NEWTIME: there its bit is part of the signal. */
static const uint64_t namespaces[] = { CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET };

/* The function is of process 1's user, so the kernel would let it take away what process 1 needs to watch it: descriptors, processor
 * time. `which` -1: the first argument is the process; else the second is, or all of the user are meant. */
static const struct {
	const char *name;
	int which;
} on_others[] = {
	{ "prlimit64", -1 }, { "sched_setscheduler", -1 }, { "sched_setparam", -1 }, { "sched_setattr", -1 }, { "sched_setaffinity", -1 },
	{ "setpriority", PRIO_USER }, { "ioprio_set", IOPRIO_USER },
};

static struct sock_fprog with_cgroup, without;

static int add(scmp_filter_ctx c, const char *const *names, size_t n, int error)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		int nr = seccomp_syscall_resolve_name(names[i]);

		if (nr >= 0)	/* others do not exist on this kind of machine */
			rc = seccomp_rule_add(c, SCMP_ACT_ERRNO((uint32_t)error), nr, 0);
	}
	return rc;
}

static int add_clone(scmp_filter_ctx c)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < COUNT(namespaces); i++)
		rc = seccomp_rule_add(c, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
				      SCMP_A0(SCMP_CMP_MASKED_EQ, namespaces[i], namespaces[i]));
	/* Its flags lie in memory; who is told that there is none takes clone. */
	return rc < 0 ? rc : seccomp_rule_add(c, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

/* Sockets of this machine and of the internet; and the one by which C libraries ask for their own addresses. */
static int add_socket(scmp_filter_ctx c)
{
	const uint32_t refuse = SCMP_ACT_ERRNO(EAFNOSUPPORT);
	int rc = 0;

	for (uint64_t family = 0; rc == 0 && family < AF_NETLINK; family++)
		if (family != AF_UNIX && family != AF_INET && family != AF_INET6)
			rc = seccomp_rule_add(c, refuse, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, family));
	if (rc == 0)
		rc = seccomp_rule_add(c, refuse, SCMP_SYS(socket), 2, SCMP_A0(SCMP_CMP_EQ, AF_NETLINK), SCMP_A2(SCMP_CMP_NE, 0));
	return rc < 0 ? rc : seccomp_rule_add(c, refuse, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_GT, AF_NETLINK));
}

/* What is 32 bits to the kernel. */
static struct scmp_arg_cmp is(unsigned argument, uint64_t value)
{
	return SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, 0xffffffffULL, value);
}

static int add_init(scmp_filter_ctx c)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < COUNT(on_others); i++) {
		int nr = seccomp_syscall_resolve_name(on_others[i].name), which = on_others[i].which;

		rc = seccomp_rule_add(c, SCMP_ACT_ERRNO(EPERM), nr, 1, is(which < 0 ? 0 : 1, 1));
		if (rc == 0 && which >= 0)
			rc = seccomp_rule_add(c, SCMP_ACT_ERRNO(EPERM), nr, 1, is(0, (uint64_t)which));
	}
	return rc;
}

static int build(struct sock_fprog *to, int (*add_rules)(scmp_filter_ctx c))
{
	scmp_filter_ctx c = seccomp_init(SCMP_ACT_ALLOW);
	int rc = -ENOSYS;

	if (!c)
		return rc;
	/* Another architecture would have other numbers for all of this. */
	if ((rc = seccomp_attr_set(c, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS)) == 0 &&
	    (rc = seccomp_attr_set(c, SCMP_FLTATR_CTL_OPTIMIZE, 2)) == 0 && (rc = add_rules(c)) == 0)
		rc = cage_filter_export(c, to);
	seccomp_release(c);
	return rc;
}

static int rules(scmp_filter_ctx c)
{
	int rc;

	if ((rc = add(c, refused, COUNT(refused), EPERM)) < 0 || (rc = add_clone(c)) < 0 || (rc = add_init(c)) < 0)
		return rc;
	return add_socket(c);
}

static int rules_without_cgroup(scmp_filter_ctx c)
{
	int rc = rules(c);

	return rc < 0 ? rc : add(c, uncounted, COUNT(uncounted), ENOSYS);
}

int filter_build(void)
{
	int rc;

	if ((rc = build(&with_cgroup, rules)) < 0)
		return rc;
	return build(&without, rules_without_cgroup);
}

int filter_enter(bool has_cgroup)
{
	const struct sock_fprog *f = has_cgroup ? &with_cgroup : &without;

	if (!f->filter)
		return -ENOSYS;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, f) < 0 ? -errno : 0;
}
