/* headers.h - what a PUT says about its object and a GET says again: content headers and user metadata, kept
 * as a JSON object of lower-case name to value. */
#ifndef S3_HEADERS_H
#define S3_HEADERS_H

#include "web/s3/s3.h"

/* From the request at hand into *json (in the arena). 0, or refused. */
int headers_take(struct s3 *s, struct str *json);

/* Between s3_answer_begin and the reply. response-* parameters of the query win. */
void headers_answer(struct s3 *s, struct str json);

#endif
