/* refusal.h - how a face notes that it says no: a row of its table of errors, and perhaps a better message than the row's.
 *
 * `{0}` is no refusal yet: code 0 of each face's table is that all is fine. The first reason stays. The struct belongs to whoever has the
 * request; messages live in its arena.
 */
#ifndef WEB_REFUSAL_H
#define WEB_REFUSAL_H

#include "base/arena.h"

struct error_row {
	int status;
	const char *name;
	const char *message;		/* when there is nothing better to say; NULL: none */
};

struct refusal {
	int code;			/* of the face's own enum */
	const char *message;		/* NULL: the row's */
};

/* `fmt` NULL: the row's message. Texts are cut after REFUSAL_MAX bytes (routes.h). Always E_BAD_INPUT. */
int refusal_note(struct refusal *r, struct arena *a, int code, const char *fmt, va_list ap) __attribute__((format(printf, 4, 0)));

/* What a failure of storage means to a client: a table ended by rc 0. */
struct error_meaning {
	int rc, code;
};
int error_meaning(const struct error_meaning *table, int rc, int otherwise);

#endif
