/* leave.h - may this request upload here? The doors of minilab's own (/_/upload, /_/tus, /_/t, /_/status, /_/events) are opened by the account's keys (signed for s3 in
 * header or query), by the console's cookie, or by an upload token (Authorization: Bearer, or for pages that cannot set headers `?token=`, which only
 * /_/events and /_/status take).
 *
 * A token opens uploads and what became of them, within its limits (storage/token.h), and nothing else. What it is asked for is judged twice: by
 * leave_allows before a byte is taken, and by token_use in the change of the put.
 * Loop thread; a token is looked up on a lane.
 */
#ifndef WEB_LEAVE_H
#define WEB_LEAVE_H

#include "storage/token.h"
#include "web/api/local.h"

struct leave {
	bool in_query;			/* in: `?token=` will do */
	bool by_token;			/* else: all may be done */
	struct token token;		/* by_token; in l->arena */
	int64_t bucket;			/* by_token: the one that l->call->bucket names; 0: there is none */
	/* its own */
	struct str text, bucket_name;
	void (*then)(struct local *l);
};

/* Answers itself when there is none: 401 without any credentials, 403 with wrong ones. `then` on the loop when there is. `to` lives until then;
 * call->bucket is set, where the request is about one. */
void leave_ask(struct local *l, struct leave *to, void (*then)(struct local *l));

/* May that be put? Answers itself when not. size -1: not known yet. */
bool leave_allows(struct local *l, const struct leave *to, struct str key, int64_t size, struct str type);
/* May that be looked at? An expired token, or one that is used up, still tells what became of its uploads. Answers itself when not. */
bool leave_shows(struct local *l, const struct leave *to, struct str key);

/* What a verdict is to clients. */
struct leave_refusal {
	int status;
	const char *code, *message;
};
struct leave_refusal leave_refusal(struct arena *a, const struct token *t, enum token_verdict v);
void leave_refuse(struct local *l, const struct leave *to, enum token_verdict v);

#endif
