/* rig.h - a loop and a pool with the real minilab-runner, for pool_test and probe_test.
 *
 * The programs are t_runner()'s and t_general()'s. */
#ifndef TESTS_RIG_H
#define TESTS_RIG_H

#include <stdio.h>
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

#endif
