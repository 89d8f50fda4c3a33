/* region.h - which names are regions of AWS, so that a region that exists elsewhere is told from one that does not.
 *
 * docs.aws.amazon.com: "Amazon Simple Storage Service endpoints and quotas". Pure; any thread.
 */
#ifndef S3_REGION_H
#define S3_REGION_H

#include "base/str.h"

bool region_known(struct str name);	/* "EU", which is Ireland's old name, too */

#endif
