/* offer.h - after the presets of a function were changed: how many photos still have what the old ones made, and the
 * backfill that would do them. Told by counts that are kept up with every result (storage/made.h): no photo is looked at. So
 * the numbers are those of results made with another list; what --missing finds of them may be fewer, as thumbnails may
 * have been added since, and a photo whose key is in another place now with a list of this bucket counts as done.
 */
#ifndef PIPELINE_OFFER_H
#define PIPELINE_OFFER_H

#include "storage/store.h"

#define OFFERS_MAX 100			/* buckets looked at */

struct presets;

struct offer {
	int64_t lacking;		/* photos that have no thumbnail of some preset: --missing */
	int64_t other;			/* that have all, but not as they would be made now, or more: --all */
};
int offer_totals(struct db *db, const struct presets *p, struct offer *out);	/* over all buckets. Blocking */

void offer_log(struct store *s, const struct presets *p);	/* one line for each bucket that has something to offer; at start */

#endif
