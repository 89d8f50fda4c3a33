/* settings.h - what the thumbnail function may be told by its environment variables.
 *
 * Tables (settings.c, limits.c) name every variable with its default and bounds. Variables that are not
 * in them belong to somebody else and are left alone, as on Lambda; one that is and makes no
 * sense is REASON_SETTINGS before any photo is looked at.
 *
 *   RENDITIONS       a list of renditions (functions/rendition.h has the grammar)
 *   QUALITY, EFFORT  of the renditions that do not say their own; EFFORT is WebP's
 *   MAX_...          limits.h
 */
#ifndef RUNNER_SETTINGS_H
#define RUNNER_SETTINGS_H

#include <stdint.h>

#include "base/json.h"
#include "functions/rendition.h"
#include "functions/runner/limits.h"
#include "functions/runner/wishes.h"

struct settings {
	struct rendition renditions[THUMBNAIL_RENDITIONS_MAX];	/* names lent by the environment's JSON, or static */
	int renditions_n;
	int64_t quality, effort;
	struct limits limits;
	struct wishes wishes;
};

enum reason settings_read(const struct json_value *env, struct settings *s, char message[SAY_MAX]);

#endif
