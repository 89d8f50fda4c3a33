/* deposit.h - bytes that become an object, for the doors that are not S3's own PutObject: REST uploads, browser forms, resumable uploads.
 *
 *     deposit_begin --> deposit_feed... --> deposit_end --> [deposit_put] --> done
 *                  \--------------- deposit_drop -------------------/
 *
 * What is small stays in memory and comes along as a needle; what is larger than BLOB_NEEDLE_MAX is staged to a file of its own, a piece at a
 * time on a lane. The bytes are digested on the way: MD5 for the etag, CRC64NVME as the kept checksum, and what else is asked for. deposit_put
 * commits object and event in one transaction (object.h), then wakes the pump and tells the feed.
 *
 * Back-pressure: while `full` is true whoever feeds pauses its socket; `drained` says when to go on. Room is taken for each deposit
 * (room.h); until it is granted nothing may be fed.
 *
 * Loop thread, but for what runs on a lane in here. Until `done`, or until `gone` after deposit_drop, the struct must live.
 */
#ifndef WEB_DEPOSIT_H
#define WEB_DEPOSIT_H

#include "base/digest.h"
#include "pipeline/minilab.h"
#include "storage/object.h"
#include "web/room.h"

#define DEPOSIT_PIECE (512 << 10)

struct deposit {
	/* in; set before deposit_begin, texts lent until the end */
	struct minilab *m;
	struct room *room;
	int64_t length;			/* of the content if it is known; -1: not */
	int64_t max;			/* E_TOO_LARGE beyond */
	bool want[DIGEST_KINDS];	/* computed besides MD5 and CRC64NVME */
	bool always_file;		/* staged even if small: for a part that is not put as an object */
	void (*granted)(struct deposit *d);	/* there is room: feed */
	void (*drained)(struct deposit *d);
	void (*done)(struct deposit *d, int rc);	/* after deposit_end: all of it is stored and digested; after deposit_put: committed, or not */
	void (*gone)(struct deposit *d);	/* after deposit_drop: nobody works for it any more */
	void *owner;
	/* out */
	bool full;
	int64_t got;
	uint8_t sum[DIGEST_KINDS][DIGEST_SIZE_MAX];
	struct object_put put;		/* before deposit_put: bucket, o.key, o.headers, kind, actor, conditions, also; after: o is the new object */
	struct deposit_parts *parts;	/* its own */
};

void deposit_begin(struct deposit *d);		/* `granted` comes, now or later */
void deposit_feed(struct deposit *d, const void *p, size_t n);
void deposit_end(struct deposit *d);		/* `done` comes: 0, E_TOO_LARGE, E_FULL, ... */

/* Bytes of a staged file after deposit_end, for who names them itself (a part of a resumable upload); then they are that one's. */
struct extent deposit_take(struct deposit *d);

void deposit_put(struct deposit *d);		/* d->put filled in, its size, etag, sum and bytes are set here; `done` comes */
void deposit_drop(struct deposit *d);		/* at any time, once: what was staged and not named is given back; `gone` comes, perhaps at once */

#endif
