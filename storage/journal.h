/* journal.h - one line per thing that happened to an object version, bounded by age.
 * explain reads it; promise 3 rests on it. Lines are written in the transaction of the thing. */
#ifndef STORAGE_JOURNAL_H
#define STORAGE_JOURNAL_H

#include "base/arena.h"
#include "storage/db.h"

#define JOURNAL_OF_OBJECT_MAX 1000

/* Their numbers are in stores: new ones go to the end. */
#define JOURNAL_TABLE(X) \
	X(JOURNAL_UPLOADED,   "uploaded") \
	X(JOURNAL_DELETED,    "deleted") \
	X(JOURNAL_QUEUED,     "queued") \
	X(JOURNAL_STARTED,    "attempt started") \
	X(JOURNAL_FAILED,     "attempt failed") \
	X(JOURNAL_DONE,       "done") \
	X(JOURNAL_REMOVED,    "thumbnails and row removed") \
	X(JOURNAL_SUPERSEDED, "superseded by a newer version") \
	X(JOURNAL_BURIED,     "dead letter") \
	X(JOURNAL_REVIVED,    "retry asked for") \
	X(JOURNAL_THUMBNAIL_REMOVED,  "thumbnail removed by request") \
	X(JOURNAL_THUMBNAIL_REPLACED, "thumbnail replaced by request") \
	X(JOURNAL_ROW_REMOVED,        "row removed by request") \
	X(JOURNAL_ROW_REPLACED,       "row replaced by request") \
	X(JOURNAL_BACKFILL,           "queued by a backfill") \
	X(JOURNAL_RENEWED,            "some thumbnails made anew") \
	X(JOURNAL_DROPPED,            "event dropped") \
	X(JOURNAL_RAN,                "function ran") \
	X(JOURNAL_PASSED_ON,          "given up, and its destination told") \
	X(JOURNAL_PUT_BACK,           "put back, the attempt not counted") \
	X(JOURNAL_RESTORED,           "current again") \
	X(JOURNAL_TOLD,               "webhook told") \
	X(JOURNAL_NOT_TOLD,           "webhook failed") \
	X(JOURNAL_TOLD_DEAD,          "webhook dead letter") \
	X(JOURNAL_TOLD_AGAIN,         "webhook asked for again")

#define X(name, text) name,
enum journal_what { JOURNAL_TABLE(X) JOURNAL_WHATS };
#undef X

struct journal_line {
	int64_t id, at_ms;
	enum journal_what what;
	int64_t bucket;
	struct str key;
	int64_t seq;
	int64_t job;			/* 0: none */
	int attempt;
	struct str code, detail;	/* absent: none. The code of JOURNAL_UPLOADED is the door (event.h) */
};

const char *journal_text(enum journal_what w);
int journal_add(struct db *db, const struct journal_line *l);	/* id and at_ms are set here */

/* The lines of a key: `each` ends it by anything but 0, and fails it by a negative. A key that is put over and over has as many as its days allow, so
 * only the newest ones are shown; who looks for something goes back from the newest, and ends where it cannot be any more. */
typedef int journal_each_fn(void *owner, const struct journal_line *l);
int journal_of_object(struct db *db, int64_t bucket, struct str key, journal_each_fn *each, void *owner);	/* the newest, in their order */
int journal_back(struct db *db, int64_t bucket, struct str key, journal_each_fn *each, void *owner);		/* all, the newest first */
int journal_door(struct db *db, int64_t bucket, struct str key, int64_t seq, struct arena *a, struct str *door);	/* absent: not known, or no more */
int journal_trim(struct db *db, int64_t before_ms, int max);	/* count */

#endif
