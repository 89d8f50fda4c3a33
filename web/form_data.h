/* form_data.h - multipart/form-data as it streams in (RFC 7578, RFC 2046): parts one after the other, never whole in memory.
 *
 *     form_data_feed --> on_part --> on_bytes... --> on_part_end --> [on_part ...]
 *
 * Part headers are Content-Disposition (name, filename, filename*, with browsers' escapes %22 %0D %0A) and Content-Type; others are not looked at.
 * A callback that returns negative ends it: form_data_feed returns that. Knows no loop: one that wants to pause sets `hold`, then feeding stops
 * right after it, and the feeder gives the rest later. However the bytes are cut, the same is told, but for the pieces of on_bytes.
 */
#ifndef WEB_FORM_DATA_H
#define WEB_FORM_DATA_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

#define FORM_BOUNDARY_MAX 70		/* RFC 2046 */
#define FORM_HEADERS_MAX 4096		/* bytes of one part's headers */
#define FORM_PARTS_MAX 1000

struct form_part {			/* lent for the call */
	struct str name;
	struct str file_name;		/* absent: it is no file */
	struct str type;		/* Content-Type; absent if not sent */
};

struct form_data {
	/* in */
	int (*on_part)(struct form_data *f, const struct form_part *p);
	int (*on_bytes)(struct form_data *f, const void *p, size_t n);
	int (*on_part_end)(struct form_data *f);
	void *owner;
	bool hold;			/* set by a callback; cleared by the feeder before it goes on */
	/* out */
	size_t took;			/* of the last feed: less than was given only when held, or after a failure */
	/* its own */
	char boundary[FORM_BOUNDARY_MAX + 5];	/* with the CRLF and hyphens before it */
	size_t boundary_len, matched;
	int state, parts;
	struct buf headers;
};

/* E_BAD_INPUT: not multipart/form-data, or without a boundary that can be one. */
int form_data_begin(struct form_data *f, struct str content_type);
/* 0; E_BAD_INPUT malformed; E_TOO_LARGE a limit; or what a callback returned. */
int form_data_feed(struct form_data *f, const void *p, size_t n);
int form_data_end(struct form_data *f);		/* E_BAD_INPUT: the last boundary is missing */
void form_data_clear(struct form_data *f);

#endif
