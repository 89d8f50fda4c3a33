/* auth_forms.h - the two signature algorithms, for auth.c only. Each recomputes the signature of the
 * request as `secret` would have made it and says whether it is the one given; texts that went into it
 * are left in `a` for the error body.
 */
#ifndef WEB_AUTH_FORMS_H
#define WEB_AUTH_FORMS_H

#include "web/auth.h"

/* body: absent for S3, whose payload hash is what was promised. */
bool auth_v4_matches(struct http_request *r, struct auth *a, const char *secret, struct str body);

/* Every x-amz-* header must be among the signed ones, or who adds one in passing changes the meaning.
 * Returns the first that is not, or absent. */
struct str auth_v4_unsigned(struct http_request *r, const struct auth *a);

/* What both share with forms of browsers. The credential's parts into `a`; the signing key into a->signing_key; the secret, if `given` (absent:
 * none) is the session token that its key needs, else NULL. */
bool auth_take_credential(struct auth *a, struct str text);
void auth_v4_key(struct auth *a, struct arena *arena, const char *secret);
const char *auth_secret(struct auth *a, const struct credentials *c, struct str given);

bool auth_v2_matches(struct http_request *r, struct auth *a, const char *secret);

#endif
