/* acl.h - the one access control list there is: the account owns everything and nobody else may anything. What anybody may is
 * a policy's to say (web/policy.h). */
#ifndef S3_ACL_H
#define S3_ACL_H

#include "base/xml.h"
#include "web/s3/s3.h"

void acl_write(struct s3 *s, struct buf *to);
void owner_write(struct s3 *s, struct xml *x, const char *element);	/* <Owner><ID>..</ID></Owner> */

#endif
