#include "functions/environment.h"

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
#include "base/json.h"
#include "base/log.h"
#include "functions/answer.h"
#include "functions/wire.h"

#define PROC_MAX 4096
#define CPU_SLACK_S 2		/* for the daemon to be first with its own reason */

static int ask(struct environment *e);
static void on_timer(uv_timer_t *t);

static void arm(struct environment *e, int64_t ms)
{
	uv_update_time(e->spec.loop);
	uv_timer_start(&e->timer, on_timer, (uint64_t)ms, 0);
}

/* Of the life so far, as on AWS. What the kernel counts, not what the cage says. */
static int64_t peak_kb(const struct environment *e)
{
	char path[64], text[PROC_MAX];
	const char *at;
	ssize_t n;
	int fd;

	if (e->cgroup[0]) {
		int64_t kb = cgroup_peak_kb(e->cgroup);

		if (kb >= 0)
			return kb;
	}
	if (e->exited)
		return e->death.peak_kb;
	snprintf(path, sizeof path, "/proc/%d/status", (int)e->pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return 0;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, "VmHWM:");
	return at ? strtoll(at + strlen("VmHWM:"), NULL, 10) : 0;
}

static void kill_it(struct environment *e)
{
	e->state = ENVIRONMENT_DYING;
	uv_timer_stop(&e->timer);
	if (e->pidfd >= 0 && !e->exited && syscall(SYS_pidfd_send_signal, e->pidfd, SIGKILL, NULL, 0) < 0 && errno == ENOSYS)
		kill(e->pid, SIGKILL);	/* Valgrind has no such call; nobody else can have the number before we reap it */
}

static void on_handle_closed(uv_handle_t *h)
{
	struct environment *e = h->data;

	if (--e->open_handles > 0)
		return;
	if (e->sock >= 0)
		close(e->sock);
	if (e->pidfd >= 0)
		close(e->pidfd);
	cgroup_remove(e->cgroup);
	e->spec.gone(e);
	free((char *)(uintptr_t)e->spec.kind.function.p);
	free(e);
}

static void finish(struct environment *e)
{
	uv_close((uv_handle_t *)&e->timer, on_handle_closed);
	if (e->pidfd >= 0) {
		uv_close((uv_handle_t *)&e->poll, on_handle_closed);
		uv_close((uv_handle_t *)&e->exit, on_handle_closed);
	}
}

/* While the process can still be asked. Sums over the environments that the invocation went through. */
static void measure(struct environment *e)
{
	int64_t kb = peak_kb(e);

	e->invocation->duration_us += clock_mono_us() - e->began_us;
	if (kb > e->invocation->memory_peak_kb)
		e->invocation->memory_peak_kb = kb;
}

/* Of the process so far. */
static int64_t cpu_us(const struct environment *e)
{
	struct timespec t = {0};

	clock_gettime(e->cpu_clock, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Until the first of its two limits can be reached; 0: one is. */
static int64_t time_left(const struct environment *e, enum reason *limit)
{
	const struct invocation *i = e->invocation;
	int64_t left_ms = i->timeout_ms - (clock_mono_us() - e->began_us) / 1000, cpu_ms;

	*limit = REASON_TIMEOUT;
	if (i->cpu_ms == 0 || left_ms <= 0)
		return left_ms > 0 ? left_ms : 0;
	*limit = REASON_CPU;
	cpu_ms = i->cpu_ms - (cpu_us(e) - e->cpu_began_us) / 1000;
	if (cpu_ms <= 0)
		return 0;
	cpu_ms /= uv_available_parallelism();
	if (cpu_ms < ENVIRONMENT_CPU_LOOK_MS)
		cpu_ms = ENVIRONMENT_CPU_LOOK_MS;
	return cpu_ms < left_ms ? cpu_ms : left_ms;
}

static void settle(struct environment *e)
{
	struct invocation *i = e->invocation;

	e->invocation = NULL;
	i->environment = NULL;
	e->worn = e->state == ENVIRONMENT_DYING;
	e->spec.settled(e, i);
}

/* The process is gone, or never was: an invocation without an answer ends with it. */
static void end(struct environment *e)
{
	struct invocation *i = e->invocation;

	e->state = ENVIRONMENT_DYING;
	if (!e->fault && (i || !e->was_ready)) {
		e->fault = verdict(&e->death, e->fault_message);
		e->fault_rc = e->fault == REASON_TIMEOUT ? E_TIMEOUT : E_CRASHED;
	}
	if (i) {
		i->rc = e->fault_rc;
		i->reason = e->fault;
		snprintf(i->message, sizeof i->message, "%s", e->fault_message);
		measure(e);
		settle(e);
	}
	finish(e);
}

void environment_fault(struct environment *e, int rc, enum reason r, const char *message)
{
	if (!e->fault) {
		e->fault = r;
		e->fault_rc = rc;
		snprintf(e->fault_message, sizeof e->fault_message, "%s", message);
	}
	kill_it(e);
}

void environment_retire(struct environment *e)
{
	kill_it(e);
}

static void watch_time(struct environment *e)
{
	const struct invocation *i = e->invocation;
	enum reason limit;
	int64_t left_ms = time_left(e, &limit);
	char text[80];

	if (left_ms > 0) {
		arm(e, left_ms);
		return;
	}
	if (limit == REASON_TIMEOUT)
		snprintf(text, sizeof text, "Task timed out after %.2f seconds", (double)i->timeout_ms / 1000);
	else
		snprintf(text, sizeof text, "Task used more than %.2f seconds of processor time", (double)i->cpu_ms / 1000);
	environment_fault(e, E_TIMEOUT, limit, text);
}

static void on_timer(uv_timer_t *t)
{
	struct environment *e = t->data;

	if (e->state == ENVIRONMENT_IDLE) {
		environment_retire(e);
	} else if (e->state == ENVIRONMENT_BUSY) {
		watch_time(e);
	} else if (e->state == ENVIRONMENT_INIT) {
		environment_fault(e, E_CRASHED, REASON_START, "the environment was not ready in time");
	}
}

static void become_idle(struct environment *e)
{
	e->state = ENVIRONMENT_IDLE;
	if (e->uses >= e->spec.uses_max)
		environment_retire(e);
	else
		arm(e, e->spec.idle_ms);
}

static void take_answer(struct environment *e, struct wire_message *m)
{
	const char *why = "no answer was due";

	/* The id: an answer that comes twice must not pass for the next one's. */
	if (e->state != ENVIRONMENT_BUSY || m->head.id != e->uses || !answer_take(e->invocation, m, &why)) {
		environment_fault(e, E_CRASHED, REASON_ANSWER, why);
		return;
	}
	measure(e);
	become_idle(e);
	/* A process that ran out of memory, did not get what it tried, or met damage is not trusted to go on. */
	if (e->exited || e->told_refused || e->invocation->degraded || reason_is(e->invocation->reason, REASON_RETIRE))
		environment_retire(e);
	settle(e);
}

static void take_ready(struct environment *e)
{
	e->init_us = clock_mono_us() - e->asked_us;
	e->was_ready = true;
	become_idle(e);
	e->spec.ready(e);
}

static void take(struct environment *e, struct wire_message *m)
{
	char text[128];

	if (e->state == ENVIRONMENT_DYING) {
		/* too late, whatever it says */
	} else if (e->state == ENVIRONMENT_INIT && m->head.kind == WIRE_READY) {
		take_ready(e);
	} else if (e->state == ENVIRONMENT_INIT && m->head.kind == WIRE_FAILED) {
		snprintf(text, sizeof text, "cage step \"%.40s\": %s", m->text, err_text((int)m->head.value));
		environment_fault(e, E_CRASHED, REASON_START, text);
	} else if (e->state == ENVIRONMENT_BUSY && m->head.kind == WIRE_REFUSED && !e->told_refused) {
		e->told_refused = true;
	} else {
		take_answer(e, m);
	}
	if (m->fd >= 0)
		close(m->fd);
}

static void read_socket(struct environment *e)
{
	struct wire_message m;
	int rc;

	while ((rc = wire_receive(e->sock, &m)) == 0)
		take(e, &m);
	if (rc == -EAGAIN)
		return;
	uv_poll_stop(&e->poll);
	if (rc == E_BAD_INPUT)
		environment_fault(e, E_CRASHED, REASON_ANSWER, "the answer is not in the form of a message");
	else if (e->state != ENVIRONMENT_DYING)
		kill_it(e);	/* it has died, or hung up: the verdict comes with its end */
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct environment *e = poll->data;

	(void)status;
	(void)events;
	read_socket(e);
}

static void on_exit_status(uv_poll_t *poll, int status, int events)
{
	struct environment *e = poll->data;

	(void)status;
	(void)events;
	if (e->exited || verdict_wait(e->pidfd, &e->death) == -EAGAIN)
		return;
	e->exited = true;
	uv_poll_stop(poll);
	if (e->state != ENVIRONMENT_DYING)
		read_socket(e);		/* its last words */
	e->death.refused = e->told_refused;
	e->death.oom = e->cgroup[0] && cgroup_oom_killed(e->cgroup);
	end(e);
}

static void watch(struct environment *e, uv_poll_t *p, int fd, uv_poll_cb on_event)
{
	CHECK(uv_poll_init(e->spec.loop, p, fd) == 0);
	p->data = e;
	e->open_handles++;
	CHECK(uv_poll_start(p, UV_READABLE, on_event) == 0);
}

static void on_spawned(struct zygote_request *r)
{
	struct environment *e = container_of(r, struct environment, request);
	char text[128];

	if (r->rc == E_CRASHED && e->state == ENVIRONMENT_SPAWNING && ++e->tries < ENVIRONMENT_TRIES && ask(e) == 0)
		return;
	if (r->rc < 0) {
		snprintf(text, sizeof text, "%s: %s", r->step, err_text(r->rc));
		environment_fault(e, E_CRASHED, REASON_START, text);
		end(e);
		return;
	}
	e->pid = r->pid;
	e->pidfd = r->pidfd;
	clock_getcpuclockid(e->pid, &e->cpu_clock);
	watch(e, &e->poll, e->sock, on_readable);
	watch(e, &e->exit, e->pidfd, on_exit_status);
	if (e->state == ENVIRONMENT_DYING) {
		kill_it(e);
		return;
	}
	e->state = ENVIRONMENT_INIT;
	arm(e, ENVIRONMENT_INIT_MS);
}

/* A socketpair per try: the other end of a lost one may have a process at it. */
static int ask(struct environment *e)
{
	int s[2];

	if (e->sock >= 0)
		close(e->sock);
	e->sock = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s) < 0)
		return -errno;
	fcntl(s[0], F_SETFL, O_NONBLOCK);
	e->sock = s[0];
	e->request.sock = s[1];
	e->request.done = on_spawned;
	zygote_ask(e->spec.zygote, &e->request);
	return 0;
}

static int set_limits(struct environment *e)
{
	const struct environment_spec *s = &e->spec;
	struct cage_limits *l = &e->request.limits;
	int rc = 0;

	l->memory_bytes = s->kind.memory_mb << 20;
	l->cpu_s = (s->kind.cpu_ms ? s->kind.cpu_ms / 1000 + CPU_SLACK_S : s->kind.timeout_ms / 1000 + 1) * s->uses_max;
	l->output_bytes = INVOKE_OUTPUT_MAX;
	if (s->cgroup)
		rc = cgroup_make(s->cgroup, l);
	snprintf(e->cgroup, sizeof e->cgroup, "%s", l->cgroup);
	e->death.memory_bytes = l->memory_bytes;
	e->death.cpu_limit_s = l->cpu_s;
	return rc;
}

int environment_start(struct environment **out, const struct environment_spec *spec)
{
	struct environment *e = calloc(1, sizeof *e);
	int rc;

	CHECK(e != NULL);
	e->spec = *spec;
	e->sock = e->pidfd = -1;
	e->asked_us = clock_mono_us();
	if ((rc = set_limits(e)) < 0 || (rc = ask(e)) < 0) {
		cgroup_remove(e->cgroup);
		free(e);
		return rc;
	}
	e->spec.kind.function = str_n(strndup(spec->kind.function.p, spec->kind.function.n), spec->kind.function.n);
	CHECK(e->spec.kind.function.p != NULL);
	uv_timer_init(spec->loop, &e->timer);
	e->timer.data = e;
	e->open_handles++;
	*out = e;
	return 0;
}

static int send_invoke(struct environment *e, const struct invocation *i)
{
	struct buf text = {0};
	struct json j = json_into(&text);
	int rc;

	json_open(&j, NULL, '{');
	json_str(&j, "request", i->request);
	json_raw(&j, "event", i->event);
	json_raw(&j, "env", i->env.n ? i->env : STR("{}"));
	json_close(&j);
	rc = wire_send(e->sock, (struct wire_header){ .kind = WIRE_INVOKE, .value = i->input_length, .id = e->uses + 1 },
		       str_n(text.data, text.len), i->input);
	buf_clear(&text);
	return rc;
}

int environment_invoke(struct environment *e, struct invocation *i)
{
	int rc;

	CHECK(e->state == ENVIRONMENT_IDLE && !e->invocation);
	e->began_us = clock_mono_us();
	rc = send_invoke(e, i);
	if (rc == E_TOO_LARGE)
		return rc;
	if (rc < 0) {
		environment_retire(e);
		return E_CLOSED;
	}
	i->environment = e;
	i->init_us += e->uses == 0 && e->promised ? e->init_us : 0;
	e->invocation = i;
	e->uses++;
	e->told_refused = false;
	e->state = ENVIRONMENT_BUSY;
	e->cpu_began_us = cpu_us(e);
	watch_time(e);
	return 0;
}
