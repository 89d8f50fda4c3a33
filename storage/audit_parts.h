/* audit_parts.h - what the files of the audit share.
 *
 * Rows are walked in pages. While a page is open its query holds one snapshot, so that
 * what is compared belongs together even while a daemon writes. Bytes are read after the page is closed,
 * and a version that went away meanwhile is no finding.
 */
#ifndef STORAGE_AUDIT_PARTS_H
#define STORAGE_AUDIT_PARTS_H

#include "storage/audit.h"
#include "base/digest.h"
#include "storage/object.h"
#include "storage/package.h"
#include "storage/upload.h"
#include "storage/version.h"

#define AUDIT_ROOM (1 << 20)		/* bytes read at a time; holds a whole needle */

struct auditing {
	struct store *store;
	struct db *db;
	audit_finding_fn *finding;
	void (*progress)(void *owner, const struct audit_totals *t);
	void *owner;
	struct audit_totals *totals;
	uint8_t *room;			/* owned; AUDIT_ROOM */
};

void audit_found(struct auditing *a, const char *code, int64_t bucket, struct str key, const char *fmt, ...)
	__attribute__((format(printf, 5, 6), nonnull(1, 2, 5)));

/* Rows, inside an open page. 0 or negative: the audit itself cannot go on. */
int audit_object_row(struct auditing *a, const struct object *o);
int audit_version_row(struct auditing *a, const struct version *v);
int audit_file(struct auditing *a, const struct extent *e, int64_t bucket, struct str key);
int audit_photo_row(struct auditing *a, int64_t bucket, struct str key, int64_t seq);
int audit_rendition_row(struct auditing *a, int64_t bucket, struct str key, int64_t of_bucket, struct str of_key, int64_t of_seq);

int audit_package_row(struct auditing *a, const struct package *p);

/* All packages that documents name, in one snapshot. */
int audit_documents(struct auditing *a);

/* Bytes, outside of pages. Feed: those of an extent; what is wrong with them, or NULL. */
const char *audit_feed(struct auditing *a, const struct extent *e, struct digest *d);
int audit_package_bytes(struct auditing *a, const struct package *p);
int audit_object_bytes(struct auditing *a, const struct object *o);
int audit_part_bytes(struct auditing *a, struct str upload, const struct part *p);

#endif
