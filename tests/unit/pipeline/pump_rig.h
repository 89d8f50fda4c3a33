/* pump_rig.h - the whole way without HTTP: real store, real runner in its cage, real pump. */
#ifndef TESTS_PUMP_RIG_H
#define TESTS_PUMP_RIG_H

#include "tests/lib/t.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/check.h"
#include "base/codec.h"
#include "base/err.h"
#include "functions/pool.h"
#include "pipeline/backfill.h"
#include "pipeline/catalog.h"
#include "pipeline/concurrency.h"
#include "pipeline/explain.h"
#include "pipeline/log_sink.h"
#include "pipeline/meter.h"
#include "pipeline/pump.h"
#include "pipeline/retry.h"
#include "pipeline/setup.h"
#include "storage/audit.h"
#include "storage/bucket.h"
#include "storage/object.h"
#include "storage/table.h"

#define DEADLINE_S 100		/* only to end a test that hangs */

/* One white pixel. */
static const char gif[] = "GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0!\xf9\x04\0\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02" "D\x01\0;";
#define PHOTO STR(gif)

struct fixture {
	struct minilab m;
	uv_loop_t loop;
	struct db *reader;
	bool closed;
};

static inline void open_fixture(void **state, struct fixture *f)
{
	struct minilab *m = &f->m;

	*f = (struct fixture){0};
	alarm(DEADLINE_S);
	settings_defaults(&m->settings);
	m->settings.retry_base_ms = 1;
	free((char *)(uintptr_t)m->settings.data);
	m->settings.data = strdup(test_path(state));
	m->settings.environments_max = 2;
	m->loop = &f->loop;
	assert_int_equal(uv_loop_init(&f->loop), 0);
	assert_int_equal(store_open(&m->store, &(struct store_spec){ .dir = test_path(state), .region = "us-east-1",
			 .account = "000000000000", .segment_size = 1 << 20 }), 0);
	assert_int_equal(setup_default(m->store, true), 0);
	assert_int_equal(store_reader(m->store, &f->reader), 0);
	assert_int_equal(lanes_open(&m->lanes, &f->loop, m->store, 2), 0);
	assert_int_equal(pool_open(&m->pool, &(struct pool_spec){ .loop = &f->loop, .runner_path = t_runner(), .general_path = t_general(),
			 .environments_max = 2, .idle_ms = 60000, .uses_max = 100, .probes = true }), 0);
	concurrency_open(&m->concurrency, m->settings.concurrency_max);
	meter_open(&m->meter, m);
	log_sink_open(&m->log_sink, m);
	assert_int_equal(catalog_open(&m->catalog, m), 0);
	assert_int_equal(pump_open(&m->pump, m), 0);
}

static inline void on_closed(void *owner)
{
	*(bool *)owner = true;
}

/* Never blocks: what a timer's callback did must be seen before the next event. */
static inline void turn(struct fixture *f)
{
	if (uv_run(&f->loop, UV_RUN_NOWAIT))
		t_nap();
}

static inline void run_until(struct fixture *f, const bool *flag)
{
	while (!*flag)
		turn(f);
}

static inline void close_fixture(struct fixture *f)
{
	bool drained = false, pool = f->m.pool == NULL, pump = false, catalog = false, meter = false, log = false;

	pump_stop(f->m.pump, on_closed, &drained);
	run_until(f, &drained);
	if (!pool)
		pool_close(f->m.pool, on_closed, &pool);
	run_until(f, &pool);
	pump_close(f->m.pump, on_closed, &pump);
	run_until(f, &pump);
	catalog_close(f->m.catalog, on_closed, &catalog);
	run_until(f, &catalog);
	meter_close(f->m.meter, on_closed, &meter);
	run_until(f, &meter);
	log_sink_close(f->m.log_sink, on_closed, &log);
	run_until(f, &log);
	concurrency_close(f->m.concurrency);
	lanes_close(f->m.lanes);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	db_close(f->reader);
	store_close(f->m.store);
	settings_clear(&f->m.settings);
	uv_library_shutdown();
	alarm(0);
}

static inline int64_t put(struct fixture *f, const char *key, struct str bytes)
{
	char hex[33], name[1200];
	uint8_t md5[DIGEST_SIZE_MAX];
	struct needle needle = { .data = bytes };
	struct object_put p;

	digest_of(DIGEST_MD5, bytes, md5);
	hex_encode(hex, md5, 16);
	snprintf(name, sizeof name, "photos/%s", key);
	needle.key = str_of(name);
	object_put_init(&p);
	p.store = f->m.store;
	p.bucket = STR("photos");
	p.o = (struct object){ .key = str_of(key), .size = (int64_t)bytes.n, .etag = str_of(hex), .headers = STR("{}") };
	p.actor = (struct actor){ STR("AWS:TEST"), STR("127.0.0.1"), STR("REQ"), STR("HOST"), STR(""), STR("S3 PutObject") };
	p.change.needles = &needle;
	p.change.needle_count = 1;
	assert_int_equal(store_run(f->m.store, &p.change), 0);
	return p.o.seq;
}

static inline void delete(struct fixture *f, const char *key)
{
	struct object_key k = { .key = str_of(key) };
	int result;
	struct object_delete d;

	object_delete_init(&d);
	d.store = f->m.store;
	d.bucket = STR("photos");
	d.keys = &k;
	d.results = &result;
	d.count = 1;
	d.actor = (struct actor){ STR("AWS:TEST"), STR("127.0.0.1"), STR("REQ"), STR("HOST"), STR(""), STR("S3 PutObject") };
	assert_int_equal(store_run(f->m.store, &d.change), 0);
}

static inline int64_t settled(struct fixture *f)
{
	struct pump_stats s;

	pump_get_stats(f->m.pump, &s);
	return s.done + s.buried + s.superseded;
}

static inline void run_jobs(struct fixture *f, int64_t until)
{
	pump_wake(f->m.pump);
	while (settled(f) < until)
		turn(f);
}

static inline int count_object(void *owner, const struct object *o, struct str *skip)
{
	(void)o, (void)skip;
	++*(int *)owner;
	return 0;
}

static inline int thumbnails(struct fixture *f)
{
	int64_t id;
	int n = 0;

	assert_int_equal(bucket_find(f->reader, STR("photos-thumbnails"), &id, NULL), 0);
	assert_int_equal(object_list(f->reader, id, STR(""), STR(""), count_object, &n), 0);
	return n;
}

static inline void on_finding(void *owner, const char *code, struct str bucket, struct str key, const char *text)
{
	(void)owner;
	print_error("%s %.*s/%.*s: %s\n", code, STR_ARG(bucket), STR_ARG(key), text);
}

static inline void audit_is_clean(struct fixture *f)
{
	struct audit_totals t;

	assert_int_equal(audit_run(f->m.store, on_finding, NULL, NULL, &t), 0);
	assert_int_equal(t.findings, 0);
}

#endif
