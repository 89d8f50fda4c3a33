/* audit.h - proves promise 1 on a data directory at rest (or a read-only view of a live one).
 *
 * Every watched object is one of: done at its version (photo row, its renditions present and
 * readable, its item present at that version), waiting (job READY or LEASED at that version), or dead (a dead letter at
 * that version with a reason). No rendition without its original; no photo row without its object; every
 * extent's bytes are there and match their checksum. Anything else is a finding. A photo whose original was
 * deleted is fine while a job that removes it exists; rows of a table that its owner deleted are not missed,
 * nor are a row or a thumbnail that a client removed or replaced by its own request: the photo stopped to vouch for
 * them then (photo_item.h), so only what was lost is a finding. Parts of open uploads
 * are checked too (then `key` is the upload id and `bucket` empty).
 *
 * A key has one current version: its object, or else the newest delete marker; noncurrent versions are older, and have no thumbnails. Their
 * bytes are there too.
 *
 * Every code package's bytes are there and are those of its SHA-256, and every package that a document of a function or layer names is
 * there (then `key` is the package's id).
 *
 * Every job that a backfill queued has ended and was counted, or waits, or runs (backfill.h; then `key` is its prefix).
 *
 * Codes: lost-event no-reason renditions row thumbnail photo orphan bytes part extents file no-bucket backfill package version.
 *
 * Memory is bounded whatever the store's size. On a live store the answer is as of when each page of rows was read.
 */
#ifndef STORAGE_AUDIT_H
#define STORAGE_AUDIT_H

#include "storage/store.h"

typedef void audit_finding_fn(void *owner, const char *code, struct str bucket, struct str key, const char *text);

struct audit_totals {			/* versions: noncurrent ones, and delete markers */
	int64_t objects, versions, watched, done, waiting, dead, renditions, bytes_checked, findings;
};

/* `progress` may be NULL; called now and then with what was counted so far. */
int audit_run(struct store *s, audit_finding_fn *finding, void (*progress)(void *owner, const struct audit_totals *t),
	      void *owner, struct audit_totals *out);

#endif
