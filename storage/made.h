/* made.h - how many photos of a bucket have a result made with which list of renditions, kept up with every result, so
 * that "the presets changed: so many photos are of before" costs no walk over them.
 *
 * A list is text that storage does not look into ("small.webp=160 large.jpg=1280"); "" is one that is not known, of results
 * older than this count. A photo row has the id of its list. All inside a change, except those marked (reader).
 */
#ifndef STORAGE_MADE_H
#define STORAGE_MADE_H

#include "base/arena.h"
#include "storage/db.h"

int made_more(struct db *db, int64_t bucket, struct str list, int64_t *id);	/* one photo more has it */
int made_less(struct db *db, int64_t id);

int made_list(struct db *db, int64_t id, struct arena *a, struct str *list);	/* (reader) "" when it is not known */
typedef int made_each_fn(void *owner, struct str list, int64_t photos);
int made_of_bucket(struct db *db, int64_t bucket, made_each_fn *each, void *owner);	/* (reader) */
typedef int made_bucket_fn(void *owner, int64_t bucket);
int made_buckets(struct db *db, int max, made_bucket_fn *each, void *owner);	/* (reader) that have results */
int made_trim(struct db *db);				/* lists that no photo has any more; now and then */

#endif
