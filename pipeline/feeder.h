/* feeder.h - what queues the jobs of backfills, and knows when one is done.
 *
 * While a backfill is active it looks at the next originals on a lane, then queues those to be done in one change that also
 * moves the backfill's place (storage/backfill.h). At most FEEDER_OPEN jobs of a backfill wait or run at a time and no more
 * are queued than its rate allows, so neither queue nor memory grows with the bucket. Backfills of several buckets take
 * turns. It keeps nothing of its own that a restart would miss; without an active backfill it sleeps.
 *
 * On the loop.
 */
#ifndef PIPELINE_FEEDER_H
#define PIPELINE_FEEDER_H

#include "pipeline/minilab.h"

#define FEEDER_OPEN 64

struct feeder;

void feeder_open(struct feeder **out, struct minilab *m);
void feeder_wake(struct feeder *f);	/* a backfill was asked for, resumed or cancelled */
void feeder_close(struct feeder *f, void (*closed)(void *owner), void *owner);	/* waits for what is under way */

#endif
