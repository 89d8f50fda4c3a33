/* page.h - the walk behind both lists of objects: keys in order, those with the delimiter after the prefix rolled
 * into common prefixes, at most `max` of both. Where the next page begins is told as an opaque token.
 */
#ifndef S3_PAGE_H
#define S3_PAGE_H

#include "storage/object.h"

#define PAGE_MAX 1000

struct page {
	/* asked; absent: none */
	struct str prefix, delimiter;
	struct str after;		/* the last key or common prefix of the page before */
	int max;
	/* out */
	bool truncated;
	int keys, prefixes;
	struct str last;		/* what `after` will be for the next page */
	/* told in order; strings are lent for the call */
	void (*key)(void *owner, const struct object *o);
	void (*common)(void *owner, struct str prefix);
	void *owner;
	struct arena *arena;		/* borrowed */
};

/* Blocking. */
int page_walk(struct page *p, struct db *db, int64_t bucket);

/* The part of a key up to and with the first delimiter after the prefix; absent if there is none. */
struct str page_common(struct str prefix, struct str delimiter, struct str key);

/* The least string greater than all that begin with `s`; absent when there is none (all bytes 0xff). */
struct str page_beyond(struct arena *a, struct str s);

struct str page_token(struct arena *a, struct str last);
int page_token_read(struct arena *a, struct str token, struct str *last);	/* E_BAD_INPUT: not ours */

#endif
