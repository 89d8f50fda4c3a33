/* The only code that makes and removes object rows, with the events they cause. */
#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "storage/bucket.h"
#include "storage/journal.h"
#include "storage/object_row.h"
#include "storage/photo.h"
#include "storage/queue.h"
#include "storage/trash.h"

/* One row's change and all that follows from it. */
struct writing {
	struct db *db;
	struct store *store;
	struct object *o;		/* after a removal: key, bucket, and the removal's seq */
	enum event_kind kind;
	const struct actor *who;
	int64_t at_ms;
	struct arena arena;
	struct rule *rules;
	int rule_count;
	bool native;			/* a native function is told */
	struct {
		bool exists, watched;
		int64_t seq;
		struct extent *extents;
		int extent_count;
	} old;
};

static int find_old(struct writing *w)
{
	struct query q = db_query(w->db, SQL_OBJECT_OLD);
	struct str packed = {0};
	int rc;

	query_int(&q, 1, w->o->bucket);
	query_bytes(&q, 2, w->o->key);
	if (query_step(&q) == QUERY_ROW) {
		w->old.exists = true;
		w->old.seq = col_int(&q, 0);
		w->old.watched = col_int(&q, 1) != 0;
		packed = arena_str(&w->arena, col_str(&q, 2));
	}
	if ((rc = query_end(&q)) < 0 || !w->old.exists)
		return rc;
	return object_row_extents(w->db, packed, w->old.seq, &w->arena, &w->old.extents, &w->old.extent_count);
}

static int begin(struct writing *w)
{
	int rc;

	if ((rc = find_old(w)) < 0)
		return rc;
	if ((rc = rules_get(w->db, w->o->bucket, &w->arena, &w->rules, &w->rule_count)) < 0)
		return rc;
	for (int i = 0; i < w->rule_count; i++)
		if (w->rules[i].native && rule_matches(&w->rules[i], w->kind, w->o->key))
			w->native = true;
	if ((w->o->seq = db_next_seq(w->db)) < 0)
		return (int)w->o->seq;
	w->at_ms = clock_wall_ms();
	return 0;
}

static int trash_old(struct writing *w)
{
	struct query q;
	int rc;

	if ((rc = trash_add(w->db, w->old.extents, w->old.extent_count)) < 0 || w->old.extent_count < 2)
		return rc;
	q = db_query(w->db, SQL_MANIFEST_DELETE);
	query_int(&q, 1, w->old.seq);
	return query_run(&q);
}

static int set_manifest(struct writing *w, struct str packed)
{
	struct query q = db_query(w->db, SQL_MANIFEST_ADD);

	query_int(&q, 1, w->o->seq);
	query_bytes(&q, 2, packed);
	return query_run(&q);
}

static int set_row(struct writing *w)
{
	const struct object *o = w->o;
	struct buf packed = {0};
	struct query q;
	int rc = 0;

	extents_pack(&packed, o->extents, o->extent_count);
	if (o->extent_count > 1)
		rc = set_manifest(w, str_n(packed.data, packed.len));
	if (rc == 0) {
		q = db_query(w->db, SQL_OBJECT_SET);
		query_int(&q, 1, o->bucket);
		query_bytes(&q, 2, o->key);
		query_int(&q, 3, o->seq);
		query_int(&q, 4, o->mtime_ms);
		query_int(&q, 5, o->size);
		query_text(&q, 6, o->etag);
		checksum_bind(&q, 7, 8, 9, &o->sum);
		query_text(&q, 10, o->headers);
		query_int(&q, 11, o->watched);
		if (o->extent_count > 1)
			query_null(&q, 12);
		else
			query_bytes(&q, 12, packed.len ? str_n(packed.data, packed.len) : STR(""));
		rc = query_run(&q);
	}
	buf_clear(&packed);
	return rc;
}

static int delete_row(struct writing *w)
{
	struct query q = db_query(w->db, SQL_OBJECT_DELETE);

	query_int(&q, 1, w->o->bucket);
	query_bytes(&q, 2, w->o->key);
	return query_run(&q);
}

/* What hung on the version that is gone. A native function that is told about the change replaces or
 * removes the photo; when none is, nobody else would. */
static int let_go(struct writing *w)
{
	int rc;

	if (!w->old.exists)
		return 0;
	if ((rc = rendition_release(w->db, w->o->bucket, w->o->key, !event_is_removal(w->kind))) < 0)
		return rc;
	if (!w->old.watched || w->native)
		return 0;
	return photo_forget(w->db, w->store, w->o->bucket, w->o->key, w->who);
}

static int journal(struct writing *w)
{
	struct journal_line l = { .bucket = w->o->bucket, .key = w->o->key, .seq = w->o->seq };

	if (event_is_removal(w->kind)) {
		l.what = JOURNAL_DELETED;
		l.detail = str_of(arena_printf(&w->arena, "version %016llX", (unsigned long long)w->old.seq));
	} else {
		l.what = JOURNAL_UPLOADED;
		l.detail = str_of(arena_printf(&w->arena, "%lld bytes, %s%s%.*s", (long long)w->o->size, event_name(w->kind),
					       w->o->upload.n ? OBJECT_OF_UPLOAD : "", STR_ARG(w->o->upload)));
	}
	return journal_add(w->db, &l);
}

static int queue_one(struct writing *w, const struct rule *r, const struct event *e)
{
	char request[JOB_REQUEST_ID + 1];
	struct buf payload = {0};
	struct job_row j = { .function = r->function, .due_ms = w->at_ms, .bucket = w->o->bucket, .key = w->o->key,
		.seq = w->o->seq, .kind = w->kind, .qualifier = rule_qualifier(r) };
	int rc;

	if (w->who->trace.n <= JOB_TRACE_MAX)
		j.trace = w->who->trace;
	queue_request_make(request);
	event_write(&payload, e);
	j.request = str_of(request);
	j.payload = str_n(payload.data, payload.len);
	rc = queue_put(w->db, &j);
	if (rc == 0)
		rc = journal_add(w->db, &(struct journal_line){ .what = JOURNAL_QUEUED, .bucket = j.bucket, .key = j.key,
			.seq = j.seq, .job = j.id,
			.detail = str_of(arena_printf(&w->arena, "rule %.*s", STR_ARG(r->id))) });
	buf_clear(&payload);
	return rc;
}

/* As with S3, a rule may name a function that was deleted. Nobody will be told, so the journal is. */
static int drop_one(struct writing *w, const struct rule *r)
{
	return journal_add(w->db, &(struct journal_line){ .what = JOURNAL_DROPPED, .bucket = w->o->bucket, .key = w->o->key,
		.seq = w->o->seq, .code = STR(JOB_FUNCTION_GONE),
		.detail = str_of(arena_printf(&w->arena, "rule %.*s: there is no %.*s", STR_ARG(r->id), STR_ARG(r->arn))) });
}

static int queue_all(struct writing *w)
{
	char bucket[BUCKET_NAME_MAX + 1] = "";
	int rc = 0;

	for (int i = 0; i < w->rule_count && rc == 0; i++) {
		const struct rule *r = &w->rules[i];
		struct event e = { .kind = w->kind, .at_ms = w->at_ms, .region = str_of(store_region(w->store)),
			.account = str_of(store_account(w->store)), .rule = r->id, .key = w->o->key, .seq = w->o->seq,
			.size = w->o->size, .etag = w->o->etag, .actor = w->who };

		if (!rule_matches(r, w->kind, w->o->key))
			continue;
		if (!bucket[0] && (rc = bucket_name_of(w->db, w->o->bucket, bucket)) < 0)
			break;
		e.bucket = str_of(bucket);
		rc = r->function == 0 ? drop_one(w, r) : queue_one(w, r, &e);
	}
	return rc;
}

static int64_t length_of(const struct extent *e, int n)
{
	uint64_t sum = 0;

	for (int i = 0; i < n; i++)
		sum += e[i].len;
	return (int64_t)sum;
}

int object_write(struct db *db, struct store *s, struct object *o, enum event_kind kind, const struct actor *who)
{
	struct writing w = { .db = db, .store = s, .o = o, .kind = kind, .who = who };
	int rc;

	CHECK(length_of(o->extents, o->extent_count) == o->size);
	if ((rc = begin(&w)) < 0)
		goto out;
	o->mtime_ms = w.at_ms;
	o->watched = w.native;
	if (w.old.exists && (rc = trash_old(&w)) < 0)
		goto out;
	if ((rc = set_row(&w)) < 0)
		goto out;
	if ((rc = journal(&w)) < 0)
		goto out;
	if ((rc = let_go(&w)) < 0)
		goto out;
	rc = queue_all(&w);
out:
	arena_clear(&w.arena);
	return rc < 0 ? rc : w.old.exists;
}

int object_remove(struct db *db, struct store *s, int64_t bucket, struct str key, const struct actor *who)
{
	struct object o = { .bucket = bucket, .key = key };
	struct writing w = { .db = db, .store = s, .o = &o, .kind = EVENT_REMOVED_DELETE, .who = who };
	int rc;

	if ((rc = begin(&w)) < 0 || !w.old.exists)
		goto out;
	if ((rc = trash_old(&w)) < 0)
		goto out;
	if ((rc = delete_row(&w)) < 0)
		goto out;
	if ((rc = journal(&w)) < 0)
		goto out;
	if ((rc = let_go(&w)) < 0)
		goto out;
	rc = queue_all(&w);
out:
	arena_clear(&w.arena);
	return rc < 0 ? rc : w.old.exists;
}
