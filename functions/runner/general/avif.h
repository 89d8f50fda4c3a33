/* avif.h - an image to an AVIF, by libheif and its AV1 encoder (libaom).
 *
 * libheif is called directly: libvips' saver would give the encoder four threads, and turn planes into RGB and back. Here they go
 * in as they are, full range BT.601; 4:4:4 where the rendition asks for it and the planes have it, and for lossless. Of lossless
 * pictures that are not planes the colours are kept as they are (identity matrix).
 * The encoder has one thread and is the same every time; effort is 9 minus libaom's speed.
 */
#ifndef RUNNER_AVIF_H
#define RUNNER_AVIF_H

#include <stdbool.h>

/* In the zygote: tells encode.h of the encoder and has it used once, so that its tables are there. False when libheif has no encoder. */
bool avif_prepare(void);

#endif
