/* package.h - code packages: the zip files of functions and layers, by the SHA-256 of their bytes. The same bytes are kept once.
 *
 *     staged (blob.h) --package_add, in a change--> kept --package_sweep--> gone, when no document names it
 *
 * However small, a package is a file of its own (blob_stage, blob_commit), never needles: compaction looks only for objects and parts.
 *
 * A document names its package by "Package":"<64 hex>" at its top, and those of its layers in "Layers":[{"Package"}]. The sweep
 * reads them all (functions, versions, layer versions), so nobody counts references and nobody can miscount. What is not
 * named yet because its document comes in a later change is younger than PACKAGE_GRACE_MS, and so left alone.
 */
#ifndef STORAGE_PACKAGE_H
#define STORAGE_PACKAGE_H

#include "base/arena.h"
#include "storage/blob.h"
#include "storage/store.h"

#define PACKAGE_ID 64			/* hex digits */
#define PACKAGE_GRACE_MS 3600000
#define PACKAGES_BYTES_MAX 80530636800LL	/* of an account, as on AWS: 75 GB */

struct package {
	char id[PACKAGE_ID + 1];
	int64_t size, unpacked, created_ms;
	struct extent *extents;
	int extent_count;
};

/* In a change, after blob_commit gave the extents (all EXTENT_FILE). In: id, size, unpacked, extents; created_ms is now. E_EXISTS when those
 * bytes are kept already: then `p`'s are the caller's to discard (blob_forget), and what is kept has its grace anew, if the change goes on
 * and is not undone by that error. E_FULL over PACKAGES_BYTES_MAX. */
int package_add(struct db *db, const struct package *p);
int package_get(struct db *db, struct str id, struct arena *a, struct package *p);	/* (reader) E_NOT_FOUND */
int package_total(struct db *db, int64_t *bytes);					/* (reader) */

/* (reader) Every package that a document names, as often as it is named; `document` is whose: "function 3", "layer". E_CORRUPT when
 * a document is not JSON. */
typedef int package_named_fn(void *owner, const char *document, struct str id);
int package_each_named(struct db *db, package_named_fn *each, void *owner);

/* In a change: those that no document names and that are older than the grace, at most `max`; count. Their names go to `each`,
 * so that what was unpacked can go too. None goes while a document cannot be read (E_CORRUPT). */
typedef void package_gone_fn(void *owner, const char *id);
int package_sweep(struct db *db, int max, package_gone_fn *each, void *owner);

#endif
