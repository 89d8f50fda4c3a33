/* photo_status.h - where one photo stands, in few words and with what came of it: for who uploaded it and waits, and for pages that show it.
 * explain.h tells the whole life; this is one look.
 *
 *     queued      an event waits, for the first time or to be tried again (then with reason and due time)
 *     running     an attempt is under way
 *     ready       thumbnails and row are there
 *     failed      a dead letter, with its reason: nothing happens by itself any more
 *     superseded  that version was asked for, and there is a newer one
 *     unwatched   no rule of the bucket asks for thumbnails of it
 *     deleted     there was such an object
 *
 * Blocking: a reader's, in one snapshot.
 */
#ifndef PIPELINE_PHOTO_STATUS_H
#define PIPELINE_PHOTO_STATUS_H

#include "base/json.h"
#include "storage/db.h"

#define PHOTO_STATE_TABLE(X) \
	X(PHOTO_QUEUED,     "queued") \
	X(PHOTO_RUNNING,    "running") \
	X(PHOTO_READY,      "ready") \
	X(PHOTO_FAILED,     "failed") \
	X(PHOTO_SUPERSEDED, "superseded") \
	X(PHOTO_UNWATCHED,  "unwatched") \
	X(PHOTO_DELETED,    "deleted")

#define X(name, text) name,
enum photo_state { PHOTO_STATE_TABLE(X) PHOTO_STATES };
#undef X

/* Writes members of the object that is open in *j: "state" and what belongs to it:
 *     "attempts" "reason" "message" "next_due"     of the event that waits, runs or is dead
 *     "thumbnails": [{"name","bucket","key","url","content_type","width","height","bytes"}]     as they are now
 *     "row": {...}                                 of the table, plain JSON
 * `seq`: of the version that is meant; 0: of the current one, whose "version", "size", "etag", "uploaded_at" are written then, and
 * "door", by which it came in, as long as the journal knows.
 * E_NOT_FOUND: nothing is known of it; *bucket_missing: not even the bucket. */
struct photo_asked {
	struct str bucket, key;
	int64_t seq;
};
int photo_status_write(struct db *db, const struct photo_asked *ask, struct json *j, enum photo_state *state, bool *bucket_missing);

/* The same as a part of a change, of what that change has made so far; and the state alone. */
int photo_status_find(struct db *db, const struct photo_asked *ask, enum photo_state *state, bool *bucket_missing);
int photo_status_write_inside(struct db *db, const struct photo_asked *ask, struct json *j, enum photo_state *state, bool *bucket_missing);

const char *photo_state_text(enum photo_state s);

/* Does it change without anybody doing anything? */
bool photo_state_is_open(enum photo_state s);

/* The hexadecimal form that clients see. */
void photo_version_write(struct json *j, const char *name, int64_t seq);

#endif
