#include "storage/ledger.h"

#include "base/clock.h"
#include "base/err.h"
#include "storage/object.h"

int ledger_put(struct db *db, const struct ledger_line *l)
{
	struct query q = db_query(db, SQL_LEDGER_SET);

	query_text(&q, 1, l->folder);
	query_bytes(&q, 2, l->path);
	query_int(&q, 3, l->device);
	query_int(&q, 4, l->inode);
	query_int(&q, 5, l->size);
	query_int(&q, 6, l->mtime_ns);
	query_bytes(&q, 7, str_n(l->hash, LEDGER_HASH));
	query_int(&q, 8, l->state);
	query_int(&q, 9, clock_wall_ms());
	query_int(&q, 10, l->bucket);
	query_bytes(&q, 11, l->key);
	query_int(&q, 12, l->seq);
	return query_run(&q);
}

static int read_row(struct query *q, struct arena *a, struct ledger_line *l)
{
	struct str hash = col_str(q, 6);

	*l = (struct ledger_line){
		.folder = arena_str(a, col_str(q, 0)),
		.path = arena_str(a, col_str(q, 1)),
		.device = col_int(q, 2),
		.inode = col_int(q, 3),
		.size = col_int(q, 4),
		.mtime_ns = col_int(q, 5),
		.state = (enum ledger_state)col_int(q, 7),
		.bucket = col_int(q, 8),
		.key = arena_str(a, col_str(q, 9)),
		.seq = col_int(q, 10),
	};
	if (hash.n != LEDGER_HASH)
		return E_CORRUPT;
	memcpy(l->hash, hash.p, LEDGER_HASH);
	return 0;
}

/* The first row of a query whose parameters are bound. */
static int take_first(struct query *q, struct arena *a, struct ledger_line *l)
{
	int rc = query_step(q) == QUERY_ROW ? read_row(q, a, l) : E_NOT_FOUND;
	int end = query_end(q);

	return end < 0 ? end : rc;
}

int ledger_get(struct db *db, struct str folder, struct str path, struct arena *a, struct ledger_line *l)
{
	struct query q = db_query(db, SQL_LEDGER_GET);

	query_text(&q, 1, folder);
	query_bytes(&q, 2, path);
	return take_first(&q, a, l);
}

int ledger_find_content(struct db *db, struct str folder, struct str path, const uint8_t hash[LEDGER_HASH], struct arena *a,
			struct ledger_line *l)
{
	struct query q = db_query(db, SQL_LEDGER_OF_HASH);

	query_text(&q, 1, folder);
	query_bytes(&q, 2, str_n(hash, LEDGER_HASH));
	query_bytes(&q, 3, path);
	return take_first(&q, a, l);
}

int ledger_find_file(struct db *db, const struct ledger_line *like, struct arena *a, struct ledger_line *l)
{
	struct query q = db_query(db, SQL_LEDGER_OF_INODE);

	query_text(&q, 1, like->folder);
	query_int(&q, 2, like->device);
	query_int(&q, 3, like->inode);
	query_int(&q, 4, like->size);
	query_int(&q, 5, like->mtime_ns);
	query_bytes(&q, 6, like->path);
	return take_first(&q, a, l);
}

int ledger_fate(struct db *db, const struct ledger_line *l)
{
	int64_t seq = object_seq(db, l->bucket, l->key);

	if (seq < 0)
		return (int)seq;
	return seq == 0 ? LEDGER_GONE : seq == l->seq ? LEDGER_STANDS : LEDGER_REPLACED;
}

int ledger_page(struct db *db, struct str folder, struct str after, int max, ledger_trace_fn *each, void *owner)
{
	struct query q = db_query(db, SQL_LEDGER_PAGE);
	int rc = 0, end, n = 0;

	query_text(&q, 1, folder);
	query_bytes(&q, 2, after);
	query_int(&q, 3, max);
	for (; rc == 0 && query_step(&q) == QUERY_ROW; n++) {
		struct ledger_trace t = { .path = col_str(&q, 0), .seq = col_int(&q, 1), .gone_ms = col_int(&q, 2), .stands = !col_null(&q, 3) };

		rc = each(owner, &t);
	}
	end = query_end(&q);
	return end < 0 ? end : rc < 0 ? rc : n;
}

static int change_trace(struct db *db, enum sql how, struct str folder, const struct ledger_trace *t, int64_t gone_ms)
{
	struct query q = db_query(db, how);
	int rc;

	query_text(&q, 1, folder);
	query_bytes(&q, 2, t->path);
	query_int(&q, 3, t->seq);
	query_int(&q, 4, t->gone_ms);
	if (how == SQL_LEDGER_NOTE_GONE)
		query_int(&q, 5, gone_ms);
	rc = query_run(&q);
	return rc < 0 ? rc : (int)db_changes(db);
}

int ledger_note_gone(struct db *db, struct str folder, const struct ledger_trace *t, int64_t gone_ms)
{
	return change_trace(db, SQL_LEDGER_NOTE_GONE, folder, t, gone_ms);
}

int ledger_forget(struct db *db, struct str folder, const struct ledger_trace *t)
{
	return change_trace(db, SQL_LEDGER_FORGET, folder, t, 0);
}

int ledger_drop(struct db *db, struct str folder, int max)
{
	struct query q = db_query(db, SQL_LEDGER_DROP);
	int rc;

	query_text(&q, 1, folder);
	query_int(&q, 2, max);
	rc = query_run(&q);
	return rc < 0 ? rc : (int)db_changes(db);
}
