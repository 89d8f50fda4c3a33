/* range.h - the one range of a GET that S3 honours: bytes=a-b, bytes=a- or bytes=-n. Several ranges and
 * nonsense are ignored, as S3 does. */
#ifndef WEB_RANGE_H
#define WEB_RANGE_H

#include <stdint.h>

#include "base/str.h"

enum range_verdict { RANGE_WHOLE, RANGE_PART, RANGE_NOT_SATISFIABLE };

/* For RANGE_PART: `length` > 0 bytes from `first`. */
enum range_verdict range_parse(struct str header, int64_t size, int64_t *first, int64_t *length);

#endif
