/* grant.h - does a function's policy (RECORD_POLICY: statements that AddPermission made) let somebody call it? facts/05 section 8, facts/10 part B3.
 *
 * A statement fits when its principal, its action and all its conditions do; a condition that is not known here never does. One that
 * fits is enough: AddPermission makes no denials. Callers with the account's own keys need no statement and do not come here.
 */
#ifndef WEB_GRANT_H
#define WEB_GRANT_H

#include "base/json.h"

struct grant {				/* who asks; what is absent does not fit any condition about it */
	struct str service;		/* "s3.amazonaws.com"; absent: anybody, whom only principal "*" means */
	struct str action;		/* "lambda:InvokeFunction" */
	struct str source_arn, source_account;	/* on whose behalf a service asks */
	struct str url_auth;		/* "NONE": by a function URL of that AuthType */
	bool via_url;
};

bool grant_fits(const struct json_value *policy, const struct grant *g);

/* '*' any run of characters, '?' one. */
bool grant_like(struct str pattern, struct str s, bool any_case);

/* Patterns of ARNs: each of the six parts between colons by itself, '*' any run of characters in it, '?' one. */
bool grant_arn_like(struct str pattern, struct str arn);

#endif
