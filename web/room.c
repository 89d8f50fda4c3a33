#include "web/room.h"

#include <stddef.h>

#include "base/check.h"

void room_init(struct room *r, int64_t max)
{
	*r = (struct room){ .max = max };
	r->end = &r->first;
}

static bool fits(const struct room *r, int64_t bytes)
{
	return r->used == 0 || r->used + bytes <= r->max;
}

static void hold(struct room *r, struct room_guest *g)
{
	r->used += g->bytes;
	g->holds = true;
	g->waits = false;
}

bool room_take(struct room *r, struct room_guest *g, int64_t bytes)
{
	CHECK(!g->holds && !g->waits);
	g->bytes = bytes;
	g->next = NULL;
	if (r->first == NULL && fits(r, bytes)) {
		hold(r, g);
		return true;
	}
	g->waits = true;
	*r->end = g;
	r->end = &g->next;
	return false;
}

static void unlink_guest(struct room *r, struct room_guest *g)
{
	struct room_guest **at = &r->first;

	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	if (r->end == &g->next)
		r->end = at;
	g->waits = false;
}

void room_give(struct room *r, struct room_guest *g)
{
	if (g->waits)
		unlink_guest(r, g);
	if (g->holds)
		r->used -= g->bytes;
	g->holds = false;
	while (r->first && fits(r, r->first->bytes)) {
		struct room_guest *next = r->first;

		unlink_guest(r, next);
		hold(r, next);
		next->granted(next);
	}
}

void room_enter(struct room *r)
{
	r->inside++;
}

void room_leave(struct room *r)
{
	CHECK(r->inside > 0);
	if (--r->inside == 0 && r->emptied)
		r->emptied(r);
}
