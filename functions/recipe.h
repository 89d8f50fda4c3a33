/* recipe.h - what an execution environment is made of: one version of one function, complete and unchanging.
 *
 * Counted references; loop thread. Whoever makes it fills in all fields and holds the first reference. Strings live in `memory`. Environments are
 * shared by invocations of the same recipe only; a newer one of the same function (another `key`) retires those of the older.
 */
#ifndef FUNCTIONS_RECIPE_H
#define FUNCTIONS_RECIPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

#define RECIPE_LAYERS_MAX 5

/* What runs in the environment. PROVIDED: a `bootstrap`; NODE, PYTHON: our runtime clients with the machine's interpreter;
 * NATIVE: a shared object with a handler in C. */
enum runtime_kind { RUNTIME_PROVIDED, RUNTIME_NODE, RUNTIME_PYTHON, RUNTIME_NATIVE };

struct recipe_variable {
	struct str name, value;
};

struct recipe {
	int refs;
	struct arena memory;
	struct str key;			/* function id, version and revision: "12:$LATEST:<uuid>" */
	int64_t function;		/* id */
	struct str name, version;	/* "thumb", "$LATEST" or "7" */
	struct str arn;			/* unqualified */
	struct str account, region;
	struct str runtime;		/* "python3.12" as configured */
	enum runtime_kind kind;
	struct str handler;
	int64_t memory_mb, timeout_ms, tmp_mb;
	struct str code;		/* path of the unpacked package, below the code directory; read-only */
	struct str layers[RECIPE_LAYERS_MAX];	/* likewise, in order: later ones win */
	int layer_count;
	struct recipe_variable *variables;	/* the user's */
	int variable_count;
	struct str log_group;
	bool log_json;
	struct str app_level, system_level;	/* of JSON logs: "INFO"... */
	bool outbound;			/* may reach beyond the cage's loopback */
	struct str access_key, secret_key, session_token;	/* that the function signs with */
};

struct recipe *recipe_new(void);	/* one reference, all empty */
struct recipe *recipe_ref(struct recipe *r);
void recipe_unref(struct recipe *r);	/* accepts NULL */

#endif
