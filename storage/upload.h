/* upload.h - multipart uploads: parts are stored bytes without an object until
 * completion, which is rows only: the object's extents are the parts' extents.
 *
 *     upload_begin -> part_put (any order, again replaces) -> upload_complete | upload_abort
 *
 * All of these are called inside a change, except the reading ones. upload ids are 32 random
 * letters. A completed upload's id is gone; completing twice answers E_NOT_FOUND, and upload_became tells such a
 * repetition from an id that never was.
 */
#ifndef STORAGE_UPLOAD_H
#define STORAGE_UPLOAD_H

#include "storage/object.h"

#define UPLOAD_ID_MAX 64
#define PART_MAX 10000
#define PART_SIZE_MIN (5 << 20)		/* all but the last */
#define UPLOADS_MAX 100000		/* open at a time */

struct upload {
	struct str id;
	int64_t bucket;
	struct str key;
	int64_t created_ms;
	struct str headers, tags;	/* JSON, as in struct object */
	struct checksum sum;		/* kind and type asked for; type SUM_NONE if none */
	bool resumable;			/* of resumable.h: the calls here but for upload_begin do not see it */
};

struct part {
	int number;
	int64_t mtime_ms, size;
	uint8_t md5[16];
	struct checksum sum;
	struct extent where;
};

/* In: key, headers, tags, sum; out: the id, also in *u, bucket, created_ms. E_NOT_FOUND no such bucket; E_TOO_LARGE. */
int upload_begin(struct db *db, struct str bucket, struct upload *u, char id[UPLOAD_ID_MAX]);
int upload_get(struct db *db, struct str bucket, struct str key, struct str id, struct arena *a, struct upload *u);	/* E_NOT_FOUND */

struct part_put {
	struct change change;		/* part_put_init; needles as in object_put */
	struct str bucket, key, upload;
	struct part part;		/* in; out: mtime_ms */
};
void part_put_init(struct part_put *p);		/* all zero, and apply. E_NOT_FOUND: no such upload */

struct upload_complete {
	struct change change;
	struct store *store;
	struct str bucket, key, upload;
	const struct part_named {
		int number;
		struct str etag;	/* hex md5 without quotes */
		struct str sum;		/* base64, or absent */
	} *parts;			/* ascending; lent */
	int count;
	struct checksum want;		/* whole-object value the client gave; type SUM_NONE if not */
	struct str if_match;
	bool if_absent;
	struct actor actor;
	struct arena arena;		/* the caller clears it after done; o's strings */
	struct object o;		/* out */
	bool wrong_sum;			/* out with E_MISMATCH: it is the checksum */
	int bad_part;			/* out with E_BAD_INPUT (no such part or other etag) and E_TOO_LARGE (part too small) */
	int64_t bad_size;		/* out with E_TOO_LARGE and bad_part: its bytes */
};

/* All zero, and apply. change.rc: E_NOT_FOUND no such upload; E_BAD_INPUT, E_TOO_LARGE see bad_part (0: the whole);
 * E_MISMATCH the checksum is not `want`, or with if_match no such key; E_PRECONDITION; E_SUPERSEDED the condition holds, but the key was put or
 * deleted since the upload began, as far as the journal goes back. A composite `want` may lack its "-N".
 * An upload begun without a checksum gets a full one when its parts all have the same CRC. */
void upload_complete_init(struct upload_complete *u);

/* 1: version o->seq is what that upload was completed to; 0: not, or the journal does not go back so far. */
int upload_became(struct db *db, const struct object *o, struct str id);

int upload_abort(struct db *db, struct str bucket, struct str key, struct str id);
int uploads_abort_all(struct db *db, int64_t bucket);

typedef int part_each_fn(void *owner, const struct part *p);
int part_list(struct db *db, struct str id, int after, int max, part_each_fn *each, void *owner);
/* In order of key, and of their beginning among those of one key, after (key_after, id_after); id_after absent: after all of key_after. Is the
 * upload id_after gone meanwhile, then from the first of key_after on: better twice than never. E_BAD_INPUT: id_after is of another key, or
 * no id. */
typedef int upload_each_fn(void *owner, const struct upload *u);
int upload_list(struct db *db, int64_t bucket, struct str prefix, struct str key_after, struct str id_after, int max,
		upload_each_fn *each, void *owner);

#endif
