/* The steps, top to bottom; each gives something up for good. Not all kernels and containers give a root of one's own, nor
 * Landlock. Each of them keeps even a program that a zip has taken over in the directory; with neither, what is left is that all files
 * are opened with openat2 in such a way that no path leads out (tree.c). What may never be missing is the filter. */
#include "functions/unpack/lock.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "functions/cage_parts.h"
#include "functions/unpack.h"
#include "functions/unpack_wire.h"

#define FILES_MAX 16
#define COUNT(table) (sizeof table / sizeof table[0])

struct lock {
	int dir;
	int64_t memory;
	bool beneath;			/* something else than our own care keeps us in the directory */
};

static const char *const allowed[] = {
	"read", "write", "close", "openat2", "mkdirat", "symlinkat", "fchmodat", "utimensat", "fstat", "newfstatat", "lseek", "fcntl",
	"munmap", "mremap", "madvise", "brk", "futex", "getrandom", "clock_gettime", "gettimeofday",
	"rt_sigprocmask", "rt_sigreturn", "sigaltstack", "sched_yield", "restart_syscall", "exit", "exit_group",
	"getpid", "gettid", "tgkill",	/* abort(3), so that a bug dies of what it is */
};

/* Of libraries that cope: the C library wants to know the time zone. */
static const char *const refused[] = { "open", "openat", "readlink", "ioctl" };

static int result(long rc)
{
	return rc < 0 ? -errno : 0;
}

static int set_limit(__rlimit_resource_t which, int64_t value)
{
	struct rlimit r = { (rlim_t)value, (rlim_t)value };

	return result(setrlimit(which, &r));
}

static int limit_resources(struct lock *l)
{
	int rc;

	umask(0);
	signal(SIGXFSZ, SIG_IGN);	/* EFBIG instead */
	if ((rc = set_limit(RLIMIT_CORE, 0)) < 0 ||
	    (rc = set_limit(RLIMIT_NOFILE, FILES_MAX)) < 0 ||
	    (rc = set_limit(RLIMIT_FSIZE, UNPACK_BYTES_MAX)) < 0 ||
	    (rc = set_limit(RLIMIT_CPU, UNPACK_SECONDS_MAX)) < 0)
		return rc;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	(void)l;
	return 0;	/* their shadow memory is terabytes of addresses */
#else
	return set_limit(RLIMIT_AS, l->memory);
#endif
}

/* Root has the right to it; others have it in a user namespace of their own, where that is to be had. */
static int root_is_the_directory(struct lock *l)
{
	if (geteuid() != 0 && unshare(CLONE_NEWUSER) < 0)
		return 0;
	l->beneath = fchdir(l->dir) == 0 && chroot(".") == 0 && chdir("/") == 0;
	return 0;
}

static int drop_capabilities(struct lock *l)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = {{0}};

	(void)l;
	if (syscall(SYS_capset, &head, none) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -errno;
	return result(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static int landlock(struct lock *l)
{
	int rc = cage_landlock_make_below(l->dir);

	return rc < 0 && !l->beneath && rc != -ENOSYS && rc != -EOPNOTSUPP ? rc : 0;
}

/* Memory is never executable. */
static int add_memory(scmp_filter_ctx c)
{
	static const int numbers[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect) };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < COUNT(numbers); i++)
		rc = seccomp_rule_add(c, SCMP_ACT_ALLOW, numbers[i], 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return rc;
}

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

static int filter(struct lock *l)
{
	scmp_filter_ctx c = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int rc = -ENOSYS;

	(void)l;
	if (c && (rc = add_memory(c)) == 0 &&
	    (rc = add_list(c, allowed, COUNT(allowed), SCMP_ACT_ALLOW)) == 0 &&
	    (rc = add_list(c, refused, COUNT(refused), SCMP_ACT_ERRNO(EACCES))) == 0)
		rc = seccomp_load(c);
	if (c)
		seccomp_release(c);
	return rc;
}

static const struct step {
	const char *name;
	int (*run)(struct lock *l);
} steps[] = {
	{ "limits",       limit_resources },
	{ "root",         root_is_the_directory },
	{ "capabilities", drop_capabilities },
	{ "landlock",     landlock },
	{ "seccomp",      filter },
};

int lock(int dir, int64_t memory, const char **step)
{
	struct lock l = { .dir = dir, .memory = memory };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < COUNT(steps); i++) {
		*step = steps[i].name;
		rc = steps[i].run(&l);
	}
	return rc;
}
