/* constraints.h - which constraints of a request are broken, told together in the one sentence of AWS's framework:
 *
 *     1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900
 *
 * `{ .most = N }` has none yet; more than N are not told. A max of 0 is none. An absent value is shown as null. Whoever has the request
 * has them, on whatever thread.
 */
#ifndef WEB_CONSTRAINTS_H
#define WEB_CONSTRAINTS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

#define CONSTRAINTS_MOST 10		/* that are told where the service tells no more */
#define CONSTRAINT_TEXT_MAX 2048	/* bytes of what one says; the value comes besides */

struct constraints {
	struct buf text;		/* owned */
	int count;			/* of the broken ones, told or not */
	int most;			/* that are told; 0: all */
};

/* One is broken; `fmt` is the whole of what it says. */
void constraints_broken(struct constraints *k, const char *path, struct str value, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* As AWS's framework counts them, which is Java: units of UTF-16. */
int64_t constraints_characters(struct str text);

/* `n` is the length or count of what is shown as `value`; or the number that it is. */
void constraints_length(struct constraints *k, const char *path, struct str value, int64_t n, int64_t min, int64_t max);
void constraints_range(struct constraints *k, const char *path, struct str value, int64_t n, int64_t min, int64_t max);

/* `values` are all there are, as messages list them: "A, B, C". False when it is none of them. */
bool constraints_enum(struct constraints *k, const char *path, struct str value, struct str values);
bool constraints_among(struct str values, struct str word);

/* Of a JSON number or a query's; false: it is none. */
bool constraints_whole_number(struct str s, int64_t *n);

/* The sentence, in `a`; NULL: none is broken. */
const char *constraints_sentence(const struct constraints *k, struct arena *a);

void constraints_clear(struct constraints *k);

#endif
