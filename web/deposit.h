/* deposit.h - bytes that become an object, for the doors that are not S3's own PutObject: REST uploads, browser forms, resumable uploads.
 *
 *     deposit_begin --> granted --> deposit_feed... --> deposit_end --> done --> [deposit_put --> done] --> deposit_drop --> gone
 *                \                \----------- a failure: done ---------------/                           /
 *                 \-------------------------- at any time ----------------------------------------------/
 *
 * What is small stays in memory and comes along as a needle; what is larger than BLOB_NEEDLE_MAX is staged to a file of its own, a piece at a
 * time on a lane. The bytes are digested on the way: MD5 for the etag, CRC64NVME as the kept checksum, and what else is asked for. deposit_put
 * commits object and event in one transaction (object.h), then wakes the pump and tells the feed.
 *
 * `done` comes once for the content and once for each put. For the content it may come before deposit_end, with why it failed (E_TOO_LARGE,
 * E_FULL, an errno): then deposit_feed does nothing any more and deposit_end need not be called. A put that was refused may be tried again
 * with another key. `done`, `drained` and `gone` never come from inside a call of this module, except `gone`.
 *
 * Back-pressure: while `full` is true whoever feeds pauses its socket; `drained` says when to go on. What has come takes room (room.h) until it is
 * on the disk or dropped. When others wait for room, what is here is written at once, however
 * little it is, and a small one becomes a file of its own: so a client that stalls, or is slow, holds up nobody and is let finish.
 * Until deposit_end the deposit arrives: whoever waits for something else of its client first does not call it yet.
 *
 * Every deposit ends with one deposit_drop, which frees what it has; until `gone` the struct must live.
 * Loop thread, but for what runs on a lane in here.
 */
#ifndef WEB_DEPOSIT_H
#define WEB_DEPOSIT_H

#include "base/digest.h"
#include "pipeline/minilab.h"
#include "storage/object.h"
#include "web/room.h"

#define DEPOSIT_PIECE (512 << 10)
#define DEPOSIT_DIRECT_MAX (64 << 10)	/* up to here a lane would cost more than it saves */

struct deposit {
	/* in; set before deposit_begin, texts lent until the end */
	struct minilab *m;
	struct room *room;
	int64_t length;			/* of the content if it is known, for the disk; -1: not. Whether it was kept is the feeder's to look at */
	int64_t max;			/* E_TOO_LARGE beyond */
	bool want[DIGEST_KINDS];	/* computed besides MD5 and CRC64NVME */
	bool always_file;		/* staged even if small: for a part that is not put as an object */
	void (*granted)(struct deposit *d);	/* feed */
	void (*drained)(struct deposit *d);
	void (*done)(struct deposit *d, int rc);	/* after deposit_end: all of it is stored and digested; after deposit_put: committed, or not */
	void (*gone)(struct deposit *d);	/* after deposit_drop: nobody works for it any more; may be NULL */
	void *owner;
	struct str upload;		/* what listeners of the feed know it by; absent: they are not told */
	/* out */
	bool full;
	int64_t got;
	uint8_t sum[DIGEST_KINDS][DIGEST_SIZE_MAX];
	struct object_put put;		/* object_put_init, and before deposit_put: bucket, o.key, o.headers, kind, actor, conditions, also, and
					 * o.sum.type and .kind if another checksum than CRC64NVME shall be kept; after: o is the new object */
	struct deposit_parts *parts;	/* its own */
};

void deposit_begin(struct deposit *d);		/* `granted` comes before it returns */
void deposit_feed(struct deposit *d, const void *p, size_t n);
void deposit_end(struct deposit *d);

/* Bytes of a staged file after deposit_end, for who names them itself (a part of a resumable upload); then they are that one's. EXTENT_NONE: there
 * were none. */
struct extent deposit_take(struct deposit *d);

void deposit_put(struct deposit *d);		/* d->put filled in, its size, etag, sum and bytes are set here */
void deposit_drop(struct deposit *d);		/* what was staged and not named is given back; `gone` comes, perhaps at once */

#endif
