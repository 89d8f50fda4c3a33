#include "storage/item.h"

#include "base/check.h"
#include "base/err.h"
#include "storage/attribute.h"
#include "storage/table_key.h"

/* Everything about one item_put or item_delete. */
struct edit {
	struct db *db;
	const struct table *t;
	struct arena *a;
	struct item_place place;	/* owned */
	struct buf text;		/* owned; the new value */
	size_t size;
	int64_t id;			/* of the row; 0: there is none */
	int64_t old_size;
	struct str old;			/* in the arena; absent if there was none */
};

static const struct json_value *attribute(const struct json_value *item, struct str name)
{
	for (const struct json_value *m = item->first; m; m = m->next)
		if (str_eq(m->name, name))
			return m;
	return NULL;
}

struct str item_place_sk(const struct item_place *p)
{
	return p->sk.len > 0 ? str_n(p->sk.data, p->sk.len) : STR("");
}

void item_place_clear(struct item_place *p)
{
	buf_clear(&p->pk);
	buf_clear(&p->sk);
}

int item_place(const struct table *t, const struct json_value *attributes, struct item_place *p)
{
	int rc;

	if (attributes->kind != JSON_OBJECT)
		return E_BAD_INPUT;
	rc = key_encode(&p->pk, t->key.hash_type, attribute(attributes, t->key.hash), ITEM_PK_MAX);
	if (rc == 0 && str_is_set(t->key.sort))
		rc = key_encode(&p->sk, t->key.sort_type, attribute(attributes, t->key.sort), ITEM_SK_MAX);
	return rc;
}

int item_place_in(const struct table_index *x, const struct json_value *attributes, const struct item_place *home,
		  struct item_place *p)
{
	const struct json_value *hash = attribute(attributes, x->key.hash), *sort = NULL;
	struct buf key = {0};
	int rc = E_NOT_FOUND;

	if (str_is_set(x->key.sort))
		sort = attribute(attributes, x->key.sort);
	if (!hash || (str_is_set(x->key.sort) && !sort))
		goto out;
	if ((rc = key_encode(&p->pk, x->key.hash_type, hash, ITEM_PK_MAX)) < 0)
		goto out;
	if (sort) {
		if ((rc = key_encode(&key, x->key.sort_type, sort, ITEM_SK_MAX)) < 0)
			goto out;
		key_part(&p->sk, str_n(key.data, key.len));
	}
	key_part(&p->sk, str_n(home->pk.data, home->pk.len));
	buf_add(&p->sk, item_place_sk(home).p, item_place_sk(home).n);
out:
	buf_clear(&key);
	return rc;
}

static int write_item(struct edit *e, const struct json_value *item)
{
	struct json j = json_into(&e->text);
	int rc = 0;

	json_open(&j, NULL, '{');
	for (const struct json_value *m = item->first; m && rc == 0; m = m->next) {
		e->size += m->name.n;
		json_name(&j, m->name);
		rc = attribute_write(&j, JSON_NAMED, m, &e->size);
	}
	json_close(&j);
	if (rc == 0 && e->size > ITEM_SIZE_MAX)
		rc = E_TOO_LARGE;
	return rc;
}

static int load(struct edit *e)
{
	struct query q = db_query(e->db, SQL_ITEM_GET);

	query_int(&q, 1, e->t->id);
	query_bytes(&q, 2, str_n(e->place.pk.data, e->place.pk.len));
	query_bytes(&q, 3, item_place_sk(&e->place));
	if (query_step(&q) == QUERY_ROW) {
		e->id = col_int(&q, 0);
		e->old_size = col_int(&q, 1);
		e->old = arena_str(e->a, col_str(&q, 2));
	}
	return query_end(&q);
}

static int store_row(struct edit *e)
{
	bool add = e->id == 0;
	struct query q = db_query(e->db, add ? SQL_ITEM_ADD : SQL_ITEM_SET);
	int rc;

	query_int(&q, 1, add ? e->t->id : e->id);
	if (add) {
		query_bytes(&q, 2, str_n(e->place.pk.data, e->place.pk.len));
		query_bytes(&q, 3, item_place_sk(&e->place));
	}
	query_int(&q, add ? 4 : 2, (int64_t)e->size);
	query_bytes(&q, add ? 5 : 3, str_n(e->text.data, e->text.len));
	rc = query_run(&q);
	if (rc == 0 && add)
		e->id = db_last_rowid(e->db);
	return rc;
}

static int write_entry(struct edit *e, enum sql id, int index, const struct item_place *p)
{
	struct query q = db_query(e->db, id);

	query_int(&q, 1, e->t->id);
	query_int(&q, 2, index);
	query_bytes(&q, 3, str_n(p->pk.data, p->pk.len));
	query_bytes(&q, 4, item_place_sk(p));
	query_int(&q, 5, e->id);
	return query_run(&q);
}

static bool same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

/* One index, from the item as it was (NULL: was not) to the item as it will be (NULL: will not be). */
static int move_entry(struct edit *e, int index, const struct json_value *was, const struct json_value *will)
{
	const struct table_index *x = &e->t->indexes[index];
	struct item_place from = {0}, to = {0};
	bool had, has;
	int rc = 0;

	had = was && item_place_in(x, was, &e->place, &from) == 0;
	if (will) {
		rc = item_place_in(x, will, &e->place, &to);
		has = rc == 0;
		rc = rc == E_NOT_FOUND ? 0 : rc;
	} else {
		has = false;
	}
	if (rc < 0 || (had && has && same(&from.pk, &to.pk) && same(&from.sk, &to.sk)))
		goto out;
	if (had && (rc = write_entry(e, SQL_GSI_REMOVE, index, &from)) < 0)
		goto out;
	if (has)
		rc = write_entry(e, SQL_GSI_ADD, index, &to);
out:
	item_place_clear(&from);
	item_place_clear(&to);
	return rc;
}

static int move_entries(struct edit *e, const struct json_value *will)
{
	struct json_value *was = NULL;
	int rc;

	if (e->t->index_count == 0)
		return 0;
	if (str_is_set(e->old) && (rc = json_parse(e->a, e->old, &was)) < 0)
		return E_CORRUPT;
	for (int i = 0; i < e->t->index_count; i++)
		if ((rc = move_entry(e, i, was, will)) < 0)
			return rc;
	return 0;
}

static int add_totals(struct edit *e, int64_t items, int64_t bytes)
{
	struct query q;

	if (items == 0 && bytes == 0)
		return 0;
	q = db_query(e->db, SQL_TABLE_TOTALS);
	query_int(&q, 1, e->t->id);
	query_int(&q, 2, items);
	query_int(&q, 3, bytes);
	return query_run(&q);
}

static int finish(struct edit *e, int rc, struct str *old)
{
	if (old)
		*old = rc == 0 ? e->old : (struct str){0};
	item_place_clear(&e->place);
	buf_clear(&e->text);
	return rc;
}

int item_put(struct db *db, const struct table *t, const struct json_value *item, struct arena *a, struct str *old)
{
	struct edit e = { .db = db, .t = t, .a = a };
	bool replaces;
	int rc;

	if ((rc = item_place(t, item, &e.place)) < 0 || (rc = write_item(&e, item)) < 0 || (rc = load(&e)) < 0)
		goto out;
	replaces = e.id != 0;
	if (replaces && str_eq(e.old, str_n(e.text.data, e.text.len)))
		goto out;
	if ((rc = store_row(&e)) < 0 || (rc = move_entries(&e, item)) < 0)
		goto out;
	rc = add_totals(&e, replaces ? 0 : 1, (int64_t)e.size - e.old_size);
out:
	return finish(&e, rc, old);
}

int item_get(struct db *db, const struct table *t, const struct json_value *key, struct arena *a, struct str *item)
{
	struct edit e = { .db = db, .t = t, .a = a };
	int rc;

	if ((rc = item_place(t, key, &e.place)) == 0 && (rc = load(&e)) == 0 && e.id == 0)
		rc = E_NOT_FOUND;
	return finish(&e, rc, item);
}

int item_delete(struct db *db, const struct table *t, const struct json_value *key, struct arena *a, struct str *old)
{
	struct edit e = { .db = db, .t = t, .a = a };
	struct query q;
	int rc;

	if ((rc = item_place(t, key, &e.place)) < 0 || (rc = load(&e)) < 0)
		goto out;
	if (e.id == 0) {
		rc = E_NOT_FOUND;
		goto out;
	}
	if ((rc = move_entries(&e, NULL)) < 0)
		goto out;
	q = db_query(db, SQL_ITEM_REMOVE);
	query_int(&q, 1, e.id);
	if ((rc = query_run(&q)) == 0)
		rc = add_totals(&e, -1, -e.old_size);
out:
	return finish(&e, rc, old);
}
