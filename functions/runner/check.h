/* check.h - the function's variables looked at before there is any photo: what `minilab serve` asks about its own. */
#ifndef RUNNER_CHECK_H
#define RUNNER_CHECK_H

#include "functions/runner/say.h"

/* `json` is an object of texts. False with a sentence about the first that no part of the function knows or that makes no sense. */
bool check_variables(struct str json, char message[SAY_MAX]);

#endif
