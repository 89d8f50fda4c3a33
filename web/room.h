/* room.h - how much of the daemon's memory bodies may hold, who waits for some, and who is still inside.
 *
 * What a client says about its body costs nothing; what has come of it does. There are three parts, so that one kind does not wait for another:
 *
 *     ROOM_UPLOADS     half of it: bodies that can be put on the disk at any time
 *     ROOM_DOCUMENTS   a quarter: bodies that cannot, as they are looked at whole, or are small
 *     ROOM_WORK        a quarter: what we need ourselves, known beforehand: a parsed document and its answer, a piece of a copy
 *
 *     a body:  room_begin -> room_came... -> room_end      work:  room_take      and at the end of both:  room_give
 *
 * While less than `max` of its part is held a guest goes on. From then on whoever wants more waits, in order: a body is not read from, but for
 * its first ROOM_FREE bytes. So a part is overstepped by two reads of each connection (HTTP_READ_SIZE, and what its buffer grows by with
 * them) and by one guest's work, and by no more.
 *
 * Nobody is held up for long by clients that stall, as while somebody waits room is made for all who do of the bodies that are coming:
 *   1. `squeeze`, first who holds something longest: it puts what it holds on the disk, and lives on, however slow its client is;
 *   2. `cut`, slowest first (to a factor of two), of those who cannot: it ends, as if its deadline were over. Only who was looked at for a whole
 *      ROOM_WINDOW_MS, and in it was not made to wait by us and brought less than ROOM_FAST, so that nobody is cut whom a full room made slow.
 * Guests that all wait for each other (half documents, each in need of more) are brought to an end one after the other: when nobody who
 * holds anything is at work the one that came first may go on as if there were room, until it gives its own back.
 *
 * A call whose work goes on after its request (a commit the client did not wait for) is inside until it leaves; `emptied` tells when the
 * last has.
 *
 * `granted` comes from inside calls of other guests, and from its own room_keep when it waits, and may do anything. `squeeze` and `cut` come from inside any call and
 * from room_sweep; they only begin something: no call of the room's, for nobody.
 *
 * Loop thread.
 */
#ifndef WEB_ROOM_H
#define WEB_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "web/http/http.h"

#define ROOM_WINDOW_MS 500
#define ROOM_FAST (512 << 10)		/* bytes in a window; a megabyte in a second */
#define ROOM_FREE HTTP_READ_SIZE
#define ROOM_SQUEEZE_LEAST (64 << 10)	/* who holds less is squeezed when nobody who holds more is left */

enum room_use { ROOM_UPLOADS, ROOM_DOCUMENTS, ROOM_WORK, ROOM_USES };

struct room_guest {		/* embed; {0} is one who has nothing */
	enum room_use use;
	void (*granted)(struct room_guest *g);	/* its waiting is over */
	int64_t (*squeeze)(struct room_guest *g);	/* what it holds now; if anything, room_keep follows. NULL: it cannot */
	void (*cut)(struct room_guest *g);	/* room_end or room_give follows; NULL: never */
	int64_t bytes;			/* held */
	bool arriving, waits;
	/* the room's own */
	bool asks;			/* inside of its call */
	bool going;			/* squeezed or cut; what it holds counts as free soon */
	bool watched;			/* by the sweep, since the last one */
	int64_t wants, came;		/* came: since the last sweep */
	uint64_t turn;			/* lower came first */
	struct room_guest *next, **at;	/* in line */
	struct room_guest *older, *younger;	/* of those who arrive */
	struct room_guest *next_loose, **loose_at;	/* of those who can be squeezed */
};

struct room_part {
	struct room *room;
	int64_t used, max;
	int64_t going;			/* of `used` */
	int working;			/* guests that hold something and do not wait */
	int waiting;
	uint64_t turns;
	struct room_guest *first, **end;
	struct room_guest *oldest, *youngest;
	struct room_guest *loose, **loose_end;
	bool letting;			/* in, at the moment: what happens meanwhile is looked at after that */
};

struct room {
	struct room_part part[ROOM_USES];
	int inside;
	uint64_t squeezed, cut;		/* since the start */
	int64_t swept_ms;
	bool swept;			/* room_sweep is called from time to time */
	void (*crowded)(struct room *r);	/* somebody begins to wait: room_sweep is due every ROOM_WINDOW_MS, until it says false; may be NULL */
	void (*emptied)(struct room *r);	/* set when stopping; may be NULL */
};

void room_init(struct room *r, int64_t max);

/* Arriving, with nothing held: it may be read from, as its first ROOM_FREE bytes wait for nobody. */
void room_begin(struct room *r, struct room_guest *g);

/* n bytes came, and so much is held now of all that came. True: read on. False: not now; `granted` will be called, unless it ends before. */
bool room_came(struct room *r, struct room_guest *g, int64_t n, int64_t held);
void room_end(struct room *r, struct room_guest *g);	/* no more comes, or is wanted; it waits no more. Accepts one that does not arrive */

/* At work: `bytes` besides what it holds. True: it has them. False: `granted` will be called, unless given back before. */
bool room_take(struct room *r, struct room_guest *g, int64_t bytes);

void room_keep(struct room *r, struct room_guest *g, int64_t held);	/* what it holds now; never refused */
void room_give(struct room *r, struct room_guest *g);	/* everything, and its place in line; accepts one who has nothing */

bool room_sweep(struct room *r, int64_t now_ms);	/* monotonic. False: nobody waits, and no sweep is due until somebody does */
int64_t room_used(const struct room *r);
int room_waiting(const struct room *r);

/* Of one that is passed on when it has `piece` bytes: what is reserved beyond that and a read more was never touched. */
int64_t room_of_buffer(const struct buf *b, size_t piece);

void room_enter(struct room *r);
void room_leave(struct room *r);

#endif
