/* say.h - why a photo was refused, as one sentence for people beside the reason's code. */
#ifndef RUNNER_SAY_H
#define RUNNER_SAY_H

#include "functions/reason.h"

#define SAY_MAX 512

/* Writes the sentence and returns `r`, so that a refusal is one statement. */
enum reason say(char message[SAY_MAX], enum reason r, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
