/* copy_source.h - what a copy is made of: the object that x-amz-copy-source names, under its conditions, and its bytes or a range of them, read
 * and stored again, because stored bytes belong to one row.
 *
 *     copy_source_ask --> copy_source_find --> copy_source_begin --> copy_source_some... (done) --> where, or data; md5, sum
 *          (loop)              (lane)               (lane)                (lane)
 *
 * Up to BLOB_NEEDLE_MAX bytes stay in `data`, for a needle; more become a blob of their own, committed when done. A piece at a time, so that
 * memory stays small, and a bounded number of pieces per lane call, so that others get their turn.
 *
 * docs.aws.amazon.com: CopyObject, UploadPartCopy.
 */
#ifndef S3_COPY_SOURCE_H
#define S3_COPY_SOURCE_H

#include "web/conditions.h"
#include "web/s3/s3.h"

#define COPY_PIECE (1 << 20)		/* room that a copy takes while it reads */

struct copy_source {
	struct str bucket, key, version;	/* asked */
	struct conditions conditions;
	struct object from;		/* found */
	int64_t length;			/* bytes that are copied */
	enum digest_kind kind;
	struct digest md5, sum;		/* of them, once done */
	struct blob blob;
	struct extent where;		/* a committed blob, or EXTENT_NONE */
	struct buf data;		/* of a small one; else the piece at hand */
	int at;				/* extent at hand, and how far in it */
	uint64_t skip;
	int64_t left;
	bool done;
};

void copy_source_init(struct copy_source *c);

/* These four give 0 or refuse. */
int copy_source_ask(struct s3 *s, struct copy_source *c);
int copy_source_find(struct s3 *s, struct db *db, struct copy_source *c);
/* length: first + length <= from.size, at most OBJECT_PUT_MAX. */
int copy_source_begin(struct s3 *s, struct copy_source *c, int64_t first, int64_t length, enum digest_kind kind);
int copy_source_some(struct s3 *s, struct copy_source *c);

bool copy_source_is_small(const struct copy_source *c);
void copy_source_version(struct s3 *s, const struct copy_source *c);	/* x-amz-copy-source-version-id, between begin and reply */

/* On a lane: gives back what no row names. */
void copy_source_undo(struct s3 *s, struct copy_source *c);
void copy_source_clear(struct copy_source *c);

#endif
