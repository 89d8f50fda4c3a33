#include "pipeline/pump_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/sysinfo.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/digest.h"

#define BLOCKED_MS 1000			/* who waits for room is looked at again after */
#define WINDOW_MIN 4			/* jobs of a custom function at a time, to begin with; or twice the cores */

/* Time */

static void on_timer(uv_timer_t *t)
{
	struct pump *p = t->data;

	p->step_due_ms = INT64_MAX;
	if (p->look_due_ms <= clock_wall_ms())
		look_start(p);
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
		look_start(p);
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
		source_free(p->first);
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
