/* body.h - an upload's bytes on their way in: unpacked, digested, checked, and put down.
 *
 *     body_plan (headers: what was promised) --> body_take (from the socket) --> done
 *
 * Bodies of up to BLOB_NEEDLE_MAX stay in memory (`data`), larger ones go to a staged blob, a piece at a time on
 * a lane; the socket is read no faster than that. Which it will be is known from the headers; but when others wait for room (room.h)
 * what is here of an object goes to a blob at once, and also one of more than BODY_DIRECT_MAX becomes a file. When `done` hears 0 every
 * promise was kept: the length, the signature of every chunk, x-amz-content-sha256, Content-MD5 and the checksum.
 *
 * body_feed and body_end do the work and know no loop; they run on whatever thread has the request.
 */
#ifndef S3_BODY_H
#define S3_BODY_H

#include "base/digest.h"
#include "storage/blob.h"
#include "web/room.h"
#include "web/s3/chunked.h"
#include "web/s3/s3.h"

#define BODY_PIECE (512 << 10)		/* handed to a lane at a time */
#define BODY_DIRECT_MAX (64 << 10)	/* up to here a lane would cost more than it saves */

/* UNSUMMED: any length, and x-amz-checksum-* speaks of something else than this body. */
enum body_need { BODY_LENGTH_NEEDED, BODY_ANY_LENGTH, BODY_UNSUMMED };

struct body {
	/* the plan */
	int64_t length;			/* of the content; -1: not told */
	int64_t max;
	bool framed;			/* aws-chunked */
	bool chain_signed, trailer_signed;
	bool to_file;
	bool for_storage;		/* it may become one */
	bool promised;			/* x-amz-content-sha256 */
	uint8_t promise[32];
	enum digest_kind asked;		/* the client's checksum; DIGEST_KINDS: none */
	bool in_trailer;		/* it comes at the end */
	bool on[DIGEST_KINDS];		/* computed */
	bool wanted[DIGEST_KINDS];	/* and must be `want` */
	uint8_t want[DIGEST_KINDS][DIGEST_SIZE_MAX];
	/* under way */
	struct s3 *s;
	int64_t got;
	struct digest digest[DIGEST_KINDS];
	struct chunked chunked;
	struct auth_chain chain;
	struct digest piece, trailer;
	bool last_chunk, trailer_verified;
	struct blob blob;
	/* the result */
	uint8_t sum[DIGEST_KINDS][DIGEST_SIZE_MAX];
	struct buf data;		/* owned */
	struct extent where;		/* after body_keep_file */
	/* intake.c: loop thread, also while a lane works */
	struct room_guest guest, work;
	struct buf filling, writing;	/* writing is the lane's */
	bool direct, paused, ended, over;
	size_t unpacked;		/* memory of `data`, when last seen on the loop */
	bool squeezed;			/* what is here is worked on at once */
	bool shed;			/* and the memory of what is worked on is given back after that */
	int end_rc;
	void (*done)(struct s3 *s, int rc);
	void (*stored)(struct s3 *s);
};

/* Makes s->body from the headers: 0 or refused. `max` is for the content. */
int body_plan(struct s3 *s, int64_t max, enum body_need need);

/* Also compute this one. Between plan and take. */
void body_digest(struct body *b, enum digest_kind k);

/* The content goes to a staged blob if it is larger than a needle, or has to. Between plan and take. */
void body_to_storage(struct body *b);

/* Takes the body off the socket; `done` on the loop with 0 or refused (s->fault), never when the client left. */
void body_take(struct s3 *s, void (*done)(struct s3 *s, int rc));

/* Takes it, makes a staged blob durable, and goes on to `stored`; what fails is answered here. */
void body_store(struct s3 *s, void (*stored)(struct s3 *s));

/* On a lane: makes the staged blob durable, giving `where`. 0, or refused. */
int body_keep_file(struct body *b);

struct str body_text(const struct body *b);	/* what is in memory */

void body_begin(struct body *b);
int body_feed(struct body *b, const void *p, size_t n);
int body_end(struct body *b);
void body_clear(struct body *b, struct room *room);

#endif
