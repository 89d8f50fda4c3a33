/* feed.h - what just happened to photos, told to whoever listens: `?wait` of an upload, server-sent events, the console.
 *
 * A hint, not a truth: nothing is kept for those who come later, a listener that is slow misses some, and a restart forgets all. Who needs
 * to know reads status or journal again. Who does the work tells it after its commit, on the loop.
 *
 * Loop thread.
 */
#ifndef PIPELINE_FEED_H
#define PIPELINE_FEED_H

#include <stdint.h>

#include "base/chain.h"
#include "base/str.h"

/* The words are those that clients of /_/events see. */
#define FEED_TABLE(X) \
	X(FEED_UPLOADED, "uploaded")	/* object and event are committed */ \
	X(FEED_DELETED,  "deleted") \
	X(FEED_STARTED,  "started")	/* an attempt of a job */ \
	X(FEED_RETRY,    "retry")	/* it failed and will be tried again; code, message */ \
	X(FEED_READY,    "ready")	/* thumbnails and row are committed */ \
	X(FEED_FAILED,   "failed")	/* dead letter; code, message */ \
	X(FEED_SUPERSEDED, "superseded") \
	X(FEED_REMOVED,  "removed")	/* thumbnails and row are gone */

#define X(name, text) name,
enum feed_what { FEED_TABLE(X) FEED_WHATS };
#undef X
const char *feed_text(enum feed_what w);

struct feed_event {			/* lent for the call */
	enum feed_what what;
	int64_t at_ms;
	struct str bucket, key;
	int64_t seq;			/* 0: of a deletion */
	int64_t since_ms;		/* when the event that the attempt is of came into being; 0: none */
	int attempt;			/* 0: none */
	struct str function;		/* absent: none */
	struct str code, message;	/* absent: none */
	struct str upload;		/* id of the upload it came by (resumable, or the door's own), absent: not told */
};

struct feed_listener {			/* embed; {0} listens to nothing */
	void (*heard)(struct feed_listener *l, const struct feed_event *e);	/* may leave, and let others leave */
	struct str bucket, prefix;	/* absent: all. Lent until feed_leave */
	struct str key;			/* set: this one only */
	struct chain chain;
};

struct feed;

void feed_open(struct feed **out);
void feed_close(struct feed *f);	/* nobody listens any more; accepts NULL */
void feed_listen(struct feed *f, struct feed_listener *l);
void feed_leave(struct feed_listener *l);	/* accepts one that does not listen */
void feed_tell(struct feed *f, const struct feed_event *e);	/* costs next to nothing when nobody listens; accepts NULL */

#endif
