/* sending.h - the bytes of an object, or a part of them, as an answer: for S3's face, /_/t and /_/o alike.
 *
 *     sending_open   on a lane: opens what is one extent; a needle (segment.h) is read whole, for only then is its checksum looked at
 *     sending_reply  on the loop, after the headers: from memory, by sendfile, or one extent after the other
 *     sending_clear  when the request is over; accepts { .fd = -1 }
 *
 * The object, its extents and the struct live until on_gone; all memory is the arena's but for `bytes` and `fd`.
 */
#ifndef WEB_SENDING_H
#define WEB_SENDING_H

#include "storage/object.h"
#include "web/http/http.h"

/* Content-Security-Policy of what comes from where the console does: an origin of its own, so that it cannot act as the console. */
#define SENDING_SET_APART "sandbox; default-src 'none'; style-src 'unsafe-inline'"

struct sending {
	struct blobs *blobs;		/* borrowed */
	const struct object *o;		/* borrowed */
	int64_t first, length;		/* of its bytes */
	/* its own */
	struct sending_run {		/* a part of one extent */
		const struct extent *extent;
		uint64_t skip, length;
	} *runs;
	int run_count;
	struct buf bytes;		/* one needle; given to the answer */
	int fd;				/* one file; -1: none */
	uint64_t at;
};

int sending_open(struct sending *s, struct arena *a);
void sending_reply(struct sending *s, struct http_request *r);
void sending_clear(struct sending *s);

struct str sending_type(const struct object *o, struct arena *a);	/* Content-Type as it was put, or that of any bytes */

#endif
