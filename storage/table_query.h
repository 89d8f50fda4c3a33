/* table_query.h - many items in order: one partition of a table or index, or all of it.
 *
 * A page ends after `limit` items or TABLE_PAGE_BYTES of them, whichever is first; then `last` is the key
 * to hand back as `after`. Items are in the order of the sort key; in a scan the order is fixed and means nothing.
 *
 * Each item is what the table or the index projects, unless `whole` asks for all attributes.
 *
 * Blocking; each call is one statement, and so one snapshot.
 */
#ifndef STORAGE_TABLE_QUERY_H
#define STORAGE_TABLE_QUERY_H

#include "storage/table.h"

#define TABLE_PAGE_BYTES (1 << 20)
#define TABLE_SCAN_ROWS 10000		/* a page of a segment ends after looking at so many rows */
#define TABLE_SEGMENTS_MAX 1000000

enum key_op { KEY_ANY, KEY_EQ, KEY_LT, KEY_LE, KEY_GT, KEY_GE, KEY_BETWEEN, KEY_BEGINS };

struct table_query {
	const struct table *table;
	const struct table_index *index;	/* one of the table's; NULL: the table itself */
	const struct json_value *hash;		/* typed value; NULL: a scan */
	enum key_op op;				/* on the sort key */
	const struct json_value *low, *high;	/* typed values; `high` for KEY_BETWEEN */
	bool backward;
	const struct json_value *after;		/* key attributes of table and index; NULL: from the start */
	int limit;				/* 0: none */
	bool whole;
	bool count_only;			/* items stay absent */
	int segment, segments;			/* of a scan; segments 0: all */
};

struct table_page {			/* strings in the arena */
	struct str *items;
	int count;
	int64_t bytes;			/* read */
	struct str last;		/* JSON of key attributes; absent at the end */
};

/* E_BAD_INPUT: a value is not of the key's type, or `after` has not just the key attributes. E_MISMATCH: `after` is
 * in another partition. E_PRECONDITION: `after` does not meet the condition on the sort key. */
int table_query(struct db *db, const struct table_query *q, struct arena *a, struct table_page *out);

#endif
