/* param_rules.h - the parameters of a JSON operation against the table of what it takes.
 *
 * A wrong JSON type is refused at once. Broken constraints are collected (constraints.h), here and by the operation's own check. What is
 * known and not built, and what nobody knows, answers NotImplemented: never silently ignored. A null is as good as absent.
 *
 * A face brings its words, and may have kinds of its own from PARAM_OWN on, which are strings. Any thread that has the request.
 */
#ifndef WEB_PARAM_RULES_H
#define WEB_PARAM_RULES_H

#include "base/json.h"
#include "web/constraints.h"

#define PARAM_PATH_MAX 256	/* bytes of a path in messages */

enum param_kind {
	PARAM_TEXT, PARAM_ENUM, PARAM_INT, PARAM_BOOL, PARAM_MAP, PARAM_LIST,
	PARAM_IGNORED,		/* has no meaning any more */
	PARAM_ABSENT,		/* known, not built: refused when it is there */
	PARAM_OFF,		/* a switch that is not built: refused unless it is false */
	PARAM_OWN
};

struct param_rule {
	const char *name;	/* NULL ends a table */
	int kind;		/* enum param_kind, or PARAM_OWN and more */
	bool required;
	int64_t min, max;	/* PARAM_INT; of a list or map the count; of a text its characters. max 0: none */
	const char *values;	/* PARAM_ENUM: all there are, as messages list them */
	const char *built;	/* of these, those that are built; NULL: all */
};

/* All refusals return negative. `owner` is the check's. */
struct param_face {
	/* A value of one of its own kinds; its constraints go to `k`. */
	int (*own)(void *owner, struct constraints *k, const struct param_rule *p, struct str value, const char *path);
	/* Refuses: it is not of its kind. A number comes when it is not a whole one. */
	int (*mistyped)(void *owner, const struct param_rule *p, const struct json_value *v);
	/* Refuses: "SUBJECT NAME is not implemented". */
	int (*not_built)(void *owner, const char *subject, struct str name);
	/* A list or map as constraints show it. */
	struct str (*shown)(void *owner, const struct json_value *v);
};

struct param_check {
	const struct param_face *face;
	void *owner;
	struct constraints *broken;
};

/* The members of `object`; `path` is how messages name it, "keySchema.1.member", or "". 0 although constraints may be broken. */
int param_rules_check(const struct param_check *k, const struct json_value *object, const char *path, const struct param_rule *rules);

/* The value of a parameter, or NULL when it is absent or null. */
const struct json_value *param_get(const struct json_value *object, const char *name);

#endif
