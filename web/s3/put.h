/* put.h - the last steps of everything that makes an object out of one body: PutObject, CopyObject. */
#ifndef S3_PUT_H
#define S3_PUT_H

#include "web/s3/s3.h"

struct put {				/* in s->state */
	struct object_put put;
	struct needle needle;
	bool file;			/* the bytes are in a committed blob of their own */
};

/* If-Match and If-None-Match of a write. 0 or refused. Fills the conditions of an object_put or a completion. */
int put_conditions(struct s3 *s, struct str *if_match, bool *if_absent);

/* Small bytes of s->key that the change brings along. */
void put_needle(struct s3 *s, struct change *c, struct needle *n, struct str data);

/* Why the change was refused, in S3's words. */
int put_refused(struct s3 *s, int rc, bool if_absent);

/* The hex MD5 and the kept checksum of s->body as an object's or a part's. */
struct str put_etag(struct s3 *s, const uint8_t *md5);
struct checksum put_sum(struct s3 *s, enum digest_kind k, const uint8_t *sum);

#endif
