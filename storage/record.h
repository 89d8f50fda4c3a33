/* record.h - what users configure, as JSON documents by kind, owner and name. Storage looks into them only for the id of a URL (function.h) and
 * for code packages (package.h).
 *
 * Kinds up to RECORD_OF_FUNCTION belong to a function (`owner` is its id) and go with it; those up to RECORD_OF_NOBODY belong to nobody
 * (owner 0); those above to a bucket, and go with it.
 * A function's own document, that of $LATEST, is its row (function.h). Names compare by bytes. What the documents hold:
 *
 *   RECORD_VERSION       "0000000007": a published version: a function document (pipeline/registry.h)
 *   RECORD_ALIAS         alias name: {"FunctionVersion","Description","RevisionId","Weights":{"2":0.1}}
 *   RECORD_POLICY        qualifier, "" for none: {"RevisionId","Statement":[...]} as in the policy
 *   RECORD_EVENT_INVOKE  qualifier, "$LATEST" for none: {"MaximumRetryAttempts","MaximumEventAgeInSeconds","OnSuccess","OnFailure","LastModified"}
 *   RECORD_URL           alias, "" for none: {"Id","AuthType","InvokeMode","Cors","CreationTime","LastModifiedTime"}
 *   RECORD_PROVISIONED   version number or alias: {"Requested","LastModified"}
 *   RECORD_FUNCTION      "": {"Reserved","Recursion","Tags":{},"LastVersion","Published"}: what is of the function, not of a version
 *   RECORD_URL_ID        id of a URL: {"Function":id,"Alias":""}
 *   RECORD_LAYER         layer name: {"LastVersion"}
 *   RECORD_LAYER_VERSION "NAME:0000000007": a layer version, "Package" included
 *   RECORD_LAYER_POLICY  the same name: as RECORD_POLICY
 *   RECORD_ROLE, RECORD_MANAGED_POLICY: of IAM, by name
 *   RECORD_LOG_GROUP     log group name: {"Tags":{}}
 *   RECORD_WATCH         name of a drop folder: its options as texts (pipeline/watch_spec.h)
 *   RECORD_BUCKET_*      "": of a bucket: CORS {"Rules":[{"Id","AllowedOrigins":[],"AllowedMethods":[],"AllowedHeaders":[],"ExposeHeaders":[],
 *                        "MaxAgeSeconds"}]}; POLICY the policy document as sent; TAGS {"name":"value"}; LIFECYCLE {"Rules":[...]} (pipeline/lifecycle_rule.h);
 *                        WEBHOOK {"Url","Secret","Events":["ready","failed"]} (pipeline/webhook.h); PUBLIC_BLOCK {"RestrictPublicBuckets",...};
 *                        OWNERSHIP {"ObjectOwnership"}
 *
 * All calls are inside a change, except those marked (reader), which may be either.
 */
#ifndef STORAGE_RECORD_H
#define STORAGE_RECORD_H

#include "base/arena.h"
#include "storage/db.h"

#define RECORD_NAME_MAX 512
#define RECORD_BODY_MAX (256 << 10)

enum record_kind {
	RECORD_VERSION = 1, RECORD_ALIAS, RECORD_POLICY, RECORD_EVENT_INVOKE, RECORD_URL, RECORD_PROVISIONED, RECORD_FUNCTION,
	RECORD_OF_FUNCTION = 31,
	RECORD_URL_ID, RECORD_LAYER, RECORD_LAYER_VERSION, RECORD_LAYER_POLICY, RECORD_ROLE, RECORD_MANAGED_POLICY,
	RECORD_LOG_GROUP, RECORD_WATCH,
	RECORD_OF_NOBODY = 63,
	RECORD_BUCKET_CORS, RECORD_BUCKET_POLICY, RECORD_BUCKET_TAGS, RECORD_BUCKET_LIFECYCLE, RECORD_BUCKET_WEBHOOK,
	RECORD_BUCKET_PUBLIC_BLOCK, RECORD_BUCKET_OWNERSHIP,
	RECORD_OF_BUCKET = 95
};

struct record {
	enum record_kind kind;
	int64_t owner, modified_ms;
	struct str name, body;
};

int record_put(struct db *db, enum record_kind kind, int64_t owner, struct str name, struct str body);	/* creates or replaces; E_TOO_LARGE */
int record_delete(struct db *db, enum record_kind kind, int64_t owner, struct str name);		/* E_NOT_FOUND */
int record_drop(struct db *db, int64_t function);	/* all that belong to it */
int record_drop_bucket(struct db *db, int64_t bucket);

int record_get(struct db *db, enum record_kind kind, int64_t owner, struct str name, struct arena *a, struct str *body);	/* (reader) E_NOT_FOUND */

/* (reader) In the order of names, those after `after` (absent: from the first), at most `max`. `each` ends it by anything but 0,
 * which is returned. */
typedef int record_each_fn(void *owner, const struct record *r);
int record_list(struct db *db, enum record_kind kind, int64_t owner, struct str after, int max, record_each_fn *each, void *ctx);
int record_count(struct db *db, enum record_kind kind, int64_t owner, int64_t *n);		/* (reader) */

/* (reader) Those of all buckets, a bucket's one after the other. */
typedef int record_bucket_fn(void *owner, struct str bucket, enum record_kind kind, struct str body);
int record_each_bucket(struct db *db, record_bucket_fn *each, void *ctx);

#endif
