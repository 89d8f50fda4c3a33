/* gallery.h - pages of a bucket's photos, as the console shows them.
 *
 *     {"order":"newest","at":N,"total":N,"next":PLACE|"","photos":[
 *         {"key","state":"ready"|"failed","uploaded_at","size","width","height","thumbhash","color","camera","taken_at","reason","message",
 *          "read": the share, if not all of it could be read; "bucket": of thumbnails,"thumbs":[{"name","key","width","height"}]}],
 *      "pending":[{"key","state":"queued"|"running","attempts","since","reason","message"}]}
 *
 * A bucket whose uploads no function with such a table has (storage/photo_list.h) is listed by keys: "order" is "key", there is no total, and a
 * photo has "state":"object", "size", "uploaded_at", "etag" and "content_type" only.
 *
 * Without a filter `at` reaches any place of the order at once. With one, a request looks through GALLERY_LOOKED rows at most and may come back with
 * few photos or none and a `next` to go on from, so that neither lane nor client waits long for a rare camera. "total" is told without a filter only.
 *
 * With `around` the page begins one place before that photo, so that a page of three is the photo and its neighbours; where it is not (yet) among
 * them, at the first. "at" is told without a filter only.
 *
 * Blocking: a reader's, in one snapshot.
 */
#ifndef PIPELINE_GALLERY_H
#define PIPELINE_GALLERY_H

#include "base/json.h"
#include "storage/db.h"

#define GALLERY_PAGE_MAX 500
#define GALLERY_LOOKED 5000
#define GALLERY_PENDING 60
#define GALLERY_TEXT_MAX 256		/* of a filter */

struct gallery_ask {			/* texts absent: no matter */
	struct str bucket;
	struct str after;		/* a `next`; absent: `at` */
	int64_t at;			/* so many newer ones before */
	struct str around;		/* a key, instead of `after` and `at` */
	int max;			/* photos of a page */
	struct str text;		/* in the key, whatever case */
	struct str camera;		/* in its name, whatever case */
	struct str from, to;		/* beginnings of ISO dates, inclusive: of when it was taken, or if that is not known uploaded */
	bool failed_only;
};

/* Writes a whole object. E_NOT_FOUND: no such bucket. E_BAD_INPUT: `after` is none. */
int gallery_write(struct db *db, const struct gallery_ask *ask, struct json *j);

#endif
