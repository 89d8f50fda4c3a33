/* What a bucket's policy says about an operation (web/policy.h): the account's own requests may all that is not denied, anybody's only
 * what is allowed, and of that only reading, listing and putting. */
#include "web/policy.h"

#include "base/err.h"
#include "web/s3/s3.h"

/* The action that an operation is, where that is not "s3:" and its name. */
static const struct action {
	const char *operation;
	const char *action, *of_version;	/* of_version: when a version is named; NULL: the same */
	bool open;			/* anybody may be allowed to */
} actions[] = {
	{ "ListObjects",             "s3:ListBucket", NULL, true },
	{ "HeadBucket",              "s3:ListBucket", NULL, true },
	{ "GetObject",               "s3:GetObject", "s3:GetObjectVersion", true },
	{ "HeadObject",              "s3:GetObject", "s3:GetObjectVersion", true },
	{ "PutObject",               "s3:PutObject", NULL, true },
	{ "PostObject",              "s3:PutObject", NULL, true },
	{ "ListObjectVersions",      "s3:ListBucketVersions", NULL, false },
	{ "GetObjectAttributes",     "s3:GetObject", "s3:GetObjectVersion", false },
	{ "GetObjectAcl",            "s3:GetObjectAcl", "s3:GetObjectVersionAcl", false },
	{ "PutObjectAcl",            "s3:PutObjectAcl", "s3:PutObjectVersionAcl", false },
	{ "GetObjectTagging",        "s3:GetObjectTagging", "s3:GetObjectVersionTagging", false },
	{ "PutObjectTagging",        "s3:PutObjectTagging", "s3:PutObjectVersionTagging", false },
	{ "DeleteObjectTagging",     "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging", false },
	{ "DeleteObject",            "s3:DeleteObject", "s3:DeleteObjectVersion", false },
	{ "CopyObject",              "s3:PutObject", NULL, false },
	{ "CreateMultipartUpload",   "s3:PutObject", NULL, false },
	{ "UploadPart",              "s3:PutObject", NULL, false },
	{ "UploadPartCopy",          "s3:PutObject", NULL, false },
	{ "CompleteMultipartUpload", "s3:PutObject", NULL, false },
	{ "ListParts",               "s3:ListMultipartUploadParts", NULL, false },
	{ "ListMultipartUploads",    "s3:ListBucketMultipartUploads", NULL, false },
	{ "GetBucketCors",           "s3:GetBucketCORS", NULL, false },
	{ "PutBucketCors",           "s3:PutBucketCORS", NULL, false },
	{ "DeleteBucketCors",        "s3:PutBucketCORS", NULL, false },
	{ "GetBucketNotificationConfiguration", "s3:GetBucketNotification", NULL, false },
	{ "PutBucketNotificationConfiguration", "s3:PutBucketNotification", NULL, false },
	{ "GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration", NULL, false },
	{ "PutBucketLifecycleConfiguration", "s3:PutLifecycleConfiguration", NULL, false },
	{ "DeleteBucketLifecycle",   "s3:PutLifecycleConfiguration", NULL, false },
	{ "DeleteBucketTagging",     "s3:PutBucketTagging", NULL, false },
	{ "GetPublicAccessBlock",    "s3:GetBucketPublicAccessBlock", NULL, false },
	{ "PutPublicAccessBlock",    "s3:PutBucketPublicAccessBlock", NULL, false },
	{ "DeletePublicAccessBlock", "s3:PutBucketPublicAccessBlock", NULL, false },
	{ "DeleteBucketOwnershipControls", "s3:PutBucketOwnershipControls", NULL, false },
	{ "GetBucketAccelerateConfiguration", "s3:GetAccelerateConfiguration", NULL, false },
	{ "GetBucketEncryption",     "s3:GetEncryptionConfiguration", NULL, false },
	{ "GetBucketReplication",    "s3:GetReplicationConfiguration", NULL, false },
	{ "GetObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration", NULL, false },
};

#define TAGGING STR("s3:PutObjectTagging")

static const struct action *action_of(const struct s3 *s)
{
	for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
		if (str_eq(str_of(s->op->name), str_of(actions[i].operation)))
			return &actions[i];
	return NULL;
}

static struct policy_request ask(struct s3 *s, const struct action *a)
{
	const char *action = a ? a->action : arena_printf(&s->arena, "s3:%s", s->op->name);

	if (a && a->of_version && params_get(&s->params, "versionId").n > 0)
		action = a->of_version;
	return (struct policy_request){ .action = str_of(action), .bucket = s->bucket, .key = s->key, .account = !s->anonymous,
		.source_ip = str_of(s->call->r->peer), .referer = http_field(s->call->r, "referer"),
		.prefix = params_get(&s->params, "prefix") };
}

static int refuse_denied(struct s3 *s, const struct policy_request *q)
{
	return s3_refuse(s, S3_ACCESS_DENIED, arena_printf(&s->arena, "User: arn:aws:iam::%s:root is not authorized to perform: %.*s on "
			 "resource: \"arn:aws:s3:::%.*s%s%.*s\" with an explicit deny in a resource-based policy", s->m->settings.account,
			 STR_ARG(q->action), STR_ARG(q->bucket), q->key.n ? "/" : "", STR_ARG(q->key)), NULL);
}

/* A policy that denies all to everybody can still be taken back. */
static bool is_about_policy(const struct s3 *s)
{
	return s->op->serve == bucket_policy_get || s->op->serve == bucket_policy_put || s->op->serve == bucket_policy_remove;
}

/* Tags that come with an object need a leave of their own. */
static bool brings_tags(struct s3 *s, const struct action *a)
{
	return a && str_eq(str_of(a->action), STR("s3:PutObject")) &&
	       (s3_field(s, "x-amz-tagging").n > 0 || (s->form && params_get(&s->params, "tagging").n > 0));
}

static int permit_anybody(struct s3 *s, const struct action *a, const struct json_value *policy)
{
	const struct json_value *block = shelf_get(s->m->shelf, s->bucket, RECORD_BUCKET_PUBLIC_BLOCK);
	struct policy_request q = ask(s, a), list = q, tags = q;

	tags.action = TAGGING;
	if (!a || !a->open || !policy || !policy_allows(policy, block, &q) || (brings_tags(s, a) && !policy_allows(policy, block, &tags)))
		return s3_refuse(s, S3_ACCESS_DENIED, NULL, NULL);
	for (int i = 0; i < s->params.count; i++)
		if (str_starts(s->params.at[i].name, STR("response-")))
			return s3_refuse(s, S3_INVALID_REQUEST, "Request specific response headers cannot be used for anonymous GET requests.",
					 NULL);
	if (s->auth.payload == PAYLOAD_CHUNKED_SIGNED || s->auth.payload == PAYLOAD_CHUNKED_SIGNED_TRAILER)
		return s3_refuse(s, S3_ACCESS_DENIED, NULL, NULL);	/* by which key? */
	list.action = STR("s3:ListBucket");
	list.key = (struct str){ 0 };
	s->conceals = !policy_allows(policy, block, &list);
	return 0;
}

/* What s->anonymous and s->key are now. */
int s3_permit_put(struct s3 *s)
{
	const struct json_value *policy = s->bucket.n ? shelf_get(s->m->shelf, s->bucket, RECORD_BUCKET_POLICY) : NULL;
	const struct action *a = action_of(s);
	struct policy_request q;

	if (s->anonymous)
		return permit_anybody(s, a, policy);
	if (!policy || is_about_policy(s))
		return 0;
	q = ask(s, a);
	if (policy_decide(policy, &q) == POLICY_DENIES)
		return refuse_denied(s, &q);
	q.action = TAGGING;
	return brings_tags(s, a) && policy_decide(policy, &q) == POLICY_DENIES ? refuse_denied(s, &q) : 0;
}

bool s3_is_denied(struct s3 *s, const char *action, struct str bucket, struct str key)
{
	struct policy_request q = { .action = str_of(action), .bucket = bucket, .key = key, .account = true,
		.source_ip = str_of(s->call->r->peer), .referer = http_field(s->call->r, "referer") };

	return policy_decide(shelf_get(s->m->shelf, bucket, RECORD_BUCKET_POLICY), &q) == POLICY_DENIES;
}

/* A form tells in its body who it is of and what its key is. */
int s3_permit(struct s3 *s)
{
	return s->op->serve == object_post ? 0 : s3_permit_put(s);
}
