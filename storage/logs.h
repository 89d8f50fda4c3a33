/* logs.h - log groups, their streams, and the lines in them: CloudWatch Logs' nouns. Functions write, people read.
 *
 * A group has at most LOG_GROUP_BYTES_MAX bytes of lines and as many days as its retention says; older lines go first:
 * for their bytes when others are written, for their age now and then (logs_trim), which also takes streams that lost all their lines so.
 * What was deleted is not seen any more at once; its rows go step by step (logs_trim). Times are wall milliseconds. A line's id is its number
 * among those of its group and time, from 1: lines keep their order of arrival within one time.
 *
 * Names are not empty, and those of groups do not begin with a blank (E_BAD_INPUT); what else they are made of is the face's business.
 */
#ifndef STORAGE_LOGS_H
#define STORAGE_LOGS_H

#include "base/arena.h"
#include "storage/db.h"

#define LOG_GROUP_NAME_MAX 512
#define LOG_STREAM_NAME_MAX (3 * 512)	/* bytes: of 512 characters as AWS counts them, which are units of UTF-16 */
#define LOG_LINE_MAX (256 << 10)	/* longer ones are cut */
#define LOG_GROUPS_MAX 10000
#define LOG_STREAMS_MAX 50000		/* in one group, made by request */
#define LOG_GROUP_BYTES_MAX (256LL << 20)
#define LOG_GROUP_OF_FUNCTION "/aws/lambda/"	/* and its name, unless its configuration says another one */
#define LOG_LINE_OVERHEAD 26		/* bytes that AWS counts for each line */

struct log_group {
	int64_t id, created_ms, bytes;
	int retention_days;		/* 0: for ever */
	struct str name;
};

struct log_stream {
	int64_t id, created_ms, first_ms, last_ms, ingested_ms;	/* of its lines; 0: none yet */
	struct str name;
};

struct log_line {
	int64_t id, at_ms, ingested_ms;
	struct str stream, text;
};

/* In a change. */
int log_group_create(struct db *db, struct str name, int64_t *id);		/* E_EXISTS, E_TOO_LARGE (LOG_GROUPS_MAX, or the name) */
int log_group_delete(struct db *db, struct str name);				/* with all in it; E_NOT_FOUND */
int log_group_retain(struct db *db, struct str name, int days);		/* E_NOT_FOUND */
int log_stream_create(struct db *db, int64_t group, struct str name);		/* E_EXISTS, E_TOO_LARGE (LOG_STREAMS_MAX, or the name) */
int log_stream_delete(struct db *db, int64_t group, struct str name);		/* E_NOT_FOUND */
/* Group and stream come into being when they are missing, over LOG_GROUPS_MAX too: what is made by request must not silence functions. at_ms
 * (not before 1970) and text of each line are read. */
int log_write(struct db *db, struct str group, struct str stream, const struct log_line *lines, int n);
int logs_trim(struct db *db, int64_t now_ms, int max);				/* lines gone; at most `max` */

/* (reader) Lists are in the order of names, after `after` (absent: from the first), at most `max`. `each` ends one by anything but 0,
 * which is returned. */
int log_group_get(struct db *db, struct str name, struct arena *a, struct log_group *g);	/* E_NOT_FOUND */
typedef int log_group_each_fn(void *owner, const struct log_group *g);
int log_group_list(struct db *db, struct str prefix, struct str after, int max, log_group_each_fn *each, void *owner);
int log_stream_get(struct db *db, int64_t group, struct str name, struct arena *a, struct log_stream *s);
typedef int log_stream_each_fn(void *owner, const struct log_stream *s);
/* By name, or by the time of the last line and then by name; from the last one seen on (absent: the first). A prefix only by name. */
struct log_stream_query {
	int64_t group;
	struct str prefix;
	bool by_time, descending;
	int64_t after_ms;		/* last_ms of the last one seen; only by_time */
	struct str after;
	int max;
};
int log_stream_list(struct db *db, const struct log_stream_query *q, log_stream_each_fn *each, void *owner);

/* Lines in [from_ms, to_ms), of one stream or of the whole group (stream 0), in the order of (at_ms, id) or against it; those beyond
 * (at_ms, id) of the last one seen, which is (0, 0) at the beginning. */
struct log_query {
	int64_t group, stream, from_ms, to_ms, after_ms, after_id;
	bool newest_first;
	int max;
};
typedef int log_line_each_fn(void *owner, const struct log_line *l);
int log_lines(struct db *db, const struct log_query *q, log_line_each_fn *each, void *owner);

#endif
