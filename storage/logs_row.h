/* logs_row.h - what logs.c and logs_trim.c share. All in a change. */
#ifndef STORAGE_LOGS_ROW_H
#define STORAGE_LOGS_ROW_H

#include "storage/db.h"

/* A group's bytes are so many more (or less); *bytes: now. */
int logs_grow(struct db *db, int64_t group, int64_t more, int64_t *bytes);

/* The oldest lines of a group or stream (`what`: SQL_LOG_LINES_DROP or SQL_LOG_LINES_DROP_STREAM) from before that time go, at most `max`, and
 * their group has fewer bytes. Count. */
int logs_drop(struct db *db, enum sql what, int64_t id, int64_t before_ms, int max);

/* Streams whose last line is older than the oldest that is left, or than that time when none is left, have lost all: at most `max` of them go. One
 * that is still written to comes into being again. */
int logs_drop_emptied(struct db *db, int64_t group, int64_t before_ms, int max);

#endif
