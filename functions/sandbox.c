#include "functions/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "functions/sandbox_measure.h"
#include "functions/sandbox_parts.h"

static int ask(struct sandbox *s);
static void on_event(uv_poll_t *poll, int status, int events);

static void kill_it(struct sandbox *s)
{
	s->state = DYING;
	uv_timer_stop(&s->timer);
	if (s->pidfd >= 0 && !s->exited && syscall(SYS_pidfd_send_signal, s->pidfd, SIGKILL, NULL, 0) < 0 && errno == ENOSYS)
		kill(s->pid, SIGKILL);	/* Valgrind has no such call; nobody else can have the number before we reap it */
}

void sandbox_fail(struct sandbox *s, const char *why)
{
	if (s->state != DYING)
		snprintf(s->why, sizeof s->why, "%s", why);
	kill_it(s);
}

static int wait_status(const struct death *d)
{
	return d->code == CLD_EXITED ? d->status << 8 : d->status;
}

void sandbox_one_less(void *owner)
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
	sandbox_one_less(h->data);
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
		sandbox_fail(s, "the cage takes no messages");
	else if (outbox_waits(&s->outbox))
		poll_socket(s);
}

int sandbox_slot(const struct sandbox *s, int64_t process)
{
	int at = 0;

	while (at < SANDBOX_PROCESSES_MAX && s->processes[at] != process)
		at++;
	return at < SANDBOX_PROCESSES_MAX ? at : -1;
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
		sandbox_hear(s);
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
	sandbox_hear(s);			/* its last words */
	s->death.oom = s->cgroup[0] && sandbox_killed_for_memory(s);
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
	sandbox_fail(t->data, "the cage was not ready in time");
}

static void on_spawned(struct zygote_request *r)
{
	struct sandbox *s = container_of(r, struct sandbox, request);
	char text[SANDBOX_WHY_MAX];

	if (r->rc == E_CRASHED && s->state == STARTING && ++s->tries < SANDBOX_TRIES && ask(s) == 0)
		return;
	if (r->rc < 0) {
		snprintf(text, sizeof text, "%s: %s", r->step, err_text(r->rc));
		sandbox_fail(s, text);
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
	int at = sandbox_slot(s, -1), rc;

	if (s->state != UP)
		return E_CLOSED;
	if (at < 0)
		return E_BUSY;
	if ((rc = outbox_exec(&s->outbox, s->next_process, p)) < 0) {
		if (rc != E_TOO_LARGE)
			sandbox_fail(s, "the cage takes no messages");
		return rc == E_TOO_LARGE ? rc : E_CLOSED;
	}
	if (outbox_waits(&s->outbox))
		poll_socket(s);
	s->processes[at] = s->next_process;
	return s->next_process++;
}

void sandbox_signal(struct sandbox *s, int process, int number)
{
	if (process >= 0 && sandbox_slot(s, process) >= 0)
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
		sandbox_note_peak(s, measure_children_kb(s->pid));
	}
	/* Between two looks of process 1 it may have been more. AWS never tells of more than there was to be had, either. */
	return s->peak_kb < limit_kb ? s->peak_kb : limit_kb;
}

pid_t sandbox_pid(const struct sandbox *s)
{
	return s->pid;
}
