/* thumbnail.h - one photo in, all of its renditions and its facts out, from one decode.
 *
 * Order: magic bytes in our own code (sniff.h) -> header limits (header.h) -> decode by the one reader for
 * that format, at the scale of the largest rendition (reader.h) -> sRGB (color/convert.h) -> each rendition, the smaller ones
 * from the larger (render.h) -> right side up -> encode, metadata stripped (encode/encode.h). Nothing is enlarged unless asked.
 *
 * Settings come as the function's environment variables, a JSON object of texts; settings.h and its table
 * have all of them: RENDITIONS "small.webp=160 medium.webp=480 large.jpg=1280", QUALITY, MAX_PIXELS...
 *
 * Answer (JSON): {"renditions":[{"name","content_type","width","height","offset","length"}...],
 *   "photo":{"width","height","format","thumbhash","color", and when there is something to tell
 *            "frames","animation_cut","bit_depth","color_space","icc","icc_ignored","hdr","sha256","degraded","read",
 *            "blurhash","phash","palette":[{"color","share"}...],
 *            "camera","lens","exposure","aperture","focal_length","focal_length_35","iso","taken_at",
 *            "latitude","longitude","altitude",
 *            "title","caption","keywords":[...],"rating","copyright","artist"}}
 * in the order of the settings; `files` gets the bytes, one rendition after the other at its offset. Width and
 * height are as shown, after any rotation. "degraded" is true or absent: the file was cut short or damaged, and
 * what is missing is grey or transparent.
 */
#ifndef RUNNER_THUMBNAIL_H
#define RUNNER_THUMBNAIL_H

#include "base/buf.h"
#include "base/json.h"
#include "functions/reason.h"

/* In the zygote: libraries ready and warm, no thread started (CHECKs that), so that forks are safe. */
void thumbnail_prepare(void);

/* In the cage. REASON_NONE, or why not with a sentence in `message`. */
enum reason thumbnail_make(struct str photo, const struct json_value *env, struct buf *answer, struct buf *files,
			   char message[512]);

/* For `minilab version`: one line per codec. */
void thumbnail_versions(struct buf *to);

#endif
