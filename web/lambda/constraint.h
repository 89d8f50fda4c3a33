/* constraint.h - what the service model says about members. Those that are broken are collected in l->constraints (web/constraints.h).
 *
 * Members are rows of a table; those the table does not name are ignored, as AWS does. A member of the wrong JSON type is a
 * SerializationException at once, and so is a number beyond 32 bits: all of the model's are Java's Integer. Values longer than
 * CONSTRAINT_VALUE_MAX are cut where they are quoted.
 */
#ifndef LAMBDA_CONSTRAINT_H
#define LAMBDA_CONSTRAINT_H

#include "web/lambda/lambda.h"

#define CONSTRAINT_VALUE_MAX 4096

/* TEXTS: a list of texts. MAP: of texts. OBJECT: `inner` says of what. ANY: only that it is there. */
enum member_kind { MEMBER_TEXT, MEMBER_INT, MEMBER_BOOL, MEMBER_TEXTS, MEMBER_MAP, MEMBER_OBJECT, MEMBER_LIST, MEMBER_ANY };

/* A pattern: as it is printed, and whether a text has it. In shape.c, as are those of other rooms. */
struct shape {
	const char *pattern;
	bool (*fits)(struct str s);
};
#define LAMBDA_REGION_PATTERN "(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}"
#define LAYER_ARN_PATTERN "(arn:(aws[a-zA-Z-]*)?:lambda:" LAMBDA_REGION_PATTERN ":\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)" \
	"|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)"
extern const struct shape shape_function, shape_qualifier, shape_alias, shape_role, shape_word, shape_digits, shape_handler, shape_layer_arn,
	shape_layer;

struct member {
	const char *name;		/* in the body: "MemorySize"; NULL ends a table */
	enum member_kind kind;
	bool required;
	int64_t min, max;		/* of an INT the value, of a TEXT the length, of TEXTS, MAP and LIST the count; max 0: none */
	const struct shape *shape;	/* of a TEXT, or of each of TEXTS; NULL: any */
	const char *values;		/* likewise: all there are, as messages list them: "[a, b]"; NULL: any */
	const char *each;		/* TEXTS: what a message says of an element that does not do; NULL: as of a TEXT */
	const struct member *inner;	/* OBJECT */
};

/* `prefix`: of the path, "" or "routingConfig."; object NULL: none of them is there. */
void constrain_members(struct lambda *l, const struct json_value *object, const char *prefix, const struct member *rows);

/* One broken constraint: `text` is all that it says. */
#define CONSTRAINT_MISSING "Member must not be null"
void constrain_broken(struct lambda *l, const char *path, struct str value, const char *text);
void constrain_map(struct lambda *l, const char *path, const struct json_value *map, const char *what);	/* what of its keys or values is */

/* Of a text that does not stand in the body: a parameter of the query, a name in the path. */
void constrain_text(struct lambda *l, const char *path, struct str value, int64_t min, int64_t max, const struct shape *shape);
/* Of a whole number there; absent, or one that is none: `otherwise`. */
int64_t constrain_int(struct lambda *l, const char *path, struct str value, int64_t min, int64_t max, int64_t otherwise);
void constrain_enum(struct lambda *l, const char *path, struct str value, const char *values);

int constrain_end(struct lambda *l);	/* refuses when any is broken */

#endif
