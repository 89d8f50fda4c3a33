/* resumable.h - uploads that go on where they were broken off (the tus protocol): bytes come in pieces, and how far they came is durable.
 *
 *     resumable_begin --> OPEN --resumable_append...--> FINISHED: the object is there
 *                           \--resumable_end, expiry, its bucket's end--> gone
 *
 * Each piece is the part of an upload (upload.h) that S3's face does not see. A piece and the new offset are one transaction, so what `at`
 * says is on the disk. The last piece, the object and its event are one as well: an upload whose offset is its length IS an object, exactly one.
 * A FINISHED upload can be asked for until it expires, for clients that did not hear the last answer.
 *
 * Of one piece the object's etag is the MD5, of several it is made as for multipart uploads; the kept checksum is a whole CRC64NVME.
 * Calls are inside a change, except those marked (reader).
 */
#ifndef STORAGE_RESUMABLE_H
#define STORAGE_RESUMABLE_H

#include "storage/object.h"

#define RESUMABLE_ID_MAX 64
#define RESUMABLES_MAX 100000		/* rows at a time, finished ones included */
#define RESUMABLE_METADATA_MAX 4096	/* bytes of Upload-Metadata */
#define RESUMABLE_PIECES_MAX 10000	/* parts; resumable_join.h makes fewer of them */
#define RESUMABLE_LATER (-1)		/* its length will be told later */

struct resumable {
	struct str id;			/* 32 letters */
	int64_t bucket;
	struct str key;
	int64_t length;			/* or RESUMABLE_LATER */
	int64_t at;			/* bytes that are durable */
	int64_t created_ms, expires_ms;
	struct str metadata;		/* Upload-Metadata as sent */
	struct str token;		/* id of the token it was begun with; "": none */
	int64_t seq;			/* FINISHED: the version it became; 0: OPEN */
	int pieces;			/* (resumable_get) */
};

/* In: key, length, expires, metadata, token; `headers` and `tags` as in struct object. Out: the id, bucket, created. E_NOT_FOUND no such bucket; E_TOO_LARGE
 * a limit; E_BAD_INPUT no key. One of no bytes is not finished by this: call resumable_finish in the same change. */
int resumable_begin(struct db *db, struct str bucket, struct resumable *r, struct str headers, struct str tags, char id[RESUMABLE_ID_MAX]);

int resumable_get(struct db *db, struct str bucket, struct str id, struct arena *a, struct resumable *r);	/* (reader) E_NOT_FOUND */
int resumable_length(struct db *db, struct str id, int64_t length);	/* told at last; E_MISMATCH it was told already, or less is there than that */
int resumable_end(struct db *db, struct str bucket, struct str id);	/* of a finished one the object stays; E_NOT_FOUND */
int resumable_open_of_token(struct db *db, struct str token, int max);	/* (reader) how many are OPEN that were begun with it, counted up to `max` */
int resumable_sweep(struct db *db, int64_t now_ms, int max);		/* expired ones; count */

struct resumable_append {
	struct change change;		/* resumable_append_init; set done; submit */
	struct store *store;
	struct str bucket, id;		/* lent until done */
	int64_t at;			/* in: where the piece begins */
	int64_t size;			/* 0: nothing but the end, if it is there */
	uint8_t md5[16];
	struct str crc64;		/* base64 */
	struct extent where;		/* in; of a file of its own */
	struct actor actor;
	int64_t expires_ms;		/* in: from now on, when there are bytes */
	/* What must be one transaction with the object (a token's use); NULL: nothing. When `o` is complete. Negative undoes all of it. */
	int (*also)(struct resumable_append *a, struct db *db);
	void *also_owner;
	int64_t offset;			/* out: `at` of the row, also with E_MISMATCH */
	bool finished;			/* out; then o */
	struct object o;		/* its strings live in `arena` */
	struct arena arena;		/* the caller clears it after done */
};

/* change.rc: E_NOT_FOUND no such upload, or its bucket went; E_EXISTS it is finished; E_MISMATCH another offset; E_TOO_LARGE beyond its length, or
 * RESUMABLE_PIECES_MAX. */
void resumable_append_init(struct resumable_append *a);

/* If all its bytes are there: 1, and *o is the object. 0: not yet. For a change that begins an upload of no bytes. */
int resumable_finish(struct db *db, struct store *s, struct str id, const struct actor *who, struct arena *a, struct object *o);

#endif
