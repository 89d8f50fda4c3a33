/* writer.h - group commit: the one thread that changes the database.
 *
 * A change is a closure. Callers on any thread hand it in; the writer runs as
 * many as are waiting inside one transaction, commits once, and then completes
 * them all. So `done` with rc 0 means: on the disk, whatever happens next.
 *
 *     writer_submit --> [needles: volume thread writes and syncs a group]
 *                   --> [writer thread: BEGIN; apply...; COMMIT] --> done
 *
 * A change that brings small bytes along (needles) passes the volume thread
 * first; the transaction that names them starts only after their fdatasync. That
 * is promise 1 made unavoidable: there is no other way to get a location for
 * bytes into a row. The two threads work on different groups at the same time.
 *
 * `apply` returning negative undoes that change alone (a savepoint); needles it
 * brought become trash. When the commit itself fails for want of space, all
 * changes of the group fail with E_FULL and nothing of them remains. A failed sync
 * aborts the process. Changes that are not `always` are refused with E_FULL while free
 * space is under the floor and with E_BUSY while the WAL cannot be checkpointed.
 *
 * From submit to done the change and all it points at belong to the writer. `done`
 * runs on the writer or volume thread: hand over to your own thread and return.
 * Order: changes without needles apply in the order of submission; those with
 * needles likewise among themselves.
 */
#ifndef STORAGE_WRITER_H
#define STORAGE_WRITER_H

#include "storage/blob.h"
#include "storage/db.h"

#define WRITER_GROUP_MAX 128		/* changes in one transaction */
#define WRITER_BYTES_MAX (4 << 20)	/* needle bytes in one volume sync */
#define NEEDLES_MAX 16			/* small blobs one change may bring */
#define WAL_IDLE_FRAMES 2048		/* 8 MB: checkpoint when nothing is waiting */
#define WAL_SOFT_FRAMES 16000		/* 64 MB: checkpoint between groups */
#define WAL_FULL_BYTES (WAL_SOFT_FRAMES * (4096LL + 24) + 32)	/* its size then: frames have a header each */
#define WAL_HARD_FRAMES 262144		/* 1 GB: changes are refused with E_BUSY */

struct change {
	int (*apply)(struct change *c, struct db *db);
	void (*done)(struct change *c);
	struct needle *needles;		/* lent until done; their `where` is set before apply */
	int needle_count;
	bool always;			/* apply even when space is short: acks, deletes */
	int rc;				/* valid in done */
	void *owner;			/* whoever's `done` it is */
	struct change *next;		/* the writer's */
};

struct writer;
struct volume;

struct writer_spec {
	struct db *db;		/* the writer connection; borrowed */
	struct volume *volume;	/* borrowed */
	int dirfd;		/* on the file system whose free space counts; borrowed */
	int64_t free_floor;	/* bytes; with less free, changes that are not `always` fail with E_FULL */
};

int writer_start(struct writer **out, const struct writer_spec *spec);
void writer_stop(struct writer *w);	/* finishes what was given; accepts NULL */
/* A change, or a chain of them linked by `next` (its order is kept): handed over at once, they share a group. */
void writer_submit(struct writer *w, struct change *first);

/* Submits and waits: for tests, start-up and the command line. `done` is not called. */
int writer_run(struct writer *w, struct change *c);

struct writer_stats {
	int64_t groups, changes, failed;
	int waiting, wal_frames;
	int last_rc;		/* of the last group; E_FULL or E_BUSY also when changes are refused now */
	bool raised;		/* got its real-time priority */
};
void writer_get_stats(struct writer *w, struct writer_stats *out);

#endif
