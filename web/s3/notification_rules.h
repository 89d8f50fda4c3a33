/* notification_rules.h - a bucket's notification configuration as a document, and what is wrong with one.
 *
 * Two rules conflict when they share an event and a key could match both: S3 delivers an event to one
 * destination only. Filter values are written as keys are in events (a blank is '+'); rules hold the key's bytes.
 */
#ifndef S3_NOTIFICATION_RULES_H
#define S3_NOTIFICATION_RULES_H

#include "base/buf.h"
#include "storage/function.h"
#include "web/s3/s3.h"

#define RULE_EVENTS_MAX 20

struct rules {
	struct rule rule[RULES_MAX];
	struct str function[RULES_MAX];	/* name in the rule's ARN */
	int count;
};

/* 0, or refused. Function ids are not filled in. */
int rules_read(struct s3 *s, struct str document, struct rules *to);
void rules_write(struct buf *to, const struct rule *rules, int n);

bool rules_overlap(const struct rule *a, const struct rule *b);

/* arn:aws:lambda:REGION:ACCOUNT:function:NAME, the parts borrowed. False if it is none. */
struct arn {
	struct str region, account, name, qualifier;
};
bool arn_read(struct str text, struct arn *to);

#endif
