/* registry.h - the built-in function as it is configured: its row (storage/function.h) or a published version of it.
 *
 * The document has the form that all functions have (catalog.h), with Runtime "minilab.builtin" and Handler "thumbnail". Of it
 * count MemorySize, Timeout and Environment. In the variables DESTINATION and TABLE, {bucket} stands for the name of the
 * bucket that the event came from. How many run at a time and how often it is tried stands in records, as for every function.
 *
 * Rows of before that form, which setup.h writes anew at the start, are still read:
 *   {"kind":"native","handler":"thumbnail","memory_mb":512,"timeout_ms":30000,"concurrency":0,"retries":2,"environment":{...}}
 */
#ifndef PIPELINE_REGISTRY_H
#define PIPELINE_REGISTRY_H

#include "base/json.h"
#include "storage/function.h"

#define FUNCTION_MEMORY_MIN_MB 128
#define FUNCTION_MEMORY_MAX_MB 10240
#define FUNCTION_TIMEOUT_MAX_MS 900000
#define FUNCTION_CONCURRENCY_MAX 1000
#define FUNCTION_RETRIES_MAX 2
#define FUNCTION_BUILTIN "minilab.builtin"	/* its Runtime */

struct function {
	int64_t id, generation;		/* generation: when it was last changed */
	char name[FUNCTION_NAME_MAX + 1];
	int64_t memory_mb, timeout_ms, concurrency, retries;
	struct buf environment;		/* JSON object; owned */
	struct arena memory;
	struct str renditions;		/* its own RENDITIONS (presets.h); absent if there are none */
};

bool registry_is_builtin(const struct json_value *document);	/* in either form */
int registry_parse(const struct function_row *row, struct function *f);	/* E_BAD_INPUT: another function, or unreadable */
void function_clear(struct function *f);
int function_load(struct db *db, int64_t id, struct function *f);	/* by its id; E_NOT_FOUND */

/* The value of a variable, {bucket} replaced; in `a`. Absent when there is none. */
struct str function_variable(const struct function *f, const char *name, struct str bucket, struct arena *a);

#endif
