#include "storage/table_query.h"

#include "base/digest.h"
#include "base/err.h"
#include "storage/item.h"
#include "storage/table_key.h"

#define KEY_NAMES_MAX 4		/* of table and index together */

/* Where one end of the range of sort columns is, seen from a value's key. */
enum edge { EDGE_NONE, EDGE_AT, EDGE_BEYOND, EDGE_PREFIX, EDGE_AFTER_PREFIX };

static const struct { enum edge low, high; } edges[] = {
	[KEY_ANY] = { EDGE_NONE, EDGE_NONE },
	[KEY_EQ] = { EDGE_AT, EDGE_BEYOND },
	[KEY_LT] = { EDGE_NONE, EDGE_AT },
	[KEY_LE] = { EDGE_NONE, EDGE_BEYOND },
	[KEY_GT] = { EDGE_BEYOND, EDGE_NONE },
	[KEY_GE] = { EDGE_AT, EDGE_NONE },
	[KEY_BETWEEN] = { EDGE_AT, EDGE_BEYOND },
	[KEY_BEGINS] = { EDGE_PREFIX, EDGE_AFTER_PREFIX },
};

/* A page being read. The range is low <= sort column < high in the partition `pk`; a scan begins after (pk, low). */
struct reading {
	struct db *db;
	const struct table_query *q;
	struct arena *a;
	struct buf pk, low, high;
	struct buf newest;		/* the item looked at last */
	struct buf items;		/* struct str each */
	struct table_page *page;
	int looked;
	bool more;
};

static bool in_index(const struct reading *r)
{
	return r->q->index != NULL;
}

static const struct table_key *key_of(const struct reading *r)
{
	return in_index(r) ? &r->q->index->key : &r->q->table->key;
}

/* `whole` keys are ended in an index, where the table's key follows. */
static int column_of(struct reading *r, const struct json_value *v, bool whole, struct buf *to)
{
	struct buf key = {0};
	int rc = key_encode(&key, key_of(r)->sort_type, v, ITEM_SK_MAX);

	if (rc < 0)
		goto out;
	if (!in_index(r))
		buf_add(to, key.data, key.len);
	else if (whole)
		key_part(to, str_n(key.data, key.len));
	else
		key_prefix(to, str_n(key.data, key.len));
out:
	buf_clear(&key);
	return rc;
}

static int put_edge(struct reading *r, enum edge e, const struct json_value *v, struct buf *to)
{
	int rc;

	if (e == EDGE_NONE)
		return 0;
	if ((rc = column_of(r, v, e == EDGE_AT || e == EDGE_BEYOND, to)) < 0)
		return rc;
	if (e == EDGE_AFTER_PREFIX || (e == EDGE_BEYOND && in_index(r)))
		key_after_prefix(to);
	else if (e == EDGE_BEYOND)
		buf_add(to, "", 1);
	return 0;
}

static int set_range(struct reading *r)
{
	const struct table_query *q = r->q;
	int rc;

	if ((rc = key_encode(&r->pk, key_of(r)->hash_type, q->hash, ITEM_PK_MAX)) < 0)
		return rc;
	if (q->op != KEY_ANY && !str_is_set(key_of(r)->sort))
		return E_BAD_INPUT;
	if ((rc = put_edge(r, edges[q->op].low, q->low, &r->low)) < 0)
		return rc;
	if (edges[q->op].high == EDGE_NONE) {
		buf_add(&r->high, KEY_BEYOND.p, KEY_BEYOND.n);
		return 0;
	}
	return put_edge(r, edges[q->op].high, q->op == KEY_BETWEEN ? q->high : q->low, &r->high);
}

/* The names a key of table and index has, each once. */
static int key_names(const struct table_query *q, struct str names[KEY_NAMES_MAX])
{
	const struct table_key *k = &q->table->key, *x = q->index ? &q->index->key : k;
	const struct str all[KEY_NAMES_MAX] = { k->hash, k->sort, x->hash, x->sort };
	int n = 0;

	for (int i = 0; i < KEY_NAMES_MAX; i++) {
		bool again = !str_is_set(all[i]);

		for (int j = 0; j < n; j++)
			again = again || str_eq(names[j], all[i]);
		if (!again)
			names[n++] = all[i];
	}
	return n;
}

static int place_of_after(struct reading *r, struct item_place *p)
{
	const struct table_query *q = r->q;
	struct item_place home = {0};
	struct str names[KEY_NAMES_MAX];
	int rc = E_BAD_INPUT;

	if (q->after->kind != JSON_OBJECT || q->after->count != key_names(q, names))
		return rc;
	rc = item_place(q->table, q->after, in_index(r) ? &home : p);
	if (rc == 0 && in_index(r))
		rc = item_place_in(q->index, q->after, &home, p);
	item_place_clear(&home);
	return rc == 0 ? 0 : E_BAD_INPUT;
}

static void replace(struct buf *b, struct str s)
{
	b->len = 0;
	buf_add(b, s.p, s.n);
}

static struct str bytes(const struct buf *b)
{
	return b->len > 0 ? str_n(b->data, b->len) : STR("");
}

static int go_on_after(struct reading *r)
{
	struct item_place p = {0};
	struct str sk;
	int rc = place_of_after(r, &p);

	if (rc < 0)
		goto out;
	sk = item_place_sk(&p);
	if (!r->q->hash) {
		replace(&r->pk, bytes(&p.pk));
		replace(&r->low, sk);
		goto out;
	}
	rc = !str_eq(bytes(&p.pk), bytes(&r->pk)) ? E_MISMATCH :
	     str_cmp(sk, bytes(&r->low)) < 0 || str_cmp(sk, bytes(&r->high)) >= 0 ? E_PRECONDITION : 0;
	if (rc < 0)
		goto out;
	replace(r->q->backward ? &r->high : &r->low, sk);
	if (!r->q->backward)
		buf_add(&r->low, "", 1);	/* the least that is greater */
out:
	item_place_clear(&p);
	return rc;
}

static struct query begin(struct reading *r)
{
	static const enum sql by_hash[2][2] = {
		{ SQL_ITEM_ASCENDING, SQL_ITEM_DESCENDING },
		{ SQL_GSI_ASCENDING, SQL_GSI_DESCENDING },
	};
	static const enum sql scans[2] = { SQL_ITEM_SCAN, SQL_GSI_SCAN };
	bool scan = !r->q->hash;
	struct query q = db_query(r->db, scan ? scans[in_index(r)] : by_hash[in_index(r)][r->q->backward]);

	query_int(&q, 1, r->q->table->id);
	query_bytes(&q, 2, bytes(&r->pk));
	query_bytes(&q, 3, bytes(&r->low));
	if (!scan)
		query_bytes(&q, 4, bytes(&r->high));
	if (in_index(r))
		query_int(&q, scan ? 4 : 5, r->q->index - r->q->table->indexes);
	return q;
}

static bool named(struct str names, struct str name)
{
	while (names.n > 0) {
		struct str one = str_of(names.p);

		if (str_eq(one, name))
			return true;
		names = str_n(names.p + one.n + 1, names.n - one.n - 1);
	}
	return false;
}

static bool is_key(const struct reading *r, struct str name)
{
	struct str names[KEY_NAMES_MAX];
	int n = key_names(r->q, names);

	for (int i = 0; i < n; i++)
		if (str_eq(names[i], name))
			return true;
	return false;
}

static bool projected(const struct reading *r, struct str name)
{
	return is_key(r, name) || (r->q->index->projection == 'I' && named(r->q->index->include, name));
}

/* Those members of the item that `wanted` wants. */
static int write_some(const struct reading *r, struct str item, bool (*wanted)(const struct reading *r, struct str name),
		      struct str *out)
{
	struct arena scratch = {0};
	struct buf text = {0};
	struct json j = json_into(&text);
	struct json_value *v;
	int rc = json_parse(&scratch, item, &v);

	if (rc == 0) {
		json_open(&j, NULL, '{');
		for (const struct json_value *m = v->first; m; m = m->next) {
			if (!wanted(r, m->name))
				continue;
			json_name(&j, m->name);
			json_value(&j, JSON_NAMED, m);
		}
		json_close(&j);
		*out = arena_str(r->a, bytes(&text));
	}
	buf_clear(&text);
	arena_clear(&scratch);
	return rc < 0 ? E_CORRUPT : 0;
}

static int keep(struct reading *r, struct str item, int64_t size)
{
	struct str s = {0};
	int rc = 0;

	if (!r->q->count_only) {
		if (!in_index(r) || r->q->whole || r->q->index->projection == 'A')
			s = arena_str(r->a, item);
		else
			rc = write_some(r, item, projected, &s);
		buf_add(&r->items, &s, sizeof s);
	}
	r->page->bytes += size;
	r->page->count++;
	return rc;
}

static bool in_segment(const struct reading *r, struct query *q)
{
	struct str pk;

	if (r->q->hash || r->q->segments == 0)
		return true;
	pk = col_str(q, 2);
	return crc32c(0, pk.p, pk.n) % (uint32_t)r->q->segments == (uint32_t)r->q->segment;
}

/* One row. Sets `more` when the page is full. */
static int look(struct reading *r, struct query *q)
{
	int64_t size = col_int(q, 0);
	bool mine = in_segment(r, q);
	struct str item = col_str(q, 1);
	int rc = 0;

	if (mine && r->page->count > 0 && r->page->bytes + size > TABLE_PAGE_BYTES) {
		r->more = true;
		return 0;
	}
	replace(&r->newest, item);
	if (mine)
		rc = keep(r, item, size);
	r->more = (r->q->limit > 0 && r->page->count == r->q->limit) ||
		  (r->q->segments > 0 && ++r->looked == TABLE_SCAN_ROWS);
	return rc;
}

static int read_page(struct reading *r)
{
	struct query q = begin(r);
	int rc = 0, ended;

	while (rc == 0 && !r->more && query_step(&q) == QUERY_ROW)
		rc = look(r, &q);
	ended = query_end(&q);
	return rc < 0 ? rc : ended;
}

static void fill_page(struct reading *r)
{
	if (r->items.len == 0)
		return;
	r->page->items = arena_take(r->a, r->items.len);
	memcpy(r->page->items, r->items.data, r->items.len);
}

int table_query(struct db *db, const struct table_query *q, struct arena *a, struct table_page *out)
{
	struct reading r = { .db = db, .q = q, .a = a, .page = out };
	int rc;

	*out = (struct table_page){0};
	if (q->hash && (rc = set_range(&r)) < 0)
		goto out;
	if (q->after && (rc = go_on_after(&r)) < 0)
		goto out;
	if ((rc = read_page(&r)) < 0)
		goto out;
	fill_page(&r);
	if (r.more)
		rc = write_some(&r, bytes(&r.newest), is_key, &out->last);
out:
	buf_clear(&r.pk);
	buf_clear(&r.low);
	buf_clear(&r.high);
	buf_clear(&r.newest);
	buf_clear(&r.items);
	return rc;
}
