/* catalog.h - the functions there are, ready to run: the registry's rows and records (storage/function.h, storage/record.h) read once, kept
 * while they are used, and read anew when they change.
 *
 * A function document (its row for $LATEST, RECORD_VERSION for published versions) is JSON with the names of AWS's FunctionConfiguration:
 *
 *   {"Runtime":"python3.12","Handler":"m.f","Role":"arn...","Description":"","Timeout":3,"MemorySize":128,"EphemeralStorage":{"Size":512},
 *    "Environment":{"Variables":{...}},"Layers":[{"Arn","CodeSize","Package"}],"DeadLetterConfig":{"TargetArn"},"LoggingConfig":{"LogFormat","LogGroup",
 *    "ApplicationLogLevel","SystemLogLevel"},"TracingConfig":{"Mode"},"Architectures":["x86_64"],"PackageType":"Zip","CodeSize":n,"CodeSha256":"base64",
 *    "Package":"64 hex","LastModified":"2026-11-24T10:00:00.000+0000","RevisionId":"uuid","Network":"none"}
 *
 * Members may be absent; unknown ones are kept and ignored. "Network": "none" or "outbound". The built-in function has Runtime
 * "minilab.builtin", Handler "thumbnail" and no Package; its journey is job.h, all others' call_job.h.
 *
 * All on the loop, lookups that miss go by a lane. What is handed out is counted and lives until given back.
 */
#ifndef PIPELINE_CATALOG_H
#define PIPELINE_CATALOG_H

#include "functions/recipe.h"
#include "pipeline/minilab.h"
#include "pipeline/registry.h"

#define CATALOG_MAX 1024		/* versions kept; those not used the longest go first */
#define QUALIFIER_MAX 128
#define CATALOG_PROVISIONED_MAX 100	/* provisioned concurrency configs of one function */
#define CATALOG_AGE_MAX_S 21600		/* that an asynchronous invocation waits, unless configured */

struct catalog;

/* What is of a function, whatever its version. Lives while something of it is referenced. */
struct catalog_function {
	int64_t id;
	char name[FUNCTION_NAME_MAX + 1];
	bool builtin;
	int64_t reserved;		/* -1: none */
	bool recursion_allowed;
};

struct catalog_version {
	int refs;
	struct catalog_function *of;
	char version[24];		/* "$LATEST" or a number */
	struct recipe *recipe;		/* NULL: built in */
	struct function builtin;	/* when it is */
	int64_t timeout_ms, memory_mb;
	struct str dead_letter;		/* ARN or absent */
	struct str log_group;
	bool ready;			/* its code is unpacked where it can be run */
	int64_t provisioned, provisioned_running;	/* concurrency kept for it; invocations that have some of it */
};

/* How asynchronous invocations by that qualifier are tried and where their results go. */
struct catalog_async {
	int retries;			/* 0..2 */
	int64_t age_s;
	char on_success[256], on_failure[256];	/* ARNs, "" for none */
};

struct catalog_query {			/* the caller's until done */
	/* in */
	struct str name, qualifier;	/* qualifier absent: $LATEST. Lent until done */
	int64_t id;			/* instead of the name, when > 0 */
	void (*done)(struct catalog_query *q);
	/* out */
	int rc;				/* E_NOT_FOUND: no such function, or version or alias of it */
	struct catalog_version *version;	/* the caller's reference; an alias with weights was decided by lot */
	struct catalog_async async;
	/* the catalog's */
	struct catalog *catalog;
	struct catalog_query *next;
};

/* After lanes, concurrency and meter; before the custom pool, which is told where the code is. Blocking. */
int catalog_open(struct catalog **out, struct minilab *m);
void catalog_close(struct catalog *c, void (*closed)(void *owner), void *owner);	/* when all that was handed out is back */

/* 0: q is filled in already and done is not called; 1: done comes later. */
int catalog_find(struct catalog *c, struct catalog_query *q);
void catalog_give(struct catalog_version *v);
struct catalog_version *catalog_ref(struct catalog_version *v);

/* After a commit that changed anything of that function: forgets what it read, retires environments of $LATEST that are
 * of an older revision (custom_retire), brings the provisioned ones to what is asked. `gone`: it was deleted. */
void catalog_changed(struct catalog *c, int64_t function, bool gone);

/* Where packages are unpacked, and the program that does it (unpack.h). Any thread. */
const char *catalog_code_dir(const struct catalog *c);
const char *catalog_unpacker(const struct catalog *c);

/* Removes what was unpacked and is neither a kept package's (package.h) nor used by anything that runs or may run. */
void catalog_clean(struct catalog *c);

#endif
