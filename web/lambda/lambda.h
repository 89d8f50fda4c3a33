/* lambda.h - one request to the Lambda API (REST-JSON), from its path to its answer. facts/01 section 1 and facts/05 are the reference.
 *
 *     serve --> path and method find the operation --> room --> whole body --> signature --> JSON --> op->check (loop)
 *           --> op->run (a lane, or the writer when it writes) --> catalog_changed, op->after (loop) --> answer
 *           or --> op->serve (loop): those that do something else, as Invoke
 *
 * An operation is a row of a table, one table for each file of operations, ended by {0}; operation.c lists the tables. A row: method,
 * path with {names}, status of success, how it runs. A path may end in "?name=value", which the query must then have; such rows come before
 * that with the path alone. Any step refuses by `return lambda_refuse(l, LAMBDA_..., "...")`; what a refused change did is undone.
 *
 * Constraints that the model has ("1 validation error detected") are collected by constraint.h and refused together, before anything else:
 * `check` first collects those of the body (constrain_members), then says `if ((rc = lambda_target(l)) < 0) return rc;`, which adds those of
 * {FunctionName} and Qualifier, refuses what was collected, and reads the target; then it looks at the rest. When `check` is NULL or
 * has not asked for the target, the framework does. A body that is large is parsed and checked on a lane, so `check` looks at the
 * request and at settings, and at nothing else.
 *
 * The writer may apply a change again, so `run` starts from scratch each time: `out` is emptied before.
 *
 * A struct lambda lives until the request is over and nobody works for it any more; all that the work needs is in `arena`, or in
 * `bytes`, its own; `call` is NULL once the request is over.
 */
#ifndef LAMBDA_LAMBDA_H
#define LAMBDA_LAMBDA_H

#include "base/digest.h"
#include "base/json.h"
#include "pipeline/catalog.h"
#include "pipeline/errand.h"
#include "storage/function.h"
#include "storage/record.h"
#include "web/constraints.h"
#include "web/params.h"
#include "web/routes.h"

#define LAMBDA_REQUEST_MAX 70167211	/* bytes of a request that may bring code */
#define LAMBDA_LARGE (256 << 10)	/* bytes of a body that is parsed on a lane; its values are few (LAMBDA_VALUES_MAX) */
#define LAMBDA_BODY_MAX (6 << 20)	/* of others */
#define LAMBDA_VALUES_MAX 50000		/* JSON values in either */
#define LAMBDA_PATH_NAMES 3
#define LAMBDA_ID 37

/* X(name, exception, status, key): key is the member that has the text, 'M'essage or 'm'essage; upper case 'F': of the framework, "message" without Type */
#define LAMBDA_ERRORS(X) \
	X(LAMBDA_NOT_FOUND,        "ResourceNotFoundException",        404, 'M') \
	X(LAMBDA_CONFLICT,         "ResourceConflictException",        409, 'm') \
	X(LAMBDA_BAD_PARAMETER,    "InvalidParameterValueException",   400, 'm') \
	X(LAMBDA_BAD_CONTENT,      "InvalidRequestContentException",   400, 'm') \
	X(LAMBDA_VALIDATION,       "ValidationException",              400, 'F') \
	X(LAMBDA_SERIALIZATION,    "SerializationException",           400, 'F') \
	X(LAMBDA_PRECONDITION,     "PreconditionFailedException",      412, 'm') \
	X(LAMBDA_TOO_MANY,         "TooManyRequestsException",         429, 'm') \
	X(LAMBDA_TOO_LARGE,        "RequestEntityTooLargeException",   413, 'F') \
	X(LAMBDA_POLICY_LENGTH,    "PolicyLengthExceededException",    400, 'm') \
	X(LAMBDA_CODE_STORAGE,     "CodeStorageExceededException",     400, 'm') \
	X(LAMBDA_NO_PROVISIONED,   "ProvisionedConcurrencyConfigNotFoundException", 404, 'm') \
	X(LAMBDA_RECURSION,        "RecursiveInvocationException",     400, 'M') \
	X(LAMBDA_ACCESS_DENIED,    "AccessDeniedException",            403, 'X') \
	X(LAMBDA_NO_SIGNATURE,     "MissingAuthenticationTokenException", 403, 'F') \
	X(LAMBDA_BAD_SIGNATURE,    "InvalidSignatureException",        403, 'F') \
	X(LAMBDA_INCOMPLETE,       "IncompleteSignatureException",     400, 'F') \
	X(LAMBDA_UNKNOWN_KEY,      "UnrecognizedClientException",      403, 'F') \
	X(LAMBDA_UNKNOWN_PATH,     "UnknownOperationException",        404, 'F') \
	X(LAMBDA_NOT_IMPLEMENTED,  "NotImplemented",                   501, 'F') \
	X(LAMBDA_NOT_READY,        "ResourceNotReadyException",        502, 'm') \
	X(LAMBDA_SERVICE,          "ServiceException",                 500, 'M')

#define X(name, exception, status, key) name,
enum lambda_code { LAMBDA_ERRORS(X) LAMBDA_CODES };
#undef X

struct lambda;

enum lambda_kind { LAMBDA_READS, LAMBDA_WRITES, LAMBDA_FREES, LAMBDA_SERVES };	/* FREES: let through when space is short */

struct lambda_operation {
	const char *name;			/* as IAM's actions have it, InvokeFunction for Invoke; NULL ends a table */
	const char *method, *path;		/* "/2015-03-31/functions/{FunctionName}/aliases/{Name}" */
	int status;				/* of success */
	enum lambda_kind kind;
	size_t body_max;			/* bytes; 0: LAMBDA_BODY_MAX */
	int (*check)(struct lambda *l);		/* NULL: nothing to check */
	int (*run)(struct lambda *l, struct db *db);	/* NULL when it SERVES, or is not built */
	void (*serve)(struct lambda *l);	/* instead of run */
	void (*after)(struct lambda *l);	/* on the loop when all went well, before the answer; NULL: nothing to do */
};

/* A function as the client named it: "name", "name:qualifier", "account:function:name", an ARN; with ?Qualifier=. facts/05 section 13. */
struct lambda_target {
	struct str name, qualifier;	/* qualifier absent: none was given */
	bool latest;			/* "$LATEST" was said */
};

struct lambda {
	struct minilab *m;
	struct call *call;		/* NULL: the request is over */
	struct room *room;
	struct room_guest guest, work;	/* for the body, and for what it is parsed into */
	struct arena arena;
	bool sandbox, way_out;		/* functions with code of their own can run here; and reach the network, if they may. As it was when
					 * the request came: the pool is the loop's, and answers are written by any thread */
	const char *origin;		/* "http://HOST" as the client named this house, for links; in arena */
	char id[LAMBDA_ID];		/* x-amzn-RequestId: a UUID that begins as the log's req= */
	const struct lambda_operation *op;	/* NULL: there is none at that path */
	bool known_path;		/* then: but with another method there is */
	struct str path[LAMBDA_PATH_NAMES];	/* what stood for {names}, decoded, in their order */
	struct params params;
	struct buf bytes;		/* owned: the body as sent */
	struct digest digest;		/* of it, while it comes */
	struct str raw;			/* likewise, when it is there */
	const struct json_value *body;	/* an object, whose strings may be parts of `bytes`; NULL: no body, or op SERVES and looks at raw */
	struct lambda_target target;	/* of {FunctionName}; name absent: not read yet */
	struct buf out;			/* the answer */
	enum lambda_code code;		/* of a refusal */
	const char *message;		/* likewise; NULL: not refused. In arena */
	const char *reason;		/* of TooManyRequestsException, or NULL */
	struct constraints constraints;	/* that are broken (constraint.h) */
	void *state;			/* the operation's own, in the arena */
	int64_t changed;		/* function id for catalog_changed, set by run; 0: none */
	bool gone;			/* it was deleted */
	struct errand errand;
	int (*run)(struct lambda *l, struct db *db);
	void (*then)(struct lambda *l, int rc);
	bool busy;
};

/* Notes why this request is refused; the first reason stays. Always E_BAD_INPUT. */
int lambda_refuse(struct lambda *l, enum lambda_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int lambda_refuse_rc(struct lambda *l, int rc);
int lambda_refuse_auth(struct lambda *l, const struct auth *a);	/* when its signature does not do */

/* Operations that SERVE end with it, as the others do: `rc` of the last step, refused or 0. On the loop; `call` may be NULL. */
void lambda_finish(struct lambda *l, int rc);

/* Work that neither lane nor writer does: from lambda_work to lambda_rest, on the loop, the struct stays, whoever leaves. Not after the latter. */
void lambda_work(struct lambda *l);
void lambda_rest(struct lambda *l);

/* For operations of several steps: a read on a lane, a change by the writer; `then` on the loop. */
void lambda_run(struct lambda *l, int (*run)(struct lambda *l, struct db *db), void (*then)(struct lambda *l, int rc));
void lambda_commit(struct lambda *l, int (*run)(struct lambda *l, struct db *db), void (*then)(struct lambda *l, int rc));

void lambda_answer(struct lambda *l);		/* `out` with op->status */
void lambda_answer_refusal(struct lambda *l);
void lambda_answer_bad(struct call *c, int status, const char *why);	/* the HTTP server's refusals */
struct http_request *lambda_begin(struct lambda *l, int status, const char *type);	/* with the headers all answers have */

/* target.c. Refuses what was collected so far and what facts/05 section 13 refuses. Does nothing when there is no {FunctionName} or it was done. */
int lambda_target(struct lambda *l);
int lambda_target_of(struct lambda *l, struct str text, size_t max);		/* of a name that stands elsewhere; `max`: its length */
const char *lambda_arn(struct lambda *l, struct str name, struct str qualifier);	/* in the arena; qualifier absent: unqualified */
int lambda_no_function(struct lambda *l, struct str qualifier);			/* refuses "Function not found: ARN" */
/* Of the target; they refuse when there is none. */
int lambda_function(struct lambda *l, struct db *db, struct function_row *row);
int lambda_function_document(struct lambda *l, struct db *db, struct function_row *row, struct str *version, const struct json_value **document);
bool lambda_is_number(struct str qualifier);					/* a version's, else an alias or $LATEST */

/* body.c: takes the whole body into `bytes`, then calls. Once; not when the client left. */
void lambda_take_body(struct lambda *l, void (*taken)(struct lambda *l, int rc));
void lambda_leave_room(struct lambda *l);

/* document.c: the function document of a row or version of it ($LATEST, number, or what an alias points to). E_NOT_FOUND. */
int lambda_document(struct lambda *l, struct db *db, const struct function_row *row, struct str qualifier, struct str *version,
		    const struct json_value **document);
struct str lambda_version_name(struct lambda *l, int64_t number);	/* of its record: "0000000007" */

/* What AWS says of the state at that moment. Here a function is ready when the answer that tells of it goes out, and says so when it is
 * asked again: with another RevisionId, as on AWS. What cannot run in this house is Failed, and what has less than it asked for has a StateReason. */
enum lambda_shown { LAMBDA_LISTED, LAMBDA_SETTLED, LAMBDA_CREATED, LAMBDA_UPDATED, LAMBDA_PUBLISHED };

/* FunctionConfiguration as members of the object that is open in `j`. */
void lambda_write_configuration(struct lambda *l, struct json *j, const struct json_value *document, struct str name, struct str version,
				struct str qualifier, enum lambda_shown shown);

/* record.c: RECORD_FUNCTION. Read: an empty object when there is none. Set: one member replaced by that JSON, or taken away (absent). */
int lambda_record(struct lambda *l, struct db *db, int64_t function, const struct json_value **record);
int lambda_record_set(struct lambda *l, struct db *db, int64_t function, const char *member, struct str json);

/* operation.c: fills in op, path and known_path. E_BAD_INPUT: a path with a bad escape. */
int lambda_find(struct lambda *l, struct str method, struct str path);
/* one table per file of operations: functions.c, code.c, versions.c, aliases.c, layers.c, policy.c, concurrency.c, provisioned.c, async.c, url.c, tags.c, account.c, invoke.c, stream.c */
extern const struct lambda_operation lambda_functions[], lambda_code_ops[], lambda_versions[], lambda_aliases[], lambda_layers[], lambda_policies[],
	lambda_concurrency[], lambda_provisioned[], lambda_async[], lambda_urls[], lambda_tags[], lambda_account[], lambda_invokes[], lambda_streams[],
	lambda_runtime_management[];

#endif
