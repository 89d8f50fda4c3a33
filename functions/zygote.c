#include "functions/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "functions/wire.h"

#define READY_MS 20000		/* linking and starting a hundred libraries, from a cold disk */
#define PAUSE_MS_MIN 100
#define PAUSE_MS_MAX 5000
#define REAP_MS 2
#define ARGUMENTS_MAX 12

enum state { STARTING, UP, DOWN, STOPPED, CLOSING };

struct zygote {
	struct zygote_spec spec;
	enum state state;
	struct cage_features features;
	pid_t pid;			/* and process group; 0: reaped or never started */
	int sock;			/* owned; -1 */
	int64_t pause_ms;
	uv_poll_t poll;
	bool polling;			/* until poll's close has come back */
	uv_timer_t timer;		/* STARTING: deadline. DOWN: the next try. CLOSING: has it been reaped */
	struct zygote_request *waiting, *asked;	/* in order */
	void (*closed)(void *owner);
	void *owner;
	struct wire_message message;
};

static void on_readable(uv_poll_t *poll, int status, int events);
static void on_timer(uv_timer_t *t);

static void push(struct zygote_request **list, struct zygote_request *r)
{
	while (*list)
		list = &(*list)->next;
	r->next = NULL;
	*list = r;
}

static struct zygote_request *pop(struct zygote_request **list)
{
	struct zygote_request *r = *list;

	if (r)
		*list = r->next;
	return r;
}

static void fail_all(struct zygote_request **list, int rc)
{
	struct zygote_request *r, *failed = *list;

	*list = NULL;		/* done may ask again */
	while ((r = pop(&failed))) {
		r->rc = rc;
		snprintf(r->step, sizeof r->step, "zygote");
		if (r->sock >= 0)
			close(r->sock);
		r->sock = -1;
		r->done(r);
	}
}

static void list_arguments(const struct zygote_spec *s, char *argv[ARGUMENTS_MAX + 1])
{
	int n = 0;

	argv[n++] = (char *)(uintptr_t)s->name;
	if (s->probes)
		argv[n++] = (char *)(uintptr_t)"--probes";
	for (const char *const *a = s->arguments; a && *a; a++) {
		CHECK(n < ARGUMENTS_MAX);
		argv[n++] = (char *)(uintptr_t)*a;
	}
	argv[n] = NULL;
}

/* 0 and 1 are /dev/null; 2 stays, for a last word; 3 is the socket; nothing else. A process group of its own,
 * because Ctrl-C is for the daemon, which then ends in order.
 *
 * Its only variable asks the kernel for large pages: decoders that hold a photo whole get and give back some ten MB
 * each time, and small pages for that took up to a fifth of their time. */
static int spawn(const struct zygote_spec *s, int sock, pid_t *pid)
{
	char *const env[] = { (char *)(uintptr_t)"GLIBC_TUNABLES=glibc.malloc.hugetlb=1", NULL };
	char *argv[ARGUMENTS_MAX + 1];
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int rc;

	list_arguments(s, argv);
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_adddup2(&files, sock, 3);
	posix_spawn_file_actions_addclosefrom_np(&files, 4);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setsigmask(&attr, &none);
	rc = posix_spawn(pid, s->path, &files, &attr, argv, env);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return -rc;
}

static int start(struct zygote *z)
{
	int s[2] = { -1, -1 }, rc;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s) < 0)
		return -errno;
	if ((rc = spawn(&z->spec, s[1], &z->pid)) < 0) {
		z->pid = 0;
		close(s[0]);
	} else {
		fcntl(s[0], F_SETFL, O_NONBLOCK);
		z->sock = s[0];
		z->state = STARTING;
	}
	close(s[1]);
	return rc;
}

/* Until there is nobody left in its group. __WALL, because environments announce themselves with no signal. */
static bool reaped(struct zygote *z)
{
	while (z->pid > 0) {
		siginfo_t si = {0};

		if (waitid(P_PGID, (id_t)z->pid, &si, WEXITED | WNOHANG | __WALL) < 0)
			z->pid = 0;
		else if (si.si_pid == 0)
			return false;
	}
	return true;
}

static void on_poll_closed(uv_handle_t *h)
{
	struct zygote *z = h->data;

	z->polling = false;
}

static void hang_up(struct zygote *z)
{
	if (z->sock >= 0) {
		uv_close((uv_handle_t *)&z->poll, on_poll_closed);
		close(z->sock);
		z->sock = -1;
	}
	if (z->pid > 0)
		kill(-z->pid, SIGKILL);
}

static void lost(struct zygote *z, int rc)
{
	bool came_up = z->state == UP;

	log_warn(rc, "zygote=%d lost program=%s next_ms=%lld", (int)z->pid, z->spec.name, (long long)z->pause_ms);
	hang_up(z);
	z->state = DOWN;
	uv_timer_start(&z->timer, on_timer, (uint64_t)z->pause_ms, 0);
	z->pause_ms = z->pause_ms * 2 < PAUSE_MS_MAX ? z->pause_ms * 2 : PAUSE_MS_MAX;
	fail_all(&z->asked, E_CRASHED);
	if (!came_up)
		fail_all(&z->waiting, E_CRASHED);
}

static void send_waiting(struct zygote *z)
{
	while (z->state == UP && z->waiting) {
		struct zygote_request *r = z->waiting;
		int rc = wire_send(z->sock, (struct wire_header){ .kind = WIRE_SPAWN },
				   str_n(&r->limits, sizeof r->limits), r->sock);

		if (rc < 0)
			return;		/* busy: its next answer brings us back. Dead: on_readable learns it */
		close(r->sock);
		r->sock = -1;
		push(&z->asked, pop(&z->waiting));
	}
}

static int take_ready(struct zygote *z, const struct wire_message *m)
{
	int rc;

	if (m->head.kind != WIRE_READY || z->state != STARTING)
		return E_BAD_INPUT;
	if ((rc = cage_parse(str_n(m->text, m->head.length), &z->features)) < 0)
		return rc;
	z->features.cgroup = z->spec.cgroup;
	z->features.rung = cage_rank(&z->features);
	if (z->features.rung > z->spec.rung_max) {
		log_error(-EOPNOTSUPP, "cage=%s needed=%s", log_quote(str_of(cage_rung_text(z->features.rung))),
			  log_quote(str_of(cage_rung_text(z->spec.rung_max))));
		return -EOPNOTSUPP;
	}
	z->state = UP;
	z->pause_ms = PAUSE_MS_MIN;
	log_info("zygote=%d ready program=%s us=%lld cage=%s %s", (int)z->pid, z->spec.name, (long long)m->head.value,
		 log_quote(str_of(cage_rung_text(z->features.rung))), m->text);
	return 0;
}

static int take_answer(struct zygote *z, struct wire_message *m)
{
	struct zygote_request *r = pop(&z->asked);
	bool spawned = m->head.kind == WIRE_SPAWNED && m->fd >= 0 && m->head.value > 0;

	if (!r || (!spawned && m->head.kind != WIRE_FAILED)) {
		if (r)
			push(&z->asked, r);
		return E_BAD_INPUT;
	}
	r->rc = spawned ? 0 : m->head.value < 0 ? (int)m->head.value : E_CRASHED;
	r->pid = spawned ? (pid_t)m->head.value : 0;
	if (spawned)
		setpgid(r->pid, r->pid);
	r->pidfd = m->fd;
	m->fd = -1;
	snprintf(r->step, sizeof r->step, "%.*s", (int)sizeof r->step - 1, m->text);
	r->done(r);
	return 0;
}

static int take(struct zygote *z)
{
	struct wire_message *m = &z->message;
	int rc;

	if ((rc = wire_receive(z->sock, m)) < 0)
		return rc;
	rc = z->state == STARTING ? take_ready(z, m) : take_answer(z, m);
	if (m->fd >= 0)
		close(m->fd);
	return rc;
}

static void watch(struct zygote *z)
{
	CHECK(uv_poll_init(z->spec.loop, &z->poll, z->sock) == 0);
	z->poll.data = z;
	z->polling = true;
	CHECK(uv_poll_start(&z->poll, UV_READABLE, on_readable) == 0);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct zygote *z = poll->data;
	int rc = status;

	(void)events;
	while (z->sock >= 0 && rc == 0)
		rc = take(z);
	if (z->sock < 0)
		return;
	if (rc != -EAGAIN) {
		lost(z, rc);
		return;
	}
	if (z->state == UP) {
		uv_timer_stop(&z->timer);
		send_waiting(z);
	}
}

static void on_closed(uv_handle_t *h)
{
	struct zygote *z = h->data;

	z->closed(z->owner);
	free(z);
}

static void again(struct zygote *z)
{
	int rc = start(z);

	if (rc < 0) {
		lost(z, rc);
		return;
	}
	watch(z);
	uv_timer_start(&z->timer, on_timer, READY_MS, 0);
}

static void on_timer(uv_timer_t *t)
{
	struct zygote *z = t->data;

	if (z->state == STARTING)
		lost(z, E_TIMEOUT);
	else if (!reaped(z) || z->polling)
		uv_timer_start(t, on_timer, REAP_MS, 0);
	else if (z->state == CLOSING)
		uv_close((uv_handle_t *)t, on_closed);
	else
		again(z);
}

/* Before there is a loop to come back to. */
static int wait_ready(struct zygote *z)
{
	struct pollfd p = { .fd = z->sock, .events = POLLIN };

	if (poll(&p, 1, READY_MS) <= 0)
		return E_TIMEOUT;
	return take(z);
}

static struct zygote *make(const struct zygote_spec *spec)
{
	struct zygote *z = calloc(1, sizeof *z);

	CHECK(z != NULL);
	z->spec = *spec;
	z->sock = -1;
	z->pause_ms = PAUSE_MS_MIN;
	return z;
}

static void init_timer(struct zygote *z)
{
	uv_timer_init(z->spec.loop, &z->timer);
	z->timer.data = z;
}

struct zygote *zygote_start(const struct zygote_spec *spec)
{
	struct zygote *z = make(spec);

	init_timer(z);
	again(z);
	return z;
}

int zygote_open(struct zygote **out, const struct zygote_spec *spec)
{
	struct zygote *z = make(spec);
	int rc;

	if ((rc = start(z)) < 0 || (rc = wait_ready(z)) < 0)
		goto out;
	init_timer(z);
	watch(z);
	*out = z;
	return 0;
out:
	log_error(rc, "runner=%s", log_quote(str_of(spec->path)));
	if (z->pid > 0) {
		kill(-z->pid, SIGKILL);
		waitpid(z->pid, NULL, 0);
	}
	if (z->sock >= 0)
		close(z->sock);
	free(z);
	return rc;
}

const struct cage_features *zygote_features(const struct zygote *z)
{
	return &z->features;
}

const char *zygote_state(const struct zygote *z)
{
	return z->state == STARTING ? "starting" : z->state == UP ? "up" : "down";
}

void zygote_ask(struct zygote *z, struct zygote_request *r)
{
	CHECK(z->state < STOPPED);
	r->rc = 0;
	r->pidfd = -1;
	push(&z->waiting, r);
	send_waiting(z);
}

void zygote_stop(struct zygote *z)
{
	hang_up(z);
	z->state = STOPPED;
	uv_timer_stop(&z->timer);
	fail_all(&z->asked, E_CLOSED);
	fail_all(&z->waiting, E_CLOSED);
}

void zygote_close(struct zygote *z, void (*closed)(void *owner), void *owner)
{
	CHECK(z->state == STOPPED);
	z->closed = closed;
	z->owner = owner;
	z->state = CLOSING;
	uv_timer_start(&z->timer, on_timer, 0, 0);
}
