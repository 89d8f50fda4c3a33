/* sniff.h - what a file is, by its first bytes and nothing else.
 *
 * Our own code, before any library looks: a loader is only ever called by name for a format found
 * here. Known formats that are not decoded on purpose (documents, vectors, camera raw, video) are told
 * apart from bytes that are no picture at all.
 */
#ifndef RUNNER_SNIFF_H
#define RUNNER_SNIFF_H

#include "base/str.h"
#include "functions/reason.h"
#include "functions/runner/say.h"

enum format { FORMAT_JPEG, FORMAT_PNG, FORMAT_WEBP, FORMAT_GIF, FORMAT_TIFF, FORMAT_HEIC, FORMAT_AVIF, FORMATS };

const char *format_name(enum format f);		/* "jpeg" */

/* REASON_EMPTY, REASON_NOT_IMAGE, REASON_UNSUPPORTED, or REASON_NONE with *format. */
enum reason sniff(struct str photo, enum format *format, char message[SAY_MAX]);

#endif
