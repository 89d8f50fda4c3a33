/* encode.h - an image to the bytes of a file.
 *
 * JPEG: alpha flattened on the background. WebP, PNG and AVIF keep alpha. Without metadata, but for what `extra` names.
 * From planes JPEG and lossy WebP are written without any colour conversion but WebP's narrower range; planes with as many
 * colour samples as luma are halved first where 4:2:0 is written. Planes that have half as many stay so: nothing is invented.
 * The libraries are called directly: libvips' savers would start threads for a picture that takes a millisecond.
 * The same image and rendition give the same bytes. One thread.
 *
 * Files of this room: jpeg.c, webp.c, png.c write one format each (general/avif.c another); chroma.c halves colour planes; palette.c finds
 * few colours; tags.c makes the EXIF, webp_chunks.c puts it into a WebP; choose.c is format=auto.
 */
#ifndef RUNNER_ENCODE_H
#define RUNNER_ENCODE_H

#include "base/buf.h"
#include "functions/rendition.h"
#include "functions/runner/image.h"

struct encode_extra {
	struct str profile;		/* ICC, absent: sRGB without saying so */
	struct str copyright, artist;	/* EXIF, at most ENCODE_TEXT_MAX bytes each; absent: none */
};
#define ENCODE_TEXT_MAX 4096

/* Appends to `to`. 8 bits; planes, or 1, 3 or 4 bands. r->format is not RENDITION_AUTO. Obeys bytes_max by lowering the quality in a search
 * of at most ENCODE_TRIES; the smallest is kept when none fits. False, and nothing is appended, when this program cannot
 * write the format (AVIF without encode_set_avif) or the library fails. */
#define ENCODE_TRIES 7
bool encode(const struct image *i, const struct rendition *r, const struct encode_extra *extra, struct buf *to);

/* For RENDITION_AUTO: sets format and lossless by content. What lies in planes was a JPEG, so it is a photo: JPEG, as is all else
 * without alpha. A photo with alpha is WebP. A drawing (few colours, or flat areas with sharp edges) is a PNG up to 256
 * colours and lossless WebP above; with bytes_max it is WebP, whose quality can be lowered. */
void encode_choose(const struct image *i, struct rendition *r);

/* One try at r->quality. What a program that links libheif fills in for RENDITION_AVIF, before anything is encoded. */
typedef bool encode_fn(const struct image *i, const struct rendition *r, const struct encode_extra *extra, struct buf *to);
void encode_set_avif(encode_fn *fn);
bool encode_can(enum rendition_format format);	/* in this program */

const char *encode_content_type(enum rendition_format format);
const char *encode_ending(enum rendition_format format);	/* ".webp" */

#endif
