/* function.h - functions made and changed; for the table in functions.c. */
#ifndef LAMBDA_FUNCTION_H
#define LAMBDA_FUNCTION_H

#include "web/lambda/lambda.h"

#define ALIASES_MAX 1000		/* of one function */

/* function_create.c */
int function_create_check(struct lambda *l);
void function_create(struct lambda *l);

/* function_update.c */
int function_configure_check(struct lambda *l);
int function_configure(struct lambda *l, struct db *db);

/* What every change of a version's content begins with: refuses a RevisionId that is not the document's. */
int function_revision(struct lambda *l, const struct json_value *document);

#endif
