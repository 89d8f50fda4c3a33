/* version.h - objects by key and version id, in S3's words: what is found, what is said when a delete marker is found instead, and the headers that
 * tell of versions. */
#ifndef S3_VERSION_H
#define S3_VERSION_H

#include "storage/version.h"
#include "web/s3/s3.h"

/* `versionId` of the query; absent: the current one. operation.c has refused what cannot be an id. */
struct str version_asked(struct s3 *s);

/* On a lane. The object of s->key in the version asked for, or refused: NoSuchKey, NoSuchVersion, or MethodNotAllowed for a delete marker. */
int version_find(struct s3 *s, struct db *db, struct object *o);

/* On a lane. Another one, that is copied from; `id` absent: its current version. */
int version_find_source(struct s3 *s, struct db *db, struct str bucket, struct str key, struct str id, struct object *o);

/* Refuses because a delete marker was found. Always returns E_BAD_INPUT. */
int version_refuse_marker(struct s3 *s, const struct version *marker);
int version_refuse_missing(struct s3 *s, struct str id);	/* NoSuchVersion, or NoSuchKey when `id` is absent */

/* Between s3_answer_begin and the reply: x-amz-version-id, of what was read, where the bucket has versions; of what was made, where it got a name. */
void version_header(struct s3 *s, const struct object *o);
void version_header_of(struct s3 *s, const char *header, int64_t born, bool named);

#endif
