/* house.h - the rooms of the daemon, opened from the ground up and closed in reverse, each when the one above is gone.
 *
 *     (zero) --open--> OPEN --close--> rooms end one after the other --clear--> (zero)
 *
 * The struct is daemon.c's and outlives every thread. Loop thread; opening blocks, before anybody is served. What was opened when
 * opening fails stays as it is: it is recovered at the next start, like after any kill.
 */
#ifndef PIPELINE_HOUSE_H
#define PIPELINE_HOUSE_H

#include "base/buf.h"
#include "pipeline/beside.h"
#include "pipeline/custom_room.h"

struct house {
	struct minilab m;		/* settings, loop and presets are set before anything is opened */
	const struct door *door;
	void *web;			/* the door's, or NULL */
	struct janitor *janitor;
	bool closing;
	void *leaving;			/* where the pointer to the room is that closes; NULL: none, or the pools */
	char runner[BESIDE_MAX], general[BESIDE_MAX + 16];	/* paths; general "" without such a program */
	struct buf variables;		/* owned: what m.variables lends */
	struct custom_room custom;
};

/* The runner and the variables that it has to obey. Before the loop; prints what is wrong with them. */
int house_find_programs(struct house *h);

/* All rooms; prints which of them could not be opened. */
int house_open(struct house *h);

/* Environments are killed, those too that end in order: what ran in them ends with E_CLOSED, and its jobs go back to the queue. */
void house_hurry(struct house *h);

/* Begins; the loop ends when all that it served is closed. */
void house_close(struct house *h);

/* What needs no loop to end; after it. */
void house_clear(struct house *h);

#endif
