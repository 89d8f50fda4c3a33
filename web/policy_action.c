/* The actions that S3 has on buckets and objects (docs.aws.amazon.com: "Actions, resources, and condition keys for Amazon S3"). Those of what
 * is not built are among them: a policy that denies them is one. */
#include "web/grant.h"
#include "web/policy_parts.h"

#define ACTIONS(X) \
	X(LEVEL_OBJECT, "AbortMultipartUpload") X(LEVEL_OBJECT, "BypassGovernanceRetention") X(LEVEL_OBJECT, "DeleteObject") \
	X(LEVEL_OBJECT, "DeleteObjectTagging") X(LEVEL_OBJECT, "DeleteObjectVersion") X(LEVEL_OBJECT, "DeleteObjectVersionTagging") \
	X(LEVEL_OBJECT, "GetObject") X(LEVEL_OBJECT, "GetObjectAcl") X(LEVEL_OBJECT, "GetObjectAttributes") \
	X(LEVEL_OBJECT, "GetObjectLegalHold") X(LEVEL_OBJECT, "GetObjectRetention") X(LEVEL_OBJECT, "GetObjectTagging") \
	X(LEVEL_OBJECT, "GetObjectTorrent") X(LEVEL_OBJECT, "GetObjectVersion") X(LEVEL_OBJECT, "GetObjectVersionAcl") \
	X(LEVEL_OBJECT, "GetObjectVersionAttributes") X(LEVEL_OBJECT, "GetObjectVersionForReplication") \
	X(LEVEL_OBJECT, "GetObjectVersionTagging") X(LEVEL_OBJECT, "GetObjectVersionTorrent") X(LEVEL_OBJECT, "ListMultipartUploadParts") \
	X(LEVEL_OBJECT, "ObjectOwnerOverrideToBucketOwner") X(LEVEL_OBJECT, "PutObject") X(LEVEL_OBJECT, "PutObjectAcl") \
	X(LEVEL_OBJECT, "PutObjectLegalHold") X(LEVEL_OBJECT, "PutObjectRetention") X(LEVEL_OBJECT, "PutObjectTagging") \
	X(LEVEL_OBJECT, "PutObjectVersionAcl") X(LEVEL_OBJECT, "PutObjectVersionTagging") X(LEVEL_OBJECT, "ReplicateDelete") \
	X(LEVEL_OBJECT, "ReplicateObject") X(LEVEL_OBJECT, "ReplicateTags") X(LEVEL_OBJECT, "RestoreObject") \
	X(LEVEL_BUCKET, "CreateBucket") X(LEVEL_BUCKET, "DeleteBucket") X(LEVEL_BUCKET, "DeleteBucketPolicy") \
	X(LEVEL_BUCKET, "DeleteBucketWebsite") X(LEVEL_BUCKET, "GetAccelerateConfiguration") X(LEVEL_BUCKET, "GetAnalyticsConfiguration") \
	X(LEVEL_BUCKET, "GetBucketAcl") X(LEVEL_BUCKET, "GetBucketCORS") X(LEVEL_BUCKET, "GetBucketLocation") \
	X(LEVEL_BUCKET, "GetBucketLogging") X(LEVEL_BUCKET, "GetBucketNotification") X(LEVEL_BUCKET, "GetBucketObjectLockConfiguration") \
	X(LEVEL_BUCKET, "GetBucketOwnershipControls") X(LEVEL_BUCKET, "GetBucketPolicy") X(LEVEL_BUCKET, "GetBucketPolicyStatus") \
	X(LEVEL_BUCKET, "GetBucketPublicAccessBlock") X(LEVEL_BUCKET, "GetBucketRequestPayment") X(LEVEL_BUCKET, "GetBucketTagging") \
	X(LEVEL_BUCKET, "GetBucketVersioning") X(LEVEL_BUCKET, "GetBucketWebsite") X(LEVEL_BUCKET, "GetEncryptionConfiguration") \
	X(LEVEL_BUCKET, "GetIntelligentTieringConfiguration") X(LEVEL_BUCKET, "GetInventoryConfiguration") \
	X(LEVEL_BUCKET, "GetLifecycleConfiguration") X(LEVEL_BUCKET, "GetMetricsConfiguration") X(LEVEL_BUCKET, "GetReplicationConfiguration") \
	X(LEVEL_BUCKET, "ListBucket") X(LEVEL_BUCKET, "ListBucketMultipartUploads") X(LEVEL_BUCKET, "ListBucketVersions") \
	X(LEVEL_BUCKET, "PutAccelerateConfiguration") X(LEVEL_BUCKET, "PutAnalyticsConfiguration") X(LEVEL_BUCKET, "PutBucketAcl") \
	X(LEVEL_BUCKET, "PutBucketCORS") X(LEVEL_BUCKET, "PutBucketLogging") X(LEVEL_BUCKET, "PutBucketNotification") \
	X(LEVEL_BUCKET, "PutBucketObjectLockConfiguration") X(LEVEL_BUCKET, "PutBucketOwnershipControls") X(LEVEL_BUCKET, "PutBucketPolicy") \
	X(LEVEL_BUCKET, "PutBucketPublicAccessBlock") X(LEVEL_BUCKET, "PutBucketRequestPayment") X(LEVEL_BUCKET, "PutBucketTagging") \
	X(LEVEL_BUCKET, "PutBucketVersioning") X(LEVEL_BUCKET, "PutBucketWebsite") X(LEVEL_BUCKET, "PutEncryptionConfiguration") \
	X(LEVEL_BUCKET, "PutIntelligentTieringConfiguration") X(LEVEL_BUCKET, "PutInventoryConfiguration") \
	X(LEVEL_BUCKET, "PutLifecycleConfiguration") X(LEVEL_BUCKET, "PutMetricsConfiguration") X(LEVEL_BUCKET, "PutReplicationConfiguration")

static const struct {
	enum policy_level level;
	struct str name;
} actions[] = {
#define X(level, name) { level, { "s3:" name, sizeof("s3:" name) - 1 } },
	ACTIONS(X)
#undef X
};

int policy_levels(struct str pattern)
{
	int levels = 0;

	for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
		if (grant_like(pattern, actions[i].name, true))
			levels |= (int)actions[i].level;
	return levels;
}

bool policy_can_open(struct str action)
{
	static const char *const open[] = { "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:PutObject", "s3:PutObjectTagging" };

	if (memchr(action.p, '*', action.n) || memchr(action.p, '?', action.n))
		return true;
	for (size_t i = 0; i < sizeof open / sizeof open[0]; i++)
		if (str_ieq(action, str_of(open[i])))
			return true;
	return false;
}
