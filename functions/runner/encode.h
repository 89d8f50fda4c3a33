/* encode.h - a picture to the bytes of a file, without any metadata.
 *
 * JPEG: 4:2:0, alpha flattened on white. WebP and PNG keep alpha. The libraries are called directly:
 * libvips' savers would start its threads for a picture that takes a millisecond.
 */
#ifndef RUNNER_ENCODE_H
#define RUNNER_ENCODE_H

#include "base/buf.h"
#include "functions/runner/picture.h"
#include "functions/runner/settings.h"

/* Appends to `to`. 8 bits; 1, 3 or 4 bands. WebP, JPEG or PNG. */
void encode(const struct picture *p, const struct rendition *r, struct buf *to);

const char *encode_content_type(enum rendition_format format);

#endif
