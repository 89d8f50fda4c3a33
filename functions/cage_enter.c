/* The steps into the cage, top to bottom; each gives something up for good, so the order matters: paths
 * while they can still be opened, identity before capabilities, the filter last. */
#include "functions/cage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "functions/cage_parts.h"

struct entry {
	const struct cage_features *f;
	const struct cage_limits *l;
	int sock;
};

static int result(long rc)
{
	return rc < 0 ? -errno : 0;
}

static int join_cgroup(const struct entry *e)
{
	char path[sizeof e->l->cgroup + 16];

	if (!e->l->cgroup[0])
		return 0;
	snprintf(path, sizeof path, "%s/cgroup.procs", e->l->cgroup);
	return cage_write_file(path, "0");
}

static int map_ids(const struct entry *e)
{
	return e->f->userns ? cage_map_ids(CAGE_UID, CAGE_GID) : 0;
}

static int null_descriptors(const struct entry *e)
{
	int fd = open("/dev/null", O_RDWR), rc = 0;

	(void)e;
	if (fd < 0)
		return -errno;
	for (int to = 0; to <= 2 && rc == 0; to++)
		rc = result(dup2(fd, to));
	if (fd > 2)
		close(fd);
	return rc;
}

static int empty_root(const struct entry *e)
{
	const unsigned long plain = MS_NOSUID | MS_NODEV | MS_NOEXEC;

	if (!e->f->pivot)
		return 0;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/tmp", "tmpfs", plain, "size=4k,nr_inodes=2,mode=555") < 0 ||
	    chdir("/tmp") < 0 ||
	    syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 ||
	    chdir("/") < 0)
		return -errno;
	return result(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | plain, NULL));
}

/* First of all, so that the failure of any later step can be told there. */
static int keep_socket(const struct entry *e)
{
	return result(dup2(e->sock, 3));
}

static int close_others(const struct entry *e)
{
	(void)e;
	return result(syscall(SYS_close_range, 4, ~0U, 0));
}

/* Only for root that makes no user namespaces: a bug must not be root. */
static int change_user(const struct entry *e)
{
	return geteuid() == 0 && e->f->not_root ? cage_become_plain(CAGE_UID_PLAIN) : 0;
}

static int set_limit(__rlimit_resource_t which, int64_t value)
{
	struct rlimit r = { (rlim_t)value, (rlim_t)value };

	return result(setrlimit(which, &r));
}

static int limit_resources(const struct entry *e)
{
	int rc;

	if ((rc = set_limit(RLIMIT_CORE, 0)) < 0 ||
	    (rc = set_limit(RLIMIT_MEMLOCK, 0)) < 0 ||
	    (rc = set_limit(RLIMIT_NOFILE, CAGE_FILES_MAX)) < 0 ||
	    (rc = set_limit(RLIMIT_FSIZE, e->l->output_bytes)) < 0)
		return rc;
	if (e->l->cpu_s && (rc = set_limit(RLIMIT_CPU, e->l->cpu_s)) < 0)
		return rc;
	/* Counted per user namespace since 5.14, which kernels with Landlock practically are; before, and without
	 * one, all processes of the user would count. */
	if (e->f->userns && e->f->landlock_abi > 0 && (rc = set_limit(RLIMIT_NPROC, CAGE_THREADS_MAX)) < 0)
		return rc;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return 0;	/* their shadow memory is terabytes of addresses */
#else
	return set_limit(RLIMIT_AS, e->l->memory_bytes + CAGE_AS_SLACK);
#endif
}

static int drop_capabilities(const struct entry *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = {{0}};

	(void)e;
	if (syscall(SYS_capset, &head, none) < 0)
		return -errno;
	/* After the last change of identity, which clears it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return -errno;
	return result(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
}

static int no_new_privs(const struct entry *e)
{
	(void)e;
	return result(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static int landlock(const struct entry *e)
{
	return e->f->landlock ? cage_landlock_deny_all() : 0;
}

static int seccomp(const struct entry *e)
{
	if (!e->f->seccomp)
		return 0;
	if (!cage_filter())
		return -ENOSYS;
	return result(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, cage_filter()));
}

static const struct step {
	const char *name;
	int (*run)(const struct entry *e);
} steps[] = {
	{ "socket",       keep_socket },
	{ "cgroup",       join_cgroup },
	{ "id map",       map_ids },
	{ "/dev/null",    null_descriptors },
	{ "empty root",   empty_root },
	{ "descriptors",  close_others },
	{ "user",         change_user },
	{ "limits",       limit_resources },
	{ "capabilities", drop_capabilities },
	{ "no_new_privs", no_new_privs },
	{ "landlock",     landlock },
	{ "seccomp",      seccomp },
};

int cage_enter(const struct cage_features *f, const struct cage_limits *l, int sock, const char **step)
{
	const struct entry e = { f, l, sock };

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		int rc = steps[i].run(&e);

		*step = steps[i].name;
		if (rc < 0)
			return rc;
	}
	return 0;
}
