#include "functions/sandbox/enter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "functions/cage_parts.h"
#include "functions/sandbox/etc.h"
#include "functions/sandbox/filter.h"
#include "functions/sandbox/landlock.h"
#include "functions/sandbox/loopback.h"
#include "functions/sandbox/mounts.h"
#include "functions/sandbox/routes.h"

#define HOST 3

static struct wire_message message;	/* the plan's texts lie in it */

static int result(long rc)
{
	return rc < 0 ? -errno : 0;
}

/* Where the kernel did not put it there at birth. */
static int join_cgroup(struct entry *e)
{
	char path[sizeof e->limits.cgroup + 16];

	if (!e->limits.cgroup[0])
		return 0;
	snprintf(path, sizeof path, "%s/cgroup.procs", e->limits.cgroup);
	return cage_write_file(path, "0");
}

static int map_ids(struct entry *e)
{
	return e->features->userns ? cage_map_ids(CAGE_UID, CAGE_GID) : 0;
}

static int read_plan(struct entry *e)
{
	int rc;

	if ((rc = wire_receive(HOST, &message)) < 0)
		return rc;
	if (message.fd >= 0)
		close(message.fd);
	return plan_read(&e->plan, &message, e->tree);
}

static int listen_inside(struct entry *e)
{
	return loopback_listen(e->listeners);
}

static int prepare_mounts(struct entry *e)
{
	return mounts_prepare(&e->has_proc);
}

/* The interface that leads out comes later, from the host. */
static int close_routes(struct entry *e)
{
	return e->plan.limits.outbound ? routes_close(&e->plan.limits) : 0;
}

static int make_mounts(struct entry *e)
{
	return mounts_make(&e->plan, e->tree);
}

static int null_descriptors(struct entry *e)
{
	int fd = open("/dev/null", O_RDWR), rc = 0;

	(void)e;
	if (fd < 0)
		return -errno;
	for (int to = 0; to <= 2 && rc == 0; to++)
		rc = result(dup2(fd, to));
	close(fd);
	return rc;
}

static int name_host(struct entry *e)
{
	(void)e;
	return result(sethostname(ETC_HOST, strlen(ETC_HOST)));
}

/* Only for root that makes no user namespaces. */
static int change_user(struct entry *e)
{
	return e->features->userns ? 0 : cage_become_plain(CAGE_UID_CUSTOM);
}

static int limit(__rlimit_resource_t which, int64_t value)
{
	struct rlimit r = { (rlim_t)value, (rlim_t)value };

	return result(setrlimit(which, &r));
}

/* The watch (memory.h) ends who uses too much, as AWS does. What a process may take between two looks of it is bounded by the kernel:
 * with room, because that counts all that is mapped to be written, used or not, and stacks of threads not least. Without
 * a /proc nobody looks, and it is the limit. */
static int limit_memory(const struct entry *e)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	(void)e;
	return 0;	/* their shadow memory is terabytes of addresses */
#else
	int64_t bytes = e->plan.limits.memory_bytes;

	return limit(RLIMIT_DATA, e->has_proc ? 2 * bytes + ENTER_DATA_SLACK : bytes + ENTER_DATA_SLACK_BLIND);
#endif
}

/* While we may have more descriptors than a function may. All cages have the same user outside, and when one of them has as many descriptors on
 * their way through sockets as the sender may have open, the kernel lets the user pass no more. */
static int hand_out_listeners(struct entry *e)
{
	int rc = 0;

	for (int i = 0; i < SANDBOX_LISTENERS && rc == 0; i++) {
		rc = wire_send(HOST, (struct wire_header){ .kind = SANDBOX_LISTENER, .value = i }, (struct str){0}, e->listeners[i]);
		close(e->listeners[i]);
	}
	return rc;
}

static int limit_resources(struct entry *e)
{
	int rc;

	/* 1 and not 0, by which a program of the host that takes core dumps would not be kept from taking this one. */
	if ((rc = limit(RLIMIT_CORE, 1)) < 0 ||
	    (rc = limit(RLIMIT_MEMLOCK, 64 << 10)) < 0 ||
	    (rc = limit(RLIMIT_NOFILE, ENTER_FILES_MAX)) < 0 ||
	    (rc = limit_memory(e)) < 0)
		return rc;
	/* Counted per user namespace; without one, all cages share the number. */
	return limit(RLIMIT_NPROC, e->features->userns ? SANDBOX_TASKS_MAX : ENTER_TASKS_SHARED);
}

/* A program with file capabilities gets none back. */
static int bound_capabilities(struct entry *e)
{
	(void)e;
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return -errno;
	return 0;
}

static int drop_capabilities(struct entry *e)
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

static int no_new_privs(struct entry *e)
{
	(void)e;
	return result(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static int lock_files(struct entry *e)
{
	(void)e;
	return landlock_enter();
}

static int filter_calls(struct entry *e)
{
	return filter_enter(e->has_cgroup);
}

struct step {
	const char *name;
	int (*run)(struct entry *e);
};

static const struct step prepare[] = {
	{ "id map",       map_ids },
	{ "loopback",     listen_inside },
	{ "host name",    name_host },
	{ "tree",         prepare_mounts },
	{ "bounding set", bound_capabilities },
};

static const struct step finish[] = {
	{ "cgroup",       join_cgroup },
	{ "plan",         read_plan },
	{ "routes",       close_routes },
	{ "mounts",       make_mounts },
	{ "/dev/null",    null_descriptors },
	{ "user",         change_user },
	{ "listeners",    hand_out_listeners },
	{ "limits",       limit_resources },
	{ "capabilities", drop_capabilities },
	{ "no_new_privs", no_new_privs },
	{ "landlock",     lock_files },
	{ "seccomp",      filter_calls },
};

int enter_keep(int sock)
{
	if (dup3(sock, HOST, O_CLOEXEC) < 0)
		return -errno;
	return result(syscall(SYS_close_range, HOST + 1, ~0U, 0));
}

static int walk(const struct step *steps, size_t n, struct entry *e, const char **step)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		*step = steps[i].name;
		rc = steps[i].run(e);
	}
	return rc;
}

int enter_prepare(struct entry *e, const char **step)
{
	return walk(prepare, sizeof prepare / sizeof prepare[0], e, step);
}

int enter_finish(struct entry *e, const char **step)
{
	return walk(finish, sizeof finish / sizeof finish[0], e, step);
}
