/* complaint.h - what a command says when it could not do what was asked: one line on stderr that names the thing, what
 * is wrong with it, and what to do next. */
#ifndef PIPELINE_COMPLAINT_H
#define PIPELINE_COMPLAINT_H

#include "base/str.h"
#include "pipeline/client.h"

/* Each returns COMPLAINED, so that a command ends by it. */
#define COMPLAINED 1

/* `missing`: what E_NOT_FOUND means here; NULL: nothing more than that. */
int complain(const char *about, int rc, const char *missing);

/* A data directory, or its credentials, that could not be opened. */
int complain_dir(const char *dir, int rc);

/* The first of the variables that client_from_environment needs and that is not set. */
int complain_environment(void);

/* A daemon that did not answer 200: `status` and `answer` are those of client_call. `about`: what was asked for. */
int complain_answer(const char *about, const struct client *c, int status, const struct buf *answer);

#endif
