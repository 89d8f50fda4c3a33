#include "pipeline/backfill.h"

#include <stdio.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "pipeline/presets.h"
#include "pipeline/registry.h"
#include "storage/bucket.h"
#include "storage/journal.h"
#include "storage/object.h"

static const char *const words[] = { "missing", "all", "presets" };

bool backfill_what_of(struct str word, enum backfill_what *what)
{
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (str_eq(word, str_of(words[i]))) {
			*what = (enum backfill_what)i;
			return true;
		}
	return false;
}

const char *backfill_what_text(enum backfill_what what)
{
	return words[what];
}

/* Who is asked */

int backfill_function(struct db *db, int64_t bucket, int64_t *function)
{
	struct arena a = {0};
	struct rule *rules;
	int n, rc = rules_get(db, bucket, &a, &rules, &n);

	*function = 0;
	for (int i = 0; rc == 0 && i < n && *function == 0; i++)
		if (rules[i].native && (rules[i].set & (1u << EVENT_CREATED_PUT)))
			*function = rules[i].function;
	arena_clear(&a);
	return rc;
}

/* The first of the names that no list of the bucket has; absent if there is none. */
static struct str find_unknown(struct str names, const struct str *lists, int n, int *count)
{
	char error[RENDITION_LIST_ERROR_MAX];
	struct rendition_list list;
	struct str name;

	*count = 0;
	while (rendition_list_next(&names, &name)) {
		bool known = false;

		++*count;
		for (int i = 0; i < n && !known; i++)
			known = rendition_list_read(lists[i], &list, error) == 0 && rendition_list_find(&list, name);
		if (!known)
			return name;
	}
	return (struct str){0};
}

static int check_names(struct db *db, const struct presets *presets, struct str bucket, const struct backfill *b,
		       char error[RENDITION_LIST_ERROR_MAX])
{
	struct str lists[PRESETS_LISTS_MAX], unknown;
	struct arena a = {0};
	struct function f;
	int count, n, rc = function_load(db, b->function, &f);

	if (rc < 0)
		goto out;
	n = presets_lists(presets, f.renditions, bucket, &a, lists);
	unknown = find_unknown(b->presets, lists, n, &count);
	if (unknown.n > 0)
		snprintf(error, RENDITION_LIST_ERROR_MAX, "there is no rendition \"%.*s\"; there are: %.*s",
			 (int)(unknown.n < 64 ? unknown.n : 64), unknown.p, (int)(lists[0].n < 250 ? lists[0].n : 250), lists[0].p);
	else if (count > RENDITION_LIST_MAX || (count == 0) != (b->what != BACKFILL_PRESETS))
		snprintf(error, RENDITION_LIST_ERROR_MAX, "name 1 to %d presets, and only with \"presets\"", RENDITION_LIST_MAX);
	else
		goto out;
	rc = E_BAD_INPUT;
out:
	function_clear(&f);
	arena_clear(&a);
	return rc;
}

int backfill_resolve(struct db *db, const struct presets *presets, struct str bucket, struct backfill *b,
		     char error[RENDITION_LIST_ERROR_MAX])
{
	int rc = bucket_find(db, bucket, &b->bucket, NULL);

	if (rc < 0 || (rc = backfill_function(db, b->bucket, &b->function)) < 0)
		return rc;
	if (b->function == 0) {
		snprintf(error, RENDITION_LIST_ERROR_MAX, "no rule of this bucket sends uploads to the built-in function");
		return E_BAD_INPUT;
	}
	return check_names(db, presets, bucket, b, error);
}

/* Actions */

static int count_active(void *owner, const struct backfill *b)
{
	*(int *)owner += b->state == BACKFILL_RUNNING || b->state == BACKFILL_PAUSED;
	return 0;
}

static int start(struct backfill_ask *k, struct db *db)
{
	int active = 0, rc = backfill_list(db, count_active, &active);

	if (rc < 0)
		return rc;
	return active >= BACKFILLS_ACTIVE_MAX ? E_BUSY : backfill_add(db, &k->b);
}

static int act(struct backfill_ask *k, struct db *db, const struct backfill *now)
{
	static const enum backfill_state states[] = {
		[BACKFILL_PAUSE] = BACKFILL_PAUSED, [BACKFILL_RESUME] = BACKFILL_RUNNING, [BACKFILL_CANCEL] = BACKFILL_CANCELLED,
	};
	int rc = backfill_set_state(db, now->id, states[k->action]);

	if (rc == 0 && k->action == BACKFILL_RESUME && k->b.rate > 0)
		rc = backfill_set_rate(db, now->id, k->b.rate);
	k->b.id = now->id;
	return rc;
}

static int apply(struct change *c, struct db *db)
{
	struct backfill_ask *k = container_of(c, struct backfill_ask, change);
	struct arena a = {0};
	struct backfill now;
	int64_t bucket;
	int rc;

	if (k->action == BACKFILL_START)
		return start(k, db);
	rc = bucket_find(db, k->bucket, &bucket, NULL);
	if (rc == 0)
		rc = backfill_active(db, bucket, &a, &now);
	if (rc == 0)
		rc = act(k, db, &now);
	arena_clear(&a);
	return rc;
}

void backfill_ask_init(struct backfill_ask *a)
{
	a->change = (struct change){ .apply = apply };
}

/* One photo */

static int note_waiting(void *owner, const struct job_row *j)
{
	struct job_row *want = owner;

	if (j->state != JOB_DEAD && j->seq == want->seq && event_is_creation(j->kind))
		want->id = j->id;
	return 0;
}

/* Is it still at that version, and without an event of it? */
static int is_due(struct db *db, const struct backfill *b, const struct backfill_find *what, bool *due)
{
	struct job_row want = { .seq = what->seq };
	int64_t now = object_seq(db, b->bucket, what->key);
	int rc;

	*due = false;
	if (now < 0 || now != what->seq)
		return now < 0 ? (int)now : 0;
	rc = queue_of_object(db, b->bucket, what->key, note_waiting, &want);
	*due = rc == 0 && want.id == 0;
	return rc;
}

/* An upload from before the rule comes under it now. */
static int watch(struct db *db, const struct backfill *b, const struct backfill_find *what)
{
	struct query q = db_query(db, SQL_OBJECT_WATCH);

	query_int(&q, 1, b->bucket);
	query_bytes(&q, 2, what->key);
	query_int(&q, 3, what->seq);
	return query_run(&q);
}

static int put_job(struct db *db, const struct backfill *b, struct event *e, struct arena *a)
{
	char request[JOB_REQUEST_ID + 1];
	struct buf payload = {0};
	struct job_row j = { .function = b->function, .due_ms = e->at_ms, .bucket = b->bucket, .key = e->key, .seq = e->seq,
			     .kind = e->kind, .backfill = b->id };
	int rc;

	queue_request_make(request);
	event_write(&payload, e);
	j.request = str_of(request);
	j.payload = str_n(payload.data, payload.len);
	if ((rc = queue_put(db, &j)) == 0)
		rc = journal_add(db, &(struct journal_line){ .what = JOURNAL_BACKFILL, .bucket = b->bucket, .key = e->key,
			.seq = e->seq, .job = j.id, .detail = str_of(arena_printf(a, "backfill %lld (%s%s%.*s), rule %.*s",
			(long long)b->id, backfill_what_text(b->what), b->presets.n ? " " : "", STR_ARG(b->presets),
			STR_ARG(e->rule))) });
	buf_clear(&payload);
	return rc;
}

int backfill_queue(struct db *db, struct store *s, const struct backfill *b, const struct backfill_find *what, struct arena *a)
{
	static const struct actor who = { .principal = { "AWS:minilab:backfill", 20 }, .source_ip = { "127.0.0.1", 9 } };
	struct event e = { .kind = EVENT_CREATED_PUT, .at_ms = clock_wall_ms(), .region = str_of(store_region(s)),
			   .account = str_of(store_account(s)), .key = what->key, .seq = what->seq, .size = what->size,
			   .actor = &who, .backfill = b->id, .presets = b->presets };
	char name[BUCKET_NAME_MAX + 1];
	struct object o;
	bool due, missing;
	int rc;

	if ((rc = is_due(db, b, what, &due)) < 0 || !due)
		return rc;
	if ((rc = backfill_rule(db, b->bucket, what->key, b->function, a, &e.rule)) < 0 || !str_is_set(e.rule))
		return rc;
	if ((rc = bucket_name_of(db, b->bucket, name)) < 0 || (rc = object_get(db, str_of(name), what->key, a, &o, &missing)) < 0)
		return rc;
	e.bucket = str_of(name);
	e.etag = o.etag;
	if ((rc = queue_drop_dead(db, b->function, b->bucket, what->key, what->seq + 1)) < 0 || (rc = watch(db, b, what)) < 0)
		return rc;
	rc = put_job(db, b, &e, a);
	return rc < 0 ? rc : 1;
}

/* What there is */

struct gathering {
	struct db *db;
	int64_t bucket;			/* 0: all */
	struct json j;
};

static void when(struct json *j, const char *name, int64_t at_ms)
{
	char text[CLOCK_TEXT_MAX];

	if (at_ms > 0)
		json_cstr(j, name, clock_iso_ms(text, at_ms));
}

static int add(void *owner, const struct backfill *b)
{
	struct gathering *g = owner;
	char name[BUCKET_NAME_MAX + 1] = "";
	int rc;

	if (g->bucket != 0 && b->bucket != g->bucket)
		return 0;
	if ((rc = bucket_name_of(g->db, b->bucket, name)) < 0 && rc != E_NOT_FOUND)
		return rc;
	json_open(&g->j, NULL, '{');
	json_int(&g->j, "id", b->id);
	json_cstr(&g->j, "bucket", name);
	json_str(&g->j, "prefix", b->prefix);
	json_cstr(&g->j, "what", backfill_what_text(b->what));
	json_str(&g->j, "presets", b->presets);
	json_cstr(&g->j, "state", backfill_state_text(b->state));
	json_int(&g->j, "rate", b->rate);
	when(&g->j, "started_at", b->started_ms);
	when(&g->j, "ended_at", b->ended_ms);
	json_int(&g->j, "planned", b->planned);
	json_int(&g->j, "bytes", b->bytes);
	json_int(&g->j, "queued", b->queued);
	json_int(&g->j, "done", b->done);
	json_int(&g->j, "failed", b->failed);
	json_int(&g->j, "superseded", b->superseded);
	json_close(&g->j);
	return 0;
}

int backfill_gather(struct db *db, struct str bucket, struct buf *json)
{
	struct gathering g = { .db = db, .j = json_into(json) };
	int rc = bucket.n > 0 ? bucket_find(db, bucket, &g.bucket, NULL) : 0;

	if (rc < 0)
		return rc;
	json_open(&g.j, NULL, '{');
	json_open(&g.j, "backfills", '[');
	if ((rc = backfill_list(db, add, &g)) < 0)
		return rc;
	json_close(&g.j);
	json_close(&g.j);
	return 0;
}
