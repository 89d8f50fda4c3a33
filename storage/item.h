/* item.h - where an item is: the key columns of its row and of its index entries. For item.c and table_query.c. */
#ifndef STORAGE_ITEM_H
#define STORAGE_ITEM_H

#include "storage/table.h"

struct item_place {			/* `{0}` is none; clear with item_place_clear */
	struct buf pk, sk;		/* sk is "" in a table without sort key */
};

/* Of `attributes` ({"name":{"S":"x"}...}) in the table. Errors as item_put. */
int item_place(const struct table *t, const struct json_value *attributes, struct item_place *p);

/* In an index. `home` is its place in the table. E_NOT_FOUND: a key attribute is missing, so the item is not in it. */
int item_place_in(const struct table_index *x, const struct json_value *attributes, const struct item_place *home,
		  struct item_place *p);

void item_place_clear(struct item_place *p);
struct str item_place_sk(const struct item_place *p);	/* never absent: NULL is not "" in SQL */

#endif
