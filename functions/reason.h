/* reason.h - why a photo has no thumbnail: the codes that stand in the row, the journal,
 * the log and explain. RETRY: another attempt can help (a crash, a timeout, no memory).
 * FINAL: it never can, so it is told at the first. Known to both programs. */
#ifndef FUNCTIONS_REASON_H
#define FUNCTIONS_REASON_H

#include <stdbool.h>

#include "base/str.h"

#define REASON_TABLE(X) \
	/* said by minilab-runner */ \
	X(REASON_EMPTY,        "Image.Empty",             false, "the file is empty") \
	X(REASON_NOT_IMAGE,    "Image.NotAnImage",        false, "the first bytes are not those of any photo format") \
	X(REASON_UNSUPPORTED,  "Image.UnsupportedFormat", false, "this format is recognised but not decoded here") \
	X(REASON_BYTES,        "Image.TooManyBytes",      false, "the file is larger than the limit") \
	X(REASON_PIXELS,       "Image.TooManyPixels",     false, "the picture has more pixels than the limit") \
	X(REASON_FRAMES,       "Image.TooManyFrames",     false, "the animation has more frames than the limit") \
	X(REASON_SCANS,        "Image.TooManyScans",      false, "the progressive JPEG has more scans than the limit") \
	X(REASON_PROFILE,      "Image.ProfileTooLarge",   false, "the colour profile is larger than the limit") \
	X(REASON_TRUNCATED,    "Image.Truncated",         false, "too little of the file is there to show a picture") \
	X(REASON_DAMAGED,      "Image.Damaged",           false, "the file cannot be decoded") \
	X(REASON_SETTINGS,     "Function.BadSettings",    false, "the function's environment variables make no sense") \
	/* said by the host */ \
	X(REASON_CRASHED,      "Runtime.ExitError",       true,  "the decoder crashed") \
	X(REASON_FORBIDDEN,    "Runtime.Forbidden",       true,  "the decoder tried something that its cage forbids") \
	X(REASON_TIMEOUT,      "Sandbox.Timedout",        true,  "the attempt took longer than the function's timeout") \
	X(REASON_MEMORY,       "Runtime.OutOfMemory",     true,  "the attempt needed more than the function's memory") \
	X(REASON_ANSWER,       "Runtime.BadAnswer",       true,  "the decoder's answer was malformed or too large") \
	X(REASON_START,        "Runtime.StartFailed",     true,  "no execution environment could be made") \
	X(REASON_SHORTAGE,     "Daemon.Shortage",         true,  "the daemon is short of disk space, descriptors or memory") \
	X(REASON_SOURCE,       "Source.Unreadable",       true,  "the stored bytes of the photo could not be read") \
	X(REASON_KEEP,         "Result.NotStored",        true,  "the result could not be stored") \
	X(REASON_DESTINATION,  "Result.NoDestination",    false, "the destination bucket or table does not exist; create it, then retry") \
	X(REASON_KEY,         "Result.KeyTooLong",       false, "the key is too long to stand before the thumbnails' names") \
	X(REASON_LOOP,         "Result.Loop",             false, "the destination bucket is the source bucket")

#define X(name, code, retry, text) name,
enum reason { REASON_NONE, REASON_TABLE(X) REASONS };
#undef X

const char *reason_code(enum reason r);
const char *reason_text(enum reason r);
bool reason_retry(enum reason r);
enum reason reason_find(struct str code);	/* REASON_NONE if unknown */

#endif
