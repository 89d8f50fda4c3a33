/* operation.h - the one table that says what a request asks of S3. */
#ifndef S3_OPERATION_H
#define S3_OPERATION_H

#include "web/s3/s3.h"

/* Sets s->op, or refuses: NotImplemented for what S3 has and this has not. */
int operation_find(struct s3 *s);

#endif
