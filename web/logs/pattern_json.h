/* pattern_json.h - the patterns in braces. */
#ifndef WEB_LOGS_PATTERN_JSON_H
#define WEB_LOGS_PATTERN_JSON_H

#include "web/logs/pattern.h"

struct condition;

/* `text` is what is between the braces. As pattern_read. */
const struct condition *condition_read(struct arena *a, struct str text, const char **why);

bool condition_holds(const struct condition *c, struct str line);	/* false for what is not JSON */

#endif
