#include "functions/recipe.h"

#include <stdlib.h>

#include "base/check.h"

struct recipe *recipe_new(void)
{
	struct recipe *r = calloc(1, sizeof *r);

	CHECK(r != NULL);
	r->refs = 1;
	return r;
}

struct recipe *recipe_ref(struct recipe *r)
{
	CHECK(r->refs > 0);
	r->refs++;
	return r;
}

void recipe_unref(struct recipe *r)
{
	if (!r)
		return;
	CHECK(r->refs > 0);
	if (--r->refs > 0)
		return;
	arena_clear(&r->memory);
	free(r);
}
