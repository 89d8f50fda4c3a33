/* policy_parts.h - what deciding and checking of policies share: actions and conditions. For web/policy*.c alone. */
#ifndef WEB_POLICY_PARTS_H
#define WEB_POLICY_PARTS_H

#include "web/policy.h"

#define POLICY_ARN "arn:aws:s3:::"

/* policy_action.c. Patterns of actions, "s3:Get*". */
enum policy_level { LEVEL_BUCKET = 1, LEVEL_OBJECT = 2 };
int policy_levels(struct str pattern);		/* of all actions that it means; 0: it means none */
bool policy_can_open(struct str action);	/* anybody can be allowed to do it, or it is a pattern */

/* policy_condition.c. An operator on a key, NULL if that is not understood. */
struct policy_test;
const struct policy_test *policy_test_find(struct str op, struct str key);
bool policy_test_takes(const struct policy_test *t, const struct json_value *value);	/* one value that it can compare with */
bool policy_test_is_prefix(const struct policy_test *t);
/* `values`: one, or a list of which one is enough. What cannot be told about the request counts against it: as `denies` is. */
bool policy_test_fits(const struct policy_test *t, const struct json_value *values, const struct policy_request *q, bool denies);
bool policy_test_narrows(const struct policy_test *t, const struct json_value *values);	/* to so few addresses that it is not public */

bool policy_means_anybody(const struct json_value *principal);	/* policy.c */

/* A text, or a list: the first value, and the one after. */
static inline const struct json_value *policy_first(const struct json_value *v)
{
	return v && v->kind == JSON_ARRAY ? v->first : v;
}

static inline const struct json_value *policy_next(const struct json_value *list, const struct json_value *at)
{
	return list->kind == JSON_ARRAY ? at->next : NULL;
}

#define POLICY_EACH(v, list) for (const struct json_value *v = policy_first(list); v; v = policy_next(list, v))

#endif
