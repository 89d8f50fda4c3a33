/* whole.h - a body that is taken whole: a document, a form, an event.
 *
 *     whole_take --> done --> [whole_leave -->] whole_clear
 *
 * Its bytes have room (room.h) as they come, and what they will be made into has room before `done` hears of them. While others wait for room
 * a client that brings them slowly is cut, which `done` hears of as of any that was too slow.
 *
 * `done` comes once, perhaps from inside whole_take, unless the request is over before: 0, E_TOO_LARGE (of which the rest is not read),
 * E_CLOSED, E_TIMEOUT, E_BAD_INPUT. The body is whole_clear's to free; it may outlive its request.
 * Loop thread.
 */
#ifndef WEB_WHOLE_H
#define WEB_WHOLE_H

#include "web/routes.h"

struct whole {				/* embed; {0} is one that was never taken */
	/* in; set before whole_take */
	size_t max;
	int64_t per_byte;		/* room for what is made of it */
	int64_t besides;		/* and for the answer */
	http_body_fn *done;
	/* its own */
	struct call *call;		/* until `done` */
	struct room *room;
	struct room_guest guest, work;
	struct buf bytes;
	bool over;
};

void whole_take(struct whole *w, struct call *c);
void whole_leave(struct whole *w);	/* the room is given back, the bytes stay: who works on them is bounded otherwise */
void whole_clear(struct whole *w);	/* accepts one that was never taken, or has left */

#endif
