/* param.h - the parameters of an operation against the table of what it takes (param_rules.h), in the words of CloudWatch Logs.
 *
 * A wrong JSON type is a SerializationException, broken constraints are an InvalidParameterException, told together.
 */
#ifndef WEB_LOGS_PARAM_H
#define WEB_LOGS_PARAM_H

#include "web/logs/logs.h"
#include "web/param_rules.h"

enum {
	PARAM_GROUP = PARAM_OWN,	/* a log group's name: becomes l->group */
	PARAM_GROUP_ID,			/* its name or ARN, likewise */
	PARAM_STREAM			/* a log stream's name */
};

int logs_param_check(struct logs *l, const struct param_rule *rules);

/* Those of one object inside the request; `path` is how messages name it, "logEvents.1.member". */
int logs_param_check_in(struct logs *l, const struct json_value *object, const char *path, const struct param_rule *rules);

/* "arn:aws:logs:REGION:ACCOUNT:log-group:NAME", perhaps with ":*" behind, becomes NAME; false: it is no such ARN of this account. */
bool logs_param_group_of_arn(struct logs *l, struct str arn, struct str *name);

#endif
