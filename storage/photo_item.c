#include "storage/photo_item.h"

#include "base/err.h"
#include "storage/bucket.h"
#include "storage/journal.h"

bool photo_item_fits(const struct table *t)
{
	return str_eq(t->key.hash, STR("key")) && t->key.hash_type == 'S' && !str_is_set(t->key.sort);
}

static int make_key(struct str key, struct arena *a, struct json_value **name)
{
	struct buf text = {0};
	struct json j = json_into(&text);
	int rc;

	json_open(&j, NULL, '{');
	json_open(&j, "key", '{');
	json_str(&j, "S", key);
	json_close(&j);
	json_close(&j);
	rc = json_parse(a, str_n(text.data, text.len), name);
	buf_clear(&text);
	return rc;
}

static void add_text(struct arena *a, struct json_value *item, struct str name, struct str value)
{
	struct json_value *attribute = arena_take(a, sizeof *attribute), *text = arena_take(a, sizeof *text);
	struct json_value **end = &item->first;

	*text = (struct json_value){ .kind = JSON_STRING, .name = STR("S"), .text = value };
	*attribute = (struct json_value){ .kind = JSON_OBJECT, .name = name, .first = text, .count = 1 };
	while (*end)
		end = &(*end)->next;
	*end = attribute;
	item->count++;
}

int photo_item_put(struct db *db, const struct table *t, const struct object_ref *original, int64_t seq, struct str text,
		   struct arena *a)
{
	char sequencer[SEQUENCER_SIZE], bucket[BUCKET_NAME_MAX + 1];
	struct json_value *item;
	int rc;

	if ((rc = json_parse(a, text, &item)) < 0)
		return rc;
	if (item->kind != JSON_OBJECT)
		return E_BAD_INPUT;
	if (!json_get(item, "origin")) {
		if ((rc = bucket_name_of(db, original->bucket, bucket)) < 0)
			return rc;
		add_text(a, item, STR("origin"), arena_str(a, str_of(bucket)));
	}
	event_sequencer(sequencer, seq);
	if (!json_get(item, "sequencer"))
		add_text(a, item, STR("sequencer"), arena_str(a, str_of(sequencer)));
	return item_put(db, t, item, a, NULL);
}

int photo_item_remove(struct db *db, struct str table, struct str key, struct arena *a)
{
	struct json_value *name;
	struct table t;
	int rc;

	if (table.n == 0)
		return 0;
	rc = table_open(db, table, a, &t);
	if (rc < 0 || !photo_item_fits(&t))
		return rc == E_NOT_FOUND ? 0 : rc;
	if ((rc = make_key(key, a, &name)) == 0)
		rc = item_delete(db, &t, name, a, NULL);
	return rc == E_NOT_FOUND ? 0 : rc;
}

/* Is that the row of this version? Its origin is not asked: that row would be of another photo. */
static bool is_of(const struct json_value *item, int64_t seq)
{
	char sequencer[SEQUENCER_SIZE];

	event_sequencer(sequencer, seq);
	return str_eq(json_text(json_get(item, "sequencer"), "S"), str_of(sequencer));
}

static int look(struct db *db, struct str key, const struct photo_row *p, struct arena *a)
{
	struct json_value *name, *item;
	struct table t;
	struct str text;
	int rc;

	rc = table_open(db, p->table, a, &t);
	if (rc == E_NOT_FOUND || (rc == 0 && t.created_ms > p->done_ms))
		return PHOTO_ITEM_NO_TABLE;
	if (rc < 0 || (rc = make_key(key, a, &name)) < 0)
		return rc;
	rc = item_get(db, &t, name, a, &text);
	if (rc < 0)
		return rc == E_NOT_FOUND || rc == E_BAD_INPUT ? PHOTO_ITEM_MISSING : rc;
	if ((rc = json_parse(a, text, &item)) < 0)
		return rc;
	return is_of(item, p->seq) ? PHOTO_ITEM_THERE : PHOTO_ITEM_OTHER;
}

int photo_item_look(struct db *db, struct str key, const struct photo_row *p)
{
	struct arena a = {0};
	int rc = PHOTO_ITEM_RELEASED;

	if (p->table.n > 0)
		rc = look(db, key, p, &a);
	arena_clear(&a);
	return rc;
}

int photo_item_get(struct db *db, const struct table *t, struct str key, int64_t seq, struct arena *a, struct str *text)
{
	struct json_value *name, *item;
	int rc = make_key(key, a, &name);

	if (rc < 0 || (rc = item_get(db, t, name, a, text)) < 0)
		return rc == E_BAD_INPUT ? E_NOT_FOUND : rc;
	if ((rc = json_parse(a, *text, &item)) < 0)
		return rc;
	return is_of(item, seq) ? 0 : E_NOT_FOUND;
}

static int release(struct db *db, int64_t bucket, struct str key, int64_t seq)
{
	struct query q = db_query(db, SQL_PHOTO_NO_ITEM);

	query_int(&q, 1, bucket);
	query_bytes(&q, 2, key);
	query_int(&q, 3, seq);
	return query_run(&q);
}

/* The version whose row `item` was: of the result that vouches for it, or of an original that failed, whose row says
 * why. 0: of neither. */
static int64_t version_of(struct db *db, const struct table *t, int64_t bucket, const struct json_value *item, struct arena *a,
			  bool *vouched)
{
	struct str key = json_text(json_get(item, "key"), "S");
	struct photo_row p;
	int rc = photo_get(db, bucket, key, a, &p);

	*vouched = rc == 0 && str_eq(p.table, t->name);
	if (rc == E_NOT_FOUND)
		p.seq = object_seq(db, bucket, key);
	else if (rc < 0 || !*vouched)
		return rc;
	return p.seq <= 0 || is_of(item, p.seq) ? p.seq : 0;
}

static bool same_result(const struct json_value *was, const struct json_value *now)
{
	static const char *const names[] = { "origin", "sequencer" };

	for (int i = 0; now && i < 2; i++)
		if (!str_eq(json_text(json_get(was, names[i]), "S"), json_text(json_get(now, names[i]), "S")))
			return false;
	return now != NULL;
}

int photo_item_touched(struct db *db, const struct table *t, struct str old, const struct json_value *now, struct arena *a)
{
	struct journal_line l = { .what = now ? JOURNAL_ROW_REPLACED : JOURNAL_ROW_REMOVED };
	struct json_value *item;
	bool vouched;
	int rc;

	if (!str_is_set(old) || !photo_item_fits(t))
		return 0;
	if ((rc = json_parse(a, old, &item)) < 0)
		return rc;
	if (same_result(item, now))
		return 0;
	if ((rc = bucket_find(db, json_text(json_get(item, "origin"), "S"), &l.bucket, NULL)) < 0)
		return rc == E_NOT_FOUND ? 0 : rc;
	l.key = json_text(json_get(item, "key"), "S");
	if ((l.seq = version_of(db, t, l.bucket, item, a, &vouched)) <= 0)
		return (int)l.seq;
	if (vouched && (rc = release(db, l.bucket, l.key, l.seq)) < 0)
		return rc;
	l.detail = str_of(arena_printf(a, "table %.*s", STR_ARG(t->name)));
	return journal_add(db, &l);
}
