/* reason.h - why a photo has no thumbnail: the codes that stand in the row, the journal, the log and explain. Known to all
 * programs. A row says who may say it and what follows:
 *
 *   CAGE    an environment may say it; the rest is for the host
 *   RETRY   another attempt can help (a crash, a timeout, no memory); without it that is told at the first
 *   RETIRE  the environment that said it is not used again: a decoder has met bytes that were made to mislead it, or could
 *           have been. What is said without it is found by our own look at the first bytes, before any decoder's
 *
 * REASON_ELSEWHERE is between the programs and never shown: the pool gives the same photo to minilab-runner-general.
 */
#ifndef FUNCTIONS_REASON_H
#define FUNCTIONS_REASON_H

#include <stdbool.h>

#include "base/str.h"

enum { REASON_CAGE = 1, REASON_RETRY = 2, REASON_RETIRE = 4 };
#define REASON_MISLED (REASON_CAGE | REASON_RETIRE)
#define REASON_CAUGHT (REASON_CAGE | REASON_RETIRE | REASON_RETRY)	/* it may be a decoder in other hands */

#define REASON_TABLE(X) \
	/* said by minilab-runner */ \
	X(REASON_EMPTY,       "Image.Empty",             REASON_CAGE,   "the file is empty") \
	X(REASON_NOT_IMAGE,   "Image.NotAnImage",        REASON_CAGE,   "the first bytes are not those of any photo format") \
	X(REASON_UNSUPPORTED, "Image.UnsupportedFormat", REASON_CAGE,   "this format is recognised but not decoded here") \
	X(REASON_BYTES,       "Image.TooManyBytes",      REASON_CAGE,   "the file is larger than the limit") \
	X(REASON_PIXELS,      "Image.TooManyPixels",     REASON_CAGE,   "the picture has more pixels than the limit") \
	X(REASON_WIDTH,       "Image.TooWide",           REASON_CAGE,   "the picture is wider than the limit") \
	X(REASON_HEIGHT,      "Image.TooHigh",           REASON_CAGE,   "the picture is higher than the limit") \
	X(REASON_FRAMES,      "Image.TooManyFrames",     REASON_MISLED, "the animation has more frames than the limit") \
	X(REASON_SCANS,       "Image.TooManyScans",      REASON_MISLED, "the progressive JPEG has more scans than the limit") \
	X(REASON_PROFILE,     "Image.ProfileTooLarge",   REASON_MISLED, "the colour profile is larger than the limit") \
	X(REASON_CHUNKS,      "Image.TooManyChunks",     REASON_MISLED, "the file has more chunks or segments than the limit") \
	X(REASON_TEXT,        "Image.TextTooLarge",      REASON_MISLED, "the texts in the file are larger than the limit") \
	X(REASON_EXIF,        "Image.ExifTooLarge",      REASON_MISLED, "the EXIF block is larger than the limit") \
	X(REASON_ITEMS,       "Image.TooManyItems",      REASON_MISLED, "the HEIC or AVIF has more items than the limit") \
	X(REASON_DIRECTORIES, "Image.TooManyDirectories", REASON_MISLED, "the TIFF has more directories than the limit") \
	X(REASON_TRUNCATED,   "Image.Truncated",         REASON_MISLED, "too little of the file is there to show a picture") \
	X(REASON_DAMAGED,     "Image.Damaged",           REASON_MISLED, "the file cannot be decoded") \
	X(REASON_SETTINGS,    "Function.BadSettings",    REASON_CAGE,   "the function's environment variables make no sense") \
	X(REASON_ELSEWHERE,   "Runner.Elsewhere",        REASON_CAGE,   "this photo needs minilab-runner-general, which is not there") \
	/* said by the host */ \
	X(REASON_CRASHED,     "Runtime.ExitError",       REASON_RETRY,  "the decoder crashed") \
	X(REASON_FORBIDDEN,   "Runtime.Forbidden",       REASON_CAUGHT, "the decoder tried something that its cage forbids") \
	X(REASON_TIMEOUT,     "Sandbox.Timedout",        REASON_RETRY,  "the attempt took longer than the function's timeout") \
	X(REASON_CPU,         "Sandbox.CpuExceeded",     0,             "the attempt needed more processor time than its limit; raise it, or ask for less") \
	X(REASON_MEMORY,      "Runtime.OutOfMemory",     REASON_CAUGHT, "the attempt needed more than the function's memory; raise it, or ask for smaller renditions") \
	X(REASON_ANSWER,      "Runtime.BadAnswer",       REASON_CAUGHT, "the decoder's answer was malformed or too large") \
	X(REASON_START,       "Runtime.StartFailed",     REASON_RETRY,  "no execution environment could be made") \
	X(REASON_SHORTAGE,    "Daemon.Shortage",         REASON_RETRY,  "the daemon is short of disk space, descriptors or memory") \
	X(REASON_SOURCE,      "Source.Unreadable",       REASON_CAUGHT, "the stored bytes of the photo could not be read") \
	X(REASON_KEEP,        "Result.NotStored",        REASON_RETRY,  "the result could not be stored") \
	X(REASON_DESTINATION, "Result.NoDestination",    0,             "the destination bucket or table does not exist; create it, then retry") \
	X(REASON_KEY,         "Result.KeyTooLong",       0,             "the key is too long to stand before the thumbnails' names") \
	X(REASON_LOOP,        "Result.Loop",             0,             "the destination bucket is the source bucket")

#define X(name, code, what, text) name,
enum reason { REASON_NONE, REASON_TABLE(X) REASONS };
#undef X

const char *reason_code(enum reason r);
const char *reason_text(enum reason r);
bool reason_is(enum reason r, int what);	/* any of REASON_CAGE, REASON_RETRY, REASON_RETIRE */
enum reason reason_find(struct str code);	/* REASON_NONE if unknown */

#endif
