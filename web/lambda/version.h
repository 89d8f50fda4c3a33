/* version.h - published versions: what $LATEST was at that moment, under a number that is never given again. */
#ifndef LAMBDA_VERSION_H
#define LAMBDA_VERSION_H

#include "web/lambda/lambda.h"

#define VERSIONS_MAX 10000		/* of one function */

struct version {
	struct str number;
	const struct json_value *document;
};

/* In a change. When neither code nor configuration of $LATEST changed since the last one, that is given, and nothing is made.
 * `description` absent: as $LATEST has it. */
int version_publish(struct lambda *l, struct db *db, const struct function_row *row, struct str description, struct version *v);

/* In a change: what hangs on that version or alias. */
int qualifier_drop(struct db *db, struct arena *a, int64_t function, struct str qualifier);

#endif
