/* param.h - the parameters of an operation against the table of what it takes.
 *
 * Wrong JSON types are SerializationException at once. Broken constraints are collected and told together, as AWS's framework does. What is
 * known and not built, and what nobody knows, answers NotImplemented: never silently ignored. A null is as good as absent.
 */
#ifndef WEB_LOGS_PARAM_H
#define WEB_LOGS_PARAM_H

#include "web/logs/logs.h"

enum param_kind {
	PARAM_GROUP,		/* a log group's name: becomes l->group */
	PARAM_GROUP_ID,		/* its name or ARN, likewise */
	PARAM_STREAM,		/* a log stream's name */
	PARAM_TEXT, PARAM_ENUM, PARAM_INT, PARAM_BOOL, PARAM_MAP, PARAM_LIST,
	PARAM_IGNORED,		/* has no meaning any more */
	PARAM_ABSENT		/* known, not built: refused when it is there, unless it is false */
};

struct param_rule {
	const char *name;
	enum param_kind kind;
	bool required;
	int64_t min, max;	/* PARAM_INT; of a list or map the count; of a text the length. max 0: none */
	const char *values;	/* PARAM_ENUM: all there are, as messages list them */
	const char *built;	/* of these, those that are built; NULL: all */
};

int logs_param_check(struct logs *l, const struct param_rule *rules);

/* Those of one object inside the request; `path` is how messages name it, "logEvents.1.member". */
int logs_param_check_in(struct logs *l, const struct json_value *object, const char *path, const struct param_rule *rules);

/* The value of a parameter, or NULL when it is absent or null. */
const struct json_value *logs_param_get(const struct json_value *object, const char *name);

/* "arn:aws:logs:REGION:ACCOUNT:log-group:NAME", perhaps with ":*" behind, becomes NAME; false: it is no such ARN of this account. */
bool logs_param_group_of_arn(struct logs *l, struct str arn, struct str *name);

#endif
