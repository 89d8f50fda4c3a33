/* object_row.h - how an object is read from its row; for object*.c, upload*.c and audit*.c.
 *
 * The numbers of enum digest_kind and enum sum_type stand in rows: new ones go to the end.
 */
#ifndef STORAGE_OBJECT_ROW_H
#define STORAGE_OBJECT_ROW_H

#include "storage/object.h"

/* From the columns OBJECT_COLUMNS (or VERSION_COLUMNS) and key. Texts are the query's; object_row_keep makes them the arena's. */
void object_row_read(struct query *q, struct object *o);
void object_row_keep(struct arena *a, struct object *o);
#define OBJECT_ROW_EXTENTS 13		/* the column after these, where there is one */

/* With this and the upload's id ends the journal's line of an object that was completed from parts. */
#define OBJECT_OF_UPLOAD ", upload "

/* What a row's column says, or its manifest when the column is NULL (`packed` absent). */
int object_row_extents(struct db *db, struct str packed, int64_t seq, struct arena *a, struct extent **e, int *n);

/* A checksum's columns; `type` SUM_NONE binds NULLs. */
void checksum_bind(struct query *q, int at_kind, int at_type, int at_text, const struct checksum *c);

#endif
