#include "pipeline/house.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "functions/custom.h"
#include "functions/pool.h"
#include "pipeline/builtin.h"
#include "pipeline/catalog.h"
#include "pipeline/concurrency.h"
#include "pipeline/feed.h"
#include "pipeline/feeder.h"
#include "pipeline/janitor.h"
#include "pipeline/lifecycle.h"
#include "pipeline/log_sink.h"
#include "pipeline/meter.h"
#include "pipeline/presets.h"
#include "pipeline/pulse.h"
#include "pipeline/pump.h"
#include "pipeline/series.h"
#include "pipeline/setup.h"
#include "pipeline/shelf.h"
#include "pipeline/variables.h"
#include "pipeline/watch.h"
#include "pipeline/webhook.h"

/* -- opening -- */

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

int house_find_programs(struct house *h)
{
	find_runner(h);
	return read_variables(h);
}

static int open_pool(struct house *h)
{
	const struct settings *s = &h->m.settings;

	return pool_open(&h->m.pool, &(struct pool_spec){ .loop = h->m.loop, .runner_path = h->runner,
			.general_path = h->general[0] ? h->general : NULL, .environments_max = (int)s->environments_max,
			.idle_ms = s->environment_idle_ms, .uses_max = (int)s->environment_uses,
			.isolate = strcmp(s->isolation, "photo") == 0, .require_cage = s->require_cage, .probes = s->probes });
}

static int open_watch(struct house *h)
{
	char error[WATCH_ERROR_MAX];
	int rc = watch_open(&h->m.watch, &h->m, error);

	if (rc < 0 && error[0])
		fprintf(stderr, "minilab: %s\n", error);
	return rc;
}

/* What is on the disk. */
static int open_storage(struct house *h, const char **room)
{
	struct minilab *m = &h->m;
	const struct settings *s = &m->settings;
	int rc;

	*room = "data directory";
	if ((rc = make_directory(s->data)) < 0)
		return rc;
	*room = "store";
	rc = store_open(&m->store, &(struct store_spec){ .dir = s->data, .free_floor = s->free_floor, .grace_ms = s->grace_ms, .prime = true,
			.region = s->region, .account = s->account });
	if (rc < 0)
		return rc;
	*room = "credentials";
	if ((rc = credentials_load(s->data, 1, &m->credentials)) < 0)
		return rc;
	credentials_make_session(&m->credentials);
	*room = "default pipeline";
	if ((rc = setup_default(m->store, s->near_duplicates)) < 0 || (s->near_duplicates && (rc = setup_near(m->store)) < 0))
		return rc;
	return builtin_upgrade(m->store);
}

/* What takes photos through, and runs functions. */
static int open_pipeline(struct house *h, const char **room)
{
	struct minilab *m = &h->m;
	int rc;

	*room = "lanes";
	if ((rc = lanes_open(&m->lanes, m->loop, m->store, (int)m->settings.readers)) < 0)
		return rc;
	*room = "documents of buckets";
	if ((rc = shelf_open(&m->shelf, m)) < 0)
		return rc;
	feed_open(&m->feed);
	*room = "catalog of functions";
	concurrency_open(&m->concurrency, m->settings.concurrency_max);
	meter_open(&m->meter, m);
	log_sink_open(&m->log_sink, m);
	if ((rc = catalog_open(&m->catalog, m)) < 0)
		return rc;
	*room = "execution environments";
	if ((rc = open_pool(h)) < 0 || (rc = custom_room_open(&h->custom, m, h->door, &h->web)) < 0)
		return rc;
	*room = "pump";
	return pump_open(&m->pump, m);
}

/* What lets photos in and tells of them. */
static int open_doors(struct house *h, const char **room)
{
	struct minilab *m = &h->m;
	int rc;

	*room = "webhooks";
	if ((rc = webhooks_open(&m->webhooks, m)) < 0)
		return rc;
	feeder_open(&m->feeder, m);
	*room = "drop folders";
	if ((rc = open_watch(h)) < 0)
		return rc;
	pulse_open(&m->pulse, m);
	*room = "listener";
	if ((rc = h->door->open(&h->web, m, &m->port)) < 0)
		return rc;
	janitor_open(&h->janitor, m);
	series_open(&m->series, m);
	lifecycle_open(&m->lifecycle, m);
	return 0;
}

int house_open(struct house *h)
{
	const struct settings *s = &h->m.settings;
	const char *room = "";
	int rc;

	find_general(h);
	if ((rc = open_storage(h, &room)) >= 0 && (rc = open_pipeline(h, &room)) >= 0)
		rc = open_doors(h, &room);
	if (rc < 0)
		fprintf(stderr, "minilab: %s (%s): %s\n", room, strcmp(room, "listener") == 0 ? s->listen : s->data,
			rc == E_BUSY ? "another minilab is using it" : err_text(rc));
	return rc;
}

/* -- closing -- */

static void close_next(struct house *h);

static void on_room_closed(void *owner)
{
	struct house *h = owner;

	memset(h->leaving, 0, sizeof(void *));	/* a pointer of any type */
	h->leaving = NULL;
	close_next(h);
}

static void after_pool(struct house *h)
{
	if (h->closing && !h->leaving)
		close_next(h);
}

static void on_pool_closed(void *owner)
{
	struct house *h = owner;

	h->m.pool = NULL;
	after_pool(h);
}

static void on_custom_closed(void *owner)
{
	struct house *h = owner;

	h->m.custom = NULL;
	after_pool(h);
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

void house_hurry(struct house *h)
{
	close_pools(h);
	if (h->m.custom)
		custom_hurry(h->m.custom);
}

/* From the top down. The two pools end side by side, maybe before the others begin to. */
static void close_next(struct house *h)
{
	struct minilab *m = &h->m;

	if (m->watch) {
		h->leaving = &m->watch;
		watch_close(m->watch, on_room_closed, h);
	} else if (m->lifecycle) {
		h->leaving = &m->lifecycle;
		lifecycle_close(m->lifecycle, on_room_closed, h);
	} else if (m->series) {
		h->leaving = &m->series;
		series_close(m->series, on_room_closed, h);
	} else if (h->janitor) {
		h->leaving = &h->janitor;
		janitor_close(h->janitor, on_room_closed, h);
	} else if (m->feeder) {
		h->leaving = &m->feeder;
		feeder_close(m->feeder, on_room_closed, h);
	} else if (m->pool || m->custom) {
		close_pools(h);
	} else if (h->web) {
		h->leaving = &h->web;
		h->door->close(h->web, on_room_closed, h);
	} else if (m->pulse) {
		h->leaving = &m->pulse;
		pulse_close(m->pulse, on_room_closed, h);
	} else if (m->pump) {
		h->leaving = &m->pump;
		pump_close(m->pump, on_room_closed, h);
	} else if (m->webhooks) {
		h->leaving = &m->webhooks;
		webhooks_close(m->webhooks, on_room_closed, h);
	} else if (m->catalog) {
		h->leaving = &m->catalog;
		catalog_close(m->catalog, on_room_closed, h);
	} else if (m->meter) {
		h->leaving = &m->meter;
		meter_close(m->meter, on_room_closed, h);
	} else if (m->log_sink) {
		h->leaving = &m->log_sink;
		log_sink_close(m->log_sink, on_room_closed, h);
	} else if (m->lanes) {
		lanes_close(m->lanes);
		m->lanes = NULL;
	}
}

void house_close(struct house *h)
{
	h->closing = true;
	close_next(h);
}

void house_clear(struct house *h)
{
	shelf_close(h->m.shelf);
	feed_close(h->m.feed);
	store_close(h->m.store);
	concurrency_close(h->m.concurrency);
	presets_close(h->m.presets);
	buf_clear(&h->variables);
}
