/* variables.h - the environment variables of processes in a custom cage, as AWS sets them (facts/04 section 6).
 *
 * Three kinds, and who wins: what AWS calls reserved is ours alone; other variables of ours give way to the user's of the same name;
 * the user's come as they are. Names that the registry would not have taken are left out. Extensions get fewer of ours.
 */
#ifndef CUSTOM_VARIABLES_H
#define CUSTOM_VARIABLES_H

#include "base/arena.h"
#include "functions/recipe.h"

struct variables_spec {
	const struct recipe *recipe;
	const char *stream;		/* of the log */
	bool provisioned;
	bool extension;			/* for one, not for the runtime */
	int log_fd;			/* descriptor of frames in the process; -1: none */
};

/* "NAME=value" each and NULL at the end, for execve; all in the arena but the recipe's own. */
const char *const *variables_make(struct arena *a, const struct variables_spec *s);

/* The user's of that name; absent: not set. */
struct str variables_user(const struct recipe *r, struct str name);

bool variables_managed(enum runtime_kind kind);	/* a runtime that AWS would bring: Node.js and Python */

#endif
