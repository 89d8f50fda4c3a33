/* blob.h - bytes that survive a power cut, and where they are.
 *
 * Small ones (up to BLOB_NEEDLE_MAX) are needles: records in append-only volume
 * segments, written and synced by the group (volume.h, writer.h). Large ones are
 * one file each under their final unique name: stage, write, then commit or
 * abort. An extent names a run of stored bytes and exists only for bytes that are
 * on the disk: a needle gets its extent from the volume after the sync, a
 * staged file gets it from blob_commit, which syncs because it is the only way to
 * finish. A blob is a list of extents: one for a plain object, many for multipart.
 *
 * Until a row names it nobody can see a blob; a crash leaves needles that no
 * row names (dead space) and files that no row names (swept at start).
 *
 * Blocking; call from a lane, never from the loop.
 */
#ifndef STORAGE_BLOB_H
#define STORAGE_BLOB_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

#define BLOB_NEEDLE_MAX (512 << 10)
#define BLOB_EXTENTS_MAX 10000		/* one per part of a multipart upload */
#define BLOB_FILE_ID 16

enum extent_kind { EXTENT_NONE, EXTENT_NEEDLE, EXTENT_FILE };

struct extent {
	enum extent_kind kind;
	uint32_t seg;			/* EXTENT_NEEDLE */
	uint64_t off;			/* of the data in the segment, after the needle's header */
	uint64_t len;
	uint8_t file[BLOB_FILE_ID];	/* EXTENT_FILE */
};

struct needle {
	struct str key;			/* "bucket/key", kept inside for rebuilding */
	struct str data;		/* at most BLOB_NEEDLE_MAX; empty gives EXTENT_NONE */
	struct extent where;		/* out */
};

/* Extents as bytes of a row, and back (E_CORRUPT). */
void extents_pack(struct buf *to, const struct extent *e, int n);
int extents_unpack(struct arena *a, struct str packed, struct extent **e, int *n);

struct blobs;			/* the obj/ and tmp/ folders and the volume's segments, for reading */
struct volume;

void blobs_open(struct blobs **out, int datadir, struct volume *v);	/* both borrowed; has obj/ and tmp/ */
void blobs_close(struct blobs *in);	/* accepts NULL */

/* A large blob being written. `{ .fd = -1 }` is none. */
struct blob {
	struct blobs *in;		/* borrowed */
	int fd;				/* owned; -1 after commit or abort */
	uint8_t file[BLOB_FILE_ID];
	uint64_t len;
	uint64_t flushed;		/* write-back was started up to here */
};

int blob_stage(struct blob *b, struct blobs *in, uint64_t size_hint);	/* 0: unknown */
int blob_write(struct blob *b, const void *p, size_t n);

/* Either way `b` is finished. After a failure no extent exists and the file is gone
 * or will be swept. */
int blob_commit(struct blob *b, struct extent *where);
void blob_abort(struct blob *b);

/* A committed blob whose row will never come (bad digest, refused change): best effort, now. */
void blob_forget(struct blobs *in, const struct extent *e);

/* Reads up to n bytes at `at` of the extent; needles are verified by checksum when
 * read whole. Count, or negative: E_CORRUPT when the bytes are not those written, E_NOT_FOUND
 * when their file is gone (the row went, and its grace is over). */
int64_t extent_read(struct blobs *in, const struct extent *e, uint64_t at, void *to, size_t n);

/* A read-only descriptor on the file that holds the extent, for sendfile, with the
 * offset of the extent's first byte. The caller closes it. */
int extent_open(struct blobs *in, const struct extent *e, uint64_t *first);

/* A private, immutable copy of a whole blob in one descriptor that holds nothing else:
 * a sealed memfd up to BLOB_NEEDLE_MAX, the file itself (read-only) when the blob is one
 * file, else an unnamed file in tmp/. What a cage may be given: never a segment. */
int blob_isolate(struct blobs *in, const struct extent *e, int n);

/* Whoever it was isolated for has read it: it may leave the page cache before others do (warm.h). */
void blob_had(struct blobs *in, const struct extent *e, int n);

#endif
