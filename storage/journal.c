#include "storage/journal.h"

#include "base/check.h"
#include "base/clock.h"

static const char *const texts[] = {
#define X(name, text) [name] = text,
	JOURNAL_TABLE(X)
#undef X
};

const char *journal_text(enum journal_what w)
{
	CHECK(w < JOURNAL_WHATS);
	return texts[w];
}

int journal_add(struct db *db, const struct journal_line *l)
{
	struct query q = db_query(db, SQL_JOURNAL_ADD);

	query_int(&q, 1, clock_wall_ms());
	query_int(&q, 2, l->what);
	query_int(&q, 3, l->bucket);
	query_bytes(&q, 4, l->key);
	query_int(&q, 5, l->seq);
	query_int(&q, 6, l->job);
	query_int(&q, 7, l->attempt);
	query_text(&q, 8, l->code);
	query_text(&q, 9, l->detail);
	return query_run(&q);
}

static struct journal_line line_of(struct query *q)
{
	return (struct journal_line){
		.id = col_int(q, 0),
		.at_ms = col_int(q, 1),
		.what = (enum journal_what)col_int(q, 2),
		.bucket = col_int(q, 3),
		.key = col_str(q, 4),
		.seq = col_int(q, 5),
		.job = col_int(q, 6),
		.attempt = (int)col_int(q, 7),
		.code = col_str(q, 8),
		.detail = col_str(q, 9),
	};
}

static int each_line(struct query *q, journal_each_fn *each, void *owner)
{
	int rc = 0, end;

	while (rc == 0 && query_step(q) == QUERY_ROW) {
		struct journal_line l = line_of(q);

		rc = each(owner, &l);
	}
	end = query_end(q);
	return end < 0 ? end : rc < 0 ? rc : 0;
}

int journal_of_object(struct db *db, int64_t bucket, struct str key, journal_each_fn *each, void *owner)
{
	struct query q = db_query(db, SQL_JOURNAL_OF_OBJECT);

	query_int(&q, 1, bucket);
	query_bytes(&q, 2, key);
	query_int(&q, 3, JOURNAL_OF_OBJECT_MAX);
	return each_line(&q, each, owner);
}

int journal_back(struct db *db, int64_t bucket, struct str key, journal_each_fn *each, void *owner)
{
	struct query q = db_query(db, SQL_JOURNAL_BACK);

	query_int(&q, 1, bucket);
	query_bytes(&q, 2, key);
	return each_line(&q, each, owner);
}

int journal_door(struct db *db, int64_t bucket, struct str key, int64_t seq, struct arena *a, struct str *door)
{
	struct query q = db_query(db, SQL_JOURNAL_DOOR);

	query_int(&q, 1, bucket);
	query_bytes(&q, 2, key);
	query_int(&q, 3, seq);
	*door = query_step(&q) == QUERY_ROW ? arena_str(a, col_str(&q, 0)) : (struct str){0};
	return query_end(&q);
}

int journal_trim(struct db *db, int64_t before_ms, int max)
{
	struct query q = db_query(db, SQL_JOURNAL_TRIM);
	int rc;

	query_int(&q, 1, before_ms);
	query_int(&q, 2, max);
	rc = query_run(&q);
	return rc < 0 ? rc : (int)db_changes(db);
}
