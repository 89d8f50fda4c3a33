/* tag_set.h - tags as clients write them: a <Tagging> document, or the header x-amz-tagging; and as storage keeps them: a JSON object of texts.
 *
 * docs.aws.amazon.com: "Object tags and additional restrictions": 10 of an object, 50 of a bucket; 128 characters of a key, 256 of a value;
 * letters, digits, blanks and _ . : / = + - @. Characters beyond ASCII are taken for letters.
 */
#ifndef S3_TAG_SET_H
#define S3_TAG_SET_H

#include "base/json.h"
#include "web/s3/s3.h"

#define OBJECT_TAGS_MAX 10
#define BUCKET_TAGS_MAX 50
#define TAG_KEY_MAX 128			/* characters */
#define TAG_VALUE_MAX 256

/* 0, or refused. *json is set, "{}" for no tags; in the arena. */
int tag_set_read(struct s3 *s, struct str document, bool of_bucket, struct str *json);

/* Of the request at hand, also as a query parameter of a presigned one. *json is absent when it has none. */
int tag_set_header(struct s3 *s, struct str *json);

void tag_set_write(struct buf *body, const struct json_value *tags);	/* NULL: an empty set */

/* x-amz-tagging-count, if there are any: between s3_answer_begin and the reply. */
void tag_set_count(struct s3 *s, struct str json);

#endif
