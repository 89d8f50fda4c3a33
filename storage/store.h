/* store.h - the data directory: everything that must survive a power cut.
 *
 *     LOCK FORMAT            one daemon at a time; layout version
 *     meta/meta.db           rows: buckets, objects, queue, journal, tables, functions
 *     vol/00/000000.seg      small blobs         obj/ab/<id>      large blobs
 *     tmp/                   nothing durable; emptied at start
 *     ahead                  claimed jobs that wait (ahead.h)
 *
 * store_open recovers, bounded in time, and never refuses because of a leftover of a
 * crash: lock, replay the WAL, release leases of the last boot, find the end of the
 * active segment, empty tmp/. The sweep of files that no row names runs in its own
 * thread afterwards, as does the emptying of the trash (keeper.h).
 */
#ifndef STORAGE_STORE_H
#define STORAGE_STORE_H

#include "storage/blob.h"
#include "storage/db.h"
#include "storage/volume.h"
#include "storage/writer.h"

struct store_spec {
	const char *dir;
	bool read_only;			/* audit, explain: no lock, no writer; beside a running daemon or after a dead one */
	int64_t grace_ms;		/* deleted bytes stay so long for those who still read them; 0: TRASH_GRACE_MS */
	int64_t free_floor;		/* bytes; below it changes that are not `always` fail with E_FULL */
	bool prime;			/* the write-ahead log gets its full size now: faster from the first commit */
	const char *region, *account;	/* borrowed; for events */
	uint64_t segment_size;		/* of a new store; 0: SEGMENT_SIZE. Tests make it small */
};

struct store;

/* E_BUSY when another process has it; E_BAD_INPUT when a newer minilab made it; E_NOT_FOUND: read_only and nothing there. */
int store_open(struct store **out, const struct store_spec *spec);
void store_close(struct store *s);	/* accepts NULL */

/* A reader for one thread, owned by the caller: db_close it before store_close. */
int store_reader(struct store *s, struct db **out);

struct writer *store_writer(struct store *s);
struct blobs *store_blobs(struct store *s);
struct ahead *store_ahead(struct store *s);
const char *store_region(struct store *s);
const char *store_account(struct store *s);

/* Shorthands for the two things everybody does. */
void store_submit(struct store *s, struct change *first);	/* or a chain of them: writer.h */
int store_run(struct store *s, struct change *c);

struct store_health {
	int64_t disk_free, disk_size;	/* bytes */
	int64_t wal_frames;
	bool writable;
	struct writer_stats writer;
};
void store_get_health(struct store *s, struct store_health *out);

#endif
