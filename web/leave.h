/* leave.h - may this request upload here? The doors of minilab's own (/_/upload, /_/tus, /_/t, /_/status, /_/events) are opened by the account's keys (signed for s3 in
 * header or query), by the console's cookie, or by an upload token (Authorization: Bearer, or for pages that cannot set headers `?token=`, which only
 * /_/events and /_/status take).
 *
 * A token opens uploads and what became of them, within its limits (storage/token.h), and nothing else.
 * Loop thread; a token is looked up on a lane.
 */
#ifndef WEB_LEAVE_H
#define WEB_LEAVE_H

#include "storage/token.h"
#include "web/api/local.h"

struct leave {
	bool by_token;			/* else: all may be done */
	struct token token;		/* by_token; in l->arena */
};

/* Answers itself when there is none: 401 without any credentials, 403 with wrong ones. `then` on the loop when there is. */
void leave_ask(struct local *l, struct leave *to, void (*then)(struct local *l));

#endif
