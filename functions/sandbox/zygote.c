#include "functions/sandbox/zygote.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "functions/cage.h"
#include "functions/cage_parts.h"
#include "functions/sandbox/enter.h"
#include "functions/sandbox/filter.h"
#include "functions/sandbox/init.h"
#include "functions/sandbox/landlock.h"
#include "functions/wire.h"

#define DAEMON 3

static struct cage_features features;
static struct wire_message message;	/* 64 KB, used by one process at a time */

/* The arguments of process 1 can be read by the function, and where the host keeps things is none of its business. */
static void forget(const char *path)
{
	if (path)
		memset((char *)(uintptr_t)path, 0, strlen(path));
}

/* In the new process. */
static _Noreturn void cage(struct cage_limits *l, const struct tree *t, int sock, bool has_cgroup)
{
	struct entry e = { .features = &features, .limits = l, .tree = t, .has_cgroup = has_cgroup };
	int64_t began_us = clock_mono_us();
	const char *step = "";
	int rc = enter(&e, sock, &step);

	if (rc < 0) {
		wire_send(3, (struct wire_header){ .kind = WIRE_FAILED, .value = rc }, str_of(step), -1);
		_exit(1);
	}
	forget(t->code);
	forget(t->runtime);
	for (int i = 0; i < t->lang_count; i++)
		forget(t->langs[i]);
	init_run(&e, began_us);
}

static pid_t make(struct cage_limits *l, const struct tree *t, int sock, bool sibling, int *pidfd)
{
	bool has_cgroup = l->cgroup[0] != '\0';
	pid_t pid = features.namespaces && features.pivot ? cage_clone(&features, l, sibling, pidfd) : -EOPNOTSUPP;

	if (pid == 0)
		cage(l, t, sock, has_cgroup);
	return pid;
}

static void spawn(struct wire_message *m, const struct tree *t)
{
	struct cage_limits l;
	int pidfd = -1;
	pid_t pid;

	if (m->head.kind != WIRE_SPAWN || m->head.length != sizeof l || m->fd < 0)
		_exit(1);	/* the daemon does not say such things */
	memcpy(&l, m->text, sizeof l);
	pid = make(&l, t, m->fd, true, &pidfd);
	close(m->fd);
	if (pid < 0)
		wire_send(DAEMON, (struct wire_header){ .kind = WIRE_FAILED, .value = pid }, STR("clone"), -1);
	else
		wire_send(DAEMON, (struct wire_header){ .kind = WIRE_SPAWNED, .value = pid }, (struct str){0}, pidfd);
	if (pidfd >= 0)
		close(pidfd);
}

/* A whole cage without code, up to the point where its process 1 says that it is ready. The answer is left in `message`. */
static bool attempt(const struct tree *t)
{
	struct sandbox_wire_plan plan = { .memory_bytes = 128 << 20, .tmp_bytes = 1 << 20 };
	char text[sizeof plan + 3] = {0};
	struct cage_limits l = {0};
	int s[2], pidfd = -1, rc;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s) < 0)
		return false;
	memcpy(text, &plan, sizeof plan);
	wire_send(s[0], (struct wire_header){ .kind = SANDBOX_PLAN }, str_n(text, sizeof text), -1);
	pid = make(&l, t, s[1], false, &pidfd);
	close(s[1]);
	do {
		rc = pid < 0 ? (int)pid : wire_receive(s[0], &message);
		if (rc == 0 && message.fd >= 0)
			close(message.fd);
	} while (rc == 0 && message.head.kind == SANDBOX_LISTENER);
	close(s[0]);		/* which ends it */
	if (pidfd >= 0)
		close(pidfd);
	if (pid > 0)
		waitpid(pid, NULL, __WALL);
	if (pid < 0)
		snprintf(message.text, sizeof message.text, "clone");
	return rc == 0 && message.head.kind == SANDBOX_READY;
}

/* Tried in a child, because root does not come back. */
static bool works_as(bool root, const struct tree *t)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		features.userns = !root;
		_exit(!root && cage_give_up_root() < 0 ? 1 : attempt(t) ? 0 : 1);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* A namespace of mounts to make the tree in; an ordinary user takes one of users for that. In a child first: one whose map is
 * refused is a trap. */
static int leave_host(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	cage_note_ids();
	if (unshare(CLONE_NEWNS | (uid == 0 ? 0 : CLONE_NEWUSER)) < 0)
		return -errno;
	return uid == 0 ? 0 : cage_map_ids(uid, gid);
}

static bool can_leave_host(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(leave_host() < 0 ? 1 : 0);
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* What the cages of this zygote are made of. On return there is no root any more, unless it takes root. */
static void settle(const struct tree *t)
{
	const char *step = "namespaces";
	int rc = can_leave_host() ? leave_host() : -EPERM;
	bool root = geteuid() == 0;

	features = (struct cage_features){ .userns = !root, .namespaces = true, .pivot = true, .no_new_privs = true, .not_root = true,
					   .landlock_abi = landlock_version(), .seccomp = filter_build() == 0 };
	features.landlock = features.landlock_abi > 0;
	if (rc == 0)
		rc = tree_make(t, &step);
	if (rc == 0 && root) {
		features.userns = works_as(false, t);
		if (features.userns || !works_as(true, t))
			cage_give_up_root();	/* if it cannot, the attempt tells */
	}
	if (rc < 0 || !attempt(t)) {
		fprintf(stderr, "minilab-sandbox: no cage for functions here: %s: %s\n", rc < 0 ? step : message.text,
			err_text(rc < 0 ? rc : (int)message.head.value));
		features.namespaces = features.pivot = false;
	}
	features.rung = cage_rank(&features);
}

_Noreturn void zygote_run(int64_t started_us, const struct tree *t)
{
	struct buf text = {0};

	settle(t);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);	/* after the change of identity, which clears it */
	cage_describe(&features, &text);
	wire_send(DAEMON, (struct wire_header){ .kind = WIRE_READY, .value = clock_mono_us() - started_us },
		  str_n(text.data, text.len), -1);
	buf_clear(&text);
	while (wire_receive(DAEMON, &message) == 0)
		spawn(&message, t);
	_exit(0);
}
