/* version.h - what was under a key before, and which version is current.
 *
 * A bucket is UNVERSIONED, or ENABLED, or SUSPENDED, and never UNVERSIONED again. The current version of a key is its row in `object`; when
 * that is a delete marker there is no such row, so that whoever looks for an object finds none. All older versions, and all markers,
 * are rows of `version`, newest first by `born`.
 *
 *     put     ENABLED: the current row becomes noncurrent, the new one is named after its seq.
 *             else: the new one is "null"; the null version that was, wherever it stood, goes for good; a named current one becomes noncurrent.
 *     delete  ENABLED: a named marker; SUSPENDED: a null marker, in the place of the null version; UNVERSIONED: gone for good.
 *     delete of a version: gone for good. Was it the current one, the newest of the others becomes current: with a new seq (its id stays),
 *             so that it is newer than all that was said about the key, and with jobs for native functions, so that thumbnails and row
 *             follow it. S3 tells nobody else, and neither do we.
 *
 * Version ids are 32 characters out of `born`, or "null". Bytes of noncurrent versions stay where they are, and move with compaction as
 * others do. Thumbnails are of the current version only.
 *
 * Events: a put and a permanent deletion as ever, with versionId where the version has a name; a marker is s3:ObjectRemoved:DeleteMarkerCreated.
 * A noncurrent version that is deleted for good is told to custom functions as S3 tells it, but changes nothing about the photo.
 *
 * docs.aws.amazon.com: "Working with delete markers", "Managing delete markers", "Deleting object versions from a versioning-enabled bucket".
 */
#ifndef STORAGE_VERSION_H
#define STORAGE_VERSION_H

#include "storage/object.h"

enum versioning { VERSIONING_NONE, VERSIONING_ENABLED, VERSIONING_SUSPENDED };	/* their numbers are in stores */

int versioning_get(struct db *db, int64_t bucket, enum versioning *v);			/* (reader) E_NOT_FOUND */
int versioning_set(struct db *db, int64_t bucket, enum versioning v);			/* inside a change; not NONE */

#define VERSION_ID_MAX 32
struct str version_id(char to[VERSION_ID_MAX + 1], int64_t born, bool named);
int version_parse(struct str id, int64_t *born, bool *named);	/* E_BAD_INPUT: no such id can have been given */

struct version {
	struct object o;		/* with born and named; of a marker besides: bucket, key, mtime_ms only */
	bool marker, current;
	int64_t since_ms;		/* noncurrent since; 0 of the current one */
};

/* (reader) One version of a key, extents included. E_NOT_FOUND with *bucket_missing telling which; E_BAD_INPUT: no version id. */
int version_get(struct db *db, struct str bucket, struct str key, struct str id, struct arena *a, struct version *v, bool *bucket_missing);

/* (reader) Is a key without an object one that has a delete marker? 1 yes, 0 no. Texts of *v are not filled in. */
int version_marker(struct db *db, struct str bucket, struct str key, struct version *v);

/* (reader) All versions in the order of keys, newest first in each, from (key, born) on, exclusive; born 0: from before the first of `key`;
 * key absent: from the first. Extents are not filled in. `each` as in object_list, with *skip_to a key. */
typedef int version_each_fn(void *owner, const struct version *v, struct str *skip_to);
int version_list(struct db *db, int64_t bucket, struct str prefix, struct str key, int64_t born, version_each_fn *each, void *owner);

/* Inside a change. For good; with if_match (absent: none) only if its etag is that one. 1 removed, 0 absent, E_PRECONDITION, E_BAD_INPUT.
 * *gone (may be NULL) tells which. */
int version_remove(struct db *db, struct store *s, int64_t bucket, struct str key, struct str id, struct str if_match, const struct actor *who,
		   struct object_gone *gone);

/* Inside a change. Because it is old enough (lifecycle): a noncurrent version, or a marker that is all that is left of its key. The event is
 * of lifecycle. 1 removed, 0 it is not there any more, or is current again. */
int version_expire(struct db *db, struct store *s, int64_t bucket, struct str key, int64_t born, const struct actor *who);

/* Tags of an object or version (id absent: of the current one): a JSON object of texts; absent: none. The change does not make a version, its
 * event is s3:ObjectTagging:Put or :Delete. Both E_NOT_FOUND, of->marker when it is a delete marker; E_BAD_INPUT no version id. Of *of no
 * texts are filled in. */
int tags_get(struct db *db, struct str bucket, struct str key, struct str id, struct arena *a, struct str *tags, struct version *of,
	     bool *bucket_missing);
int tags_set(struct db *db, struct store *s, int64_t bucket, struct str key, struct str id, struct str tags, const struct actor *who,
	     struct version *of);

#endif
