/* pulse.h - which parts of the house changed, for those who show them: the console. What happens to photos is in feed.h.
 *
 * While somebody listens, the counters that the rooms keep anyway are compared with what they were PULSE_MS before, and the parts whose
 * counters moved are told in one beat. So what happens a thousand times a second is told once, no room has to tell of itself, and none can
 * forget to. While nobody listens nothing is done.
 *
 * A hint as the feed is: it says that there is something new to read, and of the queue how long it is. A listener's first beat names all
 * parts, so that nothing is missed between what it read before and its coming.
 *
 * Loop thread.
 */
#ifndef PIPELINE_PULSE_H
#define PIPELINE_PULSE_H

#include "base/chain.h"
#include "pipeline/minilab.h"
#include "storage/queue.h"

#define PULSE_MS 500			/* between two looks; */
#define PULSE_SHARE 20			/* or so many times what the last one took: counting a million jobs is not free */
#define PULSE_CLOCK_MS 10000

/* The words are those that clients of /_/events?changes=1 see. */
#define PULSE_TABLE(X) \
	X(PULSE_QUEUE,     "queue")	/* events that wait, run or are dead */ \
	X(PULSE_FUNCTIONS, "functions")	/* invocations and environments */ \
	X(PULSE_LOGS,      "logs")	/* lines that functions logged can be read */ \
	X(PULSE_FOLDERS,   "folders")	/* drop folders got on */ \
	X(PULSE_WEBHOOKS,  "webhooks")	/* deliveries */ \
	X(PULSE_STORE,     "store")	/* anything was written: objects, configurations, tokens ... */ \
	X(PULSE_CLOCK,     "clock")	/* PULSE_CLOCK_MS went by: ages, disk and plots change by themselves */

#define X(name, text) name,
enum pulse_part { PULSE_TABLE(X) PULSE_PARTS };
#undef X
const char *pulse_text(enum pulse_part p);

struct pulse_beat {			/* lent for the call */
	unsigned changed;		/* 1 << enum pulse_part, never 0 */
	struct queue_counts queue;
};

struct pulse_listener {			/* embed; {0} listens to nothing */
	void (*heard)(struct pulse_listener *l, const struct pulse_beat *b);	/* may leave, but let nobody else leave */
	bool fresh;			/* its first beat is to come */
	struct chain chain;
};

struct pulse;

void pulse_open(struct pulse **out, struct minilab *m);
void pulse_listen(struct pulse *p, struct pulse_listener *l);
void pulse_leave(struct pulse_listener *l);	/* accepts one that does not listen */
void pulse_close(struct pulse *p, void (*closed)(void *owner), void *owner);	/* nobody listens any more */

#endif
