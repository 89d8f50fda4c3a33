/* configuration.h - what CreateFunction and UpdateFunctionConfiguration say of a function, and the document that comes of it.
 *
 * A document has every member that AWS gives a default, in one order, so that two that mean the same are the same text but for RevisionId and
 * LastModified. A request changes the members it has; what `before` had and nobody here knows is kept.
 *
 * Network: functions have no way out, except those whose VpcConfig names the subnet SUBNET_OUTBOUND: "Network":"outbound". AWS too gives and
 * takes the way out by subnets, every client can say it, and it belongs to the version. Other subnets mean nothing here.
 */
#ifndef LAMBDA_CONFIGURATION_H
#define LAMBDA_CONFIGURATION_H

#include "web/lambda/constraint.h"

#define LAYERS_MAX 5
#define ENVIRONMENT_MAX 4096		/* bytes of the variables as JSON */
#define MEMORY_MAX_MB 10240
#define TAGS_MAX 50
#define SUBNET_OUTBOUND "subnet-outbound"

struct code;

extern const struct member create_members[], update_members[];

/* Of the body alone, after its constraints; on whatever thread checks. */
int configuration_check(struct lambda *l);

struct configuration {
	struct str name;		/* of the function */
	const struct json_value *before;	/* document, or NULL: it is new */
	const struct code *code;	/* that it gets, or NULL: as before */
};

/* Looks its layers up and writes the document into `to`. Refuses layers that do not do, and more code than a function may have. */
int configuration_write(struct lambda *l, struct db *db, const struct configuration *c, struct buf *to);

/* environment.c: variables that may not be. */
int environment_check(struct lambda *l, const struct json_value *variables);
void environment_constraints(struct lambda *l, const struct json_value *environment);

/* tags.c: how many, and how long; of a request that creates, or tags. */
int tags_check(struct lambda *l, const struct json_value *tags);

/* layer_use.c: "Layers" of a document, from the ARNs of a request; and the unpacked bytes of all. */
int layers_check(struct lambda *l, const struct json_value *arns);
int layers_write(struct lambda *l, struct db *db, const struct json_value *arns, struct json *j, int64_t *bytes);

#endif
