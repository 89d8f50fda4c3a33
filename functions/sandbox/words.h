/* words.h - a message of the daemon taken apart: a struct, then texts that end with a NUL each. */
#ifndef SANDBOX_WORDS_H
#define SANDBOX_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "functions/wire.h"

struct words {
	const char *at, *end;		/* borrowed from the message */
};

/* Copies the struct. False when the message is shorter. */
bool words_open(struct words *w, const struct wire_message *m, void *to, size_t size);

/* Points into the message; NULL when there is none, or its NUL is missing. */
const char *words_next(struct words *w);

/* `n` of them and a NULL into list[n + 1]. False when there are fewer. */
bool words_list(struct words *w, const char **list, int n);

#endif
