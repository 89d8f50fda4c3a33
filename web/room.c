#include "web/room.h"

#include <stddef.h>

#include "base/check.h"

void room_init(struct room *r, int64_t max)
{
	*r = (struct room){ .max = max };
	r->end = &r->first;
}

/* -- what is held -- */

static bool works(const struct room_guest *g)
{
	return g->bytes > 0 && !g->waits;
}

static void set(struct room *r, struct room_guest *g, int64_t bytes, bool waits)
{
	r->working -= works(g);
	r->waiting += waits - g->waits;
	r->used += bytes - g->bytes;
	if (g->going)
		r->going += bytes - g->bytes;
	g->bytes = bytes;
	g->waits = waits;
	r->working += works(g);
}

static void set_going(struct room *r, struct room_guest *g, bool going)
{
	r->going += ((int)going - g->going) * g->bytes;
	g->going = going;
}

static bool is_full(const struct room *r)
{
	return r->used >= r->max;
}

static bool is_short(const struct room *r)
{
	return r->used - r->going >= r->max;
}

/* -- the line -- */

static void stand_in_line(struct room *r, struct room_guest *g, int64_t wants)
{
	bool alone = r->first == NULL;

	g->wants = wants;
	g->watched = false;
	g->next = NULL;
	*r->end = g;
	r->end = &g->next;
	set(r, g, g->bytes, true);
	if (alone && r->crowded)
		r->crowded(r);
}

static void leave_line(struct room *r, struct room_guest *g)
{
	struct room_guest **at = &r->first;

	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	if (r->end == &g->next)
		r->end = at;
	set(r, g, g->bytes, false);
}

/* Of those in line who hold something; they are there when the room is full and nobody works. */
static struct room_guest *came_first(const struct room *r)
{
	struct room_guest *first = NULL;

	for (struct room_guest *g = r->first; g; g = g->next)
		if (g->bytes > 0 && (!first || g->turn < first->turn))
			first = g;
	CHECK(first);
	return first;
}

static void let_in(struct room *r)
{
	while (r->first && (!is_full(r) || r->working == 0)) {
		struct room_guest *g = is_full(r) ? came_first(r) : r->first;

		leave_line(r, g);
		set(r, g, g->bytes + g->wants, false);
		if (!g->asks)
			g->granted(g);
	}
}

static void squeeze_from(struct room *r, int64_t least)
{
	for (struct room_guest *g = r->oldest; g && is_short(r); g = g->younger) {
		if (!g->squeeze || g->going || g->bytes < least)
			continue;
		r->squeezed++;
		set(r, g, g->squeeze(g), g->waits);
		set_going(r, g, g->bytes > 0);
	}
}

static void make_room(struct room *r)
{
	if (!r->first)
		return;
	squeeze_from(r, ROOM_SQUEEZE_LEAST);
	squeeze_from(r, 1);
	let_in(r);
}

/* Whether it may go on at once: there is room, or it is the one that may although there is none. */
static bool may(struct room *r, const struct room_guest *g)
{
	if (!is_full(r))
		return true;
	if (g->bytes == 0 || r->working > (int)works(g))
		return false;
	for (const struct room_guest *other = r->first; other; other = other->next)
		if (other->bytes > 0 && other->turn < g->turn)
			return false;
	return true;
}

static bool ask(struct room *r, struct room_guest *g, int64_t bytes)
{
	CHECK(!g->waits);
	if (may(r, g)) {
		set(r, g, g->bytes + bytes, false);
		return true;
	}
	g->asks = true;
	stand_in_line(r, g, bytes);
	let_in(r);	/* another, if everybody waits now */
	make_room(r);
	g->asks = false;
	return !g->waits;
}

/* -- who arrives -- */

static void give_turn(struct room *r, struct room_guest *g)
{
	if (!g->arriving && g->bytes == 0)
		g->turn = ++r->turns;
}

bool room_begin(struct room *r, struct room_guest *g)
{
	CHECK(!g->arriving);
	give_turn(r, g);
	g->arriving = true;
	g->watched = false;
	g->came = 0;
	g->younger = NULL;
	g->older = r->youngest;
	*(g->older ? &g->older->younger : &r->oldest) = g;
	r->youngest = g;
	return ask(r, g, 0);
}

bool room_came(struct room *r, struct room_guest *g, int64_t n, int64_t held)
{
	CHECK(g->arriving && !g->waits);
	g->came += n;
	set(r, g, held, false);
	return ask(r, g, 0);
}

void room_end(struct room *r, struct room_guest *g)
{
	if (!g->arriving)
		return;
	if (g->waits)
		leave_line(r, g);
	*(g->older ? &g->older->younger : &r->oldest) = g->younger;
	*(g->younger ? &g->younger->older : &r->youngest) = g->older;
	g->arriving = false;
	set_going(r, g, false);
	make_room(r);
}

/* -- all -- */

bool room_take(struct room *r, struct room_guest *g, int64_t bytes)
{
	give_turn(r, g);
	return ask(r, g, bytes);
}

void room_keep(struct room *r, struct room_guest *g, int64_t held)
{
	set(r, g, held, g->waits);
	set_going(r, g, false);
	let_in(r);
	make_room(r);
}

void room_give(struct room *r, struct room_guest *g)
{
	room_end(r, g);
	if (g->waits)
		leave_line(r, g);
	room_keep(r, g, 0);
}

int64_t room_of_buffer(const struct buf *b, size_t piece)
{
	size_t most = piece + HTTP_READ_SIZE;

	return (int64_t)(b->cap < most ? b->cap : most);
}

/* -- the clock -- */

static struct room_guest *slowest(const struct room *r)
{
	struct room_guest *found = NULL;

	for (struct room_guest *g = r->oldest; g; g = g->younger)
		if (g->watched && g->cut && !g->going && g->bytes > 0 && g->came < ROOM_FAST && (!found || g->came < found->came))
			found = g;
	return found;
}

/* A sweep that comes late tells more about us than about them. */
void room_sweep(struct room *r, int64_t now_ms)
{
	bool late = now_ms - r->swept_ms > 2 * ROOM_WINDOW_MS;
	struct room_guest *g;

	r->swept_ms = now_ms;
	make_room(r);
	while (r->first && !late && is_short(r) && (g = slowest(r))) {
		set_going(r, g, true);
		r->cut++;
		g->cut(g);
	}
	for (g = r->oldest; g; g = g->younger) {
		g->came = 0;
		g->watched = !g->waits;
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
