/* policy.h - a managed policy as it is kept: one record (RECORD_MANAGED_POLICY), named by the policy's name in lower case.
 *
 *   {"PolicyName","PolicyId","Path","Description","CreatedMs","UpdatedMs","Default":n,"Last":n,"Attachments":n,
 *    "Versions":[{"Version":n,"CreatedMs","Document":"..."}],"Tags":{}}
 *
 * AWS's own policies (arn:aws:iam::aws:policy/...) are those of managed.c: they can be attached, read and listed, and not
 * changed. Of such a one there is a record, named by its ARN, only to count what it is attached to.
 */
#ifndef IAM_POLICY_H
#define IAM_POLICY_H

#include "web/iam/iam.h"

#define POLICIES_MAX 1500
#define POLICY_VERSIONS_MAX 5
#define POLICY_SIZE_MAX 6144		/* blanks not counted */
#define POLICY_ATTACHABLE "does not exist or is not attachable."

struct policy_version {
	int64_t number, created_ms;
	struct str document;
};

struct policy {				/* strings in the request's arena */
	bool aws;
	struct str key;			/* of its record */
	struct str name, id, path, description;
	struct str arn;
	int64_t created_ms, updated_ms;	/* 0 for AWS's: when they were made there is not known here */
	int64_t current, last, attachments;
	struct policy_version versions[POLICY_VERSIONS_MAX];	/* oldest first */
	int version_count;
	struct named tags[IAM_TAGS_MAX];
	int tag_count;
};

/* Of the request's PolicyArn. Refuses NoSuchEntity, "Policy ARN " and `why`; what is no ARN as ValidationError. */
int policy_find(struct iam *i, struct db *db, struct policy *p, const char *why);
int policy_find_own(struct iam *i, struct db *db, struct policy *p);	/* one that may be changed */
void policy_name(struct arena *a, const char *account, struct policy *p);	/* key and ARN, of path and name */
int policy_keep(struct iam *i, struct db *db, const struct policy *p);
int policy_read(struct arena *a, const char *account, struct str body, struct policy *p);
int policy_attachments(struct iam *i, struct db *db, struct policy *p);	/* reads the count of one of AWS's */
int policy_count_attachment(struct iam *i, struct db *db, struct str arn, int change);	/* one more, one less */

void policy_show(struct iam *i, const char *element, const struct policy *p, bool full);
void version_show(struct iam *i, const char *element, const struct policy *p, const struct policy_version *v, bool document);

struct str iam_id(struct iam *i, const char prefix[5]);	/* the request's fresh id */

/* managed.c: the n-th of AWS's own policies, in the order of their ARNs; false past the last. */
bool managed_policy(struct arena *a, int n, struct policy *p);

#endif
