/* layer.h - layer versions: what a function may bring along below /opt. */
#ifndef LAMBDA_LAYER_H
#define LAMBDA_LAYER_H

#include "web/lambda/constraint.h"

#define LAYER_VERSIONS_MAX 10000	/* of all layers together */

struct layer_ref {			/* a layer version that an ARN names */
	struct str region, account, name;
	int64_t version;
};

int layer_ref_parse(struct str arn, struct layer_ref *r);	/* E_BAD_INPUT */

/* "arn:...:layer:NAME", ":VERSION" with it unless version is 0. In the arena. */
const char *layer_arn(struct lambda *l, struct str name, int64_t version);

/* Its record; E_NOT_FOUND. */
int layer_document(struct lambda *l, struct db *db, struct str name, int64_t version, const struct json_value **document);
struct str layer_record_name(struct lambda *l, struct str name, int64_t version);
int64_t layer_record_version(struct str record, struct str name);	/* the number; 0: a record of another layer */

/* What all answers say of a version, as members of the object that is open. */
void layer_write(struct lambda *l, struct json *j, struct str name, int64_t version, const struct json_value *document);

/* Of {LayerName} and {VersionNumber} in the path, for operations: a name in any form, and a number from 1 on. Collects, refuses. */
int layer_target(struct lambda *l, struct layer_ref *r);

/* layers_list.c, layers_policy.c; for the table in layers.c */
int layers_list_check(struct lambda *l);
int layers_list(struct lambda *l, struct db *db);
int layer_versions_check(struct lambda *l);
int layer_versions(struct lambda *l, struct db *db);
int layer_permit_check(struct lambda *l);
int layer_permit(struct lambda *l, struct db *db);
int layer_policy_check(struct lambda *l);
int layer_policy(struct lambda *l, struct db *db);
int layer_forbid_check(struct lambda *l);
int layer_forbid(struct lambda *l, struct db *db);

#endif
