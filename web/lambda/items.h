/* items.h - lists in pages: MaxItems and Marker in, NextMarker out. A marker is the name of the last item shown. */
#ifndef LAMBDA_ITEMS_H
#define LAMBDA_ITEMS_H

#include "web/lambda/constraint.h"

#define ITEMS_MAX 50			/* items, whatever is asked for */

struct items {
	int max, count;
	struct str marker;		/* absent: from the first */
	struct str last;		/* of what was shown; in the arena */
	bool more;
};

void items_read(struct lambda *l, struct items *p);	/* collects what is broken */
int items_check(struct lambda *l);			/* the check of a list that belongs to the target */

/* Counts one more. False: the page is full, and the item belongs to the next one. */
bool items_add(struct lambda *l, struct items *p, struct str name);
void items_end(const struct items *p, struct json *j);

#endif
