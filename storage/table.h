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
	struct str name, definition;
	struct table_key key;
	struct table_index *indexes;
	int index_count;
};

int table_create(struct db *db, struct str name, struct str definition, struct arena *a, struct table *out);	/* E_EXISTS, E_BAD_INPUT */
int table_open(struct db *db, struct str name, struct arena *a, struct table *out);	/* E_NOT_FOUND */
int table_delete(struct db *db, struct str name);
typedef int table_each_fn(void *owner, struct str name);
int table_list(struct db *db, struct str after, int max, table_each_fn *each, void *owner);

/* The typed JSON in `item` has all key attributes, with the right types. *old (may be NULL) is what was there. */
int item_put(struct db *db, const struct table *t, const struct json_value *item, struct arena *a, struct str *old);
/* `key` has just the key attributes. E_NOT_FOUND when absent. */
int item_get(struct db *db, const struct table *t, const struct json_value *key, struct arena *a, struct str *item);
int item_delete(struct db *db, const struct table *t, const struct json_value *key, struct arena *a, struct str *old);

#endif
