/* jpeg_library.h - JPEG by libjpeg-turbo: what our own decoder does not take.
 *
 * Four components (CMYK, YCCK), RGB, arithmetic codes, tables that are not in the file. Scaled while decoding to 1/2, 1/4 or 1/8 where MARGIN is left.
 * Components of YCbCr and grey are scaled as they lie in the file, which is faster than making RGB of them first and keeps more of the
 * colours. Inks come as Adobe's programs write them (255 is no ink), which is what all four-component files are taken for.
 *
 * A file that ends early, or has impossible codes in it, gives what libjpeg makes of it: the rows before, and grey. One
 * with an impossible marker segment later on is read once more up to there.
 */
#ifndef RUNNER_JPEG_LIBRARY_H
#define RUNNER_JPEG_LIBRARY_H

#include "functions/runner/reader.h"

enum reason jpeg_library_read(const struct reading *r, struct master *m, char message[SAY_MAX]);

#endif
