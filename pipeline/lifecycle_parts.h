/* lifecycle_parts.h - what the files of the lifecycle share: the place in the walk, and one round of it. lifecycle_look.c finds what is due, on a
 * lane; lifecycle_end.c ends it, in a change; lifecycle.c makes rounds of the two. While busy all of it is the lane's, or the writer's.
 */
#ifndef PIPELINE_LIFECYCLE_PARTS_H
#define PIPELINE_LIFECYCLE_PARTS_H

#include "base/arena.h"
#include "pipeline/lifecycle.h"
#include "pipeline/lifecycle_rule.h"
#include "storage/bucket.h"
#include "storage/upload.h"

enum stage { NEXT_BUCKET, VERSIONS, UPLOADS };

enum ending { END_OBJECT, END_VERSION, END_MARKER, END_UPLOAD, ENDINGS };

struct found {
	enum ending what;
	struct str key, upload;
	int64_t seq, born;
};

struct lifecycle {
	struct minilab *m;
	uv_timer_t timer;
	/* the place in the walk; the lane's while busy */
	enum stage stage;
	char bucket[BUCKET_NAME_MAX + 1];	/* at hand; "" before the first */
	int64_t id;
	char key[OBJECT_KEY_MAX];		/* of the last row that was looked at */
	size_t key_n;
	int64_t born;				/* of that row; 0: none yet */
	char upload[UPLOAD_ID_MAX];
	size_t upload_n;
	int64_t newer;				/* noncurrent versions of that key so far */
	/* one round */
	bool busy, over;			/* over: there is no other bucket */
	struct work work;
	struct commit commit;
	struct change change;
	struct arena arena;
	struct str document;			/* what `found` was found by */
	struct lifecycle_rules rules;
	int64_t now_ms;
	struct found found[LIFECYCLE_AT_ONCE];
	int found_count, looked;
	struct found lone;			/* a current marker, unless another version of its key follows */
	bool has_lone;
	int64_t ended[ENDINGS];			/* by the change */
	int64_t in_bucket;
	struct lifecycle_stats stats;
	void (*closed)(void *owner);
	void *owner;
};

int lifecycle_look(struct work *w, struct db *reader);		/* fills `found` */
int lifecycle_end(struct change *c, struct db *db);		/* ends what was found, and counts it in `ended` */

#endif
