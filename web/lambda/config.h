/* config.h - what the operations share that configure something about a function beside its document: policy, concurrency, asynchronous
 * invocation, URL, tags.
 */
#ifndef LAMBDA_CONFIG_H
#define LAMBDA_CONFIG_H

#include "web/lambda/constraint.h"

#define FUNCTIONS_ONLY "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. " \
	"Please specify either a function name or an unqualified function ARN."

extern const struct shape shape_action, shape_principal, shape_source_arn, shape_account, shape_organisation, shape_token, shape_destination,
	shape_url_alias, shape_taggable;

/* The version that the target's qualifier stands for, and its document. Refuses "Cannot find alias arn: ARN" or "Function not found: ARN". */
int config_version(struct lambda *l, struct db *db, const struct function_row *row, struct str *version, const struct json_value **document);
int config_no_version(struct lambda *l);	/* refuses so */

/* A text of the body, absent when it is not there or null. */
struct str config_text(const struct lambda *l, const char *member);

/* Where results and dead letters may go: another function of this account, and what failed also to the list of dead letters (call_record.h). Queues,
 * topics, buses and buckets are refused, by name. Empty is nowhere. */
int config_destination(struct lambda *l, struct db *db, struct str arn, bool failed);

#endif
