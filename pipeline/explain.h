/* explain.h - the whole life of one photo: upload and the door it came by, event, every attempt with its error, result, what its bucket's
 * webhook was told, is to be told and could not be told, next action
 * (promise 3). Gathered as JSON, which the API answers and the command line prints; a finished photo, an object
 * that is gone and one that never was all have an answer. Of a long life "journal" has the newest lines, and
 * "newest_lines" says how many. What it says of
 * thumbnails and row is how they are now, not how they were made. */
#ifndef PIPELINE_EXPLAIN_H
#define PIPELINE_EXPLAIN_H

#include <stdio.h>

#include "base/buf.h"
#include "storage/db.h"

/* What E_NOT_FOUND means to people. */
#define EXPLAIN_NOTHING "nothing is known of such an object"

/* Blocking. E_NOT_FOUND: no such bucket, or nothing is known of that key. */
int explain_gather(struct db *db, struct str bucket, struct str key, struct buf *json);

/* For people. `json` is what explain_gather wrote. E_BAD_INPUT if it is not. */
int explain_print(struct str json, FILE *to);

#endif
