/* The system calls of a decoder, measured (libvips, glib, glibc, all formats, good and broken photos), and no
 * others. Three kinds: those it needs; those that libraries try on the way and take a refusal for, which
 * get EACCES; the rest end the process with SIGSYS. */
#include "functions/cage_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/check.h"

#define CLONE_NEW_ANYTHING 0x7e020000

static const char *const allowed[] = {
	"read", "write", "readv", "writev", "recvmsg", "sendmsg", "poll", "ppoll", "close", "lseek",
	"futex", "munmap", "mremap", "madvise", "brk", "exit", "exit_group", "restart_syscall",
	"rt_sigprocmask", "rt_sigreturn", "rt_sigaction", "sigaltstack", "set_robust_list", "rseq",
	"gettid", "getpid", "sched_yield", "sched_getaffinity", "getrusage", "sysinfo", "getrandom",
	"clock_gettime", "clock_getres", "gettimeofday", "clock_nanosleep", "nanosleep",
};

static const char *const refused[] = {
	"open", "openat", "stat", "lstat", "newfstatat", "fstat", "statx", "access", "faccessat", "faccessat2",
	"readlink", "readlinkat", "unlink", "unlinkat", "mkdir", "mkdirat", "getcwd", "umask", "ftruncate", "ioctl",
	"socket", "getpeername", "uname", "tgkill", "sched_setscheduler", "sched_getattr", "sched_setattr",
	"getuid", "geteuid", "getgid", "getegid",
};

/* Allowed when (argument & mask) == value, deadly otherwise. Without executable mappings no decoder bug brings
 * code of its own; the one clone is a thread. clone3 hides its flags in memory: glibc falls back to clone. */
static const struct {
	const char *name;
	unsigned argument;
	uint64_t mask, value;
} masked[] = {
	{ "mmap",     2, PROT_EXEC, 0 },
	{ "mprotect", 2, PROT_EXEC, 0 },
	{ "clone",    0, CLONE_NEW_ANYTHING | CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM },
};

/* Allowed with exactly this argument, refused otherwise. */
static const struct {
	const char *name;
	unsigned argument;
	uint64_t value;
	uint32_t error;
} exact[] = {
	{ "prctl",        0, PR_SET_NAME, EINVAL },
	{ "fcntl",        1, F_ADD_SEALS, EACCES },
	{ "memfd_create", 1, MFD_CLOEXEC | MFD_ALLOW_SEALING, EACCES },
	{ "prlimit64",    2, 0, EACCES },	/* reading a limit */
};

#define COUNT(table) (sizeof table / sizeof table[0])

static struct sock_fprog program;

static int add_list(scmp_filter_ctx c, const char *const *names, size_t n, uint32_t action)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		int nr = seccomp_syscall_resolve_name(names[i]);

		if (nr >= 0)	/* others do not exist on this kind of machine */
			rc = seccomp_rule_add(c, action, nr, 0);
	}
	return rc;
}

static int add(scmp_filter_ctx c, const char *name, uint32_t action, struct scmp_arg_cmp cmp)
{
	return seccomp_rule_add_array(c, action, seccomp_syscall_resolve_name(name), 1, &cmp);
}

static int add_arguments(scmp_filter_ctx c)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < COUNT(masked); i++)
		rc = add(c, masked[i].name, SCMP_ACT_ALLOW,
			 (struct scmp_arg_cmp){ masked[i].argument, SCMP_CMP_MASKED_EQ, masked[i].mask, masked[i].value });
	for (size_t i = 0; rc == 0 && i < COUNT(exact); i++) {
		rc = add(c, exact[i].name, SCMP_ACT_ALLOW,
			 (struct scmp_arg_cmp){ exact[i].argument, SCMP_CMP_EQ, exact[i].value, 0 });
		if (rc == 0)
			rc = add(c, exact[i].name, SCMP_ACT_ERRNO(exact[i].error),
				 (struct scmp_arg_cmp){ exact[i].argument, SCMP_CMP_NE, exact[i].value, 0 });
	}
	return rc;
}

/* libseccomp writes its program to a descriptor only. */
int cage_filter_export(scmp_filter_ctx c, struct sock_fprog *to)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	off_t length;
	int rc;

	if (fd < 0)
		return -errno;
	if ((rc = seccomp_export_bpf(c, fd)) < 0)
		goto out;
	length = lseek(fd, 0, SEEK_END);
	to->filter = malloc((size_t)length);
	CHECK(to->filter != NULL);
	CHECK(pread(fd, to->filter, (size_t)length, 0) == length);
	to->len = (unsigned short)((size_t)length / sizeof to->filter[0]);
out:
	close(fd);
	return rc;
}

int cage_filter_build(void)
{
	scmp_filter_ctx c;
	int rc = -ENOSYS;

	if (program.filter)
		return 0;
	if (!(c = seccomp_init(SCMP_ACT_KILL_PROCESS)))
		return -ENOSYS;
	if ((rc = seccomp_attr_set(c, SCMP_FLTATR_CTL_OPTIMIZE, 2)) == 0 &&	/* a tree, not a list */
	    (rc = add_list(c, allowed, COUNT(allowed), SCMP_ACT_ALLOW)) == 0 &&
	    (rc = add_list(c, refused, COUNT(refused), SCMP_ACT_ERRNO(EACCES))) == 0 &&
	    (rc = seccomp_rule_add(c, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0)) == 0 &&
	    (rc = add_arguments(c)) == 0)
		rc = cage_filter_export(c, &program);
	seccomp_release(c);
	return rc;
}

const struct sock_fprog *cage_filter(void)
{
	return program.filter ? &program : NULL;
}
