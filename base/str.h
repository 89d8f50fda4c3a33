/* str.h - a borrowed run of bytes: pointer and length, not NUL-terminated.
 *
 * `{0}` is the empty str and also "absent" (`p == NULL`); str_is_set tells the
 * two apart. Whoever made the bytes owns them; a str never frees anything.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
#define STR_ARG(s) (int)(s).n, (s).p	/* for "%.*s" */

static inline struct str str_of(const char *s)
{
	return (struct str){ s, s ? strlen(s) : 0 };
}

static inline struct str str_n(const void *p, size_t n)
{
	return (struct str){ p, n };
}

static inline bool str_is_set(struct str s)
{
	return s.p != NULL;
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_ieq(struct str a, struct str b);	/* ASCII case ignored */
int str_cmp(struct str a, struct str b);	/* by bytes, as S3 orders keys */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
struct str str_trim(struct str s);		/* blanks and tabs at both ends */

/* The part before the first `sep`, which is removed from *rest with it. When
 * there is none, all of *rest, and *rest becomes absent. False once absent. */
bool str_next(struct str *rest, char sep, struct str *part);

/* Whole string, digits only. E_BAD_INPUT also when outside [min, max]. */
int str_to_int(struct str s, int64_t min, int64_t max, int64_t *out);

#endif
