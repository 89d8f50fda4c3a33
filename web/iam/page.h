/* page.h - one page of a list: MaxItems of it, or IAM_PAGE_BYTES, after Marker.
 *
 * Everything that is listed has an order and a name in it, and the marker is the name of the last one shown: what comes and
 * goes between two pages neither repeats nor hides anything else.
 */
#ifndef IAM_PAGE_H
#define IAM_PAGE_H

#include "web/iam/iam.h"

struct page {
	int max, count;
	struct str last;		/* shown, in the arena */
	bool truncated;			/* there is more */
};

void page_begin(struct iam *i, struct page *p);
bool page_takes(struct iam *i, struct page *p, struct str name);	/* false: it is full, and this one is for the next */
void page_end(struct iam *i, const struct page *p);			/* <IsTruncated>, <Marker> */

#endif
