/* table.h - DynamoDB-like tables: items keyed by partition and sort key, secondary indexes.
 *
 * An item is its DynamoDB JSON ({"key":{"S":"a"},...}), canonical (numbers normalised). Keys are encoded
 * so that memcmp orders them as DynamoDB does: strings and binary by bytes, numbers by value with 38 digits
 * (key_encode in table_key.h). Index entries change in the item's own transaction.
 */
#ifndef STORAGE_TABLE_H
#define STORAGE_TABLE_H

#include "base/arena.h"
#include "base/json.h"
#include "storage/db.h"

#define TABLE_NAME_MIN 3
#define TABLE_NAME_MAX 255
#define TABLES_MAX 2500
#define TABLE_INDEXES_MAX 20
#define TABLE_LOCAL_INDEXES_MAX 5
#define TABLE_DEFINITION_MAX 65536
#define TABLE_SWEEP_MAX 1000		/* rows one transaction removes of a deleted table */
#define ITEM_SIZE_MAX (400 << 10)
#define ITEM_PK_MAX 2048
#define ITEM_SK_MAX 1024

struct table_key {			/* one KeySchema; sort.p == NULL: none */
	struct str hash, sort;		/* attribute names */
	char hash_type, sort_type;	/* 'S', 'N', 'B' */
};

struct table_index {
	struct str name;
	struct table_key key;
	bool local;			/* LSI */
	/* projection: 'A' all, 'K' keys only, 'I' include `include` (names joined by \0) */
	char projection;
	struct str include;
};

struct table {				/* parsed from the definition row; strings in the arena given */
	int64_t id, created_ms;
	int64_t items, bytes;		/* in it when it was opened */
	struct str name, definition;
	struct table_key key;
	struct table_index *indexes;
	int index_count;
};

/* `definition` is the body of a CreateTable request: AttributeDefinitions, KeySchema, and where wanted
 * GlobalSecondaryIndexes and LocalSecondaryIndexes; other members are kept and not looked at.
 * E_EXISTS, E_BAD_INPUT, E_TOO_LARGE (too many tables, too long a definition). */
int table_create(struct db *db, struct str name, struct str definition, struct arena *a, struct table *out);
int table_open(struct db *db, struct str name, struct arena *a, struct table *out);	/* E_NOT_FOUND */

/* Other indexes for a table that exists: `definition` has those of before first, in their order, and then new ones. Items
 * that are there already are not put into the new ones, until they are written again: for attributes that none has yet.
 * E_BAD_INPUT: it differs in more than that, or the table has local indexes. */
int table_add_indexes(struct db *db, const struct table *t, struct str definition);

/* The name is free at once. Rows beyond TABLE_SWEEP_MAX stay behind, unreachable; table_sweep takes
 * as many more each time and returns 1 until all are gone, then 0. */
int table_delete(struct db *db, struct str name);
int table_sweep(struct db *db);

typedef int table_each_fn(void *owner, struct str name);
int table_list(struct db *db, struct str after, int max, table_each_fn *each, void *owner);

/* The typed JSON in `item` has all key attributes, with the right types. *old (may be NULL) is what was there, else
 * absent. E_BAD_INPUT: not typed JSON, or a key of table or index is missing, of another type, or empty (an index key may
 * be missing: then the item is not in that index). E_TOO_LARGE: key, item or nesting over the limit. */
int item_put(struct db *db, const struct table *t, const struct json_value *item, struct arena *a, struct str *old);
/* `key` has just the key attributes. E_NOT_FOUND when absent. */
int item_get(struct db *db, const struct table *t, const struct json_value *key, struct arena *a, struct str *item);
int item_delete(struct db *db, const struct table *t, const struct json_value *key, struct arena *a, struct str *old);

#endif
