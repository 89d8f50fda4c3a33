/* functions_rig.h - a real store with catalog, pump and all they need, over a pool of custom environments that is a table of answers: what
 * functions do is not this floor's business. An event is an object: {"do":"ok"}, "fail", "fail at length", "time out", "crowd", "stay" (until rig_release),
 * "close". */
#ifndef TESTS_FUNCTIONS_RIG_H
#define TESTS_FUNCTIONS_RIG_H

#include "tests/lib/t.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "pipeline/catalog.h"
#include "pipeline/concurrency.h"
#include "pipeline/invoke.h"
#include "pipeline/log_sink.h"
#include "pipeline/meter.h"
#include "pipeline/pump.h"
#include "storage/function.h"
#include "storage/queue.h"
#include "storage/record.h"

#define RIG_DEADLINE_S 100		/* only to end a test that hangs */
#define RIG_CALLS_MAX 256
#define RIG_PACKAGE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define RIG_ARN "arn:aws:lambda:us-east-1:000000000000:function:"

struct rig_call {			/* an invocation that was made */
	char function[65], version[24], request[37], arn[256], trace[TRACE_MAX], payload[4096];
};

struct custom_pool {
	uv_timer_t timer;
	struct custom_invocation *waiting, *staying;
	struct rig_call calls[RIG_CALLS_MAX];
	int count, running, most;
	struct str hold;		/* name of a function whose invocations stay */
	int retired, provisioned;	/* calls; the last count asked for */
	char provisioned_key[128];
};

struct rig {
	struct minilab m;
	uv_loop_t loop;
	struct custom_pool pool;
	struct db *reader;
};

/* The pool */

static inline bool rig_wants(const struct custom_invocation *i, const char *what)
{
	char text[64];

	snprintf(text, sizeof text, "{\"do\":\"%s\"", what);
	return str_starts(i->payload, str_of(text));
}

static inline void rig_finish(struct custom_pool *p, struct custom_invocation *i)
{
	i->report = (struct custom_report){ .duration_us = 1500, .memory_peak_kb = 1024 };
	if (rig_wants(i, "fail")) {
		i->end = CUSTOM_ERROR;
		buf_puts(&i->answer, "{\"errorType\":\"Boom\",\"errorMessage\":\"it failed\"}");
	} else if (rig_wants(i, "fail at length")) {
		i->end = CUSTOM_ERROR;
		buf_puts(&i->answer, "{\"errorType\":\"Boom\",\"errorMessage\":\"x");
		for (int n = 0; n < JOB_MESSAGE_MAX; n++)
			buf_puts(&i->answer, "\xc3\xa4");
		buf_puts(&i->answer, "\"}");
	} else if (rig_wants(i, "time out")) {
		i->end = CUSTOM_TIMEOUT;
		buf_puts(&i->answer, "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"too long\"}");
	} else if (rig_wants(i, "crowd")) {
		i->end = CUSTOM_CROWDED;
	} else if (rig_wants(i, "close")) {
		i->end = CUSTOM_CLOSED;
	} else {
		i->end = CUSTOM_OK;
		buf_puts(&i->answer, "{\"well\":true}");
	}
	p->running--;
	i->done(i);
	buf_clear(&i->answer);
}

static inline void rig_on_timer(uv_timer_t *t)
{
	struct custom_pool *p = t->data;
	struct custom_invocation *i;

	while ((i = p->waiting)) {
		p->waiting = i->next;
		if (rig_wants(i, "stay") || (str_is_set(p->hold) && str_eq(p->hold, i->recipe->name))) {
			i->next = p->staying;
			p->staying = i;
		} else {
			rig_finish(p, i);
		}
	}
}

static inline void rig_release(struct rig *r)
{
	struct custom_invocation *i;

	while ((i = r->pool.staying)) {
		r->pool.staying = i->next;
		rig_finish(&r->pool, i);
	}
}

void custom_invoke(struct custom_pool *p, struct custom_invocation *i)
{
	struct rig_call *c = &p->calls[p->count++ % RIG_CALLS_MAX];

	snprintf(c->function, sizeof c->function, "%.*s", STR_ARG(i->recipe->name));
	snprintf(c->version, sizeof c->version, "%.*s", STR_ARG(i->recipe->version));
	snprintf(c->request, sizeof c->request, "%.*s", STR_ARG(i->request));
	snprintf(c->arn, sizeof c->arn, "%.*s", STR_ARG(i->arn));
	snprintf(c->trace, sizeof c->trace, "%.*s", STR_ARG(i->trace));
	snprintf(c->payload, sizeof c->payload, "%.*s", STR_ARG(i->payload));
	if (++p->running > p->most)
		p->most = p->running;
	i->answer = i->tail = (struct buf){0};
	i->next = p->waiting;
	p->waiting = i;
	uv_timer_start(&p->timer, rig_on_timer, 0, 0);
}

void custom_cancel(struct custom_invocation *i)
{
	i->answered = NULL;
}

void custom_retire(struct custom_pool *p, int64_t function, const struct recipe *except)
{
	(void)function, (void)except;
	p->retired++;
}

void custom_provision(struct custom_pool *p, struct recipe *r, int count)
{
	p->provisioned = count;
	snprintf(p->provisioned_key, sizeof p->provisioned_key, "%.*s", STR_ARG(r->key));
}

void custom_each(struct custom_pool *p, void (*each)(void *owner, const struct custom_view *v), void *owner)
{
	(void)p, (void)each, (void)owner;
}

/* The house */

static inline void rig_open_store(struct rig *r, const char *dir)
{
	char path[4200];

	assert_int_equal(store_open(&r->m.store, &(struct store_spec){ .dir = dir, .region = "us-east-1", .account = "000000000000",
			 .segment_size = 1 << 20 }), 0);
	snprintf(path, sizeof path, "%s/code", dir);
	mkdir(path, 0755);
	snprintf(path, sizeof path, "%s/code/" RIG_PACKAGE, dir);
	mkdir(path, 0755);		/* unpacked already */
}

static inline void rig_open(struct rig *r, const char *dir)
{
	struct minilab *m = &r->m;

	*r = (struct rig){0};
	alarm(RIG_DEADLINE_S);
	settings_defaults(&m->settings);
	assert_int_equal(settings_set(&m->settings, SETTING_FLAG, STR("data"), str_of(dir)), 0);
	m->settings.retry_base_ms = 60;
	m->settings.environments_max = 2;
	m->loop = &r->loop;
	assert_int_equal(uv_loop_init(&r->loop), 0);
	rig_open_store(r, dir);
	assert_int_equal(store_reader(m->store, &r->reader), 0);
	assert_int_equal(lanes_open(&m->lanes, &r->loop, m->store, 2), 0);
	concurrency_open(&m->concurrency, m->settings.concurrency_max);
	meter_open(&m->meter, m);
	log_sink_open(&m->log_sink, m);
	assert_int_equal(catalog_open(&m->catalog, m), 0);
	assert_int_equal(uv_timer_init(&r->loop, &r->pool.timer), 0);
	r->pool.timer.data = &r->pool;
	m->custom = &r->pool;
	assert_int_equal(pump_open(&m->pump, m), 0);
}

static inline void rig_on_closed(void *owner)
{
	*(bool *)owner = true;
}

static inline void rig_turn(struct rig *r)
{
	if (uv_run(&r->loop, UV_RUN_NOWAIT))
		t_nap();
}

static inline void rig_until(struct rig *r, const bool *flag)
{
	while (!*flag)
		rig_turn(r);
}

static inline void rig_close(struct rig *r)
{
	bool drained = false, pump = false, catalog = false, meter = false, log = false;

	pump_stop(r->m.pump, rig_on_closed, &drained);
	rig_until(r, &drained);
	pump_close(r->m.pump, rig_on_closed, &pump);
	rig_until(r, &pump);
	catalog_close(r->m.catalog, rig_on_closed, &catalog);
	rig_until(r, &catalog);
	meter_close(r->m.meter, rig_on_closed, &meter);
	rig_until(r, &meter);
	log_sink_close(r->m.log_sink, rig_on_closed, &log);
	rig_until(r, &log);
	uv_close((uv_handle_t *)&r->pool.timer, NULL);
	lanes_close(r->m.lanes);
	uv_run(&r->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&r->loop), 0);
	concurrency_close(r->m.concurrency);
	db_close(r->reader);
	store_close(r->m.store);
	settings_clear(&r->m.settings);
	uv_library_shutdown();
	alarm(0);
}

/* What is in it. All block. */

struct rig_change {
	struct change change;
	enum { RIG_FUNCTION, RIG_RECORD, RIG_QUEUE, RIG_DELETE } what;
	enum record_kind kind;
	int64_t id;
	struct str name, body, qualifier, request, trace;
};

static inline int rig_apply(struct change *c, struct db *db)
{
	struct rig_change *k = container_of(c, struct rig_change, change);

	switch (k->what) {
	case RIG_FUNCTION:
		return function_put(db, k->name, k->body, &k->id);
	case RIG_RECORD:
		return record_put(db, k->kind, k->id, k->name, k->body);
	case RIG_DELETE:
		return function_delete(db, k->id, NULL, NULL);
	case RIG_QUEUE:
	default:
		return invoke_queue(db, &(struct async_put){ .function = k->id, .qualifier = k->qualifier, .request = k->request,
							     .payload = k->body, .trace = k->trace });
	}
}

static inline int64_t rig_run(struct rig *r, struct rig_change k)
{
	k.change = (struct change){ .apply = rig_apply };
	assert_int_equal(store_run(r->m.store, &k.change), 0);
	return k.id;
}

/* `more`: members of its document, with a comma before each. */
static inline int64_t rig_function(struct rig *r, const char *name, const char *revision, const char *more)
{
	char body[4096];

	snprintf(body, sizeof body, "{\"Runtime\":\"provided.al2023\",\"Handler\":\"h\",\"Package\":\"" RIG_PACKAGE "\",\"RevisionId\":\"%s\"%s}",
		 revision, more);
	pump_functions_changed(r->m.pump);
	return rig_run(r, (struct rig_change){ .what = RIG_FUNCTION, .name = str_of(name), .body = str_of(body) });
}

static inline void rig_record(struct rig *r, enum record_kind kind, int64_t function, const char *name, const char *body)
{
	rig_run(r, (struct rig_change){ .what = RIG_RECORD, .kind = kind, .id = function, .name = str_of(name), .body = str_of(body) });
}

static inline void rig_queue(struct rig *r, int64_t function, const char *qualifier, const char *payload)
{
	char request[JOB_REQUEST_ID + 1];

	queue_request_make(request);
	rig_run(r, (struct rig_change){ .what = RIG_QUEUE, .id = function, .qualifier = str_of(qualifier), .request = str_of(request),
					.body = str_of(payload) });
}

static inline struct queue_counts rig_counts(struct rig *r)
{
	struct queue_counts n;

	assert_int_equal(queue_count(r->reader, &n), 0);
	return n;
}

/* Until nothing waits any more: all is done, or a dead letter. */
static inline void rig_drain(struct rig *r)
{
	struct pump_stats s;
	struct queue_counts n;

	pump_wake(r->m.pump);
	do {
		rig_turn(r);
		pump_get_stats(r->m.pump, &s);
		n = rig_counts(r);
	} while (s.running > 0 || n.ready > 0 || n.leased > 0);
}

#endif
