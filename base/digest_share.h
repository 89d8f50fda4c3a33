/* digest_share.h - threads that digest at the same time do it side by side.
 *
 * An MD5 alone is as slow as its chain of steps; several cost little more than one when vector lanes take them
 * together (md5_lanes.h). Who comes with a large piece puts it in a queue. The first becomes the leader: it works on
 * all that are queued, a slice of each at a time, so that newcomers join after a slice; the others sleep until their
 * piece is done. A leader whose own piece is done hands over to one that waits.
 *
 * On a busy machine threads that digest in turn would seldom meet. So as many as met are expected to meet again: a
 * leader first waits until they are there, and expects one less when they did not come. It waits for 10 ms at most while
 * lanes stay empty that cost as much as full ones, since who is woken on a busy machine may have to wait for the
 * scheduler's next tick or two; for 2 ms where only wider vectors would take them. When nobody gathered for 100 ms, or
 * after as many waits in vain as there were others, nobody is waited for: who is alone is served by libcrypto at once. Nor
 * does anybody wait where the processor has no vectors for it.
 *
 * Blocking; call it from a lane, never from the loop. The digest is begun, fed otherwise and ended as ever.
 */
#ifndef BASE_DIGEST_SHARE_H
#define BASE_DIGEST_SHARE_H

#include "base/digest.h"

#define DIGEST_SHARE_MIN (64 << 10)	/* smaller ones are not worth a sleep and a wake */

/* As digest_feed; an MD5's large piece may be fed by another thread before this returns. */
void digest_feed_shared(struct digest *d, const void *p, size_t n);

#endif
