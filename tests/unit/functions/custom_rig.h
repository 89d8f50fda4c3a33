/* custom_rig.h - the pool of custom environments with cages of paper (paper.h), and those who talk to it: callers, and runtimes that say what
 * a process would say by HTTP.
 *
 * What a kill or reset brings about comes from rig_turn, as it would from the loop.
 */
#ifndef TESTS_CUSTOM_RIG_H
#define TESTS_CUSTOM_RIG_H

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "functions/custom.h"
#include "functions/runtime.h"
#include "tests/lib/t.h"
#include "tests/unit/functions/paper.h"

#define RIG_DEADLINE_S 60
#define RIG_TRIES 20000		/* turns of about a millisecond */

/* -- the pool -- */

#define RIG_ENVIRONMENTS 16

struct rig {
	uv_loop_t loop;
	struct custom_pool *pool;
	struct custom_spec spec;
	bool closed;
	char code[256];			/* the code directory; has the packages "code", with a bootstrap, and "empty" */
	struct custom_environment *environments[RIG_ENVIRONMENTS];	/* attached, in order; NULL: detached */
	int attached;
	struct buf log;			/* of all functions */
};

/* What a process of the function says by HTTP. */
struct teller {
	struct runtime_waiter w;
	struct custom_environment *e;
	int events, closings;
	char body[4096], request[64], arn[256], trace[256], context[256], event[40];
	int64_t deadline_ms;
};

struct call {
	struct custom_invocation i;
	int answers, dones, pieces;
	char answered[4096], piece[4096], type[64], answer[4096], tail[8192];
	void (*then)(struct call *c);
	struct rig *rig;
};

static inline void rig_on_log(void *owner, const struct recipe *r, const char *stream, int64_t at_ms, struct str text)
{
	struct rig *rig = owner;

	assert_true(at_ms > 0 && r->refs > 0 && stream[0]);
	buf_add(&rig->log, text.p, text.n);
	if (text.n == 0 || text.p[text.n - 1] != '\n')
		buf_puts(&rig->log, "\n");
}

static inline void rig_on_attach(void *owner, struct custom_environment *e, int runtime, int endpoint)
{
	struct rig *rig = owner;

	assert_true(runtime == -1 && endpoint == -1 && rig->attached < RIG_ENVIRONMENTS);
	rig->environments[rig->attached++] = e;
}

static inline void rig_on_detach(void *owner, struct custom_environment *e)
{
	struct rig *rig = owner;
	int at = 0;

	while (at < rig->attached && rig->environments[at] != e)
		at++;
	assert_true(at < rig->attached);
	rig->environments[at] = NULL;
}

static inline void rig_write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Below the code directory. */
static inline void rig_file(struct rig *r, const char *name, mode_t mode)
{
	char path[512], *slash;

	snprintf(path, sizeof path, "%s/%s", r->code, name);
	for (slash = path + strlen(r->code) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	rig_write_file(path, "", mode);
}

static inline void rig_open(struct rig *r, void **state, int environments_max)
{
	char empty[300];

	*r = (struct rig){0};
	papers = NULL;
	paper_starts = paper_rc = 0;
	paper_stays_down = paper_no_zygote = false;
	alarm(RIG_DEADLINE_S);
	snprintf(r->code, sizeof r->code, "%s", test_path(state));
	rig_file(r, "code/bootstrap", 0755);
	snprintf(empty, sizeof empty, "%s/empty", r->code);
	mkdir(empty, 0755);
	assert_int_equal(uv_loop_init(&r->loop), 0);
	r->spec = (struct custom_spec){ .loop = &r->loop, .program = "paper", .code_dir = r->code, .runtime_dir = "/runtime", .node = "/usr/bin/env",
					.python = "", .environments_max = environments_max, .idle_ms = 60000, .owner = r, .log = rig_on_log,
					.attach = rig_on_attach, .detach = rig_on_detach };
	assert_int_equal(custom_open(&r->pool, &r->spec), 0);
}

static inline void rig_on_closed(void *owner)
{
	((struct rig *)owner)->closed = true;
}

/* What has been asked of the cages comes about. */
static inline void rig_papers(void)
{
	for (struct sandbox *s = papers, *next; s; s = next) {
		next = s->next;
		if (s->killed) {
			paper_gone(s, "", false);
			next = papers;
			continue;
		}
		if (!s->up && !paper_stays_down)
			paper_up(s);
		if (s->reset) {
			s->reset = false;
			for (int i = 0; i < s->count; i++)
				if (s->runs[i])
					paper_exit(s, i, SIGKILL);
		}
	}
}

/* UV_RUN_ONCE would sleep for the next event after a timer's callback. */
static inline void rig_turn(struct rig *r)
{
	rig_papers();
	uv_run(&r->loop, UV_RUN_NOWAIT);
	t_nap();
}

#define RIG_UNTIL(r, cond) \
	do { \
		for (int tries_ = 0; !(cond) && tries_ < RIG_TRIES; tries_++) \
			rig_turn(r); \
		assert_true(cond); \
	} while (0)

static inline void rig_close(struct rig *r)
{
	custom_close(r->pool, rig_on_closed, r);
	custom_hurry(r->pool);
	assert_false(r->closed);
	RIG_UNTIL(r, r->closed);
	assert_null(papers);
	for (int i = 0; i < r->attached; i++)
		assert_null(r->environments[i]);
	uv_run(&r->loop, UV_RUN_NOWAIT);
	assert_int_equal(uv_loop_close(&r->loop), 0);
	buf_clear(&r->log);
	alarm(0);
}

static inline struct recipe *rig_recipe(const char *key, enum runtime_kind kind)
{
	static const char *const runtimes[] = { "provided.al2023", "nodejs20.x", "python3.12", "minilab.native" };
	struct recipe *r = recipe_new();

	r->key = arena_str(&r->memory, str_of(key));
	r->function = key[0];
	r->name = STR("thumb");
	r->version = STR("$LATEST");
	r->arn = STR("arn:aws:lambda:us-east-1:123456789012:function:thumb");
	r->account = STR("123456789012");
	r->region = STR("us-east-1");
	r->runtime = str_of(runtimes[kind]);
	r->kind = kind;
	r->handler = STR("index.handler");
	r->memory_mb = 128;
	r->timeout_ms = 3000;
	r->tmp_mb = 512;
	r->code = STR("code");
	r->log_group = STR("/aws/lambda/thumb");
	r->access_key = STR("AKIA");
	r->secret_key = STR("secret");
	r->session_token = STR("token");
	return r;
}

static inline void rig_on_answered(struct custom_invocation *i)
{
	struct call *c = container_of(i, struct call, i);

	c->answers++;
	snprintf(c->answered, sizeof c->answered, "%.*s", (int)i->answer.len, i->answer.data ? i->answer.data : "");
}

static inline void rig_on_piece(struct custom_invocation *i, struct str type, const uint8_t *p, size_t n)
{
	struct call *c = container_of(i, struct call, i);
	size_t at = strlen(c->piece);

	if (c->pieces++ == 0)
		snprintf(c->type, sizeof c->type, "%.*s", STR_ARG(type));
	else
		assert_false(str_is_set(type));
	snprintf(c->piece + at, sizeof c->piece - at, "%.*s", (int)n, (const char *)p);
}

static inline void rig_on_done(struct custom_invocation *i)
{
	struct call *c = container_of(i, struct call, i);

	c->dones++;
	snprintf(c->answer, sizeof c->answer, "%.*s", (int)i->answer.len, i->answer.data ? i->answer.data : "");
	snprintf(c->tail, sizeof c->tail, "%.*s", (int)i->tail.len, i->tail.data ? i->tail.data : "");
	if (c->then)
		c->then(c);
}

/* Fields that are set already stay. */
static inline void rig_invoke(struct rig *r, struct call *c, struct recipe *recipe)
{
	c->rig = r;
	c->i.recipe = recipe;
	c->i.request = c->i.request.n ? c->i.request : STR("8476a536-e9f4-11e8-9739-2dfe598c3fcd");
	c->i.payload = STR("{\"a\":1}");
	c->i.arn = recipe->arn;
	c->i.trace = STR("Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700");
	c->i.timeout_ms = c->i.timeout_ms ? c->i.timeout_ms : recipe->timeout_ms;
	c->i.answered = rig_on_answered;
	c->i.done = rig_on_done;
	custom_invoke(r->pool, &c->i);
	assert_int_equal(c->dones, 0);
}

static inline void rig_on_event(struct runtime_waiter *w, const struct runtime_event *ev)
{
	struct teller *t = container_of(w, struct teller, w);

	if (!ev) {
		t->closings++;
		return;
	}
	t->events++;
	snprintf(t->body, sizeof t->body, "%.*s", STR_ARG(ev->body));
	snprintf(t->request, sizeof t->request, "%.*s", STR_ARG(ev->request));
	snprintf(t->arn, sizeof t->arn, "%.*s", STR_ARG(ev->arn));
	snprintf(t->trace, sizeof t->trace, "%.*s", STR_ARG(ev->trace));
	snprintf(t->context, sizeof t->context, "%.*s", STR_ARG(ev->client_context));
	snprintf(t->event, sizeof t->event, "%.*s", STR_ARG(ev->event_identifier));
	t->deadline_ms = ev->deadline_ms;
}

/* The environment made last comes up, and its runtime begins to speak. */
static inline struct teller rig_teller(struct rig *r)
{
	struct teller t = { .w.deliver = rig_on_event };
	int n = r->attached;

	if (n == 0 || !r->environments[n - 1] || (papers && !papers->up))
		RIG_UNTIL(r, r->attached > n && r->environments[r->attached - 1]);
	t.e = r->environments[r->attached - 1];
	return t;
}

static inline enum runtime_verdict tell_next(struct teller *t)
{
	t->w = (struct runtime_waiter){ .deliver = rig_on_event };
	return runtime_next(t->e, &t->w);
}

static inline enum runtime_verdict tell_response(struct teller *t, const char *text)
{
	struct runtime_response r;
	enum runtime_verdict v = runtime_response_begin(t->e, &r, str_of(t->request), (struct str){0}, STR("application/json"));

	if (v != RUNTIME_ACCEPTED)
		return v;
	runtime_response_data(&r, (const uint8_t *)text, strlen(text));
	return runtime_response_end(&r, 0, (struct str){0}, (struct str){0});
}

/* A first invocation, of which the runtime has been told. */
static inline void rig_begin(struct rig *r, void **state, struct call *c, struct recipe *recipe, struct teller *t)
{
	rig_open(r, state, 4);
	rig_invoke(r, c, recipe);
	*t = rig_teller(r);
	tell_next(t);
}

static inline void rig_end(struct rig *r, struct recipe *recipe)
{
	rig_close(r);
	recipe_unref(recipe);
}

/* An environment that has answered one invocation and waits for the next. */
static inline struct teller *rig_warm(struct rig *r, struct recipe *recipe)
{
	static struct teller t;		/* its waiter must stay */
	struct call c = {0};

	rig_invoke(r, &c, recipe);
	t = rig_teller(r);
	assert_int_equal(tell_next(&t), RUNTIME_WAITS);
	assert_int_equal(tell_response(&t, "1"), RUNTIME_ACCEPTED);
	assert_int_equal(tell_next(&t), RUNTIME_WAITS);
	assert_int_equal(c.dones, 1);
	return &t;
}

static inline bool rig_logged(const struct rig *r, const char *text)
{
	return r->log.data && strstr(r->log.data, text);
}

static inline bool has_variable(const struct sandbox *s, int process, const char *line)
{
	char whole[1024];

	snprintf(whole, sizeof whole, "\n%s\n", line);
	return strstr(s->variables[process], whole + 1) == s->variables[process] || strstr(s->variables[process], whole);
}

/* libuv keeps a pipe for signals from its first loop on; so that the descriptor count of a test is its own. */
static inline int rig_warm_up(void **state)
{
	uv_loop_t loop;

	(void)state;
	return uv_loop_init(&loop) || uv_loop_close(&loop);
}

#endif
