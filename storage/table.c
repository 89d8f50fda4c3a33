#include "storage/table.h"

#include <stdio.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "storage/attribute.h"

#define HIDDEN_NAME_MAX 24

static char key_type_of(const struct json_value *definitions, struct str name)
{
	if (!definitions || name.n == 0)
		return 0;
	for (const struct json_value *d = definitions->first; d; d = d->next) {
		enum attribute_type t = attribute_type_find(json_text(d, "AttributeType"));

		if (str_eq(json_text(d, "AttributeName"), name))
			return t <= ATTRIBUTE_B ? attribute_type_name(t)[0] : 0;
	}
	return 0;
}

/* KeySchema of the table or of an index: HASH, then maybe RANGE. */
static int read_key(const struct json_value *definitions, const struct json_value *schema, struct table_key *k)
{
	const struct json_value *hash, *sort;

	*k = (struct table_key){0};
	if (!schema || schema->kind != JSON_ARRAY || schema->count < 1 || schema->count > 2)
		return E_BAD_INPUT;
	hash = schema->first;
	sort = hash->next;
	if (!str_eq(json_text(hash, "KeyType"), STR("HASH")))
		return E_BAD_INPUT;
	k->hash = json_text(hash, "AttributeName");
	k->hash_type = key_type_of(definitions, k->hash);
	if (sort) {
		if (!str_eq(json_text(sort, "KeyType"), STR("RANGE")))
			return E_BAD_INPUT;
		k->sort = json_text(sort, "AttributeName");
		k->sort_type = key_type_of(definitions, k->sort);
	}
	return k->hash_type == 0 || (sort && k->sort_type == 0) ? E_BAD_INPUT : 0;
}

static int join_names(struct arena *a, const struct json_value *names, struct str *joined)
{
	struct buf all = {0};
	int rc = 0;

	for (const struct json_value *n = names ? names->first : NULL; n; n = n->next) {
		if (n->kind != JSON_STRING)
			rc = E_BAD_INPUT;
		else
			buf_add(&all, n->text.p, n->text.n);
		buf_add(&all, "", 1);
	}
	*joined = arena_str(a, str_n(all.data, all.len));
	buf_clear(&all);
	return rc;
}

static int read_projection(struct arena *a, const struct json_value *p, struct table_index *x)
{
	static const struct { struct str name; char kind; } kinds[] = {
		{ { "ALL", 3 }, 'A' }, { { "KEYS_ONLY", 9 }, 'K' }, { { "INCLUDE", 7 }, 'I' },
	};

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (str_eq(json_text(p, "ProjectionType"), kinds[i].name))
			x->projection = kinds[i].kind;
	if (x->projection == 0)
		return E_BAD_INPUT;
	return x->projection == 'I' ? join_names(a, json_get(p, "NonKeyAttributes"), &x->include) : 0;
}

static int read_indexes(struct arena *a, const struct json_value *def, const char *member, struct table *t)
{
	const struct json_value *list = json_get(def, member);
	int rc = 0;

	for (const struct json_value *d = list ? list->first : NULL; d && rc == 0; d = d->next) {
		struct table_index *x = &t->indexes[t->index_count++];

		x->name = json_text(d, "IndexName");
		x->local = list->name.p[0] == 'L';
		if (x->name.n == 0)
			return E_BAD_INPUT;
		rc = read_key(json_get(def, "AttributeDefinitions"), json_get(d, "KeySchema"), &x->key);
		if (rc == 0)
			rc = read_projection(a, json_get(d, "Projection"), x);
	}
	return rc;
}

static int count_of(const struct json_value *def, const char *member)
{
	const struct json_value *list = json_get(def, member);

	return list ? list->count : 0;
}

static int read_definition(struct arena *a, struct table *t)
{
	struct json_value *def;
	int rc, n;

	if ((rc = json_parse(a, t->definition, &def)) < 0)
		return rc;
	if ((rc = read_key(json_get(def, "AttributeDefinitions"), json_get(def, "KeySchema"), &t->key)) < 0)
		return rc;
	n = count_of(def, "GlobalSecondaryIndexes") + count_of(def, "LocalSecondaryIndexes");
	if (n > TABLE_INDEXES_MAX + TABLE_LOCAL_INDEXES_MAX)
		return E_TOO_LARGE;
	t->indexes = arena_take(a, sizeof *t->indexes * (size_t)(n + 1));
	if ((rc = read_indexes(a, def, "GlobalSecondaryIndexes", t)) < 0)
		return rc;
	return read_indexes(a, def, "LocalSecondaryIndexes", t);
}

static bool name_valid(struct str name)
{
	if (name.n < TABLE_NAME_MIN || name.n > TABLE_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("_.-", c) != NULL))
			return false;
	}
	return true;
}

static int room_for_one(struct db *db)
{
	struct query q = db_query(db, SQL_TABLE_COUNT);
	int rc = query_step(&q);

	rc = rc == QUERY_ROW ? col_int(&q, 0) < TABLES_MAX ? 0 : E_TOO_LARGE : rc;
	query_end(&q);
	return rc;
}

int table_create(struct db *db, struct str name, struct str definition, struct arena *a, struct table *out)
{
	struct query q;
	int rc;

	*out = (struct table){ .created_ms = clock_wall_ms() };
	if (!name_valid(name))
		return E_BAD_INPUT;
	if (definition.n > TABLE_DEFINITION_MAX)
		return E_TOO_LARGE;
	out->name = arena_str(a, name);
	out->definition = arena_str(a, definition);
	if ((rc = read_definition(a, out)) < 0 || (rc = room_for_one(db)) < 0)
		return rc;
	q = db_query(db, SQL_TABLE_ADD);
	query_text(&q, 1, name);
	query_int(&q, 2, out->created_ms);
	query_text(&q, 3, definition);
	if ((rc = query_run(&q)) == 0)
		out->id = db_last_rowid(db);
	return rc;
}

static bool same_key(const struct table_key *a, const struct table_key *b)
{
	return str_eq(a->hash, b->hash) && str_eq(a->sort, b->sort) && a->hash_type == b->hash_type && a->sort_type == b->sort_type;
}

/* An index is known by its place among them. */
static bool only_grows(const struct table *was, const struct table *now)
{
	if (!same_key(&was->key, &now->key) || now->index_count < was->index_count)
		return false;
	for (int i = 0; i < now->index_count; i++) {
		const struct table_index *a = &was->indexes[i], *b = &now->indexes[i];

		if (b->local)
			return false;
		if (i < was->index_count && (!str_eq(a->name, b->name) || !same_key(&a->key, &b->key)))
			return false;
	}
	return true;
}

int table_add_indexes(struct db *db, const struct table *t, struct str definition)
{
	struct table now = { .definition = definition };
	struct arena a = {0};
	struct query q;
	int rc;

	if (definition.n > TABLE_DEFINITION_MAX)
		return E_TOO_LARGE;
	rc = read_definition(&a, &now);
	if (rc == 0 && !only_grows(t, &now))
		rc = E_BAD_INPUT;
	if (rc == 0) {
		q = db_query(db, SQL_TABLE_REDEFINE);
		query_int(&q, 1, t->id);
		query_text(&q, 2, definition);
		rc = query_run(&q);
	}
	arena_clear(&a);
	return rc;
}

int table_open(struct db *db, struct str name, struct arena *a, struct table *out)
{
	struct query q = db_query(db, SQL_TABLE_GET);
	int rc;

	*out = (struct table){0};
	query_text(&q, 1, name);
	if ((rc = query_step(&q)) == QUERY_ROW) {
		out->id = col_int(&q, 0);
		out->created_ms = col_int(&q, 1);
		out->definition = arena_str(a, col_str(&q, 2));
		out->items = col_int(&q, 3);
		out->bytes = col_int(&q, 4);
	}
	query_end(&q);
	if (rc != QUERY_ROW || !name_valid(name))
		return rc < 0 ? rc : E_NOT_FOUND;
	out->name = arena_str(a, name);
	return read_definition(a, out) < 0 ? E_CORRUPT : 0;
}

static int run_int2(struct db *db, enum sql id, int64_t a, int64_t b)
{
	struct query q = db_query(db, id);

	query_int(&q, 1, a);
	query_int(&q, 2, b);
	return query_run(&q);
}

static int remove_entry(struct db *db, int64_t table, struct query *entry, struct buf *keys)
{
	struct query q = db_query(db, SQL_GSI_REMOVE);
	size_t pk = col_str(entry, 1).n, sk = col_str(entry, 2).n;

	buf_add(keys, col_str(entry, 1).p, pk);
	if (sk > 0)
		buf_add(keys, col_str(entry, 2).p, sk);
	query_int(&q, 1, table);
	query_int(&q, 2, col_int(entry, 0));
	query_bytes(&q, 3, str_n(keys->data, pk));
	query_bytes(&q, 4, str_n(keys->data + pk, sk));
	query_int(&q, 5, col_int(entry, 3));
	query_end(entry);	/* nobody reads a row while it is removed */
	return query_run(&q);
}

/* One index entry of the table less: 1, or 0 when there was none. */
static int drop_entry(struct db *db, int64_t table)
{
	struct query q = db_query(db, SQL_GSI_FIRST);
	struct buf keys = {0};
	int rc;

	query_int(&q, 1, table);
	if ((rc = query_step(&q)) == QUERY_ROW) {
		rc = remove_entry(db, table, &q, &keys);
		rc = rc < 0 ? rc : 1;
	} else {
		query_end(&q);
	}
	buf_clear(&keys);
	return rc;
}

/* 0 when nothing of the hidden table is left, its row included. */
static int sweep(struct db *db, int64_t table)
{
	int64_t gone;
	int rc = 1, entries = 0;

	while (rc == 1 && entries++ < TABLE_SWEEP_MAX)
		rc = drop_entry(db, table);
	if (rc != 0)
		return rc;
	if ((rc = run_int2(db, SQL_ITEMS_REMOVE, table, TABLE_SWEEP_MAX)) < 0)
		return rc;
	gone = db_changes(db);
	if (gone == TABLE_SWEEP_MAX)
		return 1;
	struct query q = db_query(db, SQL_TABLE_REMOVE);

	query_int(&q, 1, table);
	return query_run(&q);
}

int table_sweep(struct db *db)
{
	struct query q = db_query(db, SQL_TABLE_HIDDEN);
	int rc = query_step(&q);
	int64_t id = rc == QUERY_ROW ? col_int(&q, 0) : 0;

	query_end(&q);
	if (rc != QUERY_ROW)
		return rc;
	return (rc = sweep(db, id)) < 0 ? rc : 1;
}

int table_delete(struct db *db, struct str name)
{
	char hidden[HIDDEN_NAME_MAX];
	struct query q = db_query(db, SQL_TABLE_GET);
	int64_t id;
	int rc;

	query_text(&q, 1, name);
	rc = query_step(&q);
	id = rc == QUERY_ROW ? col_int(&q, 0) : 0;
	query_end(&q);
	if (rc != QUERY_ROW || !name_valid(name))
		return rc < 0 ? rc : E_NOT_FOUND;
	snprintf(hidden, sizeof hidden, " %lld", (long long)id);
	q = db_query(db, SQL_TABLE_HIDE);
	query_int(&q, 1, id);
	query_text(&q, 2, str_of(hidden));
	if ((rc = query_run(&q)) < 0)
		return rc;
	return (rc = sweep(db, id)) < 0 ? rc : 0;
}

int table_list(struct db *db, struct str after, int max, table_each_fn *each, void *owner)
{
	struct query q = db_query(db, SQL_TABLE_LIST);
	int rc, stop = 0;

	query_text(&q, 1, str_is_set(after) ? after : STR(""));
	query_int(&q, 2, max);
	while (stop == 0 && (rc = query_step(&q)) == QUERY_ROW)
		stop = each(owner, col_str(&q, 0));
	rc = query_end(&q);
	return rc < 0 ? rc : stop < 0 ? stop : 0;
}
