/* rule.h - bucket notification: which events of a bucket go to which function.
 *
 * A rule is S3's LambdaFunctionConfiguration: events (a set), and at most one prefix
 * and one suffix of the key. Replacing a bucket's rules replaces all of them. Validation
 * against S3's rules (overlap, ARN, names) is the face's business (web/s3).
 */
#ifndef STORAGE_RULE_H
#define STORAGE_RULE_H

#include "base/arena.h"
#include "storage/db.h"

#define RULES_MAX 100
#define RULE_ID_MAX 255

/* What can be asked for. Only the ones minilab does can happen (see S3's list). Their numbers are in stores: new ones go to the end. */
#define EVENT_TABLE(X) \
	X(EVENT_CREATED_PUT,       "s3:ObjectCreated:Put") \
	X(EVENT_CREATED_POST,      "s3:ObjectCreated:Post") \
	X(EVENT_CREATED_COPY,      "s3:ObjectCreated:Copy") \
	X(EVENT_CREATED_MULTIPART, "s3:ObjectCreated:CompleteMultipartUpload") \
	X(EVENT_REMOVED_DELETE,    "s3:ObjectRemoved:Delete") \
	X(EVENT_REMOVED_MARKER,    "s3:ObjectRemoved:DeleteMarkerCreated") \
	X(EVENT_TAGGING_PUT,       "s3:ObjectTagging:Put") \
	X(EVENT_TAGGING_DELETE,    "s3:ObjectTagging:Delete") \
	X(EVENT_LIFECYCLE_DELETE,  "s3:LifecycleExpiration:Delete") \
	X(EVENT_LIFECYCLE_MARKER,  "s3:LifecycleExpiration:DeleteMarkerCreated")

#define X(name, text) name,
enum event_kind { EVENT_TABLE(X) EVENT_KINDS };
#undef X

const char *event_name(enum event_kind k);	/* "s3:ObjectCreated:Put" */
bool event_is_creation(enum event_kind k);
bool event_is_removal(enum event_kind k);	/* those of lifecycle included */
bool event_is_tagging(enum event_kind k);
/* The set (bit per kind) named by one configured text, wildcard included; 0 if unknown. Texts that
 * S3 knows and minilab never emits give EVENT_SET_SILENT. */
uint32_t event_set(struct str configured);
#define EVENT_SET_SILENT (1u << 31)

struct rule {
	struct str id, arn;		/* arn of the function as configured */
	int64_t function;		/* 0: that function was deleted */
	bool native;			/* built-in: its effect is recorded in photo */
	struct str events;		/* as configured, joined by blanks */
	uint32_t set;
	struct str prefix, suffix;	/* raw key bytes; absent: any */
};

int rules_replace(struct db *db, int64_t bucket, const struct rule *rules, int n);
int rules_get(struct db *db, int64_t bucket, struct arena *a, struct rule **rules, int *n);

struct str rule_qualifier(const struct rule *r);	/* version or alias in its ARN; "" for none */
/* A native rule that has removals has those of lifecycle, too: it is there for a photo to follow its original, whoever deletes that. Tags are
 * nothing to a native function. */
bool rule_matches(const struct rule *r, enum event_kind kind, struct str key);

#endif
