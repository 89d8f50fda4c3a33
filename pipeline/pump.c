#include "pipeline/pump_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/sysinfo.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/log.h"

#define LOOK_MAX 256			/* functions in one page of a look */
#define BLOCKED_MS 1000			/* who waits for room is looked at again after */
#define WINDOW_MIN 4			/* jobs of a custom function at a time, to begin with; or twice the cores */

struct look {				/* which functions have due jobs */
	struct work work;
	struct pump *pump;
	struct buf ids;			/* int64_t */
	int64_t next_ms;
};

/* Sources */

static struct source **place(struct pump *p, int64_t function)
{
	struct source **at = &p->slots[(uint64_t)function % SOURCE_SLOTS];

	while (*at && (*at)->function != function)
		at = &(*at)->next_slot;
	return at;
}

static void put_last(struct source *s)
{
	struct pump *p = s->pump;

	s->prev = p->last;
	s->next = NULL;
	*(p->last ? &p->last->next : &p->first) = s;
	p->last = s;
}

static void take_out(struct source *s)
{
	struct pump *p = s->pump;

	*(s->prev ? &s->prev->next : &p->first) = s->next;
	*(s->next ? &s->next->prev : &p->last) = s->prev;
}

struct source *source_of(struct pump *p, int64_t function)
{
	struct source **at = place(p, function), *s = *at;

	if (s)
		return s;
	s = calloc(1, sizeof *s);
	CHECK(s != NULL);
	*s = (struct source){ .pump = p, .function = function, .next_due_ms = INT64_MAX, .window = p->window_min,
				.timeout_ms = 1000, .memory_mb = FUNCTION_MEMORY_MIN_MB, .reserved = -1 };
	s->waiting_tail = &s->waiting;
	*at = s;
	put_last(s);
	return s;
}

void source_last(struct source *s)
{
	take_out(s);
	put_last(s);
}

void source_is_builtin(struct source *s)
{
	if (s->builtin)
		return;
	s->builtin = true;
	s->next_builtin = s->pump->builtins;
	s->pump->builtins = s;
}

void source_is_gone(struct source *s)
{
	struct source **at = &s->pump->builtins;

	while (*at && *at != s)
		at = &(*at)->next_builtin;
	if (*at)
		*at = s->next_builtin;
	s->builtin = s->maybe = false;
	s->next_due_ms = INT64_MAX;
}

/* The built-in ones stay: they are asked at every wake. */
static bool is_over(const struct source *s)
{
	return !s->builtin && !s->maybe && !s->claim && !s->finding && s->running == 0 && s->waiting_count == 0;
}

static void forget(struct source *s)
{
	*place(s->pump, s->function) = s->next_slot;
	take_out(s);
	CHECK(s->waiting == NULL);
	free(s);
}

void source_step(struct source *s)
{
	struct pump *p = s->pump;

	if (p->stopping) {
		start_put_back(s);
		pump_check_drained(p);
		return;
	}
	start_waiting(s);
	if (!s->claim && !s->finding && (s->maybe || s->next_due_ms <= clock_wall_ms()))
		claim_start(s);
	if (is_over(s))
		forget(s);
	pump_arm(p);
}

/* Each once, whatever the steps do to the list. */
void pump_step_all(struct pump *p)
{
	struct source *last = p->last, *s, *next;

	if (p->stepping)
		return;
	p->stepping = true;
	for (s = p->first; s; s = next) {
		next = s == last ? NULL : s->next;
		source_step(s);
	}
	p->stepping = false;
}

/* Looking */

static int run_look(struct work *w, struct db *db)
{
	struct look *l = container_of(w, struct look, work);
	int64_t ids[LOOK_MAX], after = 0, next_ms, now = clock_wall_ms();
	int n;

	l->next_ms = INT64_MAX;
	do {
		n = queue_due_functions(db, now, after, ids, LOOK_MAX, &next_ms);
		if (n < 0)
			return n;
		if (n > 0) {
			buf_add(&l->ids, ids, (size_t)n * sizeof ids[0]);
			after = ids[n - 1];
		}
		if (next_ms < l->next_ms)
			l->next_ms = next_ms;
	} while (n == LOOK_MAX);
	return 0;
}

static void start_look(struct pump *p);

static void take_ids(struct pump *p, const struct look *l)
{
	const int64_t *ids = (const int64_t *)(const void *)l->ids.data;
	size_t n = l->ids.len / sizeof *ids;

	for (size_t i = 0; i < n; i++) {
		struct source *s = source_of(p, ids[i]);

		if (!s->builtin)
			s->maybe = true;
	}
}

static void on_looked(struct work *w)
{
	struct look *l = container_of(w, struct look, work);
	struct pump *p = l->pump;

	p->look = NULL;
	if (w->rc < 0) {
		log_error(w->rc, "step=look");
		pump_due(p, clock_wall_ms() + ERROR_PAUSE_MS);
	} else if (!p->stopping) {
		take_ids(p, l);
		pump_due(p, l->next_ms);
		pump_step_all(p);
	}
	buf_clear(&l->ids);
	free(l);
	if (p->look_again && !p->stopping)
		start_look(p);
	pump_arm(p);
	pump_check_drained(p);
}

/* What is committed while one is under way may be missed by it: another follows. */
static void start_look(struct pump *p)
{
	struct look *l;

	p->look_again = p->look != NULL;
	if (p->look)
		return;
	l = calloc(1, sizeof *l);
	CHECK(l != NULL);
	l->pump = p;
	l->work = (struct work){ .run = run_look, .done = on_looked };
	p->look = l;
	p->look_due_ms = INT64_MAX;
	lanes_run(p->m->lanes, &l->work);
}

/* Time */

static void on_timer(uv_timer_t *t)
{
	struct pump *p = t->data;

	p->step_due_ms = INT64_MAX;
	if (p->look_due_ms <= clock_wall_ms())
		start_look(p);
	pump_step_all(p);
	pump_arm(p);
}

void pump_due(struct pump *p, int64_t due_ms)
{
	if (due_ms < p->look_due_ms)
		p->look_due_ms = due_ms;
}

void pump_step_at(struct pump *p, int64_t due_ms)
{
	if (due_ms < p->step_due_ms)
		p->step_due_ms = due_ms;
}

void pump_blocked(struct pump *p)
{
	p->blocked = true;
	pump_step_at(p, clock_wall_ms() + BLOCKED_MS);
}

void pump_arm(struct pump *p)
{
	int64_t due = p->look_due_ms < p->step_due_ms ? p->look_due_ms : p->step_due_ms, now = clock_wall_ms();

	for (const struct source *s = p->builtins; s; s = s->next_builtin)
		if (s->next_due_ms < due && !s->claim && !s->finding && claim_room(s) > 0)
			due = s->next_due_ms;
	if (p->stopping || due == INT64_MAX) {
		uv_timer_stop(&p->timer);
		return;
	}
	uv_update_time(p->m->loop);
	uv_timer_start(&p->timer, on_timer, due > now ? (uint64_t)(due - now) : 1, 0);
}

/* Opening and closing */

static int add_builtin(void *owner, const struct function_row *row)
{
	struct pump *p = owner;
	struct json_value *v;
	struct arena a = {0};

	if (json_parse(&a, row->config, &v) == 0 && registry_is_builtin(v)) {
		struct source *s = source_of(p, row->id);

		source_is_builtin(s);
		s->maybe = true;
	} else {
		p->others = true;
	}
	arena_clear(&a);
	return 0;
}

static void name_stream(struct pump *p)
{
	uint8_t id[16];
	char hex[33], day[CLOCK_TEXT_MAX];

	random_bytes(id, sizeof id);
	hex_encode(hex, id, sizeof id);
	clock_iso_s(day, clock_wall_ms());
	snprintf(p->stream, sizeof p->stream, "%.4s/%.2s/%.2s/[$LATEST]%s", day, day + 5, day + 8, hex);
}

const char *pump_stream(const struct pump *p)
{
	return p->stream;
}

static int64_t machine_memory_mb(void)
{
	struct sysinfo si;

	return sysinfo(&si) == 0 ? (int64_t)((uint64_t)si.totalram * si.mem_unit >> 20) : 1024;
}

int pump_open(struct pump **out, struct minilab *m)
{
	struct pump *p = calloc(1, sizeof *p);
	struct db *reader;
	int rc;

	CHECK(p != NULL);
	p->m = m;
	p->look_due_ms = p->step_due_ms = INT64_MAX;
	p->memory_max_mb = machine_memory_mb();
	p->window_min = 2 * (int)uv_available_parallelism();
	if (p->window_min < WINDOW_MIN)
		p->window_min = WINDOW_MIN;
	name_stream(p);
	CHECK(uv_timer_init(m->loop, &p->timer) == 0);
	p->timer.data = p;
	*out = p;
	if ((rc = store_reader(m->store, &reader)) < 0)
		return rc;
	rc = function_list(reader, add_builtin, p);
	db_close(reader);
	return rc;
}

void pump_wake(struct pump *p)
{
	if (p->stopping)
		return;
	for (struct source *s = p->builtins, *next; s; s = next) {
		next = s->next_builtin;
		s->maybe = true;
		source_step(s);
	}
	if (p->others)
		start_look(p);
}

/* What waits because of how a function was configured may go on, or end. */
void pump_functions_changed(struct pump *p)
{
	p->others = true;
	for (struct source *s = p->first; s; s = s->next) {
		s->known = false;
		s->maybe = true;
	}
	if (!p->stopping)
		pump_step_all(p);
}

void pump_room(struct pump *p)
{
	if (!p->blocked || p->stopping)
		return;
	p->blocked = false;
	pump_step_all(p);
}

void minilab_wake(struct minilab *m)
{
	pump_wake(m->pump);
}

/* Drained is told by the timer when nothing runs, so that it never comes from inside this call. */
static void on_already_drained(uv_timer_t *t)
{
	pump_check_drained(t->data);
}

void pump_check_drained(struct pump *p)
{
	void (*drained)(void *) = p->drained;

	if (!drained || p->stats.running > 0 || p->look)
		return;
	for (const struct source *s = p->first; s; s = s->next)
		if (s->claim || s->finding)
			return;
	p->drained = NULL;
	drained(p->drained_owner);
}

void pump_stop(struct pump *p, void (*drained)(void *owner), void *owner)
{
	p->stopping = true;
	p->drained = drained;
	p->drained_owner = owner;
	for (struct source *s = p->first; s; s = s->next)
		start_put_back(s);
	uv_timer_start(&p->timer, on_already_drained, 0, 0);
}

static void on_timer_closed(uv_handle_t *h)
{
	struct pump *p = h->data;

	while (p->first)
		forget(p->first);
	p->closed(p->closed_owner);
	free(p);
}

void pump_close(struct pump *p, void (*closed)(void *owner), void *owner)
{
	CHECK(p->stats.running == 0);
	p->closed = closed;
	p->closed_owner = owner;
	uv_close((uv_handle_t *)&p->timer, on_timer_closed);
}

void pump_get_stats(struct pump *p, struct pump_stats *out)
{
	*out = p->stats;
}
