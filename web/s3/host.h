/* host.h - virtual-host style addressing: which bucket the Host header names. facts/06 section 1.
 *
 *     BUCKET.DOMAIN    BUCKET.s3.DOMAIN    BUCKET.s3.REGION.DOMAIN    BUCKET.s3-REGION.DOMAIN
 *     DOMAIN           s3.DOMAIN           s3.REGION.DOMAIN           s3-REGION.DOMAIN           path style
 *
 * DOMAIN is one of the setting `domain`, "localhost" always. Any other host, and what is no bucket's name there, is path style. Paths that begin
 * with /_/ are minilab's own on all hosts: keys that begin with "_/" are reached by path style. Function URLs are hosts of their own and come first
 * (web/routes.c). Pure.
 */
#ifndef S3_HOST_H
#define S3_HOST_H

#include "base/arena.h"
#include "base/str.h"

#define HOST_NAME_MAX_BYTES 253		/* of a name in the DNS */

/* `domains`: one per line. Absent: path style. In `a`. */
struct str host_bucket(struct arena *a, struct str domains, struct str host);

#endif
