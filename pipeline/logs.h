/* logs.h - the lines in a function's log group, what it printed and the START, errors, END and REPORT of its attempts, in the order of their
 * times. Gathered in pages as JSON, which the API answers and the command line prints. */
#ifndef PIPELINE_LOGS_H
#define PIPELINE_LOGS_H

#include <stdio.h>

#include "base/buf.h"
#include "storage/db.h"

/* So that neither snapshot nor answer grows with the log: */
#define LOGS_PAGE 500			/* lines */
#define LOGS_PAGE_BYTES (1 << 20)	/* of the answer, and the line that goes over it */

/* A place in a log, between two lines: "" is the beginning, otherwise "TIME.ID" of the line before it. */
#define LOGS_PLACE_MAX 44

/* What E_NOT_FOUND means to people. */
#define LOGS_NOTHING "no such function"

/* Lines from `place` on, and "next": the place to go on at, "" after the last one. Blocking. E_NOT_FOUND: no such function, nor lines of one
 * that was deleted. E_BAD_INPUT: that is no place. */
int logs_gather(struct db *db, struct str function, struct str place, struct buf *json);

/* For people. `json` is what logs_gather wrote, `next` what it says. E_BAD_INPUT if it is not. */
int logs_print(struct str json, FILE *to, char next[LOGS_PLACE_MAX]);

#endif
