/* expiration.h - what answers say about the end that lifecycle rules will make to an object (pipeline/lifecycle_rule.h):
 *
 *     x-amz-expiration: expiry-date="Fri, 21 Dec 2012 00:00:00 GMT", rule-id="picture-deletion-rule"
 *
 * The id is percent-encoded. A bucket without rules costs a look at the shelf. docs.aws.amazon.com: "GetObject", "Expiring objects".
 */
#ifndef S3_EXPIRATION_H
#define S3_EXPIRATION_H

#include "web/s3/s3.h"

/* Of s->key's current version: size, mtime_ms and tags of `o` are looked at. Between begin and reply, on the loop. */
void expiration_header(struct s3 *s, const struct object *o);

#endif
