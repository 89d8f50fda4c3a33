#include "functions/sandbox/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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

#define DAEMON 3		/* in the zygote */
#define SELF 3			/* in a cage: its own end */
#define AHEAD_AFTER_MS 20

static struct cage_features features;
static struct wire_message message;	/* 64 KB, used by one process at a time */

/* The arguments of process 1 can be read by the function, and where the host keeps things is none of its business. */
static void forget(const char *path)
{
	if (path)
		memset((char *)(uintptr_t)path, 0, strlen(path));
}

static void forget_arguments(const struct tree *t)
{
	forget(t->code);
	forget(t->runtime);
	for (int i = 0; i < t->lang_count; i++)
		forget(t->langs[i]);
}

static _Noreturn void end_with(int rc, const char *step)
{
	wire_send(SELF, (struct wire_header){ .kind = WIRE_FAILED, .value = rc }, str_of(step), -1);
	_exit(1);
}

/* In the new process, when it has its socket and its limits. */
static _Noreturn void cage(struct entry *e, int64_t began_us)
{
	const char *step = "";
	int rc = enter_finish(e, &step);

	if (rc < 0)
		end_with(rc, step);
	forget_arguments(e->tree);
	init_run(e, began_us);
}

/* The same when it was made for somebody. */
static _Noreturn void cage_at_once(struct entry *e, int sock)
{
	int64_t began_us = clock_mono_us();
	const char *step = "socket";
	int rc = enter_keep(sock);

	if (rc == 0)
		rc = enter_prepare(e, &step);
	if (rc < 0)
		end_with(rc, step);
	cage(e, began_us);
}

/* And when it was made ahead: the zygote says for whom, with the very message that it got. What fails until then is told when there is
 * somebody to tell. */
static _Noreturn void cage_ahead(struct entry *e, int zygote)
{
	const char *step = "socket";
	int rc = enter_keep(zygote);
	int64_t began_us;

	if (rc == 0)
		rc = enter_prepare(e, &step);
	if (wire_receive(SELF, &message) < 0 || message.head.length != sizeof e->limits || message.fd < 0)
		_exit(0);
	began_us = clock_mono_us();
	memcpy(&e->limits, message.text, sizeof e->limits);
	if (dup3(message.fd, SELF, O_CLOEXEC) < 0)
		_exit(1);
	close(message.fd);
	if (rc < 0)
		end_with(rc, step);
	cage(e, began_us);
}

static pid_t make(struct entry *e, bool sibling, int *pidfd)
{
	e->features = &features;
	e->has_cgroup = e->limits.cgroup[0] != '\0';
	return features.namespaces && features.pivot ? cage_clone(&features, &e->limits, sibling, pidfd) : -EOPNOTSUPP;
}

/* The one that waits; pid 0: none. */
static struct {
	pid_t pid;
	int pidfd, sock;
} ahead = { .pidfd = -1, .sock = -1 };
static bool wants_ahead;

static void make_ahead(const struct tree *t)
{
	struct entry e = { .tree = t };
	int s[2];

	if (ahead.pid > 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s) < 0)
		return;
	ahead.pid = make(&e, true, &ahead.pidfd);
	if (ahead.pid == 0)
		cage_ahead(&e, s[1]);
	close(s[1]);
	ahead.sock = s[0];
	if (ahead.pid < 0)
		close(s[0]);
}

/* The pid, or 0 when there is none that takes it. */
static pid_t take_ahead(const struct wire_message *m, int *pidfd)
{
	pid_t pid = ahead.pid;

	if (pid <= 0)
		return 0;
	ahead.pid = 0;
	*pidfd = ahead.pidfd;
	if (wire_send(ahead.sock, (struct wire_header){ .kind = WIRE_SPAWN }, str_n(m->text, m->head.length), m->fd) < 0) {
		close(*pidfd);
		pid = 0;
	}
	close(ahead.sock);
	return pid;
}

static void spawn(struct wire_message *m, const struct tree *t)
{
	struct entry e = { .tree = t };
	int pidfd = -1;
	pid_t pid = 0;

	if (m->head.kind != WIRE_SPAWN || m->head.length != sizeof e.limits || m->fd < 0)
		_exit(1);	/* the daemon does not say such things */
	memcpy(&e.limits, m->text, sizeof e.limits);
	if (!e.limits.cgroup[0])
		pid = take_ahead(m, &pidfd);
	if (pid == 0 && (pid = make(&e, true, &pidfd)) == 0)
		cage_at_once(&e, m->fd);
	close(m->fd);
	if (pid < 0)
		wire_send(DAEMON, (struct wire_header){ .kind = WIRE_FAILED, .value = pid }, STR("clone"), -1);
	else
		wire_send(DAEMON, (struct wire_header){ .kind = WIRE_SPAWNED, .value = pid }, (struct str){0}, pidfd);
	if (pidfd >= 0)
		close(pidfd);
	wants_ahead = !e.limits.cgroup[0];
}

/* Not at once: whoever was made last has the processor now. */
static int next_order(const struct tree *t)
{
	struct pollfd p = { .fd = DAEMON, .events = POLLIN };

	if (wants_ahead && poll(&p, 1, AHEAD_AFTER_MS) == 0) {
		make_ahead(t);
		wants_ahead = false;
	}
	return wire_receive(DAEMON, &message);
}

/* A whole cage without code, up to the point where its process 1 says that it is ready. The answer is left in `message`. */
static bool attempt(const struct tree *t)
{
	struct sandbox_wire_plan plan = { .memory_bytes = 128 << 20, .tmp_bytes = 1 << 20 };
	char text[sizeof plan + 3] = {0};
	struct entry e = { .tree = t };
	int s[2], pidfd = -1, rc;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s) < 0)
		return false;
	memcpy(text, &plan, sizeof plan);
	wire_send(s[0], (struct wire_header){ .kind = SANDBOX_PLAN }, str_n(text, sizeof text), -1);
	pid = make(&e, false, &pidfd);
	if (pid == 0)
		cage_at_once(&e, s[1]);
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
		_exit(!root && cage_give_up_root(CAGE_UID_CUSTOM) < 0 ? 1 : attempt(t) ? 0 : 1);
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
			cage_give_up_root(CAGE_UID_CUSTOM);	/* if it cannot, the attempt tells */
	}
	if (rc < 0 || !attempt(t)) {
		fprintf(stderr, "minilab-sandbox: no cage for functions here: %s: %s\n", rc < 0 ? step : message.text,
			err_text(rc < 0 ? rc : (int)message.head.value));
		features.userns = features.namespaces = features.pivot = false;
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
	while (next_order(t) == 0)
		spawn(&message, t);
	_exit(0);
}
