/* pump_sources.c - the functions that have jobs, in the order of their turns, and the steps each of them takes. */
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "pipeline/pump_parts.h"

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

void source_free(struct source *s)
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
		source_free(s);
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
