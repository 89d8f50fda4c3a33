/* upload_row.h - how a part is read from its row; for upload*.c and audit*.c. */
#ifndef STORAGE_UPLOAD_ROW_H
#define STORAGE_UPLOAD_ROW_H

#include "storage/upload.h"

/* From the columns PART_COLUMNS, the first of which is column `first`. Texts become the arena's. E_CORRUPT. */
int part_row_read(struct query *q, int first, struct arena *a, struct part *p);

/* The rows of an upload and its parts, not the bytes. */
int upload_rows_delete(struct db *db, struct str id);

#endif
