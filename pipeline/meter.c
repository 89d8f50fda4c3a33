#include "pipeline/meter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/log.h"
#include "pipeline/registry.h"
#include "storage/meter.h"

#define SLOTS 128

struct gauge {				/* one function's */
	char function[FUNCTION_NAME_MAX + 1];
	int64_t counts[METER_COUNTS];
	int64_t running;
	int64_t buckets[METER_BUCKETS], duration_us;
	int64_t ages, age_ms;
	struct meter_sum sum;		/* not written yet; its function is not set */
	bool forgotten;			/* deleted: goes when nothing of it runs and its sum is written */
	struct gauge *next;
};

struct meter {
	struct minilab *m;
	uv_timer_t timer;
	struct gauge *slots[SLOTS];
	int64_t flushed_ms;		/* monotonic: provisioned environments are counted since */
	bool writing;
	int64_t moves;
	void (*closed)(void *owner);
	void *owner;
};

static const int64_t bounds_ms[METER_BUCKETS] = { 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 30000, INT64_MAX };

static struct gauge **place(struct meter *t, const char *function)
{
	struct gauge **at = &t->slots[crc32c(0, function, strlen(function)) % SLOTS];

	while (*at && strcmp((*at)->function, function) != 0)
		at = &(*at)->next;
	return at;
}

static struct gauge *gauge_of(struct meter *t, const char *function)
{
	struct gauge **at = place(t, function);

	t->moves++;
	if (!*at) {
		*at = calloc(1, sizeof **at);
		CHECK(*at != NULL);
		snprintf((*at)->function, sizeof (*at)->function, "%s", function);
	}
	return *at;
}

void meter_count(struct meter *t, const char *function, enum meter_count what)
{
	gauge_of(t, function)->counts[what]++;
}

void meter_running(struct meter *t, const char *function, int change)
{
	struct gauge *g = gauge_of(t, function);

	g->running += change;
	if (change > 0)
		g->forgotten = false;	/* there is one of that name again; what only ends is of the old one */
}

void meter_ran(struct meter *t, const char *function, int64_t memory_mb, const struct custom_report *r)
{
	struct gauge *g = gauge_of(t, function);
	int64_t billed = (r->duration_us + (r->provisioned ? 0 : r->init_us) + 999) / 1000;
	int i = 0;

	if (billed < 1)
		billed = 1;
	while (i < METER_BUCKETS - 1 && r->duration_us > bounds_ms[i] * 1000)
		i++;
	g->buckets[i]++;
	g->duration_us += r->duration_us;
	g->counts[METER_INVOCATIONS]++;
	g->counts[METER_COLD] += r->init_us > 0 && !r->provisioned;
	g->sum.requests++;
	g->sum.billed_ms += billed;
	g->sum.mb_ms += billed * memory_mb;
}

void meter_async_age(struct meter *t, const char *function, int64_t ms)
{
	struct gauge *g = gauge_of(t, function);

	g->ages++;
	g->age_ms += ms < 0 ? 0 : ms;
}

int64_t meter_moves(const struct meter *t)
{
	return t->moves;
}

void meter_forget(struct meter *t, const char *function)
{
	struct gauge *g = *place(t, function);

	if (g)
		g->forgotten = true;
}

/* Metrics */

static void head(struct buf *to, const char *type, const char *name, const char *help)
{
	buf_printf(to, "# HELP minilab_function_%s %s\n# TYPE minilab_function_%s %s\n", name, help, name, type);
}

#define EACH_GAUGE(t, g) \
	for (int slot_ = 0; slot_ < SLOTS; slot_++) \
		for (struct gauge *g = (t)->slots[slot_]; g; g = g->next)

static const struct {
	const char *name, *help;
} counters[METER_COUNTS] = {
	[METER_INVOCATIONS] = { "invocations_total", "Attempts that ran." },
	[METER_ERRORS] = { "errors_total", "Of these, those that ended in a function's error." },
	[METER_THROTTLES] = { "throttles_total", "Attempts that concurrency left no room for." },
	[METER_COLD] = { "cold_starts_total", "Attempts that waited for an init." },
	[METER_TIMEOUTS] = { "timeouts_total", "Attempts that took too long." },
	[METER_ASYNC_RECEIVED] = { "async_received_total", "Asynchronous invocations that came out of the queue for the first time." },
	[METER_ASYNC_DROPPED] = { "async_dropped_total", "Asynchronous invocations given up without success." },
	[METER_DEAD_LETTERS] = { "dead_letters_total", "Of these, those that are kept as dead letters." },
	[METER_DESTINATION_FAILURES] = { "destination_failures_total", "Destinations and dead-letter targets that could not be reached." },
	[METER_RECURSION] = { "recursive_dropped_total", "Invocations stopped because they were in a loop." },
};

static void write_counters(struct meter *t, struct buf *to)
{
	for (int i = 0; i < METER_COUNTS; i++) {
		head(to, "counter", counters[i].name, counters[i].help);
		EACH_GAUGE(t, g)
			buf_printf(to, "minilab_function_%s{function=\"%s\"} %lld\n", counters[i].name, g->function, (long long)g->counts[i]);
	}
}

static void write_histogram(struct buf *to, const struct gauge *g)
{
	int64_t n = 0;

	for (int i = 0; i < METER_BUCKETS; i++) {
		n += g->buckets[i];
		buf_printf(to, "minilab_function_duration_seconds_bucket{function=\"%s\",le=\"", g->function);
		if (i == METER_BUCKETS - 1)
			buf_puts(to, "+Inf");
		else
			buf_printf(to, "%g", (double)bounds_ms[i] / 1000);
		buf_printf(to, "\"} %lld\n", (long long)n);
	}
	buf_printf(to, "minilab_function_duration_seconds_sum{function=\"%s\"} %.6f\n", g->function, (double)g->duration_us / 1e6);
	buf_printf(to, "minilab_function_duration_seconds_count{function=\"%s\"} %lld\n", g->function, (long long)n);
}

void meter_write(struct meter *t, struct buf *to)
{
	write_counters(t, to);
	head(to, "gauge", "concurrency", "Attempts that run now.");
	EACH_GAUGE(t, g)
		buf_printf(to, "minilab_function_concurrency{function=\"%s\"} %lld\n", g->function, (long long)g->running);
	head(to, "histogram", "duration_seconds", "How long attempts took, init left out.");
	EACH_GAUGE(t, g)
		write_histogram(to, g);
	head(to, "summary", "async_age_seconds", "How long asynchronous invocations had waited when they were handed over.");
	EACH_GAUGE(t, g)
		buf_printf(to, "minilab_function_async_age_seconds_sum{function=\"%s\"} %.3f\n"
			   "minilab_function_async_age_seconds_count{function=\"%s\"} %lld\n", g->function, (double)g->age_ms / 1000,
			   g->function, (long long)g->ages);
}

/* The bill */

struct writing {
	struct change change;
	struct commit commit;
	struct meter *meter;
	struct arena arena;
	int64_t hour;
	struct sum {
		struct meter_sum s;
		struct sum *next;
	} *sums;
};

static int apply(struct change *c, struct db *db)
{
	struct writing *w = container_of(c, struct writing, change);
	int rc = 0;

	for (const struct sum *s = w->sums; s && rc == 0; s = s->next)
		rc = meter_add(db, w->hour, &s->s);
	return rc;
}

struct counting {
	struct meter *meter;
	int64_t elapsed_ms;
};

static void add_provisioned(void *owner, const struct custom_view *v)
{
	struct counting *c = owner;
	char name[FUNCTION_NAME_MAX + 1];

	if (!v->provisioned)
		return;
	snprintf(name, sizeof name, "%.*s", STR_ARG(v->recipe->name));
	gauge_of(c->meter, name)->sum.provisioned_mb_s += v->recipe->memory_mb * c->elapsed_ms / 1000;
}

static bool is_empty(const struct meter_sum *s)
{
	return s->requests == 0 && s->billed_ms == 0 && s->mb_ms == 0 && s->provisioned_mb_s == 0;
}

/* What did not get written counts with the next. */
static void give_back(struct writing *w)
{
	char name[FUNCTION_NAME_MAX + 1];

	for (const struct sum *s = w->sums; s; s = s->next) {
		struct meter_sum *to;

		snprintf(name, sizeof name, "%.*s", STR_ARG(s->s.function));
		to = &gauge_of(w->meter, name)->sum;
		to->requests += s->s.requests;
		to->billed_ms += s->s.billed_ms;
		to->mb_ms += s->s.mb_ms;
		to->provisioned_mb_s += s->s.provisioned_mb_s;
	}
}

static void drop_forgotten(struct meter *t)
{
	for (int i = 0; i < SLOTS; i++)
		for (struct gauge **at = &t->slots[i]; *at;) {
			struct gauge *g = *at;

			if (!g->forgotten || g->running > 0 || !is_empty(&g->sum)) {
				at = &g->next;
				continue;
			}
			*at = g->next;
			free(g);
		}
}

static void on_timer_closed(uv_handle_t *h)
{
	struct meter *t = h->data;

	for (int i = 0; i < SLOTS; i++)
		while (t->slots[i]) {
			struct gauge *g = t->slots[i];

			t->slots[i] = g->next;
			free(g);
		}
	t->closed(t->owner);
	free(t);
}

static void finish(struct meter *t)
{
	uv_close((uv_handle_t *)&t->timer, on_timer_closed);
}

static bool flush(struct meter *t);

static void on_written(struct commit *c)
{
	struct writing *w = container_of(c, struct writing, commit);
	struct meter *t = w->meter;

	int rc = c->change->rc;

	t->writing = false;
	if (rc < 0) {
		log_warn(rc, "meter=unwritten");
		give_back(w);
	}
	drop_forgotten(t);
	arena_clear(&w->arena);
	free(w);
	if (t->closed && (rc < 0 || !flush(t)))		/* what came while it was written */
		finish(t);
}

/* False when there is nothing to write. */
static bool flush(struct meter *t)
{
	struct counting k = { .meter = t, .elapsed_ms = clock_mono_ms() - t->flushed_ms };
	struct writing *w = calloc(1, sizeof *w);

	CHECK(w != NULL);
	t->flushed_ms += k.elapsed_ms;
	if (t->m->custom)
		custom_each(t->m->custom, add_provisioned, &k);
	EACH_GAUGE(t, g) {
		struct sum *s;

		if (is_empty(&g->sum))
			continue;
		s = arena_take(&w->arena, sizeof *s);
		s->s = g->sum;
		s->s.function = arena_str(&w->arena, str_of(g->function));
		s->next = w->sums;
		w->sums = s;
		g->sum = (struct meter_sum){0};
	}
	if (!w->sums) {
		free(w);
		return false;
	}
	*w = (struct writing){ .change = { .apply = apply }, .meter = t, .arena = w->arena, .sums = w->sums,
			       .hour = clock_wall_ms() / METER_HOUR_MS };
	w->commit = (struct commit){ .change = &w->change, .done = on_written };
	t->writing = true;
	lanes_commit(t->m->lanes, &w->commit);
	return true;
}

static void on_timer(uv_timer_t *timer)
{
	struct meter *t = timer->data;

	if (!t->writing && !flush(t))
		drop_forgotten(t);
}

void meter_open(struct meter **out, struct minilab *m)
{
	struct meter *t = calloc(1, sizeof *t);

	CHECK(t != NULL);
	t->m = m;
	t->flushed_ms = clock_mono_ms();
	CHECK(uv_timer_init(m->loop, &t->timer) == 0);
	t->timer.data = t;
	uv_timer_start(&t->timer, on_timer, METER_FLUSH_MS, METER_FLUSH_MS);
	*out = t;
}

void meter_close(struct meter *t, void (*closed)(void *owner), void *owner)
{
	t->closed = closed;
	t->owner = owner;
	uv_timer_stop(&t->timer);
	if (!t->writing && !flush(t))
		finish(t);
}

/* A month */

struct listing {
	meter_month_fn *each;
	void *owner;
};

static int tell(void *owner, const struct meter_sum *s)
{
	const struct listing *l = owner;

	return l->each(l->owner, &(struct meter_month){ .function = s->function, .requests = s->requests, .billed_ms = s->billed_ms,
							.mb_ms = s->mb_ms, .provisioned_mb_s = s->provisioned_mb_s });
}

static int64_t hour_of(int64_t year, int64_t month)
{
	struct tm t = { .tm_year = (int)year - 1900, .tm_mon = (int)month, .tm_mday = 1 };

	return (int64_t)timegm(&t) * 1000 / METER_HOUR_MS;
}

int meter_list(struct db *db, struct str month, meter_month_fn *each, void *owner)
{
	struct listing l = { each, owner };
	struct str year;
	int64_t y, m;

	if (!str_next(&month, '-', &year) || year.n != 4 || month.n != 2 || str_to_int(year, 1970, 9999, &y) < 0 ||
	    str_to_int(month, 1, 12, &m) < 0)
		return E_BAD_INPUT;
	return meter_sum(db, hour_of(y, m - 1), hour_of(y, m), tell, &l);
}
