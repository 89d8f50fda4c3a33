/* media_type.h - the Content-Type that the end of a file's name stands for, where nobody told one: IANA's names, and of raw formats what
 * most programs say. Unknown ones are "binary/octet-stream", as S3 has it. */
#ifndef PIPELINE_MEDIA_TYPE_H
#define PIPELINE_MEDIA_TYPE_H

#include "base/str.h"

const char *media_type_of(struct str name);

#endif
