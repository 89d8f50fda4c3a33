/* thumbnail.h - a photo's thumbnail at the photo's own address: GET and HEAD /_/t/BUCKET/KEY/RENDITION[?v=VERSION][&placeholder=off].
 *
 * Bucket and key are the original's; the rendition is a thumbnail's name ("small.webp"), or that without its ending ("small"): then, of those
 * that there are, the one that Accept likes best, and of equals the smallest.
 *
 *     200, 206, 304   the stored thumbnail of the current version, with its ETag and Last-Modified, conditions and one range as S3 has them.
 *                     Cache-Control has the setting thumbnail_cache_s; for ?v= of the very version a year, and immutable. It is
 *                     public when a policy lets everybody get it and nothing else had to, private otherwise
 *     202             queued or running: a picture of what the ThumbHash of an older version remembers, if there is one, else a plain grey
 *     422             failed: a grey picture with a cross
 *     404             no such photo, or its result has no such thumbnail: JSON
 *
 * Browsers show a picture whatever its status is, so the status is the truth. Those answers are not to be stored, and have the state in
 * X-Minilab-State. With ?placeholder=off they are JSON, as GET /_/status/ has it. HEAD tells the same without a body.
 *
 * Who may: the account's keys, the console's cookie, a signed link (pipeline/link.h), and anybody where the policy of the thumbnail's bucket
 * lets everybody get it, or that of the original's bucket the original. An upload token does not open it.
 */
#ifndef API_THUMBNAIL_H
#define API_THUMBNAIL_H

#include "pipeline/photo_status.h"
#include "web/api/local.h"
#include "web/conditions.h"
#include "web/range.h"
#include "web/sending.h"

struct thumbnail {			/* in l->state; texts in l->arena */
	/* asked */
	struct str bucket, key, name, version;
	struct str accept, range, if_range;
	struct conditions conditions;
	bool admitted;			/* else: if a policy lets everybody */
	bool head, no_picture;
	/* found */
	bool no_bucket, no_photo, no_rendition;
	bool ready;
	bool negotiated;		/* Accept has a say */
	struct str in, at;		/* bucket and key of the thumbnail, also of one that is to be */
	struct object o;
	enum conditions_verdict verdict;
	enum range_verdict ranged;
	int64_t seq;			/* of the original */
	struct sending sending;
	enum photo_state state;		/* !ready */
	struct str hash;		/* ThumbHash of an older version, base64; "" */
};

/* On a lane. E_NOT_FOUND with one of no_*; l->out has the state's JSON when it is not ready. */
int thumbnail_find(struct local *l, struct db *db);

#endif
