/* listing.h - what all lists of a bucket have in common: what may be asked of each, a bounded number of entries, common prefixes, and a document of
 * which the end is known before the head: rows and common prefixes are collected while storage is read, and put into it at last.
 *
 *     listing_open[_keys] --> s3_run(rows into x, listing_common; head with listing_document; listing_end) --> listing_answer
 *
 * A struct listing is the first member of what s->state points to. A number that is none is refused at once; whatever else is wrong with the
 * parameters of a list of keys is told only of a bucket that is there, as S3 does: `asked` notes it, and listing_bucket finds the bucket first.
 */
#ifndef S3_LISTING_H
#define S3_LISTING_H

#include "base/xml.h"
#include "web/s3/s3.h"

struct listing {
	struct s3 *s;
	struct str prefix, delimiter;	/* absent: not asked */
	bool url;			/* encoding-type */
	int max;			/* at most PAGE_MAX, which is also the default */
	int asked;			/* negative: refused */
	struct xml x;			/* rows go here */
	/* its own */
	struct buf rows, commons, out;
	struct xml x_commons;
};

/* Takes the parameter named `max`; and, for a list of keys, encoding-type, prefix, delimiter and x-amz-optional-object-attributes (of which there
 * is nothing to tell: no object is ever restored). Negative: refused, and s3_answer_fault is due. */
int listing_open(struct listing *l, struct s3 *s, const char *max);
int listing_open_keys(struct listing *l, struct s3 *s, const char *max);
int listing_number(struct s3 *s, const char *param, int otherwise, int *n);	/* of 31 bits; empty or not sent: otherwise. 0 or refused */

int listing_bucket(struct listing *l, struct db *db, int64_t *id);	/* on the lane: 0, or refused, also for what was asked */
void listing_begin(struct listing *l);			/* on the lane, before the first row */
void listing_common(struct listing *l, struct str prefix);
struct xml listing_document(struct listing *l, const char *element);
void listing_asked(const struct listing *l, struct xml *x);	/* Delimiter and EncodingType, where they were asked, as they were sent */
void listing_end(struct listing *l, struct xml *x);	/* the rows, the common prefixes, and the document's end */
void listing_answer(struct s3 *s, int rc);		/* as `then` of s3_run */

/* An element whose text is a key or a part of one. */
void listing_text(const struct listing *l, struct xml *x, const char *element, struct str key);
void listing_sum(struct xml *x, const struct checksum *sum);	/* its algorithm and type, if there is one */

#endif
