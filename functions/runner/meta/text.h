/* text.h - texts of strangers into fixed fields: valid UTF-8, without control characters, cut between characters.
 *
 * A field that already has something is left alone: whoever is asked first has the say.
 */
#ifndef RUNNER_TEXT_H
#define RUNNER_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum text_charset {
	TEXT_UTF8,	/* and what is not that, byte by byte as Latin-1: old cameras and programs say nothing about it */
	TEXT_LATIN1
};

/* Up to a NUL in `from`; control characters become blanks, runs of blanks one, those at both ends nothing. */
void text_put(char *to, size_t size, struct str from, enum text_charset charset);

/* A number at the start: a minus or not, digits, perhaps a point and more digits, perhaps "/" and another such. False without digits. */
bool text_real(struct str from, double *to);

#endif
