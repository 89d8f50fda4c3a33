/* tus.h - /_/tus/BUCKET: uploads that go on where they were broken off, by the protocol tus 1.0 (tus.io). What web/api/tus*.c share.
 *
 *     POST /_/tus/BUCKET       begins one: 201, and Location, a path without host, so that it is right behind any proxy
 *     HEAD /_/tus/BUCKET/ID    how far it came: Upload-Offset
 *     PATCH                    goes on there: 204 and the new Upload-Offset. DELETE: 204 (of a finished one the object stays)
 *     OPTIONS                  what is known here; for a browser's preflight the bucket's CORS rules answer
 *
 *     tus_serve -+-> tus_create -> [tus_body_start] ---+--> one answer
 *                +-> tus_find -> tus_patch -> tus_body_start
 *                +-> tus_find -> what HEAD and DELETE do
 *
 * Extensions: creation, creation-with-upload, creation-defer-length, expiration, checksum, termination. Concatenation is refused with 501. A client that
 * cannot send PATCH or DELETE sends POST with X-HTTP-Method-Override.
 *
 * Upload-Metadata: `filename` (or `name`) and `filetype` (or `type`) are the file's name and Content-Type, `key` is a template as that of /_/upload (also
 * ?key= of the creation); all other names are kept as user metadata of the object, within its limits. Of Content-Type and key upload.h tells more.
 *
 * The body becomes durable in pieces (storage/resumable.h) while it comes, and so does what was there when its client left: an offset that was
 * told is on the disk. With Upload-Checksum, or signed with the hash of the body, the whole body is one piece, which is kept only if it is as told:
 * else 460, and nothing has changed. One request at a time feeds an upload: another is told 423, unless the first has been silent for TUS_SILENT_MS: then that
 * one is cut, as its client has come back by another way, and the other is told 423 once.
 *
 * As many requests as a client likes: from setting tus_pieces on the smallest pieces are joined before the next is taken (storage/resumable_join.h), which
 * costs a request in a thousand, or less, the time to write up to 64 MB.
 *
 * With an upload token only uploads that were begun with it are seen; its limits are judged at the creation and with each body, its use is counted with
 * the object. An upload is forgotten when nothing more came for setting tus_expiry_s, an expired one answers 410 until then. Answers have Minilab-Status, the path where
 * one learns what became of the photo. Listeners of /_/events know an upload by its ID.
 */
#ifndef API_TUS_H
#define API_TUS_H

#include "storage/resumable.h"
#include "storage/resumable_join.h"
#include "web/api/upload.h"

#define TUS_PIECE (16LL << 20)		/* bytes that are durable at a time, while an upload has few pieces */
#define TUS_HELD_MAX OBJECT_PUT_MAX	/* of a body with a checksum */
#define TUS_OPEN_OF_TOKEN 1000		/* uploads that one token may have under way */
#define TUS_OPEN_SLACK 8			/* and no more than the uses it has left, and these */
#define TUS_SILENT_MS 1000

struct tus {				/* in l->state */
	struct upload u;		/* of this: l, leave, bucket, meta, actor, fault_*, wanted, want, promised */
	struct str id;			/* absent: none in the path */
	struct resumable r;		/* as it was last seen; texts in l->arena, or lent by the request */
	struct str type;
	int64_t length;			/* Upload-Length of a PATCH */
	void (*found)(struct tus *t);
	/* creation, length, end */
	struct change change;
	struct str headers;
	struct object o;		/* once it is finished by this request */
	char id_text[RESUMABLE_ID_MAX];
	bool created;			/* by this request */
	bool finished;			/* likewise */
	/* the body */
	struct deposit d;
	bool held;			/* one piece, whatever its size */
	bool depositing, granted, sealed, dropping;	/* from deposit_begin to `gone` */
	bool started, paused;		/* the body is being taken; but not now */
	bool ended;			/* the body has come to its end */
	int64_t piece;			/* bytes to come before they are made durable */
	int64_t heard_ms;		/* when the last byte came; monotonic */
	struct resumable_append add;
	struct commit commit;
	struct work forget;
	struct resumable_join join;	/* before a piece is taken, when there are many */
	bool joining;
	struct work copy;
	struct buf crc64;
	/* who feeds which upload */
	bool feeds;
	struct tus *next, **at;
};

/* tus.c */
void tus_find(struct tus *t, void (*found)(struct tus *t));	/* of path and leave; answers itself when there is none */
void tus_describe(struct tus *t);	/* Upload-Expires, Minilab-Status, and ETag of what was finished */
void tus_refuse_rc(struct tus *t, int rc);	/* notes it as fault */
void tus_refuse(struct tus *t);		/* answers the fault */
void tus_tell(struct tus *t, const struct object *o);	/* it is an object now */

/* tus_create.c, tus_patch.c */
void tus_create(struct tus *t);
void tus_patch(struct tus *t);
void tus_take_type(struct tus *t);	/* of an upload's metadata */
bool tus_take_promises(struct tus *t);	/* what the body must be like. False: refused, and answered */

/* tus_body.c: takes the body, if there is one, and answers. */
void tus_body_start(struct tus *t);

/* tus_feeder.c */
bool tus_feeder_enter(struct tus *t);	/* false: another feeds that upload */
void tus_feeder_leave(struct tus *t);	/* accepts one who feeds none */
void tus_feeder_cut_silent(struct str id);

/* tus_headers.c. One pair of Upload-Metadata: 1; 0: there is none any more; E_BAD_INPUT. `value` lives in `a`. */
int tus_metadata_next(struct str *rest, struct arena *a, struct str *name, struct str *value);
/* Upload-Checksum. E_NOT_FOUND: no such algorithm; E_BAD_INPUT. */
int tus_checksum(struct str header, enum digest_kind *kind, uint8_t sum[DIGEST_SIZE_MAX]);
extern const char tus_algorithms[];

#endif
