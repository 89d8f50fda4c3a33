/* paper.h - cages of paper: the functions of sandbox.h and zygote.h, which note what they are asked and do what the test says, so that every
 * state can be reached without a process. Programs that include this are not linked with the real ones.
 */
#ifndef TESTS_PAPER_H
#define TESTS_PAPER_H

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "functions/sandbox.h"
#include "tests/lib/t.h"

#define PAPER_PROCESSES 64

struct sandbox {			/* of paper */
	struct sandbox_spec spec;
	struct sandbox *next;
	bool up, frozen, killed, reset;
	int count;			/* processes started */
	bool runs[PAPER_PROCESSES];
	char paths[PAPER_PROCESSES][128], arguments[PAPER_PROCESSES][256];
	int outs[PAPER_PROCESSES], logs[PAPER_PROCESSES];	/* the caller's */
	int signals[PAPER_PROCESSES];	/* the last that it got */
	char variables[PAPER_PROCESSES][4096];	/* joined by newlines */
	int64_t peak_kb;
	int freezes, thaws;
};

static struct sandbox *papers;		/* newest first */
static int paper_starts, paper_rc;	/* paper_rc: what sandbox_start and sandbox_exec say */
static bool paper_stays_down;		/* cages come up only by paper_up */
static bool paper_no_zygote;

static inline void paper_up(struct sandbox *s)
{
	int fds[SANDBOX_LISTENERS] = { -1, -1 };

	s->up = true;
	s->spec.ready(s->spec.owner, s, fds);
}

int sandbox_start(struct sandbox **out, const struct sandbox_spec *spec)
{
	struct sandbox *s;

	if (paper_rc < 0)
		return paper_rc;
	s = calloc(1, sizeof *s);
	s->spec = *spec;
	s->next = papers;
	papers = s;
	paper_starts++;
	*out = s;
	return 0;
}

static inline void paper_join(char *to, size_t room, const char *const *list, char with)
{
	size_t n = 0;

	for (int i = 0; list[i] && n + 1 < room; i++)
		n += (size_t)snprintf(to + n, room - n, "%s%c", list[i], with);
}

int sandbox_exec(struct sandbox *s, const struct sandbox_process *p)
{
	int n = s->count;

	assert_true(s->up && !s->killed && !s->frozen && n < PAPER_PROCESSES);
	if (paper_rc < 0)
		return paper_rc;
	s->count++;
	s->runs[n] = true;
	snprintf(s->paths[n], sizeof s->paths[n], "%s%s", p->native ? "native:" : "", p->path);
	paper_join(s->arguments[n], sizeof s->arguments[n], p->argv, ' ');
	paper_join(s->variables[n], sizeof s->variables[n], p->envp, '\n');
	s->outs[n] = p->out;
	s->logs[n] = p->log;
	return n;
}

void sandbox_signal(struct sandbox *s, int process, int number)
{
	assert_false(s->frozen);
	s->signals[process] = number;
}

void sandbox_reset(struct sandbox *s)
{
	assert_false(s->frozen);
	s->reset = true;
}

void sandbox_freeze(struct sandbox *s)
{
	assert_true(!s->frozen && !s->killed);
	s->frozen = true;
	s->freezes++;
	s->spec.frozen(s->spec.owner, s);
}

void sandbox_thaw(struct sandbox *s)
{
	assert_true(s->frozen);
	s->frozen = false;
	s->thaws++;
}

void sandbox_kill(struct sandbox *s)
{
	s->killed = true;
}

int64_t sandbox_memory_peak_kb(struct sandbox *s)
{
	return s->peak_kb;
}

pid_t sandbox_pid(const struct sandbox *s)
{
	(void)s;
	return 1;
}

static inline void paper_exit(struct sandbox *s, int process, int status)
{
	const struct sandbox_exit how = { .status = status };

	assert_true(s->runs[process]);
	s->runs[process] = false;
	s->spec.exited(s->spec.owner, s, process, &how);
}

static inline void paper_exit_how(struct sandbox *s, int process, struct sandbox_exit how)
{
	s->runs[process] = false;
	s->spec.exited(s->spec.owner, s, process, &how);
}

/* `why`: "" for a kill. */
static inline void paper_gone(struct sandbox *s, const char *why, bool oom)
{
	const struct sandbox_exit how = { .status = SIGKILL, .oom = oom };
	struct sandbox **at = &papers;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	s->spec.gone(s->spec.owner, s, &how, why);
	free(s);
}

/* The zygote. */

int zygote_open(struct zygote **out, const struct zygote_spec *spec)
{
	static int one;

	if (paper_no_zygote)
		return -EOPNOTSUPP;
	assert_string_equal(spec->arguments[0], "--code");
	*out = (struct zygote *)(void *)&one;
	return 0;
}

struct zygote *zygote_start(const struct zygote_spec *spec)
{
	(void)spec;
	return NULL;
}

const struct cage_features *zygote_features(const struct zygote *z)
{
	static const struct cage_features f = { .rung = CAGE_B };

	(void)z;
	return &f;
}

const char *zygote_state(const struct zygote *z)
{
	(void)z;
	return "up";
}

void zygote_ask(struct zygote *z, struct zygote_request *r)
{
	(void)z;
	(void)r;
}

void zygote_stop(struct zygote *z)
{
	(void)z;
}

void zygote_close(struct zygote *z, void (*closed)(void *owner), void *owner)
{
	(void)z;
	closed(owner);
}

#endif
