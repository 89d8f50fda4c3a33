/* function.h - the registry's rows and the lines functions log. The configuration is JSON that
 * storage does not look into; pipeline/registry.h gives it meaning. */
#ifndef STORAGE_FUNCTION_H
#define STORAGE_FUNCTION_H

#include "base/arena.h"
#include "storage/db.h"

#define FUNCTION_NAME_MAX 64
#define FUNCTION_CONFIG_MAX 65536
#define LOGLINES_MAX 10000		/* kept per function */

struct function_row {
	int64_t id, modified_ms;
	struct str name, config;
};

int function_put(struct db *db, struct str name, struct str config, int64_t *id);	/* creates or replaces */
int function_get(struct db *db, struct str name, struct arena *a, struct function_row *f);
typedef int function_each_fn(void *owner, const struct function_row *f);
int function_list(struct db *db, function_each_fn *each, void *owner);

/* Lines over LOGLINES_MAX of a function go, oldest first, now and then. */
int logline_add(struct db *db, int64_t function, int64_t at_ms, struct str stream, struct str line);
typedef int logline_each_fn(void *owner, int64_t id, int64_t at_ms, struct str stream, struct str line);
int logline_list(struct db *db, int64_t function, int64_t after_id, int max, logline_each_fn *each, void *owner);
int logline_trim(struct db *db, int64_t function, int keep);	/* count */

#endif
