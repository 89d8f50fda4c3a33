/* room.h - how much of the daemon's memory bodies may hold, and who is still inside.
 *
 * Whoever wants to take a body asks for its bytes first and waits, in order, when there is no room. One
 * that is larger than all of it is let in alone. A call whose work goes on after its request (a commit the
 * client did not wait for) is inside until it leaves; `emptied` tells when the last has.
 *
 * Loop thread.
 */
#ifndef WEB_ROOM_H
#define WEB_ROOM_H

#include <stdbool.h>
#include <stdint.h>

struct room_guest {		/* embed; {0} is one who has nothing */
	int64_t bytes;
	bool holds, waits;
	void (*granted)(struct room_guest *g);
	struct room_guest *next;
};

struct room {
	int64_t used, max;
	int inside;
	struct room_guest *first, **end;
	void (*emptied)(struct room *r);	/* set when stopping; may be NULL */
};

void room_init(struct room *r, int64_t max);

/* True: granted at once. False: `granted` will be called, unless given back before. */
bool room_take(struct room *r, struct room_guest *g, int64_t bytes);
void room_give(struct room *r, struct room_guest *g);	/* accepts one who has nothing */

void room_enter(struct room *r);
void room_leave(struct room *r);

#endif
