/* bootstrap.h - which program is executed for a recipe, by its kind of runtime (facts/04 section 2).
 *
 *   PROVIDED  /var/task/bootstrap, else /opt/bootstrap
 *   NODE      the machine's Node.js with /var/runtime/nodejs/bootstrap.cjs
 *   PYTHON    the machine's Python -S with /var/runtime/python/bootstrap.py
 *   NATIVE    a fork of process 1 that calls `symbol` of /var/task/file.so, for the handler "file.symbol"
 *
 * AWS_LAMBDA_EXEC_WRAPPER of a Node.js or Python function is executed instead, with the whole command line as its arguments.
 * Whether there is a file is looked up on the host, where packages never change: a symbolic link counts as one.
 */
#ifndef CUSTOM_BOOTSTRAP_H
#define CUSTOM_BOOTSTRAP_H

#include "base/arena.h"
#include "functions/custom.h"
#include "functions/sandbox.h"

struct bootstrap {
	const char *path;		/* inside the cage; in the arena or borrowed */
	const char *const *argv;
	bool native, wrapped;
	/* of a failure */
	const char *error_type;		/* NULL: none */
	const char *message;		/* in the arena */
};

/* `interpreter`: its path in the cage, for those that have one; "" when there is none here. */
void bootstrap_find(struct bootstrap *b, struct arena *a, const struct custom_spec *spec, const struct recipe *r, const char *interpreter);

/* The directory of a package or layer, as the recipe has it, on the host. In the arena. */
const char *bootstrap_host_path(struct arena *a, const struct custom_spec *spec, struct str path);

#endif
