/* encode.h - an image to the bytes of a file.
 *
 * JPEG: alpha flattened on the background. WebP, PNG and AVIF keep alpha. Without metadata, but for what `extra` names.
 * From planes JPEG and lossy WebP are written without any colour conversion but WebP's narrower range.
 * The libraries are called directly: libvips' savers would start threads for a picture that takes a millisecond.
 */
#ifndef RUNNER_ENCODE_H
#define RUNNER_ENCODE_H

#include "base/buf.h"
#include "functions/runner/image.h"
#include "functions/rendition.h"

struct encode_extra {
	struct str profile;		/* ICC, absent: sRGB without saying so */
	struct str copyright, artist;	/* EXIF; absent: none */
};

/* Appends to `to`. 8 bits; planes, or 1, 3 or 4 bands. r->format is not RENDITION_AUTO. Obeys bytes_max by lowering the quality in a search
 * of at most ENCODE_TRIES; the smallest is kept when none fits. False when this program cannot write the format (AVIF) or the library fails. */
#define ENCODE_TRIES 7
bool encode(const struct image *i, const struct rendition *r, const struct encode_extra *extra, struct buf *to);

/* By content: alpha or few colours and sharp edges (a drawing) -> WebP lossless or PNG; a photo -> JPEG or WebP. Never AUTO. */
enum rendition_format encode_choose(const struct image *i, const struct rendition *r);

const char *encode_content_type(enum rendition_format format);
const char *encode_ending(enum rendition_format format);	/* ".webp" */

#endif
