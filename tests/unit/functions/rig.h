/* rig.h - a loop and a pool with the real minilab-runner, for pool_test and probe_test.
 *
 * The programs are t_runner()'s and t_general()'s. */
#ifndef TESTS_RIG_H
#define TESTS_RIG_H

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "functions/pool.h"
#include "tests/lib/t.h"

#define RIG_DEADLINE_S 120	/* only to end a test that hangs */

struct rig {
	uv_loop_t loop;
	struct pool *pool;
	bool closed;
};

struct call {			/* `{0}`, then rig_call */
	struct invocation i;
	int calls;
	char answer[256];
	void (*then)(struct call *c);
	struct rig *rig;
};

static inline struct pool_spec rig_spec(struct rig *r)
{
	return (struct pool_spec){ .loop = &r->loop, .runner_path = t_runner(), .general_path = t_general(),
				   .environments_max = 2, .idle_ms = 60000, .uses_max = 100, .probes = true };
}

static inline void rig_open(struct rig *r, const struct pool_spec *s)
{
	*r = (struct rig){0};
	alarm(RIG_DEADLINE_S);
	assert_int_equal(uv_loop_init(&r->loop), 0);
	struct pool_spec spec = s ? *s : rig_spec(r);

	spec.loop = &r->loop;
	assert_int_equal(pool_open(&r->pool, &spec), 0);
}

/* libuv keeps a pipe for signals from its first loop on; so that the descriptor count of a test is its own. */
static inline int rig_warm_up(void **state)
{
	uv_loop_t loop;

	(void)state;
	return uv_loop_init(&loop) || uv_loop_close(&loop);
}

static inline void rig_on_closed(void *owner)
{
	((struct rig *)owner)->closed = true;
}

/* Every handle must be gone, which uv_loop_close proves; and every process. */
static inline void rig_close(struct rig *r)
{
	pool_close(r->pool, rig_on_closed, r);
	assert_false(r->closed);
	uv_run(&r->loop, UV_RUN_DEFAULT);
	assert_true(r->closed);
	assert_int_equal(uv_loop_close(&r->loop), 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	alarm(0);
}

static inline void rig_on_done(struct invocation *i)
{
	struct call *c = container_of(i, struct call, i);

	c->calls++;
	snprintf(c->answer, sizeof c->answer, "%.*s", (int)i->answer.len, i->answer.data ? i->answer.data : "");
	if (c->then)
		c->then(c);
}

/* Fields that are set already stay. */
static inline void rig_call(struct rig *r, struct call *c, const char *event)
{
	c->rig = r;
	c->i.function = c->i.function ? c->i.function : "probe";
	c->i.memory_mb = c->i.memory_mb ? c->i.memory_mb : 256;
	c->i.timeout_ms = c->i.timeout_ms ? c->i.timeout_ms : 30000;
	c->i.request = STR("request-1");
	c->i.event = str_of(event);
	c->i.input = c->i.input_length ? c->i.input : -1;
	c->i.done = rig_on_done;
	pool_invoke(r->pool, &c->i);
	assert_int_equal(c->calls, 0);
}

/* UV_RUN_ONCE would sleep for the next event after a timer's callback. */
static inline void rig_turn(struct rig *r)
{
	uv_run(&r->loop, UV_RUN_NOWAIT);
	t_nap();
}

static inline void rig_wait(struct rig *r, struct call *c)
{
	while (c->calls == 0)
		rig_turn(r);
	assert_int_equal(c->calls, 1);
}

static inline struct call rig_run(struct rig *r, const char *event)
{
	static struct call c;

	c = (struct call){0};
	rig_call(r, &c, event);
	rig_wait(r, &c);
	return c;
}

static inline struct pool_health rig_health(struct rig *r)
{
	struct pool_health h;

	pool_get_health(r->pool, &h);
	return h;
}

static inline int rig_input(const char *text)
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

/* What came out, as a text. */
static inline void rig_keep_output(struct call *c)
{
	char bytes[64] = "";

	assert_int_equal(pread(c->i.output, bytes, sizeof bytes - 1, 0), c->i.output_length);
	snprintf(c->answer, sizeof c->answer, "%s", bytes);
}

/* What the kernel tells about a child. */
struct rig_status {
	pid_t pid;
	char name[16];		/* as much as the kernel keeps of it */
	bool zygote;		/* it has one id; environments have a second one, in their own namespace */
	unsigned uids[4], gids[4];
	unsigned long long permitted, effective;
};

static inline void rig_read_status(struct rig_status *s, pid_t pid)
{
	char path[64], line[256];
	int own, inner;
	FILE *f;

	*s = (struct rig_status){ .pid = pid };
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	assert_non_null(f = fopen(path, "re"));
	while (fgets(line, sizeof line, f)) {
		sscanf(line, "Name: %15s", s->name);
		sscanf(line, "Uid: %u %u %u %u", &s->uids[0], &s->uids[1], &s->uids[2], &s->uids[3]);
		sscanf(line, "Gid: %u %u %u %u", &s->gids[0], &s->gids[1], &s->gids[2], &s->gids[3]);
		sscanf(line, "CapPrm: %llx", &s->permitted);
		sscanf(line, "CapEff: %llx", &s->effective);
		if (strncmp(line, "NSpid:", 6) == 0)
			s->zygote = sscanf(line, "NSpid: %d %d", &own, &inner) == 1;
	}
	fclose(f);
}

/* All children that live; at most `most`. */
static inline int rig_read_children(struct rig_status *s, int most)
{
	char path[64], text[256] = "";
	char *at = text, *end;
	int n = 0;
	long pid;
	FILE *f;

	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	assert_non_null(f = fopen(path, "re"));
	assert_non_null(fgets(text, sizeof text, f));
	fclose(f);
	for (; n < most && (pid = strtol(at, &end, 10)) > 0 && end != at; at = end)
		rig_read_status(&s[n++], (pid_t)pid);
	return n;
}

static inline void rig_kill_zygote(enum program which)
{
	struct rig_status s[8];
	int n = rig_read_children(s, 8), at = 0;

	while (at < n && !(s[at].zygote && strncmp(s[at].name, program_name(which), 15) == 0))
		at++;
	assert_true(at < n);
	assert_int_equal(kill(s[at].pid, SIGKILL), 0);
}

#endif
