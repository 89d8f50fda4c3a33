#include "storage/photo.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "storage/backfill.h"
#include "storage/bucket.h"
#include "storage/function.h"
#include "storage/journal.h"
#include "storage/made.h"
#include "storage/photo_item.h"
#include "storage/trash.h"

/* One photo_keep being applied. */
struct keeping {
	struct photo_keep *k;
	struct db *db;
	struct object_ref original;
	struct actor who;		/* of renditions and their removal */
	struct arena arena;
	int64_t to;			/* destination bucket */
	struct table table;
	bool merges;			/* into `old` */
	struct photo_row old;
	int renditions;			/* of the version, after a merge */
};

int photo_get(struct db *db, int64_t bucket, struct str key, struct arena *a, struct photo_row *p)
{
	struct query q = db_query(db, SQL_PHOTO_GET);
	bool found;
	int rc;

	*p = (struct photo_row){0};
	query_int(&q, 1, bucket);
	query_bytes(&q, 2, key);
	found = query_step(&q) == QUERY_ROW;
	if (found)
		*p = (struct photo_row){ .seq = col_int(&q, 0), .done_ms = col_int(&q, 2),
			.table = arena_str(a, col_str(&q, 3)), .renditions = (int)col_int(&q, 4), .made = col_int(&q, 5) };
	rc = query_end(&q);
	return rc < 0 ? rc : found ? 0 : E_NOT_FOUND;
}

/* The photo row, its table row unless that is in `table`, and older dead letters. */
static int delete_photo(struct db *db, const struct object_ref *o, struct str table, struct arena *a)
{
	struct photo_row old;
	struct query q;
	int rc;

	if ((rc = photo_get(db, o->bucket, o->key, a, &old)) < 0)
		return rc == E_NOT_FOUND ? 0 : rc;
	if (!str_eq(old.table, table) && (rc = photo_item_remove(db, old.table, o->key, a)) < 0)
		return rc;
	if ((rc = made_less(db, old.made)) < 0)
		return rc;
	q = db_query(db, SQL_PHOTO_DELETE);
	query_int(&q, 1, o->bucket);
	query_bytes(&q, 2, o->key);
	return query_run(&q);
}

int photo_forget(struct db *db, struct store *s, int64_t bucket, struct str key, const struct actor *who)
{
	struct object_ref original = { bucket, key };
	struct rendition_cut all = {0};
	struct arena a = {0};
	int rc;

	rc = renditions_remove(db, s, &original, &all, who);
	if (rc == 0)
		rc = delete_photo(db, &original, (struct str){0}, &a);
	arena_clear(&a);
	return rc;
}

/* The result. */

static int find_destination(struct keeping *w)
{
	struct photo_keep *k = w->k;
	int rc;

	rc = bucket_find(w->db, k->to_bucket, &w->to, NULL);
	if (rc < 0)
		return rc == E_NOT_FOUND ? E_NO_DESTINATION : rc;
	if (w->to == w->original.bucket)
		return E_NO_DESTINATION;
	if (w->merges)
		return 0;	/* a row stays where it is */
	rc = table_open(w->db, k->to_table, &w->arena, &w->table);
	if (rc < 0)
		return rc == E_NOT_FOUND ? E_NO_DESTINATION : rc;
	return photo_item_fits(&w->table) ? 0 : E_NO_DESTINATION;
}

/* The names come from a cage. Two of a kind would make one object and be counted as two. */
static bool has_twins(const struct photo_keep *k)
{
	for (int i = 0; i < k->count; i++)
		for (int n = i + 1; n < k->count; n++)
			if (str_eq(k->renditions[i].key, k->renditions[n].key))
				return true;
	return false;
}

static int put_rendition(struct keeping *w, int i)
{
	struct photo_keep *k = w->k;
	struct object *o = &k->renditions[i];
	struct query q;
	int rc;

	o->bucket = w->to;
	o->extents = k->large[i].kind != EXTENT_NONE ? &k->large[i] : &k->change.needles[i].where;
	o->extent_count = o->extents->kind != EXTENT_NONE;
	if ((rc = extents_adopt(w->db, o->extents, o->extent_count)) < 0)
		return rc;
	if ((rc = rendition_detach(w->db, o->bucket, o->key)) < 0)
		return rc;
	if ((rc = object_write(w->db, k->store, o, EVENT_CREATED_PUT, &w->who)) < 0)
		return rc;
	q = db_query(w->db, SQL_RENDITION_ADD);
	query_int(&q, 1, o->bucket);
	query_bytes(&q, 2, o->key);
	query_int(&q, 3, w->original.bucket);
	query_bytes(&q, 4, w->original.key);
	query_int(&q, 5, k->job->seq);
	return query_run(&q);
}

static int count_rendition(void *owner, int64_t bucket, struct str key, int64_t of_seq)
{
	struct keeping *w = owner;

	(void)bucket, (void)key;
	w->renditions += of_seq == w->k->job->seq;
	return 0;
}

/* `table` has the row, or "". */
static int put_photo(struct keeping *w, struct str table, int renditions)
{
	struct query q;
	int64_t made;
	int rc;

	if ((rc = made_more(w->db, w->original.bucket, w->k->made, &made)) < 0)
		return rc;
	q = db_query(w->db, SQL_PHOTO_SET);
	query_int(&q, 1, w->original.bucket);
	query_bytes(&q, 2, w->original.key);
	query_int(&q, 3, w->k->job->seq);
	query_int(&q, 4, w->k->job->function);
	query_int(&q, 5, clock_wall_ms());
	query_text(&q, 6, table);
	query_int(&q, 7, renditions);
	query_int(&q, 8, made);
	return query_run(&q);
}

static int journal(struct keeping *w, enum journal_what what, struct str code, struct str detail)
{
	const struct job_row *j = w->k->job;

	return journal_add(w->db, &(struct journal_line){ .what = what, .bucket = j->bucket, .key = j->key, .seq = j->seq,
		.job = j->id, .attempt = j->attempts, .code = code, .detail = detail });
}

static int drop_older_dead(struct keeping *w)
{
	const struct job_row *j = w->k->job;
	int rc = queue_drop_dead(w->db, j->function, j->bucket, j->key, j->seq);

	return rc < 0 ? rc : 0;
}

/* Is there a result of the job's version already? */
static int find_same(struct keeping *w, bool *there)
{
	int rc = photo_get(w->db, w->original.bucket, w->original.key, &w->arena, &w->old);

	*there = rc == 0 && w->old.seq == w->k->job->seq;
	return rc == E_NOT_FOUND ? 0 : rc;
}

static int put_renditions(struct keeping *w)
{
	struct photo_keep *k = w->k;
	struct rendition_cut cut = { .to = w->to, .keep = k->renditions, .keep_count = k->count };
	int rc;

	if (w->merges) {
		cut.only = k->replaces;
		cut.only_count = k->replaces_count;
	}
	rc = renditions_remove(w->db, k->store, &w->original, &cut, &w->who);
	for (int i = 0; i < k->count && rc == 0; i++)
		rc = put_rendition(w, i);
	return rc;
}

/* Some renditions into the result there is. A row that its table's client took away does not come back by this. */
static int merge_result(struct keeping *w)
{
	struct photo_keep *k = w->k;
	struct item_merge m = { .table = w->old.table, .original = &w->original, .seq = k->job->seq, .text = k->item,
				.replaces = k->replaces, .replaces_count = k->replaces_count };
	int rc = photo_item_look(w->db, w->original.key, &w->old);

	if (rc < 0)
		return rc;
	if (rc == PHOTO_ITEM_NO_TABLE)
		m.table = STR("");	/* a table made since would be taken for one that lost the row */
	rc = rendition_list(w->db, w->original.bucket, w->original.key, count_rendition, w);
	if (rc < 0 || (rc = made_less(w->db, w->old.made)) < 0 || (rc = put_photo(w, m.table, w->renditions)) < 0)
		return rc;
	if ((rc = photo_item_merge(w->db, &m, &w->arena)) < 0)
		return rc;
	return journal(w, JOURNAL_RENEWED, (struct str){0}, k->detail);
}

static int keep_result(struct keeping *w)
{
	struct photo_keep *k = w->k;
	int rc;

	if (k->count > RENDITIONS_MAX || has_twins(k))
		return E_BAD_INPUT;
	CHECK(!k->merge || k->replaces);
	if (k->merge && (rc = find_same(w, &w->merges)) < 0)
		return rc;
	if ((rc = find_destination(w)) < 0)
		return rc;
	if ((rc = put_renditions(w)) < 0)
		return rc;
	if (w->merges)
		return merge_result(w);
	if ((rc = delete_photo(w->db, &w->original, k->to_table, &w->arena)) < 0)
		return rc;
	if ((rc = put_photo(w, k->to_table, k->count)) < 0)
		return rc;
	if (str_is_set(k->item))
		rc = photo_item_put(w->db, &w->table, &w->original, k->job->seq, k->item, &w->arena);
	else
		rc = photo_item_remove(w->db, k->to_table, w->original.key, &w->arena);
	if (rc < 0 || (rc = drop_older_dead(w)) < 0)
		return rc;
	return journal(w, JOURNAL_DONE, (struct str){0}, k->detail);
}

/* What is left of an older version goes; the row tells why, if it can be written. */
static int keep_failure(struct keeping *w)
{
	struct photo_keep *k = w->k;
	bool tell = str_is_set(k->item), there;
	int rc;

	if ((rc = find_same(w, &there)) < 0)
		return rc;
	if (there)
		return journal(w, JOURNAL_BURIED, k->code, k->message);
	if ((rc = photo_forget(w->db, k->store, w->original.bucket, w->original.key, &w->who)) < 0)
		return rc;
	if (tell) {
		rc = table_open(w->db, k->to_table, &w->arena, &w->table);
		if (rc < 0 && rc != E_NOT_FOUND)
			return rc;
		tell = rc == 0 && photo_item_fits(&w->table);
	}
	rc = tell ? photo_item_put(w->db, &w->table, &w->original, k->job->seq, k->item, &w->arena) : photo_item_remove(w->db, k->to_table, w->original.key, &w->arena);
	if (rc < 0 || (rc = drop_older_dead(w)) < 0)
		return rc;
	return journal(w, JOURNAL_BURIED, k->code, k->message);
}

static int keep_removal(struct keeping *w)
{
	struct photo_keep *k = w->k;
	int rc;

	if ((rc = photo_forget(w->db, k->store, w->original.bucket, w->original.key, &w->who)) < 0)
		return rc;
	/* The row of a photo that failed has no photo row to lead to it. */
	if ((rc = photo_item_remove(w->db, k->to_table, w->original.key, &w->arena)) < 0)
		return rc;
	if ((rc = drop_older_dead(w)) < 0)
		return rc;
	return journal(w, JOURNAL_REMOVED, (struct str){0}, k->detail);
}

/* The thumbnails that nobody will see are written already. */
static int keep_superseded(struct keeping *w, int64_t now)
{
	const struct change *c = &w->k->change;
	int rc = 0;

	w->k->superseded = true;
	for (int i = 0; i < c->needle_count && rc == 0; i++)
		rc = trash_add(w->db, &c->needles[i].where, 1);
	if (rc < 0)
		return rc;
	return journal(w, JOURNAL_SUPERSEDED, (struct str){0},
		       str_of(now ? arena_printf(&w->arena, "version %016llX", (unsigned long long)now) : "deleted"));
}

/* The version the original has now, 0 for none, and whether that version is watched. */
static int current_version(struct keeping *w, int64_t *seq, bool *watched)
{
	struct query q = db_query(w->db, SQL_OBJECT_VERSION);

	*seq = 0;
	*watched = false;
	query_int(&q, 1, w->original.bucket);
	query_bytes(&q, 2, w->original.key);
	if (query_step(&q) == QUERY_ROW) {
		*seq = col_int(&q, 0);
		*watched = col_int(&q, 1) != 0;
	}
	return query_end(&q);
}

/* What somebody asked for without a rule follows its original too. */
static int watch(struct keeping *w)
{
	struct query q = db_query(w->db, SQL_OBJECT_WATCH);

	query_int(&q, 1, w->original.bucket);
	query_bytes(&q, 2, w->original.key);
	query_int(&q, 3, w->k->job->seq);
	return query_run(&q);
}

static int apply_keep(struct change *c, struct db *db)
{
	struct photo_keep *k = container_of(c, struct photo_keep, change);
	const struct job_row *j = k->job;
	struct keeping w = { .k = k, .db = db, .original = { j->bucket, j->key },
		.who = { .principal = STR("AWS:minilab:function"), .source_ip = STR("127.0.0.1"), .request_id = j->request,
			 .door = STR("the built-in function") } };
	bool removal = event_is_removal(j->kind), failure = !removal && k->code.n > 0, watched, late;
	int64_t now;
	int rc;

	k->superseded = false;
	if ((rc = current_version(&w, &now, &watched)) < 0)
		goto out;
	late = removal ? now > j->seq && watched : now != j->seq;
	if (j->id == 0)
		rc = 0;		/* not of the queue: who asked waits for it */
	else
		rc = failure && !late ? queue_bury(db, j->id, j->lease, k->code, k->message) : queue_ack(db, j->id, j->lease);
	if (rc < 0)
		goto out;
	if (late)
		rc = keep_superseded(&w, now);
	else
		rc = removal ? keep_removal(&w) : failure ? keep_failure(&w) : keep_result(&w);
	if (rc == 0)
		rc = backfill_count(db, j, late ? BACKFILL_JOB_SUPERSEDED : failure ? BACKFILL_JOB_FAILED : BACKFILL_JOB_DONE);
	if (rc == 0 && j->id == 0 && !late)
		rc = watch(&w);
	if (rc == 0)
		rc = log_write(db, w.k->log_group, w.k->stream, w.k->log, w.k->log_count);
out:
	arena_clear(&w.arena);
	return rc;
}

void photo_keep_init(struct photo_keep *k)
{
	k->change = (struct change){ .apply = apply_keep };
}
