/* A row that new thumbnails are put into: photo_item_merge. */
#include "base/err.h"
#include "storage/photo_item.h"

static void append(struct json_value *list, struct json_value *v)
{
	struct json_value **end = &list->first;

	while (*end)
		end = &(*end)->next;
	v->next = NULL;
	*end = v;
	list->count++;
}

static struct json_value *member(struct json_value *object, struct str name)
{
	for (struct json_value *m = object ? object->first : NULL; m; m = m->next)
		if (str_eq(m->name, name))
			return m;
	return NULL;
}

/* The list under "thumbnails"; NULL when it is none. */
static struct json_value *thumbnails_of(struct json_value *item)
{
	struct json_value *list = member(member(item, STR("thumbnails")), STR("L"));

	return list && list->kind == JSON_ARRAY ? list : NULL;
}

static struct str key_of(const struct json_value *thumbnail)
{
	return json_text(json_get(json_get(thumbnail, "M"), "key"), "S");
}

static struct json_value *take(struct json_value *list, struct str key)
{
	for (struct json_value **at = &list->first; *at; at = &(*at)->next)
		if (str_eq(key_of(*at), key)) {
			struct json_value *v = *at;

			*at = v->next;
			list->count--;
			return v;
		}
	return NULL;
}

static bool replaced(const struct item_merge *m, struct str key)
{
	for (int i = 0; i < m->replaces_count; i++)
		if (str_eq(m->replaces[i], key))
			return true;
	return false;
}

/* In the order of the old list, with those that are new to it at the end. */
static void merge_thumbnails(const struct item_merge *m, const struct json_value *was, struct json_value *now)
{
	struct json_value *next, fresh = *now;

	now->first = NULL;
	now->count = 0;
	for (struct json_value *v = was ? was->first : NULL; v; v = next) {
		struct json_value *same = take(&fresh, key_of(v));

		next = v->next;
		if (same)
			append(now, same);
		else if (!replaced(m, key_of(v)))
			append(now, v);
	}
	for (struct json_value *v = fresh.first; v; v = next) {
		next = v->next;
		append(now, v);
	}
}

/* What the old row has besides, a client's own attributes say, stays. */
static void merge_rest(struct json_value *was, struct json_value *now)
{
	struct json_value *next;

	for (struct json_value *v = was->first; v; v = next) {
		next = v->next;
		if (!member(now, v->name))
			append(now, v);
	}
}

static int merge(struct db *db, const struct table *t, const struct item_merge *m, struct str old, struct arena *a)
{
	struct json_value *was, *now, *list;
	struct buf text = {0};
	struct json j = json_into(&text);
	int rc;

	if ((rc = json_parse(a, old, &was)) < 0)
		return E_CORRUPT;
	if ((rc = json_parse(a, m->text, &now)) < 0)
		return rc;
	if (!(list = thumbnails_of(now)))
		return E_BAD_INPUT;
	merge_thumbnails(m, thumbnails_of(was), list);
	merge_rest(was, now);
	json_value(&j, NULL, now);
	rc = photo_item_put(db, t, m->original, m->seq, str_n(text.data, text.len), a);
	buf_clear(&text);
	return rc;
}

int photo_item_merge(struct db *db, const struct item_merge *m, struct arena *a)
{
	struct table t;
	struct str old;
	int rc;

	if (m->table.n == 0)
		return 0;
	rc = table_open(db, m->table, a, &t);
	if (rc < 0 || !photo_item_fits(&t))
		return rc == E_NOT_FOUND ? 0 : rc;
	rc = photo_item_get(db, &t, m->original->key, m->seq, a, &old);
	return rc < 0 ? rc == E_NOT_FOUND ? 0 : rc : merge(db, &t, m, old, a);
}
