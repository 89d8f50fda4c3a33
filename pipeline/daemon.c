#include "pipeline/daemon.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "pipeline/client.h"
#include "pipeline/commands.h"
#include "pipeline/feeder.h"
#include "pipeline/house.h"
#include "pipeline/offer.h"
#include "pipeline/presets.h"
#include "pipeline/pump.h"

enum state { OPEN, DRAINING, CLOSING };

struct daemon {
	struct house house;
	uv_loop_t loop;
	uv_signal_t signals[2];
	uv_timer_t patience;		/* how long stopping may last before it is hurried */
	enum state state;
	bool web_stopped, pump_drained;
};

static void advance(struct daemon *d)
{
	if (d->state != DRAINING || !d->web_stopped || !d->pump_drained)
		return;
	d->state = CLOSING;
	house_close(&d->house);
}

/* Signals and patience are watched as long as there is something that can be hurried, and keep nothing waiting. */
static void watch_no_longer(struct daemon *d)
{
	uv_close((uv_handle_t *)&d->patience, NULL);
	uv_close((uv_handle_t *)&d->signals[0], NULL);
	uv_close((uv_handle_t *)&d->signals[1], NULL);
	uv_run(&d->loop, UV_RUN_DEFAULT);
}

static void on_web_stopped(void *owner)
{
	struct daemon *d = owner;

	d->web_stopped = true;
	advance(d);
}

static void on_drained(void *owner)
{
	struct daemon *d = owner;

	d->pump_drained = true;
	advance(d);
}

static void on_out_of_patience(uv_timer_t *t)
{
	struct daemon *d = t->data;

	log_warn(0, "stop=hurried");
	house_hurry(&d->house);
}

static void stop(struct daemon *d)
{
	struct house *h = &d->house;

	if (d->state != OPEN) {
		on_out_of_patience(&d->patience);
		return;
	}
	d->state = DRAINING;
	log_info("stop=begun");
	uv_timer_start(&d->patience, on_out_of_patience, (uint64_t)h->m.settings.drain_ms, 0);
	h->door->stop(h->web, on_web_stopped, d);
	pump_stop(h->m.pump, on_drained, d);
}

static void on_signal(uv_signal_t *s, int number)
{
	(void)number;
	stop(s->data);
}

static void watch_signals(struct daemon *d)
{
	static const int numbers[2] = { SIGTERM, SIGINT };

	for (int i = 0; i < 2; i++) {
		CHECK(uv_signal_init(&d->loop, &d->signals[i]) == 0);
		d->signals[i].data = d;
		uv_signal_start(&d->signals[i], on_signal, numbers[i]);
		uv_unref((uv_handle_t *)&d->signals[i]);
	}
	CHECK(uv_timer_init(&d->loop, &d->patience) == 0);
	uv_unref((uv_handle_t *)&d->patience);
	d->patience.data = d;
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

static void announce(const struct house *h)
{
	char endpoint[ENDPOINT_MAX];
	struct str address = str_of(h->m.settings.listen);
	int rc;

	while (address.n > 0 && address.p[address.n - 1] != ':')
		address.n--;
	snprintf(endpoint, sizeof endpoint, "http://%.*s%d", STR_ARG(address), h->m.port);
	if ((rc = client_write_endpoint(h->m.settings.data, endpoint)) < 0)
		log_warn(rc, "endpoint=unwritten");
	greet(h, endpoint);
	log_info("start=done endpoint=%s data=%s sqlite=\"%s\"", endpoint, log_quote(str_of(h->m.settings.data)), db_library());
}

int daemon_run(const struct settings *settings, const struct door *door)
{
	static struct daemon d;	/* outlives every thread */
	struct minilab *m = &d.house.m;
	char error[PRESETS_ERROR_MAX];

	m->settings = *settings;
	m->loop = &d.loop;
	m->started_ms = clock_wall_ms();
	d.house.door = door;
	if (m->settings.environments_max == 0)
		m->settings.environments_max = uv_available_parallelism();
	if (presets_open(&m->presets, str_of(settings->preset), str_of(settings->renditions), error) < 0) {
		fprintf(stderr, "minilab: %s\n", error);
		return 2;
	}
	if (house_find_programs(&d.house) < 0)
		return 2;
	CHECK(uv_loop_init(&d.loop) == 0);
	raise_descriptors();
	if (house_open(&d.house) < 0)
		return 1;
	watch_signals(&d);
	announce(&d.house);
	pump_wake(m->pump);
	feeder_wake(m->feeder);
	offer_log(m->store, m->presets);
	uv_run(&d.loop, UV_RUN_DEFAULT);
	watch_no_longer(&d);
	CHECK(uv_loop_close(&d.loop) == 0);
	house_clear(&d.house);
	log_info("stop=done");
	return 0;
}
