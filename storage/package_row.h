/* package_row.h - a row of package as package.c and the audit read it: id, size, unpacked, created, extents. */
#ifndef STORAGE_PACKAGE_ROW_H
#define STORAGE_PACKAGE_ROW_H

#include "storage/package.h"

int package_row_read(struct query *q, struct arena *a, struct package *p);	/* extents in `a`; E_CORRUPT */

#endif
