/* watch_whole.h - whether a file ends as its format ends, where that can be told without decoding it.
 *
 *     JPEG          EOI at the end, padding after it allowed; or a film after it (motion photos), or Samsung's trailer
 *     PNG           the IEND chunk            GIF    the trailer 3B
 *     RIFF (WebP)   the length at its start   BMP    likewise, where it is not 0
 *     ISO boxes     HEIF, AVIF, MP4, MOV, JPEG 2000, JPEG XL: the lengths of all boxes end where the file does
 *
 * TIFF, and with it most raw formats, does not tell. An empty file is not whole: somebody has still to write it.
 */
#ifndef PIPELINE_WATCH_WHOLE_H
#define PIPELINE_WATCH_WHOLE_H

#include <stdint.h>

#define WATCH_BOXES_MAX 10000		/* at the top of one file; with more it is taken as it is */

enum watch_whole { WHOLE_UNKNOWN, WHOLE_YES, WHOLE_NO };

/* Blocking; reads by pread. What cannot be read is unknown: who reads all of it will meet the error. */
enum watch_whole watch_whole(int fd, int64_t size);

#endif
