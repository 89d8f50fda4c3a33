/* wishes.h - which facts about a photo go into its row, where a person may choose.
 *
 *   PHASH    1        the perceptual hash that finds near duplicates; 0: none
 *   PALETTE  1        up to six colours with their shares
 *   BLURHASH 0        beside ThumbHash, for clients that read only that
 *   SHA256   1        of the file
 *   GPS      keep     round: to two decimals (1 km); drop: none
 */
#ifndef RUNNER_WISHES_H
#define RUNNER_WISHES_H

#include "functions/runner/knob.h"

enum gps { GPS_KEEP, GPS_ROUND, GPS_DROP };

struct wishes {
	int64_t phash, palette, blurhash, sha256;	/* 0 or 1 */
	enum gps gps;
};

enum reason wishes_read(const struct json_value *env, struct wishes *w, char message[SAY_MAX]);

#endif
