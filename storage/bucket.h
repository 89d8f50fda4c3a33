/* bucket.h - named collections of objects. Names follow S3's rules
 * (docs.aws.amazon.com: "General purpose bucket naming rules").
 *
 * Calls taking a db are blocking: a reader's on a lane, the writer's inside a change.
 */
#ifndef STORAGE_BUCKET_H
#define STORAGE_BUCKET_H

#include "storage/db.h"
#include "storage/writer.h"

#define BUCKET_NAME_MIN 3
#define BUCKET_NAME_MAX 63
#define BUCKETS_MAX 10000

bool bucket_name_valid(struct str name);

int bucket_create(struct db *db, struct str name, int64_t *id);	/* E_EXISTS, E_TOO_LARGE */
int bucket_find(struct db *db, struct str name, int64_t *id, int64_t *created_ms);	/* E_NOT_FOUND */
int bucket_look(struct db *db, struct str name, int64_t *id, bool *versioned);	/* the same, and whether versioning is or was enabled */
int bucket_name_of(struct db *db, int64_t id, char to[BUCKET_NAME_MAX + 1]);
int bucket_delete(struct db *db, struct str name);	/* E_NOT_FOUND; E_NOT_EMPTY objects, versions or delete markers; its rules and open uploads go too */

typedef int bucket_each_fn(void *owner, int64_t id, struct str name, int64_t created_ms);
/* In byte order of names, from after `after` (may be absent), at most `max`. */
int bucket_list(struct db *db, struct str after, struct str prefix, int max, bucket_each_fn *each, void *owner);

#endif
