/* function.h - the functions there are. The configuration is JSON that storage does not look
 * into; pipeline/catalog.h gives it meaning. What else belongs to a function are its records (record.h).
 *
 * An id never comes back. A rule of a bucket that names a deleted function stays (rule.h), with function 0: its events are dropped, and
 * the journal says so, until there is a function of that name again. What is in the queue becomes dead letters with
 * the code JOB_FUNCTION_GONE: FUNCTION_PURGE_MAX at once, the rest by functions_sweep.
 */
#ifndef STORAGE_FUNCTION_H
#define STORAGE_FUNCTION_H

#include "base/arena.h"
#include "storage/queue.h"

#define FUNCTION_NAME_MAX 64
#define FUNCTION_CONFIG_MAX 65536
#define FUNCTION_COUNT_MAX 10000
#define FUNCTION_PURGE_MAX 500		/* jobs buried by one change */

struct function_row {
	int64_t id, modified_ms;
	struct str name, config;
};

/* In a change. `buried` is shown what becomes a dead letter by it (struct queue_purge). */
int function_put(struct db *db, struct str name, struct str config, int64_t *id);	/* creates or replaces */
int function_delete(struct db *db, int64_t id, job_each_fn *buried, void *owner);	/* with all its records, those of RECORD_URL_ID included; E_NOT_FOUND */
int functions_sweep(struct db *db, job_each_fn *buried, void *owner);	/* buries what deleted functions left in the queue; count, at most FUNCTION_PURGE_MAX */

/* (reader) E_NOT_FOUND. */
int function_count(struct db *db, int64_t *n);
int function_get(struct db *db, struct str name, struct arena *a, struct function_row *f);
int function_get_id(struct db *db, int64_t id, struct arena *a, struct function_row *f);

/* (reader) In the order of names: those after `after` (absent: from the first), at most `max`; or all. `each` ends it by anything but 0,
 * which is returned when negative. */
typedef int function_each_fn(void *owner, const struct function_row *f);
int function_page(struct db *db, struct str after, int max, function_each_fn *each, void *owner);
int function_list(struct db *db, function_each_fn *each, void *owner);

#endif
