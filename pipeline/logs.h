/* logs.h - the lines that a function's attempts left: START, errors, END, REPORT; of each attempt together, in the order
 * in which attempts ended. Gathered in pages as JSON, which the API answers and the command line prints. */
#ifndef PIPELINE_LOGS_H
#define PIPELINE_LOGS_H

#include <stdio.h>

#include "base/buf.h"
#include "storage/db.h"

#define LOGS_PAGE 500		/* lines; so that neither snapshot nor answer grows with the log */

/* What E_NOT_FOUND means to people. */
#define LOGS_NOTHING "no such function"

/* Lines after line `after` (0: from the first), and "next": after which to go on, or 0. Blocking. E_NOT_FOUND: no such
 * function. */
int logs_gather(struct db *db, struct str function, int64_t after, struct buf *json);

/* For people. `json` is what logs_gather wrote, *next what it says. E_BAD_INPUT if it is not. */
int logs_print(struct str json, FILE *to, int64_t *next);

#endif
