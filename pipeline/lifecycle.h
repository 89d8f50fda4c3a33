/* lifecycle.h - what ends objects, versions, delete markers and multipart uploads that are old enough (S3's lifecycle expiration).
 *
 *     SLEEPING --interval--> bucket by bucket: versions a page at a time, then uploads --the last one--> SLEEPING
 *
 * A page is read on a lane, LIFECYCLE_LOOK rows at most; what it found goes in changes of LIFECYCLE_AT_ONCE, one at a time with a pause behind
 * each, so that uploads never wait for more than one. Memory is that of a page, whatever the size of a bucket. It keeps nothing that a
 * restart would miss: that looks again, soon after the start. Each end is an event of lifecycle, and a line of the journal, as of any deletion;
 * thumbnails and row follow. A change does nothing when the bucket's rules are not those any more that it was found by.
 *
 * Errors are logged, and the bucket is left for the next time. On the loop.
 */
#ifndef PIPELINE_LIFECYCLE_H
#define PIPELINE_LIFECYCLE_H

#include "pipeline/minilab.h"

#define LIFECYCLE_LOOK 1000
#define LIFECYCLE_AT_ONCE 20

struct lifecycle;

struct lifecycle_stats {		/* ended, since the start */
	int64_t objects, versions, markers, uploads;
};

void lifecycle_open(struct lifecycle **out, struct minilab *m);
const struct lifecycle_stats *lifecycle_stats(const struct lifecycle *l);
void lifecycle_close(struct lifecycle *l, void (*closed)(void *owner), void *owner);	/* waits for what is under way */

#endif
