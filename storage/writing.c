#include "storage/writing.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "storage/bucket.h"
#include "storage/object_row.h"
#include "storage/photo.h"
#include "storage/queue.h"
#include "storage/trash.h"

static int find_old(struct writing *w)
{
	struct query q = db_query(w->db, SQL_OBJECT_BEFORE);
	struct str packed = {0};
	int rc;

	query_int(&q, 1, w->o->bucket);
	query_bytes(&q, 2, w->o->key);
	if (query_step(&q) == QUERY_ROW) {
		w->versioning = (enum versioning)col_int(&q, 0);
		w->old.exists = !col_null(&q, 1);
		w->old.seq = col_int(&q, 1);
		w->old.watched = col_int(&q, 2) != 0;
		packed = arena_str(&w->arena, col_str(&q, 3));
		w->old.named = col_int(&q, 4) != 0;
		w->old.born = col_int(&q, 5);
	}
	if ((rc = query_end(&q)) < 0 || !w->old.exists)
		return rc;
	return object_row_extents(w->db, packed, w->old.seq, &w->arena, &w->old.extents, &w->old.extent_count);
}

int writing_begin(struct writing *w)
{
	int rc;

	if ((rc = find_old(w)) < 0)
		return rc;
	if (w->versioned_kind && w->versioning != VERSIONING_NONE)
		w->kind = w->versioned_kind;
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

void writing_end(struct writing *w)
{
	arena_clear(&w->arena);
}

int writing_trash(struct writing *w, const struct extent *e, int n, int64_t seq)
{
	struct query q;
	int rc;

	if ((rc = trash_add(w->db, e, n)) < 0 || n < 2)
		return rc;
	q = db_query(w->db, SQL_MANIFEST_DELETE);
	query_int(&q, 1, seq);
	return query_run(&q);
}

int writing_let_go(struct writing *w)
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

int writing_journal(struct writing *w, enum journal_what what, const char *detail)
{
	return journal_add(w->db, &(struct journal_line){ .what = what, .bucket = w->o->bucket, .key = w->o->key, .seq = w->o->seq,
		.code = what == JOURNAL_UPLOADED ? w->who->door : (struct str){0}, .detail = str_of(detail) });
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

static bool is_told(const struct writing *w, const struct rule *r)
{
	if (w->told == (r->native ? TOLD_CUSTOM : TOLD_NATIVE))
		return false;
	return rule_matches(r, w->kind, w->o->key);
}

int writing_tell(struct writing *w)
{
	char bucket[BUCKET_NAME_MAX + 1] = "", id[VERSION_ID_MAX + 1];
	int rc = 0;

	for (int i = 0; i < w->rule_count && rc == 0; i++) {
		const struct rule *r = &w->rules[i];
		struct event e = { .kind = w->kind, .at_ms = w->at_ms, .region = str_of(store_region(w->store)),
			.account = str_of(store_account(w->store)), .rule = r->id, .key = w->o->key, .seq = w->o->seq,
			.size = w->o->size, .etag = w->o->etag, .actor = w->who };

		if (!is_told(w, r))
			continue;
		if (!bucket[0] && (rc = bucket_name_of(w->db, w->o->bucket, bucket)) < 0)
			break;
		e.bucket = str_of(bucket);
		if (w->o->named)
			e.version = version_id(id, w->o->born, true);
		rc = r->function == 0 ? drop_one(w, r) : queue_one(w, r, &e);
	}
	return rc;
}
