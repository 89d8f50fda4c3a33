#include "web/room.h"

#include <stddef.h>

#include "base/check.h"

void room_init(struct room *r, int64_t max)
{
	*r = (struct room){ 0 };
	for (int i = 0; i < ROOM_USES; i++) {
		struct room_part *p = &r->part[i];

		p->room = r;
		p->max = i == ROOM_UPLOADS ? max / 2 : max / 4;
		p->end = &p->first;
		p->loose_end = &p->loose;
	}
}

static struct room_part *part_of(struct room *r, const struct room_guest *g)
{
	return &r->part[g->use];
}

/* -- what is held -- */

static bool works(const struct room_guest *g)
{
	return g->bytes > 0 && !g->waits;
}

static void count(struct room_part *p, const struct room_guest *g, int sign)
{
	p->working += sign * works(g);
	p->waiting += sign * g->waits;
	p->used += sign * g->bytes;
	p->going += g->going ? sign * g->bytes : 0;
}

/* All that can be squeezed are in a list of their own, as among thousands there may be none. */
static void sort(struct room_part *p, struct room_guest *g)
{
	bool loose = g->squeeze && g->arriving && !g->going && g->bytes > 0;

	if (loose && !g->loose_at) {
		g->next_loose = NULL;
		g->loose_at = p->loose_end;
		*p->loose_end = g;
		p->loose_end = &g->next_loose;
	} else if (!loose && g->loose_at) {
		*g->loose_at = g->next_loose;
		*(g->next_loose ? &g->next_loose->loose_at : &p->loose_end) = g->loose_at;
		g->loose_at = NULL;
	}
}

static void set(struct room_part *p, struct room_guest *g, int64_t bytes, bool waits)
{
	count(p, g, -1);
	g->bytes = bytes;
	g->waits = waits;
	count(p, g, 1);
	sort(p, g);
}

static void set_going(struct room_part *p, struct room_guest *g, bool going)
{
	count(p, g, -1);
	g->going = going;
	count(p, g, 1);
	sort(p, g);
}

static bool is_full(const struct room_part *p)
{
	return p->used >= p->max;
}

/* For all who wait; of them each wants a read at least. */
static bool is_short(const struct room_part *p)
{
	return p->waiting > 0 && p->used - p->going + p->waiting * HTTP_READ_SIZE > p->max;
}

/* -- the line -- */

static void stand_in_line(struct room_part *p, struct room_guest *g, int64_t wants)
{
	struct room *r = p->room;

	g->wants = wants;
	g->watched = false;
	g->next = NULL;
	g->at = p->end;
	*p->end = g;
	p->end = &g->next;
	set(p, g, g->bytes, true);
	if (!r->swept && r->crowded)
		r->crowded(r);
	r->swept = true;
}

static void leave_line(struct room_part *p, struct room_guest *g)
{
	*g->at = g->next;
	*(g->next ? &g->next->at : &p->end) = g->at;
	set(p, g, g->bytes, false);
}

/* Of those in line who hold something; they are there when the room is full and nobody works. */
static struct room_guest *came_first(const struct room_part *p)
{
	struct room_guest *first = NULL;

	for (struct room_guest *g = p->first; g; g = g->next)
		if (g->bytes > 0 && (!first || g->turn < first->turn))
			first = g;
	CHECK(first);
	return first;
}

/* Who is let in may give back at once: however long the line, it is not gone through from inside of itself. */
static void let_in(struct room_part *p)
{
	if (p->letting)
		return;
	p->letting = true;
	while (p->first && (!is_full(p) || p->working == 0)) {
		struct room_guest *g = is_full(p) ? came_first(p) : p->first;

		leave_line(p, g);
		set(p, g, g->bytes + g->wants, false);
		if (!g->asks)
			g->granted(g);
	}
	p->letting = false;
}

static void squeeze_from(struct room_part *p, int64_t least)
{
	for (struct room_guest *g = p->loose, *next; g && is_short(p); g = next) {
		next = g->next_loose;
		if (g->bytes < least)
			continue;
		p->room->squeezed++;
		set(p, g, g->squeeze(g), g->waits);
		set_going(p, g, g->bytes > 0);
	}
}

static void make_room(struct room_part *p)
{
	if (!p->first)
		return;
	squeeze_from(p, ROOM_SQUEEZE_LEAST);
	squeeze_from(p, 1);
	let_in(p);
}

/* Whether it may go on at once: there is room, or it is the one that may although there is none. */
static bool may(struct room_part *p, const struct room_guest *g)
{
	if (!is_full(p) || (g->arriving && g->bytes < ROOM_FREE))
		return true;
	if (g->bytes == 0 || p->working > (int)works(g))
		return false;
	for (const struct room_guest *other = p->first; other; other = other->next)
		if (other->bytes > 0 && other->turn < g->turn)
			return false;
	return true;
}

static bool ask(struct room_part *p, struct room_guest *g, int64_t bytes)
{
	CHECK(!g->waits);
	if (may(p, g)) {
		set(p, g, g->bytes + bytes, false);
		return true;
	}
	g->asks = true;
	stand_in_line(p, g, bytes);
	let_in(p);	/* another, if everybody waits now */
	make_room(p);
	g->asks = false;
	return !g->waits;
}

/* -- who arrives -- */

static void give_turn(struct room_part *p, struct room_guest *g)
{
	if (!g->arriving && g->bytes == 0)
		g->turn = ++p->turns;
}

void room_begin(struct room *r, struct room_guest *g)
{
	struct room_part *p = part_of(r, g);

	CHECK(!g->arriving && !g->waits && g->bytes == 0);
	give_turn(p, g);
	g->arriving = true;
	g->watched = false;
	g->came = 0;
	g->younger = NULL;
	g->older = p->youngest;
	*(g->older ? &g->older->younger : &p->oldest) = g;
	p->youngest = g;
}

bool room_came(struct room *r, struct room_guest *g, int64_t n, int64_t held)
{
	struct room_part *p = part_of(r, g);

	CHECK(g->arriving && !g->waits);
	g->came += n;
	set(p, g, held, false);
	return ask(p, g, 0);
}

void room_end(struct room *r, struct room_guest *g)
{
	struct room_part *p = part_of(r, g);

	if (!g->arriving)
		return;
	if (g->waits)
		leave_line(p, g);
	*(g->older ? &g->older->younger : &p->oldest) = g->younger;
	*(g->younger ? &g->younger->older : &p->youngest) = g->older;
	g->arriving = false;
	set_going(p, g, false);
	make_room(p);
}

/* -- all -- */

bool room_take(struct room *r, struct room_guest *g, int64_t bytes)
{
	struct room_part *p = part_of(r, g);

	give_turn(p, g);
	return ask(p, g, bytes);
}

void room_keep(struct room *r, struct room_guest *g, int64_t held)
{
	struct room_part *p = part_of(r, g);

	set(p, g, held, g->waits);
	set_going(p, g, false);
	let_in(p);
	make_room(p);
}

void room_give(struct room *r, struct room_guest *g)
{
	room_end(r, g);
	if (g->waits)
		leave_line(part_of(r, g), g);
	room_keep(r, g, 0);
}

int64_t room_of_buffer(const struct buf *b, size_t piece)
{
	size_t most = piece + HTTP_READ_SIZE;

	return (int64_t)(b->cap < most ? b->cap : most);
}

/* -- the clock -- */

static bool is_slow(const struct room_guest *g, int64_t under)
{
	return g->watched && g->cut && !g->going && g->bytes > 0 && g->came < under;
}

/* First those who brought nothing, then twice as much each time, so that a few rounds do, however many there are. */
static void cut_slow(struct room_part *p)
{
	for (int64_t under = 1; under <= ROOM_FAST && is_short(p); under *= 2)
		for (struct room_guest *g = p->oldest; g && is_short(p); g = g->younger) {
			if (!is_slow(g, under))
				continue;
			set_going(p, g, true);
			p->room->cut++;
			g->cut(g);
		}
}

static void sweep(struct room_part *p, bool late)
{
	make_room(p);
	if (!late)
		cut_slow(p);
	for (struct room_guest *g = p->oldest; g; g = g->younger) {
		g->came = 0;
		g->watched = !g->waits;
	}
}

/* A sweep that comes late tells more about us than about them. */
bool room_sweep(struct room *r, int64_t now_ms)
{
	bool late = now_ms - r->swept_ms > 2 * ROOM_WINDOW_MS;

	r->swept_ms = now_ms;
	for (int i = 0; i < ROOM_USES; i++)
		sweep(&r->part[i], late);
	r->swept = room_waiting(r) > 0;
	return r->swept;
}

int64_t room_used(const struct room *r)
{
	int64_t sum = 0;

	for (int i = 0; i < ROOM_USES; i++)
		sum += r->part[i].used;
	return sum;
}

int room_waiting(const struct room *r)
{
	int sum = 0;

	for (int i = 0; i < ROOM_USES; i++)
		sum += r->part[i].waiting;
	return sum;
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
