/* conditions.h - If-Match and its kin on reads (RFC 9110 section 13.2.2, with S3's tolerance for
 * entity tags without quotes). */
#ifndef WEB_CONDITIONS_H
#define WEB_CONDITIONS_H

#include <stdint.h>

#include "base/str.h"

struct conditions {			/* header values; absent when not sent */
	struct str if_match, if_none_match, if_modified_since, if_unmodified_since;
};

enum conditions_verdict { CONDITIONS_HOLD, CONDITIONS_NOT_MODIFIED, CONDITIONS_FAILED };

/* `which` gets the header that failed. Dates in the future and unreadable ones are ignored. */
enum conditions_verdict conditions_check(const struct conditions *c, struct str etag, int64_t mtime_ms, int64_t now_ms,
					 const char **which);

/* Is `etag` (without quotes) in this list of entity tags? "*" is every one. */
bool etag_in(struct str list, struct str etag);

/* One entity tag without its quotes and W/. */
struct str etag_bare(struct str tag);

#endif
