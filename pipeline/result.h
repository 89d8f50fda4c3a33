/* result.h - what a function's answer becomes: rendition objects and the row of the photo.
 *
 * The answer comes from a cage and is not believed: names, types, places and lengths are checked against what
 * can be, and anything else is E_BAD_INPUT. The bytes stay where they are, in the answer's sealed memfd, mapped.
 */
#ifndef PIPELINE_RESULT_H
#define PIPELINE_RESULT_H

#include "base/json.h"
#include "functions/reason.h"
#include "storage/photo.h"

#define RENDITION_NAME_MAX 64

struct result {				/* `{0}` is none */
	void *map;			/* owned: munmap */
	size_t map_length;
	int count;
	struct rendition {
		struct str name, key;	/* key in the destination bucket */
		struct str content_type;
		int64_t width, height;
		struct str bytes;	/* in map */
	} renditions[RENDITIONS_MAX];
	const struct json_value *photo;	/* facts: NULL, or an object */
};

/* `fd` is mapped and may be closed after. Strings live in `a`. E_BAD_INPUT, E_TOO_LARGE (a key). */
int result_read(struct result *r, struct arena *a, struct str answer, int fd, int64_t length, struct str original_key);
void result_clear(struct result *r);

/* Objects and needles of a keep: digests are computed, bytes over BLOB_NEEDLE_MAX are stored: all of
 * them or, after a failure, none. Blocking. */
int result_store(const struct result *r, struct arena *a, struct store *s, struct str to_bucket, struct photo_keep *k,
		 struct needle *needles);

/* What stays of a keep that did not happen. */
void result_forget(struct store *s, struct photo_keep *k);

/* The thumbnails, as elements of the array that is open: {"Bucket","Key","Of":{"Bucket","Key"},"Size","Width","Height"}. */
struct photo_name {
	struct str bucket, key;
};
void result_tell(struct json *j, const struct result *r, struct str to_bucket, const struct photo_name *of);

/* The row: typed JSON for the table. `reason` REASON_NONE: done. */
struct row_facts {
	struct str bucket, to_bucket;
	const struct object *original;
	const struct result *result;	/* NULL when it failed */
	enum reason reason;
	const char *message;
	int attempts;
	bool bands;			/* with phash_0 to phash_3, for the indexes of similar.h */
};
void result_row(struct buf *to, const struct row_facts *f);

#endif
