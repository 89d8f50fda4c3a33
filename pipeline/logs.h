/* logs.h - the lines that a function's attempts left: START, errors, END, REPORT, oldest first. */
#ifndef PIPELINE_LOGS_H
#define PIPELINE_LOGS_H

#include <stdio.h>

#include "storage/db.h"

/* Blocking. E_NOT_FOUND: no such function. */
int logs_print(struct db *db, struct str function, FILE *to);

#endif
