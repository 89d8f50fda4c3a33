/* cors.h - may a page of another origin do this to that bucket? One answer for S3's face and for /_/upload, /_/tus, /_/t alike.
 *
 * The rules are the bucket's (RECORD_BUCKET_CORS, off the shelf); the first that fits wins: origin (with at most one '*'), method, and for a
 * preflight all headers it asks for (with '*'). No rule that fits: an actual request is served without CORS headers, a preflight is refused.
 * PATCH, which S3's rules cannot name, is allowed where POST is: resumable uploads go on by one what they began by the other.
 * docs.aws.amazon.com: "Using cross-origin resource sharing (CORS)"; facts/06 section 10.
 */
#ifndef WEB_CORS_H
#define WEB_CORS_H

#include "web/routes.h"

enum cors_verdict { CORS_ALLOWED, CORS_NO_ORIGIN, CORS_NO_BUCKET, CORS_NOT_ENABLED, CORS_NOT_ALLOWED };

/* An actual request's answer: adds the headers if there is an Origin and a rule fits it; caches are told when there are rules. Before http_reply*.
 * `expose`: header names, joined by ", ", that pages may read besides those of the rule, or NULL. Nothing for OPTIONS or without a bucket. */
void cors_answer(struct call *c, struct str bucket, const char *expose);

/* An OPTIONS request: with CORS_ALLOWED the headers of the answer are added (200 and no body is the caller's), else nothing is. CORS_NO_BUCKET:
 * no bucket was named. Whether a bucket without rules is there at all is not known here: CORS_NOT_ENABLED. */
enum cors_verdict cors_preflight(struct call *c, struct str bucket);

#endif
