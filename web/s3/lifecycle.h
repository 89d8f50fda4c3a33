/* lifecycle.h - lifecycle rules from XML to the document that is kept (pipeline/lifecycle_rule.h), and the elements of theirs that are numbers.
 *
 * docs.aws.amazon.com: "PutBucketLifecycleConfiguration", also of the older form that has Prefix without a Filter. What moves objects to other
 * storage classes is refused as not built.
 */
#ifndef S3_LIFECYCLE_H
#define S3_LIFECYCLE_H

#include "base/buf.h"
#include "web/s3/s3.h"

/* A row per element, in the document under the same name. */
struct lifecycle_number {
	const char *element, *within;	/* the action, or Filter */
	int64_t min, max;
};
extern const struct lifecycle_number lifecycle_numbers[];
extern const size_t lifecycle_numbers_n;

int lifecycle_parse(struct s3 *s, struct str text, struct buf *to);	/* 0, or refused */

#endif
