#include "web/s3/operation.h"

#include "base/err.h"
#include "storage/bucket.h"
#include "storage/version.h"

/* The first row that fits. Rows without a parameter fit only when no subresource is named. */
static const struct operation operations[] = {
	{ "ListBuckets",             "GET",    S3_SERVICE, NULL, NULL, BODY_NONE, service_list },

	{ "GetBucketLocation",       "GET",    S3_BUCKET, "location", NULL, BODY_NONE, bucket_location },
	{ "GetBucketNotificationConfiguration", "GET", S3_BUCKET, "notification", NULL, BODY_NONE, notification_get },
	{ "PutBucketNotificationConfiguration", "PUT", S3_BUCKET, "notification", NULL, BODY_TEXT, notification_put },
	{ "ListMultipartUploads",    "GET",    S3_BUCKET, "uploads", NULL, BODY_NONE, upload_all },
	{ "DeleteObjects",           "POST",   S3_BUCKET, "delete", NULL, BODY_TEXT, delete_many },
	{ "PostObject",              "POST",   S3_BUCKET, NULL, NULL, BODY_BYTES, object_post },
	{ "GetBucketVersioning",     "GET",    S3_BUCKET, "versioning", NULL, BODY_NONE, versioning_show },
	{ "PutBucketVersioning",     "PUT",    S3_BUCKET, "versioning", NULL, BODY_TEXT, versioning_put },
	{ "ListObjectVersions",      "GET",    S3_BUCKET, "versions", NULL, BODY_NONE, list_versions },
	{ "GetBucketLogging",        "GET",    S3_BUCKET, "logging", NULL, BODY_NONE, bucket_preset },
	{ "GetBucketAccelerateConfiguration", "GET", S3_BUCKET, "accelerate", NULL, BODY_NONE, bucket_preset },
	{ "GetBucketRequestPayment", "GET",    S3_BUCKET, "requestPayment", NULL, BODY_NONE, bucket_preset },
	{ "GetBucketAcl",            "GET",    S3_BUCKET, "acl", NULL, BODY_NONE, bucket_preset },
	{ "GetBucketCors",           "GET",    S3_BUCKET, "cors", NULL, BODY_NONE, cors_get },
	{ "PutBucketCors",           "PUT",    S3_BUCKET, "cors", NULL, BODY_TEXT, cors_put },
	{ "DeleteBucketCors",        "DELETE", S3_BUCKET, "cors", NULL, BODY_NONE, cors_remove },
	{ "GetBucketPolicy",         "GET",    S3_BUCKET, "policy", NULL, BODY_NONE, bucket_policy_get },
	{ "PutBucketPolicy",         "PUT",    S3_BUCKET, "policy", NULL, BODY_TEXT, bucket_policy_put },
	{ "DeleteBucketPolicy",      "DELETE", S3_BUCKET, "policy", NULL, BODY_NONE, bucket_policy_remove },
	{ "GetBucketPolicyStatus",   "GET",    S3_BUCKET, "policyStatus", NULL, BODY_NONE, bucket_policy_status },
	{ "GetBucketLifecycleConfiguration", "GET", S3_BUCKET, "lifecycle", NULL, BODY_NONE, lifecycle_get },
	{ "PutBucketLifecycleConfiguration", "PUT", S3_BUCKET, "lifecycle", NULL, BODY_TEXT, lifecycle_put },
	{ "DeleteBucketLifecycle",   "DELETE", S3_BUCKET, "lifecycle", NULL, BODY_NONE, lifecycle_remove },
	{ "GetBucketTagging",        "GET",    S3_BUCKET, "tagging", NULL, BODY_NONE, bucket_tags },
	{ "PutBucketTagging",        "PUT",    S3_BUCKET, "tagging", NULL, BODY_TEXT, bucket_tags_put },
	{ "DeleteBucketTagging",     "DELETE", S3_BUCKET, "tagging", NULL, BODY_NONE, bucket_tags_remove },
	{ "GetBucketWebsite",        "GET",    S3_BUCKET, "website", NULL, BODY_NONE, bucket_preset },
	{ "GetBucketEncryption",     "GET",    S3_BUCKET, "encryption", NULL, BODY_NONE, bucket_preset },
	{ "GetBucketReplication",    "GET",    S3_BUCKET, "replication", NULL, BODY_NONE, bucket_preset },
	{ "GetPublicAccessBlock",    "GET",    S3_BUCKET, "publicAccessBlock", NULL, BODY_NONE, public_block_get },
	{ "PutPublicAccessBlock",    "PUT",    S3_BUCKET, "publicAccessBlock", NULL, BODY_TEXT, public_block_put },
	{ "DeletePublicAccessBlock", "DELETE", S3_BUCKET, "publicAccessBlock", NULL, BODY_NONE, public_block_remove },
	{ "GetBucketOwnershipControls", "GET", S3_BUCKET, "ownershipControls", NULL, BODY_NONE, ownership_get },
	{ "PutBucketOwnershipControls", "PUT", S3_BUCKET, "ownershipControls", NULL, BODY_TEXT, ownership_put },
	{ "DeleteBucketOwnershipControls", "DELETE", S3_BUCKET, "ownershipControls", NULL, BODY_NONE, ownership_remove },
	{ "PutBucketAcl",            "PUT",    S3_BUCKET, "acl", NULL, BODY_TEXT, bucket_acl_put },
	{ "GetObjectLockConfiguration", "GET", S3_BUCKET, "object-lock", NULL, BODY_NONE, bucket_preset },
	{ "ListObjects",             "GET",    S3_BUCKET, NULL, NULL, BODY_NONE, list_objects },
	{ "CreateBucket",            "PUT",    S3_BUCKET, NULL, NULL, BODY_TEXT, bucket_put },
	{ "HeadBucket",              "HEAD",   S3_BUCKET, NULL, NULL, BODY_NONE, bucket_head },
	{ "DeleteBucket",            "DELETE", S3_BUCKET, NULL, NULL, BODY_NONE, bucket_remove },

	{ "CreateMultipartUpload",   "POST",   S3_OBJECT, "uploads", NULL, BODY_NONE, upload_start },
	{ "UploadPartCopy",          "PUT",    S3_OBJECT, "uploadId", "x-amz-copy-source", BODY_NONE, upload_part_copy },
	{ "UploadPart",              "PUT",    S3_OBJECT, "uploadId", NULL, BODY_BYTES, upload_part },
	{ "CompleteMultipartUpload", "POST",   S3_OBJECT, "uploadId", NULL, BODY_RECEIPT, upload_finish },
	{ "AbortMultipartUpload",    "DELETE", S3_OBJECT, "uploadId", NULL, BODY_NONE, upload_cancel },
	{ "ListParts",               "GET",    S3_OBJECT, "uploadId", NULL, BODY_NONE, upload_parts },
	{ "GetObjectAcl",            "GET",    S3_OBJECT, "acl", NULL, BODY_NONE, object_acl },
	{ "PutObjectAcl",            "PUT",    S3_OBJECT, "acl", NULL, BODY_TEXT, object_acl_put },
	{ "GetObjectAttributes",     "GET",    S3_OBJECT, "attributes", NULL, BODY_NONE, object_attributes },
	{ "GetObjectTagging",        "GET",    S3_OBJECT, "tagging", NULL, BODY_NONE, object_tags },
	{ "PutObjectTagging",        "PUT",    S3_OBJECT, "tagging", NULL, BODY_TEXT, object_tags_put },
	{ "DeleteObjectTagging",     "DELETE", S3_OBJECT, "tagging", NULL, BODY_NONE, object_tags_remove },
	{ "CopyObject",              "PUT",    S3_OBJECT, NULL, "x-amz-copy-source", BODY_NONE, object_copy },
	{ "PutObject",               "PUT",    S3_OBJECT, NULL, NULL, BODY_BYTES, object_upload },
	{ "GetObject",               "GET",    S3_OBJECT, NULL, NULL, BODY_NONE, object_download },
	{ "HeadObject",              "HEAD",   S3_OBJECT, NULL, NULL, BODY_NONE, object_download },
	{ "DeleteObject",            "DELETE", S3_OBJECT, NULL, NULL, BODY_NONE, object_erase },
};

/* Parameters that make a request another one. Any that no row above names is not built. */
static const char *const subresources[] = {
	"acl", "accelerate", "analytics", "annotation", "attributes", "cors", "delete", "encryption",
	"intelligent-tiering", "inventory", "legal-hold", "lifecycle", "location", "logging", "metadataConfiguration",
	"metadataTable", "metrics", "notification", "object-lock", "ownershipControls", "policy", "policyStatus",
	"publicAccessBlock", "renameObject", "replication", "requestPayment", "restore", "retention", "select", "session",
	"tagging", "torrent", "uploadId", "uploads", "versioning", "versions", "website", "append",
};

static const char *subresource(const struct s3 *s)
{
	for (size_t i = 0; i < sizeof subresources / sizeof subresources[0]; i++)
		if (str_is_set(params_get(&s->params, subresources[i])))
			return subresources[i];
	return NULL;
}

static bool fits(struct s3 *s, const struct operation *o, enum s3_level level, const char *sub)
{
	if (o->level != level || !str_eq(s->call->r->method, str_of(o->method)))
		return false;
	if (o->param ? !str_is_set(params_get(&s->params, o->param)) : sub != NULL)
		return false;
	return !o->header || str_is_set(http_field(s->call->r, o->header));
}

static int not_built(struct s3 *s, const char *what)
{
	return s3_refuse(s, S3_NOT_IMPLEMENTED, arena_printf(&s->arena, "%s is not implemented", what), NULL);
}

static int check_names(struct s3 *s)
{
	struct str version = params_get(&s->params, "versionId");
	int64_t born;
	bool named;

	if (s->bucket.n && !bucket_name_valid(s->bucket))
		return s3_refuse(s, S3_INVALID_BUCKET, NULL, S3_WITH({ "BucketName", s->bucket }));
	if (str_is_set(version) && version_parse(version, &born, &named) < 0)
		return s3_refuse(s, S3_INVALID_ARGUMENT, version.n ? "Invalid version id specified" : "Version id cannot be the empty string",
				 S3_WITH({ "ArgumentName", STR("versionId") }, { "ArgumentValue", version }));
	return 0;
}

int operation_find(struct s3 *s)
{
	enum s3_level level = s->key.n ? S3_OBJECT : s->bucket.n ? S3_BUCKET : S3_SERVICE;
	const char *sub = subresource(s);

	for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
		const struct operation *o = &operations[i];

		if (!fits(s, o, level, sub))
			continue;
		s->op = o;
		return check_names(s);
	}
	if (sub)
		return not_built(s, arena_printf(&s->arena, "%.*s ?%s", STR_ARG(s->call->r->method), sub));
	return s3_refuse(s, S3_METHOD_NOT_ALLOWED, NULL, S3_WITH({ "Method", s->call->r->method },
			 { "ResourceType", level == S3_OBJECT ? STR("OBJECT") : level == S3_BUCKET ? STR("BUCKET") :
			   STR("SERVICE") }));
}
