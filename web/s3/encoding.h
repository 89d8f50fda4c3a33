/* encoding.h - what all lists have in common: encoding-type=url and a bounded number of entries. */
#ifndef S3_ENCODING_H
#define S3_ENCODING_H

#include "base/xml.h"
#include "web/s3/s3.h"

int encoding_asked(struct s3 *s, bool *url);
int max_asked(struct s3 *s, const char *param, int *max);	/* at most PAGE_MAX, which is also the default */

/* An element whose text is a key or a part of one. */
void encoded_text(struct xml *x, const char *name, struct str key, bool url);

#endif
