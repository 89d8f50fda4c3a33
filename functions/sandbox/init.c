#include "functions/sandbox/init.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "functions/sandbox/crowd.h"
#include "functions/sandbox/process.h"
#include "functions/sandbox/survey.h"

#define DAEMON 3

enum state { RUNNING, FREEZING, FROZEN };

static struct {
	enum state state;
	int64_t freeze_id;
	int64_t memory_bytes;		/* the limit */
	int64_t peak_kb, told_kb;
	int64_t look_at_us;		/* when memory is looked at next */
	bool inhabited;			/* somebody lives, as far as known: a process of the daemon's, or what one has left behind */
} cage;

static struct wire_message message;

static void say(struct wire_header head, const void *text, size_t n, int fd)
{
	if (wire_send(DAEMON, head, str_n(text, n), fd) < 0)
		_exit(0);	/* nobody is there to work for */
}

static void note_peak(int64_t kb)
{
	if (kb > cage.peak_kb)
		cage.peak_kb = kb;
}

static void tell_peak(void)
{
	if (cage.peak_kb > cage.told_kb)
		say((struct wire_header){ .kind = SANDBOX_MEMORY, .value = cage.peak_kb }, NULL, 0, -1);
	cage.told_kb = cage.peak_kb;
}

static void tell_exit(int64_t id, int status, int error, bool oom)
{
	const struct sandbox_wire_exit e = { status, error, oom };

	say((struct wire_header){ .kind = SANDBOX_EXITED, .id = id }, &e, sizeof e, -1);
}

static void ended(pid_t pid, int status, const struct rusage *used, bool oom)
{
	int64_t id;

	note_peak(used->ru_maxrss);
	if (!process_ended(pid, &id))
		return;		/* some process's orphan */
	tell_peak();
	tell_exit(id, status, 0, oom);
}

/* Without `wait` those that are dead already; with it all, and then there are none left. */
static void reap(bool wait, bool oom)
{
	struct rusage used;
	int status;
	pid_t pid;

	while ((pid = wait4(-1, &status, __WALL | (wait ? 0 : WNOHANG), &used)) > 0 || (pid < 0 && errno == EINTR))
		if (pid > 0)
			ended(pid, status, &used, oom);
}

/* Nobody can be forked past this: the kernel does not finish a fork of who has been killed. */
static void kill_all(bool oom)
{
	kill(-1, SIGKILL);
	reap(true, oom);
	cage.state = RUNNING;
}

static void look_again_in(int ms)
{
	cage.look_at_us = clock_mono_us() + ms * 1000;
}

static void look_at_memory(void)
{
	int64_t bytes = survey_memory(cage.memory_bytes);

	cage.inhabited = bytes > 0;
	note_peak(bytes / 1024);
	tell_peak();
	look_again_in(bytes > cage.memory_bytes / 2 ? INIT_LOOK_OFTEN_MS : INIT_LOOK_MS);
	if (bytes > cage.memory_bytes)
		kill_all(true);
	else
		crowd_look(survey_processes());
}

static void freeze(void)
{
	kill(-1, SIGSTOP);	/* again each time: one that had not stopped yet may have woken another */
	if (!survey_all_stopped())
		return;
	note_peak(survey_peak() / 1024);
	look_at_memory();	/* who runs but for a moment at a time is looked at here */
	cage.state = FROZEN;
	say((struct wire_header){ .kind = SANDBOX_FROZEN, .id = cage.freeze_id }, NULL, 0, -1);
}

/* Those too that had stopped of their own accord: nobody keeps book of who did. */
static void thaw(void)
{
	if (cage.state != RUNNING)
		kill(-1, SIGCONT);
	cage.state = RUNNING;
	look_again_in(INIT_LOOK_OFTEN_MS);
}

static void start(const struct wire_message *m)
{
	int error = 0;

	if (process_start(m, &error) < 0)
		_exit(1);	/* the daemon does not say such things */
	if (error) {
		tell_exit(m->head.id, 0, error, false);
		return;
	}
	if (!cage.inhabited)
		look_again_in(INIT_LOOK_OFTEN_MS);
	cage.inhabited = true;
}

static void signal_one(const struct wire_message *m)
{
	pid_t pid = process_pid(m->head.id);

	if (pid > 0)
		kill(pid, (int)m->head.value);
}

static void obey(struct wire_message *m)
{
	switch (m->head.kind) {
	case SANDBOX_DESCRIPTOR:
		if (!process_lend(m->head.value, m->fd))
			_exit(1);
		return;
	case SANDBOX_EXEC:
		start(m);
		break;
	case SANDBOX_SIGNAL:
		signal_one(m);
		break;
	case SANDBOX_RESET:
		kill_all(false);
		break;
	case SANDBOX_FREEZE:
		cage.freeze_id = m->head.id;
		cage.state = FREEZING;
		break;
	case SANDBOX_THAW:
		thaw();
		break;
	default:
		_exit(1);
	}
	if (m->fd >= 0)
		close(m->fd);
}

static void on_child(int number)
{
	(void)number;		/* it is enough that ppoll comes back */
}

static void listen_to_children(sigset_t *unblocked)
{
	const struct sigaction a = { .sa_handler = on_child };
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, unblocked);
	sigdelset(unblocked, SIGCHLD);
	sigaction(SIGCHLD, &a, NULL);
}

/* Until there is something to be done by ourselves; NULL: nothing. */
static const struct timespec *pause_length(struct timespec *t)
{
	int64_t us = INIT_FREEZE_US;

	if (cage.state == FROZEN || (cage.state == RUNNING && !cage.inhabited))
		return NULL;
	if (cage.state == RUNNING)
		us = cage.look_at_us - clock_mono_us();
	if (us < 0)
		us = 0;
	*t = (struct timespec){ us / 1000000, us % 1000000 * 1000 };
	return t;
}

static void turn(const sigset_t *unblocked)
{
	struct pollfd p = { .fd = DAEMON, .events = POLLIN };
	struct timespec t;
	int ready = ppoll(&p, 1, pause_length(&t), unblocked);

	reap(false, false);
	if (ready > 0) {
		if (wire_receive(DAEMON, &message) < 0)
			_exit(0);
		obey(&message);
	}
	if (cage.state == FREEZING)
		freeze();
	else if (cage.state == RUNNING && cage.inhabited && clock_mono_us() >= cage.look_at_us)
		look_at_memory();
}

_Noreturn void init_run(struct entry *e, int64_t began_us)
{
	sigset_t unblocked;

	cage.memory_bytes = e->plan.limits.memory_bytes;
	crowd_open(e->has_cgroup);
	prctl(PR_SET_NAME, "init", 0, 0, 0);
	listen_to_children(&unblocked);
	say((struct wire_header){ .kind = SANDBOX_READY, .value = clock_mono_us() - began_us }, NULL, 0, -1);
	for (;;)
		turn(&unblocked);
}
