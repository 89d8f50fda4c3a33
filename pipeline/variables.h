/* variables.h - the built-in function's variables as the setting `variable` has them: NAME=VALUE, one per line.
 *
 * They come over those of the function's row, for every photo from this start on: GPS=drop, QUALITY=75, MAX_PIXELS=50000000 ... Which there
 * are is minilab-runner's to say (functions/runner/settings.h), and it is asked at start. RENDITIONS, DESTINATION and TABLE are not
 * among them: those have settings of their own, or belong to the row.
 */
#ifndef PIPELINE_VARIABLES_H
#define PIPELINE_VARIABLES_H

#include "base/buf.h"
#include "base/str.h"

#define VARIABLES_ERROR_MAX 600

/* The lines as a JSON object. E_BAD_INPUT with a sentence. */
int variables_read(struct buf *json, struct str lines, char error[VARIABLES_ERROR_MAX]);

/* Asks the runner whether it knows them and what they say makes sense; it prints why not. E_BAD_INPUT; E_CRASHED when
 * it ended in another way; or what kept it from being asked. Waits for it. */
int variables_check(const char *runner, struct str json);

/* `environment` (a JSON object) with the variables over it, in place. */
void variables_put(struct buf *environment, struct str json);

#endif
