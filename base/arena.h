/* arena.h - memory that dies together.
 *
 * `{0}` is an empty arena. Everything taken from it lives until arena_clear.
 * Aborts when memory is out: callers bound what they take by a named limit.
 * One thread at a time.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>

#include "base/str.h"

struct arena_block;

struct arena {
	struct arena_block *head;
	size_t used;		/* bytes handed out, for limits */
};

void *arena_take(struct arena *a, size_t n);	/* zeroed, aligned for anything */
char *arena_dup(struct arena *a, struct str s);	/* with a NUL added */
struct str arena_str(struct arena *a, struct str s);
char *arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), nonnull(1, 2)));
/* At most `max` bytes of it: what a client has sent may be part of the text. */
char *arena_vprintf(struct arena *a, size_t max, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0), nonnull(1, 3)));
void arena_clear(struct arena *a);

#endif
