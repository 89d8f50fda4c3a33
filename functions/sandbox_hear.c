/* sandbox_hear.c - what process 1 of a cage says. It is not believed: what is out of turn ends the cage. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "functions/sandbox_parts.h"

#define MESSAGES_AT_ONCE 64	/* whatever a cage has to say, others get their turn */

/* A kill by the kernel for want of memory looks like any other to process 1. */
bool sandbox_killed_for_memory(struct sandbox *s)
{
	int64_t kills = s->cgroup[0] ? cgroup_oom_kills(s->cgroup) : 0;
	bool more = kills > s->oom_kills;

	s->oom_kills = kills;
	return more;
}

static bool take_exited(struct sandbox *s, const struct wire_message *m)
{
	int at = m->head.id >= 0 ? sandbox_slot(s, m->head.id) : -1;
	struct sandbox_exit how = {0};
	struct sandbox_wire_exit e;

	if (s->state != UP || at < 0 || m->head.length != sizeof e)
		return false;
	memcpy(&e, m->text, sizeof e);
	how = (struct sandbox_exit){ .status = e.status, .error = e.error > 0 ? e.error : 0, .oom = e.oom != 0 };
	if (WIFSIGNALED(how.status) && WTERMSIG(how.status) == SIGKILL && sandbox_killed_for_memory(s))
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

	sandbox_fail(s, s->state == STARTING ? "outbound is not available on this host: slirp4netns could not join the cage"
				     : "slirp4netns ended, and with it the way out of the cage");
}

static void open_way(struct sandbox *s)
{
	char why[SANDBOX_WHY_MAX];

	s->outbound = (struct outbound){ .loop = s->spec.loop, .owner = s, .up = on_way_out, .lost = on_way_lost, .closed = sandbox_one_less };
	if (outbound_start(&s->outbound, &(struct outbound_programs){ s->spec.outbound, s->spec.program }, s->listeners[SANDBOX_ENDPOINT],
			   why, sizeof why) < 0)
		sandbox_fail(s, why);
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
	sandbox_fail(s, text);
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

void sandbox_note_peak(struct sandbox *s, int64_t kb)
{
	if (kb > s->peak_kb)
		s->peak_kb = kb;
}

static bool take_memory(struct sandbox *s, const struct wire_message *m)
{
	sandbox_note_peak(s, m->head.value);
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

void sandbox_hear(struct sandbox *s)
{
	struct wire_message m;
	int rc = 0;

	for (int n = 0; n < MESSAGES_AT_ONCE && s->state != DYING && (rc = wire_receive(s->sock, &m)) == 0; n++) {
		if (!take(s, &m))
			sandbox_fail(s, "process 1 of the cage spoke out of turn");
		if (m.fd >= 0)
			close(m.fd);
	}
	if (rc == E_BAD_INPUT)
		sandbox_fail(s, "process 1 of the cage does not speak in messages");
	if (s->state == DYING || (rc < 0 && rc != -EAGAIN))
		uv_poll_stop(&s->poll);		/* its end comes by the other descriptor */
}
