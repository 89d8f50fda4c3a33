/* lifecycle_rule.h - what a bucket's lifecycle configuration asks for: its document, which objects a rule is about, and when they are due.
 *
 * The document (record.h, RECORD_BUCKET_LIFECYCLE), as web/s3/lifecycle.c writes it; members that were not given are absent:
 *
 *     {"Rules":[{"Id","Enabled":true,"Outside":true (Prefix without a Filter),"And":true,"Prefix","Tags":{"name":"value"},
 *       "ObjectSizeGreaterThan","ObjectSizeLessThan","Days","Date":"2026-01-01T00:00:00Z","ExpiredObjectDeleteMarker":true,
 *       "NoncurrentDays","NewerNoncurrentVersions","DaysAfterInitiation"}]}
 *
 * docs.aws.amazon.com: "Lifecycle configuration elements", "Expiring objects": days are added to the time something began, and the result is
 * rounded to the next midnight UTC. Of several rules the one that is due first counts.
 *
 * Pure; any thread.
 */
#ifndef PIPELINE_LIFECYCLE_RULE_H
#define PIPELINE_LIFECYCLE_RULE_H

#include "base/json.h"

#define LIFECYCLE_RULES_MAX 1000	/* of a bucket, as AWS has it */
#define LIFECYCLE_DAYS_MAX INT32_MAX
#define LIFECYCLE_NEWER_MAX 100		/* NewerNoncurrentVersions */

/* Lent by the document. What is 0 or absent was not asked for. */
struct lifecycle_rule {
	struct str id, prefix;
	const struct json_value *tags;		/* NULL: whatever tags */
	int64_t greater, less;			/* bytes; -1: any size */
	int64_t days, date_ms;			/* of current objects, and of markers that hide nothing */
	bool has_date, markers;
	int64_t noncurrent_days, newer, abort_days;
};

struct lifecycle_rules {
	struct lifecycle_rule *rule;		/* those enabled */
	int count;
	bool tags;				/* one of them looks at tags */
	struct str prefix;			/* that all of them have in common */
	int64_t day_ms;
};

/* In the arena. E_BAD_INPUT: no such document. */
int lifecycle_read(struct arena *a, const struct json_value *document, int64_t day_ms, struct lifecycle_rules *out);

int64_t lifecycle_due_ms(int64_t from_ms, int64_t days, int64_t day_ms);	/* the next midnight after so many days */

/* What a rule is asked about. `tags` NULL: none. */
struct lifecycle_thing {
	struct str key;
	int64_t size;
	const struct json_value *tags;
	int64_t from_ms;			/* made, or noncurrent since, or begun */
	int64_t newer;				/* noncurrent versions of the key that are newer */
};

/* The rule by which a current object is ended first, and when; NULL: by none. */
const struct lifecycle_rule *lifecycle_first(const struct lifecycle_rules *r, const struct lifecycle_thing *t, int64_t *due_ms);

bool lifecycle_ends_object(const struct lifecycle_rules *r, const struct lifecycle_thing *t, int64_t now_ms);
bool lifecycle_ends_noncurrent(const struct lifecycle_rules *r, const struct lifecycle_thing *t, int64_t now_ms);
bool lifecycle_ends_marker(const struct lifecycle_rules *r, const struct lifecycle_thing *t, int64_t now_ms);	/* that hides nothing */
bool lifecycle_ends_upload(const struct lifecycle_rules *r, const struct lifecycle_thing *t, int64_t now_ms);

#endif
