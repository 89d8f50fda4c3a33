/* pattern.h - which lines a filter pattern means. docs.aws.amazon.com, CloudWatch Logs: "Filter pattern syntax".
 *
 *     nothing             all
 *     ERROR timeout       has all of these words; "a phrase" is in quotes; -word: and not this one
 *     ?ERROR ?WARN        has one of these, if there are only such
 *     { $.level = "E*" && ($.code >= 500 || $.a.b[0] IS NULL) }
 *                         is JSON that holds this: = != < <= > >=, IS NULL, IS TRUE, IS FALSE, NOT EXISTS. In a selector [*] is
 *                         any element, in a text compared by = or != an asterisk is any bytes. A comparison with what is not there is false
 *
 *     [ip, user, ..., status = 4* && status != 404, bytes > 1000]
 *                         has these columns, apart by blanks, exactly as many, but for an ellipsis, which is any number of them; with these values
 *
 * Words begin and end where words of the line do. Regular expressions, %a%, are not built and are refused, like what is no pattern. Case counts.
 */
#ifndef WEB_LOGS_PATTERN_H
#define WEB_LOGS_PATTERN_H

#include "base/arena.h"

#define PATTERN_DEPTH_MAX 32		/* of parentheses */

struct pattern;

/* NULL: no such pattern, or not built; *why says it. All in `a`. */
const struct pattern *pattern_read(struct arena *a, struct str text, const char **why);

bool pattern_matches(const struct pattern *p, struct str line);

#endif
