/* backfill.h - a backfill as people ask for it: begun, paused, resumed, cancelled, and told about (storage/backfill.h has
 * its states, feeder.h does its work). The changes are submitted by the caller. Old thumbnails are served until new ones
 * replace them; events of uploads come before all of it (pump.h).
 */
#ifndef PIPELINE_BACKFILL_H
#define PIPELINE_BACKFILL_H

#include "base/buf.h"
#include "pipeline/backfill_look.h"
#include "storage/store.h"

#define BACKFILLS_ACTIVE_MAX 16
#define BACKFILL_RATE_MAX 1000		/* as the setting backfill_rate has it */

enum backfill_action { BACKFILL_START, BACKFILL_PAUSE, BACKFILL_RESUME, BACKFILL_CANCEL };

struct backfill_ask {
	struct change change;		/* backfill_ask_init */
	enum backfill_action action;
	struct str bucket;		/* name */
	struct backfill b;		/* in, to start: as backfill_resolve left it, rate, planned, bytes. To resume: rate, 0 as it
					 * was. Out: its id */
};
void backfill_ask_init(struct backfill_ask *a);	/* change.rc: E_NOT_FOUND none is active, E_EXISTS one is, E_BUSY too many are */

/* In: prefix, what, presets; out: bucket and function. E_NOT_FOUND: no such bucket. E_BAD_INPUT: `error` says what is wrong
 * with the bucket's rules or the names in `presets`. Blocking. */
int backfill_resolve(struct db *db, const struct presets *presets, struct str bucket, struct backfill *b,
		     char error[RENDITION_LIST_ERROR_MAX]);

/* The built-in function that uploads of a bucket go to; 0: none. Blocking. */
int backfill_function(struct db *db, int64_t bucket, int64_t *function);

/* Inside the feeder's change: 1 queued, 0 it is not to be done any more. */
int backfill_queue(struct db *db, struct store *s, const struct backfill *b, const struct backfill_find *what, struct arena *a);

/* {"backfills":[...]}, the newest first, of one bucket or (absent) of all. E_NOT_FOUND: no such bucket. Blocking. */
int backfill_gather(struct db *db, struct str bucket, struct buf *json);

/* One of the words "missing", "all", "presets"; false: none of them. */
bool backfill_what_of(struct str word, enum backfill_what *what);
const char *backfill_what_text(enum backfill_what what);

#endif
