/* answer.h - the checks that a message from a cage must pass before anybody believes it. */
#ifndef FUNCTIONS_ANSWER_H
#define FUNCTIONS_ANSWER_H

#include "functions/pool.h"
#include "functions/wire.h"

/* Fills `i` from a WIRE_RESULT or WIRE_ERROR, taking m->fd. False when the message does not hold what it must;
 * then *why tells, and `i` is as it was. */
bool answer_take(struct invocation *i, struct wire_message *m, const char **why);

#endif
