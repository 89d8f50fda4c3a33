/* thumbnail.h - one photo in, all of its renditions and its facts out, from one decode.
 *
 * Order: magic bytes in our own code -> header limits (pixels, frames, scans, profile) -> decode by the
 * loader named for that format, at the scale of the largest rendition -> right side up -> sRGB -> the
 * smaller ones from the larger -> encode, metadata stripped. Never enlarges.
 *
 * Settings come as the function's environment variables, a JSON object of texts (settings.h has the table):
 *   RENDITIONS "small.webp=160 medium.webp=480 large.jpg=1280"   name=longest side; the format is the name's ending
 *   QUALITY "80"  MAX_PIXELS  MAX_BYTES  MAX_FRAMES  MAX_SCANS ...
 *
 * Answer (JSON): {"renditions":[{"name","content_type","width","height","offset","length"}...],
 *   "photo":{"width","height","format","thumbhash","color", and when known "camera","taken_at","latitude",...}}
 * `files` gets the bytes, one rendition after the other.
 */
#ifndef RUNNER_THUMBNAIL_H
#define RUNNER_THUMBNAIL_H

#include "base/buf.h"
#include "base/json.h"
#include "functions/reason.h"

/* In the zygote: libraries ready, no thread started (CHECKs that). */
void thumbnail_prepare(void);

/* In the cage. REASON_NONE, or why not with a sentence in `message`. */
enum reason thumbnail_make(struct str photo, const struct json_value *env, struct buf *answer, struct buf *files,
			   char message[512]);

/* For `minilab version`: one line per codec. */
void thumbnail_versions(struct buf *to);

#endif
