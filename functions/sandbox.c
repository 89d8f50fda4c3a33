#include "functions/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "functions/sandbox_measure.h"
#include "functions/sandbox_outbound.h"
#include "functions/sandbox_outbox.h"

#define MESSAGES_AT_ONCE 64	/* whatever a cage has to say, others get their turn */

enum state { STARTING, UP, DYING };

struct sandbox {
	struct sandbox_spec spec;
	enum state state;
	struct zygote_request request;
	int sock, pidfd, tries, open_handles;
	pid_t pid;
	bool exited;			/* process 1 has been reaped */
	struct outbox outbox;
	int listeners[SANDBOX_LISTENERS];	/* owned until ready; -1 */
	int processes[SANDBOX_PROCESSES_MAX];	/* numbers that run; -1: free */
	int next_process;
	int64_t freeze_id;		/* of the freeze under way; 0: none. Never used twice */
	int64_t last_freeze;
	int64_t peak_kb, looked_ms, oom_kills;
	struct death death;
	char why[SANDBOX_WHY_MAX];
	char cgroup[sizeof ((struct cage_limits *)0)->cgroup];
	uv_poll_t poll, exit;
	uv_timer_t timer;
	struct outbound outbound;
};

static int ask(struct sandbox *s);
static void on_event(uv_poll_t *poll, int status, int events);

static void kill_it(struct sandbox *s)
{
	s->state = DYING;
	uv_timer_stop(&s->timer);
	if (s->pidfd >= 0 && !s->exited && syscall(SYS_pidfd_send_signal, s->pidfd, SIGKILL, NULL, 0) < 0 && errno == ENOSYS)
		kill(s->pid, SIGKILL);	/* Valgrind has no such call; nobody else can have the number before we reap it */
}

static void fail(struct sandbox *s, const char *why)
{
	if (s->state != DYING)
		snprintf(s->why, sizeof s->why, "%s", why);
	kill_it(s);
}

static int wait_status(const struct death *d)
{
	return d->code == CLD_EXITED ? d->status << 8 : d->status;
}

static void one_less(void *owner)
{
	struct sandbox *s = owner;
	struct sandbox_exit how = { .status = wait_status(&s->death), .oom = s->death.oom };

	if (--s->open_handles > 0)
		return;
	for (int i = 0; i < SANDBOX_LISTENERS; i++)
		if (s->listeners[i] >= 0)
			close(s->listeners[i]);
	outbox_clear(&s->outbox);
	if (s->sock >= 0)
		close(s->sock);
	if (s->pidfd >= 0)
		close(s->pidfd);
	cgroup_remove(s->cgroup);
	s->spec.gone(s->spec.owner, s, &how, s->why);
	free(s);
}

static void on_closed(uv_handle_t *h)
{
	one_less(h->data);
}

static void finish(struct sandbox *s)
{
	s->state = DYING;
	outbound_stop(&s->outbound);
	uv_close((uv_handle_t *)&s->timer, on_closed);
	if (s->pidfd >= 0) {
		uv_close((uv_handle_t *)&s->poll, on_closed);
		uv_close((uv_handle_t *)&s->exit, on_closed);
	}
}

/* Readable always, writable while something waits. */
static void poll_socket(struct sandbox *s)
{
	CHECK(uv_poll_start(&s->poll, UV_READABLE | (outbox_waits(&s->outbox) ? UV_WRITABLE : 0), on_event) == 0);
}

static void say(struct sandbox *s, struct wire_header head)
{
	if (s->state != UP)
		return;
	if (outbox_send(&s->outbox, head, (struct str){0}, -1) < 0)
		fail(s, "the cage takes no messages");
	else if (outbox_waits(&s->outbox))
		poll_socket(s);
}

static int slot_of(const struct sandbox *s, int64_t process)
{
	int at = 0;

	while (at < SANDBOX_PROCESSES_MAX && s->processes[at] != process)
		at++;
	return at < SANDBOX_PROCESSES_MAX ? at : -1;
}

/* A kill by the kernel for want of memory looks like any other to process 1. */
static bool killed_for_memory(struct sandbox *s)
{
	int64_t kills = s->cgroup[0] ? cgroup_oom_kills(s->cgroup) : 0;
	bool more = kills > s->oom_kills;

	s->oom_kills = kills;
	return more;
}

static bool take_exited(struct sandbox *s, const struct wire_message *m)
{
	int at = m->head.id >= 0 ? slot_of(s, m->head.id) : -1;
	struct sandbox_exit how = {0};
	struct sandbox_wire_exit e;

	if (s->state != UP || at < 0 || m->head.length != sizeof e)
		return false;
	memcpy(&e, m->text, sizeof e);
	how = (struct sandbox_exit){ .status = e.status, .error = e.error > 0 ? e.error : 0, .oom = e.oom != 0 };
	if (WIFSIGNALED(how.status) && WTERMSIG(how.status) == SIGKILL && killed_for_memory(s))
		how.oom = true;
	s->processes[at] = -1;
	s->spec.exited(s->spec.owner, s, (int)m->head.id, &how);
	return true;
}

static bool take_listener(struct sandbox *s, struct wire_message *m)
{
	int64_t which = m->head.value;

	if (s->state != STARTING || which < 0 || which >= SANDBOX_LISTENERS || m->fd < 0 || s->listeners[which] >= 0)
		return false;
	s->listeners[which] = m->fd;
	m->fd = -1;
	return true;
}

static void become_up(struct sandbox *s)
{
	int listeners[SANDBOX_LISTENERS];

	memcpy(listeners, s->listeners, sizeof listeners);
	for (int i = 0; i < SANDBOX_LISTENERS; i++)
		s->listeners[i] = -1;
	uv_timer_stop(&s->timer);
	s->state = UP;
	s->spec.ready(s->spec.owner, s, listeners);
}

static void on_way_out(void *owner)
{
	struct sandbox *s = owner;

	if (s->state == STARTING)
		become_up(s);
}

static void on_way_lost(void *owner)
{
	struct sandbox *s = owner;

	fail(s, s->state == STARTING ? "outbound is not available on this host: slirp4netns could not join the cage"
				     : "slirp4netns ended, and with it the way out of the cage");
}

static void open_way(struct sandbox *s)
{
	char why[SANDBOX_WHY_MAX];

	s->outbound = (struct outbound){ .loop = s->spec.loop, .owner = s, .up = on_way_out, .lost = on_way_lost, .closed = one_less };
	if (outbound_start(&s->outbound, &(struct outbound_programs){ s->spec.outbound, s->spec.program }, s->listeners[SANDBOX_ENDPOINT],
			   why, sizeof why) < 0)
		fail(s, why);
	else
		s->open_handles++;
}

static bool take_ready(struct sandbox *s, const struct wire_message *m)
{
	(void)m;
	for (int i = 0; i < SANDBOX_LISTENERS; i++)
		if (s->listeners[i] < 0)
			return false;
	if (s->state != STARTING || s->outbound.state != OUTBOUND_NONE)
		return false;
	if (s->spec.plan.outbound)
		open_way(s);
	else
		become_up(s);
	return true;
}

static bool take_failed(struct sandbox *s, const struct wire_message *m)
{
	char text[SANDBOX_WHY_MAX];

	if (s->state != STARTING)
		return false;
	snprintf(text, sizeof text, "cage step \"%.40s\": %s", m->text, err_text((int)m->head.value));
	fail(s, text);
	return true;
}

static bool take_frozen(struct sandbox *s, const struct wire_message *m)
{
	if (s->state != UP || m->head.id <= 0 || m->head.id > s->last_freeze)
		return false;
	if (m->head.id != s->freeze_id)
		return true;		/* of one that was taken back */
	s->freeze_id = 0;
	s->spec.frozen(s->spec.owner, s);
	return true;
}

static void note_peak(struct sandbox *s, int64_t kb)
{
	if (kb > s->peak_kb)
		s->peak_kb = kb;
}

static bool take_memory(struct sandbox *s, const struct wire_message *m)
{
	note_peak(s, m->head.value);
	return true;
}

static bool take(struct sandbox *s, struct wire_message *m)
{
	switch (m->head.kind) {
	case SANDBOX_LISTENER:	return take_listener(s, m);
	case SANDBOX_READY:	return take_ready(s, m);
	case WIRE_FAILED:	return take_failed(s, m);
	case SANDBOX_EXITED:	return take_exited(s, m);
	case SANDBOX_FROZEN:	return take_frozen(s, m);
	case SANDBOX_MEMORY:	return take_memory(s, m);
	default:		return false;
	}
}

static void read_socket(struct sandbox *s)
{
	struct wire_message m;
	int rc = 0;

	for (int n = 0; n < MESSAGES_AT_ONCE && s->state != DYING && (rc = wire_receive(s->sock, &m)) == 0; n++) {
		if (!take(s, &m))
			fail(s, "process 1 of the cage spoke out of turn");
		if (m.fd >= 0)
			close(m.fd);
	}
	if (rc == E_BAD_INPUT)
		fail(s, "process 1 of the cage does not speak in messages");
	if (s->state == DYING || (rc < 0 && rc != -EAGAIN))
		uv_poll_stop(&s->poll);		/* its end comes by the other descriptor */
}

static void on_event(uv_poll_t *poll, int status, int events)
{
	struct sandbox *s = poll->data;

	(void)status;
	if (events & UV_WRITABLE) {
		outbox_flush(&s->outbox);
		poll_socket(s);
	}
	if (events & (UV_READABLE | UV_DISCONNECT))
		read_socket(s);
}

static void on_exit_status(uv_poll_t *poll, int status, int events)
{
	struct sandbox *s = poll->data;
	char text[VERDICT_MAX];

	(void)status;
	(void)events;
	if (s->exited || verdict_wait(s->pidfd, &s->death) == -EAGAIN)
		return;
	s->exited = true;
	uv_poll_stop(poll);
	read_socket(s);			/* its last words */
	s->death.oom = s->cgroup[0] && killed_for_memory(s);
	if (s->state != DYING) {
		verdict(&s->death, text);
		snprintf(s->why, sizeof s->why, "the cage ended: %.200s", text);
	}
	finish(s);
}

static void watch(struct sandbox *s, uv_poll_t *p, int fd, uv_poll_cb on_it)
{
	CHECK(uv_poll_init(s->spec.loop, p, fd) == 0);
	p->data = s;
	s->open_handles++;
	CHECK(uv_poll_start(p, UV_READABLE, on_it) == 0);
}

static void on_late(uv_timer_t *t)
{
	fail(t->data, "the cage was not ready in time");
}

static void on_spawned(struct zygote_request *r)
{
	struct sandbox *s = container_of(r, struct sandbox, request);
	char text[SANDBOX_WHY_MAX];

	if (r->rc == E_CRASHED && s->state == STARTING && ++s->tries < SANDBOX_TRIES && ask(s) == 0)
		return;
	if (r->rc < 0) {
		snprintf(text, sizeof text, "%s: %s", r->step, err_text(r->rc));
		fail(s, text);
		finish(s);
		return;
	}
	s->pid = r->pid;
	s->pidfd = r->pidfd;
	watch(s, &s->poll, s->sock, on_event);
	watch(s, &s->exit, s->pidfd, on_exit_status);
	if (s->state == DYING) {
		kill_it(s);
		return;
	}
	uv_update_time(s->spec.loop);
	uv_timer_start(&s->timer, on_late, SANDBOX_START_MS, 0);
}

/* A socketpair per try, with the plan in it already: the other end of a lost one may have a process at it. */
static int ask(struct sandbox *s)
{
	int pair[2], rc;

	if (s->sock >= 0)
		close(s->sock);
	outbox_clear(&s->outbox);
	s->sock = s->outbox.sock = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	s->sock = s->outbox.sock = pair[0];
	if ((rc = outbox_plan(&s->outbox, &s->spec.plan)) < 0) {
		close(pair[1]);
		return rc;
	}
	s->request.sock = pair[1];
	s->request.done = on_spawned;
	zygote_ask(s->spec.zygote, &s->request);
	return 0;
}

static int make_group(struct sandbox *s)
{
	const struct sandbox_plan *p = &s->spec.plan;
	int rc = measure_limit(s->spec.cgroup, p->memory_mb, p->tmp_mb, &s->request.limits);

	snprintf(s->cgroup, sizeof s->cgroup, "%s", s->request.limits.cgroup);
	return rc;
}

int sandbox_start(struct sandbox **out, const struct sandbox_spec *spec)
{
	struct sandbox *s = calloc(1, sizeof *s);
	int rc;

	CHECK(s != NULL);
	s->spec = *spec;
	s->sock = s->pidfd = s->outbox.sock = -1;
	for (int i = 0; i < SANDBOX_LISTENERS; i++)
		s->listeners[i] = -1;
	for (int i = 0; i < SANDBOX_PROCESSES_MAX; i++)
		s->processes[i] = -1;
	if ((rc = make_group(s)) < 0 || (rc = ask(s)) < 0) {
		if (s->sock >= 0)
			close(s->sock);
		cgroup_remove(s->cgroup);
		free(s);
		return rc;
	}
	uv_timer_init(spec->loop, &s->timer);
	s->timer.data = s;
	s->open_handles++;
	*out = s;
	return 0;
}

int sandbox_exec(struct sandbox *s, const struct sandbox_process *p)
{
	int at = slot_of(s, -1), rc;

	if (s->state != UP)
		return E_CLOSED;
	if (at < 0)
		return E_BUSY;
	if ((rc = outbox_exec(&s->outbox, s->next_process, p)) < 0) {
		if (rc != E_TOO_LARGE)
			fail(s, "the cage takes no messages");
		return rc == E_TOO_LARGE ? rc : E_CLOSED;
	}
	if (outbox_waits(&s->outbox))
		poll_socket(s);
	s->processes[at] = s->next_process;
	return s->next_process++;
}

void sandbox_signal(struct sandbox *s, int process, int number)
{
	if (process >= 0 && slot_of(s, process) >= 0)
		say(s, (struct wire_header){ .kind = SANDBOX_SIGNAL, .id = process, .value = number });
}

void sandbox_reset(struct sandbox *s)
{
	s->freeze_id = 0;
	say(s, (struct wire_header){ .kind = SANDBOX_RESET });
}

void sandbox_freeze(struct sandbox *s)
{
	s->freeze_id = ++s->last_freeze;
	say(s, (struct wire_header){ .kind = SANDBOX_FREEZE, .id = s->freeze_id });
}

void sandbox_thaw(struct sandbox *s)
{
	s->freeze_id = 0;
	say(s, (struct wire_header){ .kind = SANDBOX_THAW });
}

void sandbox_kill(struct sandbox *s)
{
	kill_it(s);
}

int64_t sandbox_memory_peak_kb(struct sandbox *s)
{
	int64_t now_ms = clock_mono_ms(), limit_kb = s->spec.plan.memory_mb << 10;

	if (s->state == UP && now_ms - s->looked_ms >= SANDBOX_LOOK_MS) {
		s->looked_ms = now_ms;
		note_peak(s, measure_children_kb(s->pid));
	}
	/* Between two looks of process 1 it may have been more. AWS never tells of more than there was to be had, either. */
	return s->peak_kb < limit_kb ? s->peak_kb : limit_kb;
}

pid_t sandbox_pid(const struct sandbox *s)
{
	return s->pid;
}
