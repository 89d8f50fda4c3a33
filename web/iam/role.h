/* role.h - a role as it is kept: one record (RECORD_ROLE), named by the role's name in lower case, since names that differ in
 * case only are the same to IAM.
 *
 *   {"RoleName","RoleId","Path","CreatedMs","MaxSessionDuration","Trust":"...","Description","Boundary","Attached":["arn",...],
 *    "Inline":{"name":"..."},"Tags":{"key":"value"}}
 *
 * Documents are kept as they were sent. Read and written whole, in the caller's change.
 */
#ifndef IAM_ROLE_H
#define IAM_ROLE_H

#include "web/iam/iam.h"

#define ROLES_MAX 1000
#define ROLE_ATTACHED_MAX 10
#define ROLE_INLINE_MAX 100
#define ROLE_INLINE_SIZE_MAX 10240	/* of all of a role, blanks not counted */
#define ROLE_TRUST_SIZE_MAX 2048	/* likewise */
#define ROLE_SESSION_S 3600

struct role {				/* strings in the request's arena */
	struct str name, id, path, trust, description, boundary;	/* the last two absent when there is none */
	int64_t created_ms, max_session_s;
	struct str attached[ROLE_ATTACHED_MAX];	/* ARNs, in order */
	int attached_count;
	struct named inlined[ROLE_INLINE_MAX];	/* by name, in order */
	int inlined_count;
	struct named tags[IAM_TAGS_MAX];
	int tag_count;
};

int role_find(struct iam *i, struct db *db, struct role *r);		/* of the request; refuses NoSuchEntity */
int role_keep(struct iam *i, struct db *db, const struct role *r);	/* creates or replaces */
int role_read(struct arena *a, struct str body, struct role *r);
struct str role_key(struct arena *a, struct str name);			/* what its record is named */
const char *role_arn(struct iam *i, const struct role *r);

/* <Role>: `full` as GetRole shows it, else as lists do. */
void role_show(struct iam *i, const char *element, const struct role *r, bool full);
void tags_show(struct iam *i, const struct named *tags, int n);		/* <Tags> */

/* Tags of the request over those that are there: of the same key (case ignored) the new value. */
int tags_add(struct iam *i, struct named *tags, int *n);
void tags_remove(const struct iam *i, struct named *tags, int *n);

#endif
