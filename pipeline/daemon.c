#include "pipeline/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "functions/custom.h"
#include "functions/pool.h"
#include "pipeline/beside.h"
#include "pipeline/builtin.h"
#include "pipeline/catalog.h"
#include "pipeline/client.h"
#include "pipeline/commands.h"
#include "pipeline/concurrency.h"
#include "pipeline/custom_room.h"
#include "pipeline/feeder.h"
#include "pipeline/janitor.h"
#include "pipeline/log_sink.h"
#include "pipeline/meter.h"
#include "pipeline/offer.h"
#include "pipeline/presets.h"
#include "pipeline/pump.h"
#include "pipeline/setup.h"
#include "pipeline/variables.h"

enum state { OPEN, DRAINING, CLOSING };

struct house {
	struct minilab m;
	uv_loop_t loop;
	const struct door *door;
	void *web;
	struct janitor *janitor;
	uv_signal_t signals[2];
	uv_timer_t patience;		/* how long DRAINING may last */
	enum state state;
	bool web_stopped, pump_drained;
	char runner[BESIDE_MAX], general[BESIDE_MAX + 16];	/* paths; general "" without such a program */
	struct buf variables;		/* owned: what m.variables lends */
	struct custom_room custom;
};

static void close_rooms(struct house *h);

static void on_pump_closed(void *owner)
{
	struct house *h = owner;

	h->m.pump = NULL;
	close_rooms(h);
}

static void on_janitor_closed(void *owner)
{
	struct house *h = owner;

	h->janitor = NULL;
	close_rooms(h);
}

static void on_feeder_closed(void *owner)
{
	struct house *h = owner;

	h->m.feeder = NULL;
	close_rooms(h);
}

static void on_web_closed(void *owner)
{
	struct house *h = owner;

	h->web = NULL;
	close_rooms(h);
}

static void on_catalog_closed(void *owner)
{
	struct house *h = owner;

	h->m.catalog = NULL;
	close_rooms(h);
}

static void on_meter_closed(void *owner)
{
	struct house *h = owner;

	h->m.meter = NULL;
	close_rooms(h);
}

static void on_log_closed(void *owner)
{
	struct house *h = owner;

	h->m.log_sink = NULL;
	close_rooms(h);
}

static void on_pool_closed(void *owner)
{
	struct house *h = owner;

	h->m.pool = NULL;
	if (h->state == CLOSING)
		close_rooms(h);
}

static void on_custom_closed(void *owner)
{
	struct house *h = owner;

	h->m.custom = NULL;
	if (h->state == CLOSING)
		close_rooms(h);
}

static void close_pools(struct house *h)
{
	if (h->m.pool_closing)
		return;
	h->m.pool_closing = true;
	pool_close(h->m.pool, on_pool_closed, h);
	if (h->m.custom)
		custom_close(h->m.custom, on_custom_closed, h);
}

/* From the top down, each when the one above is gone. */
static void close_rooms(struct house *h)
{
	struct minilab *m = &h->m;

	if (h->janitor) {
		janitor_close(h->janitor, on_janitor_closed, h);
	} else if (m->feeder) {
		feeder_close(m->feeder, on_feeder_closed, h);
	} else if (m->pool || m->custom) {
		close_pools(h);
	} else if (h->web) {
		h->door->close(h->web, on_web_closed, h);
	} else if (m->pump) {
		pump_close(m->pump, on_pump_closed, h);
	} else if (m->catalog) {
		catalog_close(m->catalog, on_catalog_closed, h);
	} else if (m->meter) {
		meter_close(m->meter, on_meter_closed, h);
	} else if (m->log_sink) {
		log_sink_close(m->log_sink, on_log_closed, h);
	} else if (m->lanes) {
		lanes_close(m->lanes);
		m->lanes = NULL;
	}
}

static void advance(struct house *h)
{
	if (h->state != DRAINING || !h->web_stopped || !h->pump_drained)
		return;
	h->state = CLOSING;
	uv_close((uv_handle_t *)&h->patience, NULL);
	uv_close((uv_handle_t *)&h->signals[0], NULL);
	uv_close((uv_handle_t *)&h->signals[1], NULL);
	close_rooms(h);
}

static void on_web_stopped(void *owner)
{
	struct house *h = owner;

	h->web_stopped = true;
	advance(h);
}

static void on_drained(void *owner)
{
	struct house *h = owner;

	h->pump_drained = true;
	advance(h);
}

/* Whatever still runs is killed: its invocations end with E_CLOSED, its jobs keep their leases until the next start. */
static void on_out_of_patience(uv_timer_t *t)
{
	struct house *h = t->data;

	log_warn(0, "stop=hurried");
	close_pools(h);
}

static void stop(struct house *h)
{
	if (h->state == DRAINING) {
		on_out_of_patience(&h->patience);
		return;
	}
	if (h->state != OPEN)
		return;
	h->state = DRAINING;
	log_info("stop=begun");
	uv_timer_start(&h->patience, on_out_of_patience, (uint64_t)h->m.settings.drain_ms, 0);
	h->door->stop(h->web, on_web_stopped, h);
	pump_stop(h->m.pump, on_drained, h);
}

static void on_signal(uv_signal_t *s, int number)
{
	(void)number;
	stop(s->data);
}

static int make_directory(const char *dir)
{
	return mkdir(dir, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

static void find_runner(struct house *h)
{
	if (h->m.settings.runner[0])
		snprintf(h->runner, sizeof h->runner, "%s", h->m.settings.runner);
	else
		beside(h->runner, NULL, "minilab-runner");
}

/* Beside the other. A house without it reads fewer formats, which every photo of those formats then says. */
static void find_general(struct house *h)
{
	snprintf(h->general, sizeof h->general, "%s-general", h->runner);
	if (access(h->general, X_OK) == 0)
		return;
	log_warn(-errno, "runner=%s formats=jpeg,png,webp", log_quote(str_of(h->general)));
	h->general[0] = '\0';
}

/* Read, and checked by the program that will obey them. */
static int read_variables(struct house *h)
{
	char error[VARIABLES_ERROR_MAX];
	int rc;

	if (h->m.settings.variable[0] == '\0')
		return 0;
	rc = variables_read(&h->variables, str_of(h->m.settings.variable), error);
	if (rc < 0)
		fprintf(stderr, "minilab: %s\n", error);
	h->m.variables = str_n(h->variables.data, h->variables.len);
	if (rc == 0 && (rc = variables_check(h->runner, h->m.variables)) < 0 && rc != E_BAD_INPUT)
		fprintf(stderr, "minilab: %s cannot be started: %s\n", h->runner, err_text(rc));
	return rc;
}

static int open_pool(struct house *h)
{
	const struct settings *s = &h->m.settings;

	return pool_open(&h->m.pool, &(struct pool_spec){ .loop = h->m.loop, .runner_path = h->runner,
			.general_path = h->general[0] ? h->general : NULL, .environments_max = (int)s->environments_max,
			.idle_ms = s->environment_idle_ms, .uses_max = (int)s->environment_uses,
			.isolate = strcmp(s->isolation, "photo") == 0, .require_cage = s->require_cage, .probes = s->probes });
}

static int open_rooms(struct house *h, int *port)
{
	struct minilab *m = &h->m;
	const struct settings *s = &m->settings;
	const char *room = "data directory";
	int rc;

	if ((rc = make_directory(s->data)) < 0)
		goto out;
	room = "store";
	rc = store_open(&m->store, &(struct store_spec){ .dir = s->data, .free_floor = s->free_floor, .grace_ms = s->grace_ms, .prime = true,
			.region = s->region, .account = s->account });
	if (rc < 0)
		goto out;
	room = "credentials";
	if ((rc = credentials_load(s->data, 1, &m->credentials)) < 0)
		goto out;
	credentials_make_session(&m->credentials);
	room = "default pipeline";
	if ((rc = setup_default(m->store, s->near_duplicates)) < 0 || (s->near_duplicates && (rc = setup_near(m->store)) < 0) ||
	    (rc = builtin_upgrade(m->store)) < 0)
		goto out;
	room = "lanes";
	if ((rc = lanes_open(&m->lanes, m->loop, m->store, (int)s->readers)) < 0)
		goto out;
	room = "catalog of functions";
	concurrency_open(&m->concurrency, s->concurrency_max);
	meter_open(&m->meter, m);
	log_sink_open(&m->log_sink, m);
	if ((rc = catalog_open(&m->catalog, m)) < 0)
		goto out;
	room = "execution environments";
	if ((rc = open_pool(h)) < 0 || (rc = custom_room_open(&h->custom, m, h->door, &h->web)) < 0)
		goto out;
	room = "pump";
	if ((rc = pump_open(&m->pump, m)) < 0)
		goto out;
	feeder_open(&m->feeder, m);
	room = "listener";
	rc = h->door->open(&h->web, m, port);
out:
	if (rc < 0)
		fprintf(stderr, "minilab: %s (%s): %s\n", room, strcmp(room, "listener") == 0 ? s->listen : s->data,
			rc == E_BUSY ? "another minilab is using it" : err_text(rc));
	return rc;
}

static void greet(const struct house *h, const char *endpoint)
{
	const struct settings *s = &h->m.settings;

	printf("minilab %s\nlistening %s\nconsole   %s/_/\ndata      %s\n", MINILAB_VERSION, endpoint, endpoint, s->data);
	if (s->show_keys)
		printf("access key %s\nsecret key %s\n", h->m.credentials.access_key, h->m.credentials.secret_key);
	printf("\nIn another terminal:\n"
	       "  eval \"$(build/minilab credentials --data %s --export)\"\n"
	       "  aws --endpoint-url %s s3 cp cat.jpg s3://photos/2026/cat.jpg\n"
	       "  aws --endpoint-url %s s3 ls s3://photos-thumbnails/2026/cat.jpg/\n"
	       "  aws --endpoint-url %s dynamodb get-item --table-name photos --key '{\"key\":{\"S\":\"2026/cat.jpg\"}}'\n"
	       "  build/minilab explain photos/2026/cat.jpg --data %s\n\n", s->data, endpoint, endpoint, endpoint, s->data);
	fflush(stdout);
}

/* A connection takes one descriptor, and a second one while a large file goes out. */
static void raise_descriptors(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur < l.rlim_max) {
		l.rlim_cur = l.rlim_max;
		setrlimit(RLIMIT_NOFILE, &l);
	}
}

static void watch_signals(struct house *h)
{
	static const int numbers[2] = { SIGTERM, SIGINT };

	for (int i = 0; i < 2; i++) {
		CHECK(uv_signal_init(&h->loop, &h->signals[i]) == 0);
		h->signals[i].data = h;
		uv_signal_start(&h->signals[i], on_signal, numbers[i]);
	}
	CHECK(uv_timer_init(&h->loop, &h->patience) == 0);
	h->patience.data = h;
}

static void announce(struct house *h, int port)
{
	char endpoint[ENDPOINT_MAX];
	struct str address = str_of(h->m.settings.listen);
	int rc;

	while (address.n > 0 && address.p[address.n - 1] != ':')
		address.n--;
	snprintf(endpoint, sizeof endpoint, "http://%.*s%d", STR_ARG(address), port);
	if ((rc = client_write_endpoint(h->m.settings.data, endpoint)) < 0)
		log_warn(rc, "endpoint=unwritten");
	greet(h, endpoint);
	log_info("start=done endpoint=%s data=%s sqlite=\"%s\"", endpoint, log_quote(str_of(h->m.settings.data)), db_library());
}

int daemon_run(const struct settings *settings, const struct door *door)
{
	static struct house h;	/* outlives every thread */
	char error[PRESETS_ERROR_MAX];
	int port = 0;

	h.m.settings = *settings;
	h.m.loop = &h.loop;
	h.m.started_ms = clock_wall_ms();
	h.door = door;
	if (h.m.settings.environments_max == 0)
		h.m.settings.environments_max = uv_available_parallelism();
	if (presets_open(&h.m.presets, str_of(settings->preset), str_of(settings->renditions), error) < 0) {
		fprintf(stderr, "minilab: %s\n", error);
		return 2;
	}
	find_runner(&h);
	if (read_variables(&h) < 0)
		return 2;
	CHECK(uv_loop_init(&h.loop) == 0);
	raise_descriptors();
	find_general(&h);
	if (open_rooms(&h, &port) < 0)
		return 1;	/* what was opened is recovered at the next start, like after any kill */
	h.m.port = port;
	janitor_open(&h.janitor, &h.m);
	watch_signals(&h);
	announce(&h, port);
	pump_wake(h.m.pump);
	feeder_wake(h.m.feeder);
	offer_log(h.m.store, h.m.presets);
	uv_run(&h.loop, UV_RUN_DEFAULT);
	CHECK(uv_loop_close(&h.loop) == 0);
	store_close(h.m.store);
	concurrency_close(h.m.concurrency);
	presets_close(h.m.presets);
	buf_clear(&h.variables);
	log_info("stop=done");
	return 0;
}
