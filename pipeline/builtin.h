/* builtin.h - the document of the built-in function (registry.h), as a CreateFunction request would have made it. Blocking; before the
 * port opens. */
#ifndef PIPELINE_BUILTIN_H
#define PIPELINE_BUILTIN_H

#include "base/buf.h"
#include "storage/store.h"

struct builtin_spec {
	const char *account;
	int64_t memory_mb, timeout_s;
	struct str variables;		/* a JSON object */
};
void builtin_write(struct buf *to, const struct builtin_spec *b);

/* Rows in the form of before are written anew, their concurrency and retries as records of the function. */
int builtin_upgrade(struct store *s);

#endif
