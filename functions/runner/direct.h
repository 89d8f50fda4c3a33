/* direct.h - decoding with a format's own library, where libvips' loader would not do.
 *
 * Each makes a picture of `width` x `height`, 8 bits, from the file at 1/shrink, and is true when at least
 * one part in SALVAGE_PARTS of it was there; the rest is grey, or nothing where the picture has alpha.
 */
#ifndef RUNNER_DIRECT_H
#define RUNNER_DIRECT_H

#include "base/str.h"
#include "functions/runner/picture.h"

#define SALVAGE_PARTS 10

/* Progressive JPEG that libvips refuses because it is cut short or damaged. */
bool jpeg_salvage(struct str photo, int shrink, int width, int height, struct picture *out);

/* A still WebP: libvips would copy the whole of it once more, with threads. *complete: all of it was there. */
bool webp_decode(struct str photo, int shrink, int width, int height, struct picture *out, bool *complete);

#endif
