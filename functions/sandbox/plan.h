/* plan.h - what one cage is made of, as the daemon's first message tells it. */
#ifndef SANDBOX_PLAN_H
#define SANDBOX_PLAN_H

#include "functions/recipe.h"
#include "functions/sandbox/tree.h"
#include "functions/sandbox_wire.h"

struct plan {			/* texts lie in the message; names are below the directories of the tree, "" for none */
	struct sandbox_wire_plan limits;
	const char *code, *runtime;
	int lang;			/* index of tree.langs, -1: none */
	const char *layers[RECIPE_LAYERS_MAX + 1];
};

/* E_BAD_INPUT for a message that is not one, or names what is not below its directory. */
int plan_read(struct plan *p, const struct wire_message *m, const struct tree *t);

#endif
