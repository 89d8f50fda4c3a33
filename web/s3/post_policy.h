/* post_policy.h - what a signed form of a browser may bring: the policy it carries, as JSON (not a bucket's policy, web/policy.h).
 *
 *     {"expiration": "2026-01-02T03:04:05.000Z", "conditions": [
 *         {"bucket": "photos"}, ["eq", "$key", "a"], ["starts-with", "$Content-Type", "image/"], ["content-length-range", 1, 1000]]}
 *
 * Every field of the form must be spoken of by a condition, and fulfil all that speak of it, but for those that cannot be: policy, file, signatures, and
 * whatever begins with x-ignore-. Fields are compared as they are once ${filename} was replaced in them, which is the caller's to do ("all condition
 * matching should be performed against the expanded fields"); $bucket is the bucket that the form was posted to, whatever its field says.
 * Pure; any thread.
 *
 * docs.aws.amazon.com: "Creating a POST policy"; facts/06 section 9.
 */
#ifndef S3_POST_POLICY_H
#define S3_POST_POLICY_H

#include "base/arena.h"
#include "web/params.h"

enum post_verdict {
	POST_ALLOWED,
	POST_FORBIDDEN,			/* AccessDenied */
	POST_NO_POLICY			/* InvalidPolicyDocument */
};

struct post_policy {
	struct str bucket;		/* in */
	const struct params *fields;	/* in; names in lower case */
	int64_t now_ms;			/* in */
	int64_t min, max;		/* out: bytes of the file */
	const char *why;		/* out, when it is not allowed: what S3 says; in the arena */
};

/* `text`: as in its field, base64. max is OBJECT_PUT_MAX where the policy says nothing. */
enum post_verdict post_policy_check(struct arena *a, struct str text, struct post_policy *p);

#endif
