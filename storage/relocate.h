/* relocate.h - needles that move to another segment: copied through the writer like any
 * new ones, and in the same change the rows that name them name the copies. */
#ifndef STORAGE_RELOCATE_H
#define STORAGE_RELOCATE_H

#include "storage/writer.h"

struct tenant {				/* a needle and the row that named it a moment ago */
	struct str upload;		/* of a part's row; absent: an object's, or noncurrent version's */
	int64_t number;			/* of the part */
	int64_t bucket;
	struct str key;
	int64_t age;			/* of the version (schema.h): it may be current or not when its needle is moved */
	struct extent where;
};

/* At most NEEDLES_MAX. A row that has changed meanwhile is left alone. */
int relocate(struct writer *w, struct blobs *in, const struct tenant *t, int n);

#endif
