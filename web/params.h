/* params.h - the parameters of a query, decoded, in the order sent.
 *
 * `?acl` and `?acl=` are the same: set and empty. Names are case-sensitive, as S3's are.
 */
#ifndef WEB_PARAMS_H
#define WEB_PARAMS_H

#include "base/arena.h"
#include "base/str.h"

#define PARAMS_MAX 64

struct params {
	struct param {
		struct str name, value;
	} at[PARAMS_MAX];
	int count;
};

/* Strings live in `a`. E_BAD_INPUT for a bad escape, E_TOO_LARGE for too many. `plus`: '+' is a blank. */
int params_parse(struct arena *a, struct str query, bool plus, struct params *p);

/* The first of that name; absent if there is none. */
struct str params_get(const struct params *p, const char *name);
struct str params_iget(const struct params *p, const char *name);	/* ASCII case ignored */

#endif
