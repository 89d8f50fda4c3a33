/* upload_row.h - rows of uploads and parts, and what an object is like that is made of parts; for upload*.c, resumable.c and audit*.c. */
#ifndef STORAGE_UPLOAD_ROW_H
#define STORAGE_UPLOAD_ROW_H

#include "storage/upload.h"

/* From the columns PART_COLUMNS, the first of which is column `first`. Texts become the arena's. E_CORRUPT. */
int part_row_read(struct query *q, int first, struct arena *a, struct part *p);

int part_row_write(struct db *db, struct str upload, const struct part *p);	/* creates or replaces; the bytes it had are not looked at */

int upload_find(struct db *db, struct str id, struct arena *a, struct upload *u);	/* resumable ones too; E_NOT_FOUND */

/* The rows of an upload and its parts, not the bytes; upload_discard the bytes too. Accept an id that is not there. */
int upload_rows_delete(struct db *db, struct str id);
int upload_discard(struct db *db, struct str id);

/* Of n parts, at least one, in their order. Strings live in `a`. `asked`: type SUM_NONE: what the parts have in common, or nothing. E_BAD_INPUT: no such
 * checksum can be made of these. */
struct str upload_join_etag(struct arena *a, const struct part *parts, int n);
struct str upload_piece_etag(struct arena *a, const struct part *p);	/* of that part alone */
int upload_join_sum(struct arena *a, const struct part *parts, int n, const struct checksum *asked, struct checksum *to);

#endif
