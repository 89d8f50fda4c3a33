/* iam.h - one request to the IAM or STS face (query protocol: a form with Action and Version, answers in XML), from its body to its answer.
 * facts/10 parts C, D and H are the reference.
 *
 *     serve --> room for the body --> whole body --> form --> signature --> operation --> parameters --> op->check (loop)
 *           --> op->run (a lane, or the writer when it writes) --> answer
 *
 * Roles and policies are accepted, checked, kept and shown. Nothing is refused to anybody because of them yet: every signed request is the
 * root user's, and functions may do what the root user may. Users, groups, access keys and sessions are not there; what asks for them is
 * told NotImplemented, or that there is none.
 *
 * An operation is a row of the table in operation.c: the parameters it needs and takes, `check`, which looks at the request alone, and
 * `run`, which looks at the data and writes its result into `xml`. Both refuse by `return iam_refuse(i, IAM_..., "...")`; what a refused
 * change did is undone.
 *
 * A struct iam lives until the request is over and nobody works for it any more; all that the work needs is in `arena`, its own;
 * `call` is NULL once the request is over.
 */
#ifndef IAM_IAM_H
#define IAM_IAM_H

#include "base/xml.h"
#include "storage/record.h"
#include "web/iam/error.h"
#include "pipeline/errand.h"
#include "web/constraints.h"
#include "web/routes.h"
#include "web/whole.h"

#define IAM_BODY_MAX (256 << 10)	/* bytes of a form: a document is three times as long in it */
#define IAM_PAGE_BYTES (1 << 20)	/* of one page of a list; the rest is on the next */
#define IAM_FIELDS_MAX 160		/* of a form: 50 tags have 100 */
#define IAM_TAGS_MAX 50
#define IAM_ID 21			/* "AROA" and 17 letters or digits */

struct iam;

/* X(name, as in the form, as in messages, kind, least, most): lengths, or of numbers the values */
#define IAM_PARAMS(X) \
	X(ROLE_NAME,       "RoleName",                 "roleName",                 NAME,   1, 64) \
	X(POLICY_NAME,     "PolicyName",               "policyName",               NAME,   1, 128) \
	X(USER_NAME,       "UserName",                 "userName",                 NAME,   1, 128) \
	X(POLICY_ARN,      "PolicyArn",                "policyArn",                TEXT,   1, 2048) \
	X(POLICY_DOCUMENT, "PolicyDocument",           "policyDocument",           TEXT,   1, 131072) \
	X(TRUST_DOCUMENT,  "AssumeRolePolicyDocument", "assumeRolePolicyDocument", TEXT,   1, 131072) \
	X(PATH,            "Path",                     "path",                     PATH,   1, 512) \
	X(PATH_PREFIX,     "PathPrefix",               "pathPrefix",               PREFIX, 1, 512) \
	X(DESCRIPTION,     "Description",              "description",              TEXT,   0, 1000) \
	X(MAX_SESSION,     "MaxSessionDuration",       "maxSessionDuration",       NUMBER, 3600, 43200) \
	X(BOUNDARY,        "PermissionsBoundary",      "permissionsBoundary",      TEXT,   20, 2048) \
	X(MARKER,          "Marker",                   "marker",                   TEXT,   1, 320) \
	X(MAX_ITEMS,       "MaxItems",                 "maxItems",                 NUMBER, 1, 1000) \
	X(VERSION_ID,      "VersionId",                "versionId",                TEXT,   1, 32) \
	X(SET_DEFAULT,     "SetAsDefault",             "setAsDefault",             BOOL,   0, 0) \
	X(SCOPE,           "Scope",                    "scope",                    SCOPE,  0, 0) \
	X(ONLY_ATTACHED,   "OnlyAttached",             "onlyAttached",             BOOL,   0, 0) \
	X(USAGE,           "PolicyUsageFilter",        "policyUsageFilter",        USAGE,  0, 0) \
	X(TAGS,            "Tags.member.",             "tags",                     TAGS,   0, 0) \
	X(TAG_KEYS,        "TagKeys.member.",          "tagKeys",                  TAGS,   0, 0)

#define X(name, form, message, kind, min, max) PARAM_##name,
enum iam_param { IAM_PARAMS(X) PARAMS_OF_IAM };
#undef X

struct named {				/* a tag, an inline policy */
	struct str name, value;
};

struct iam_form {
	struct named field[IAM_FIELDS_MAX];
	int count;
};

struct iam_operation {
	const char *name;
	uint32_t needs, takes;			/* bit per parameter; `takes` besides `needs` */
	enum errand_kind kind;			/* what takes something away FREES */
	bool result;				/* its answer has an element NAMEResult */
	int (*check)(struct iam *i);		/* NULL: nothing but the parameters */
	int (*run)(struct iam *i, struct db *db);	/* NULL: not built */
};

struct iam_service {
	const char *name, *version, *xmlns;
	const struct iam_operation *operations;	/* ended by a row without name */
};

struct iam {
	struct minilab *m;
	struct call *call;			/* NULL: the request is over */
	struct room *room;
	struct whole whole;
	struct arena arena;
	const struct iam_service *service;
	const struct iam_operation *op;
	struct str action, version;
	struct str param[PARAMS_OF_IAM];	/* absent: not given */
	struct named tags[IAM_TAGS_MAX];
	int tag_count;
	struct str tag_keys[IAM_TAGS_MAX];
	int tag_key_count;
	char id[IAM_ID + 1];			/* for what is made: fresh, prefix still missing */
	int64_t now_ms;
	const char *request_id;
	struct buf out;				/* owned; the answer */
	struct xml xml;				/* into `out` */
	struct refusal fault;
	struct constraints constraints;		/* that are broken */
	struct errand errand;
	bool busy;				/* a lane or the writer has it */
};

/* Notes why this request is refused; the first reason stays. Always returns E_BAD_INPUT. Any thread that has `i`. */
int iam_refuse(struct iam *i, enum iam_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int iam_refuse_rc(struct iam *i, int rc);
int iam_refuse_auth(struct iam *i, const struct auth *a);	/* when its signature does not do */

/* form.c */
int form_read(struct iam *i, struct str text, struct iam_form *form);	/* action, version; all others into `form` */
/* The fields against what the operation needs and takes. Unknown ones are NotImplemented, never silently ignored. */
int form_check(struct iam *i, const struct iam_form *form);
bool param_true(const struct iam *i, enum iam_param p);

/* reply.c */
void iam_answer(struct iam *i);
void iam_answer_fault(struct iam *i);
void iam_answer_refusal(struct call *c, int status, const char *why);

extern const struct iam_service iam_service_iam, iam_service_sts;

#endif
