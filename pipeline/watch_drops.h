/* watch_drops.h - the files of one drop folder that are on their way in: seen, and not yet an object.
 *
 *     (none) --note--> SETTLING --due, take--> HELD --> removed, or settled again
 *
 * Each is known by its path and has a time when it is due. Their number is limited: who has no room is not noted, and the folder has to be
 * looked through again when there is. Those that wait long (unreadable, being written for hours) may not take more than a part of the room.
 *
 * One thread.
 */
#ifndef PIPELINE_WATCH_DROPS_H
#define PIPELINE_WATCH_DROPS_H

#include "base/str.h"
#include "pipeline/watch_stamp.h"

#define WATCH_DROPS_MAX 16384
#define WATCH_DROPS_LATE_MAX 4096	/* of those: that failed or are not finished */
#define WATCH_DROPS_BYTES_MAX (8 << 20)	/* of paths */

enum drop_wait { DROP_SETTLES, DROP_WRITTEN, DROP_UNFINISHED, DROP_FAILED };	/* what it waits for: DROP_WRITTEN to be closed */

struct drop {
	char *path;
	struct watch_stamp stamp;
	int64_t since_ms;		/* it looks so since then; monotonic, as due_ms */
	int64_t due_ms;
	enum drop_wait wait;
	int fails;
	bool written;			/* somebody closed it after writing: its ledger line tells nothing */
	bool unclosed;			/* somebody made it and has not closed it yet, as far as notifications tell */
	bool closed;			/* that writing has ended was told: it was closed, or moved here */
	bool read;			/* all of it was, since it looks so, and is an object: what failed is `after` */
	bool again;			/* HELD, and something happened to it meanwhile */
	bool held;
	/* the set's own */
	size_t place;			/* in the heap */
	struct drop *next;		/* in its bucket */
};

struct drops;

void drops_open(struct drops **out);
void drops_close(struct drops *d);		/* accepts NULL; none is held */
void drops_clear(struct drops *d);		/* none is held */

struct drop *drops_find(struct drops *d, const char *path);
struct drop *drops_add(struct drops *d, const char *path);	/* one that is not there yet, due at 0; NULL: there is no room */
bool drops_full(const struct drops *d);
int drops_waiting(const struct drops *d, enum drop_wait w);	/* those not held */

const struct drop *drops_first(const struct drops *d);		/* that is due next and not held; NULL: none */
void drops_hold(struct drops *d, struct drop *it);
void drops_settle(struct drops *d, struct drop *it, enum drop_wait w, int64_t due_ms);	/* held or not; may remove one that waits long */
void drops_remove(struct drops *d, struct drop *it);

#endif
