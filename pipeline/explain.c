#include "pipeline/explain.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "storage/bucket.h"
#include "storage/journal.h"
#include "storage/outbox.h"
#include "storage/photo_item.h"

struct gathering {
	struct json j;
	struct db *db;
	int64_t bucket;
	struct str key;
	bool known;
	/* what decides the next action */
	bool exists, watched, done;
	int64_t seq;
	enum job_state state;
	int jobs, attempts, lines;
	int64_t due_ms;
	/* of the result: what is there, what is missing, and what was removed or replaced by request */
	int thumbnails, lost, released;
	enum photo_item item;
};

static void version(struct json *j, const char *name, int64_t seq)
{
	char hex[17];

	snprintf(hex, sizeof hex, "%016" PRIX64, (uint64_t)seq);
	json_cstr(j, name, hex);
}

static void when(struct json *j, const char *name, int64_t at_ms)
{
	char text[CLOCK_TEXT_MAX];

	json_cstr(j, name, clock_iso_ms(text, at_ms));
}

static int gather_object(struct gathering *g, struct str bucket)
{
	struct arena a = {0};
	struct object o;
	struct str door;
	bool missing;
	int rc = object_get(g->db, bucket, g->key, &a, &o, &missing);

	if (rc == 0) {
		g->known = g->exists = true;
		g->seq = o.seq;
		g->watched = o.watched;
		json_open(&g->j, "object", '{');
		version(&g->j, "version", o.seq);
		when(&g->j, "uploaded_at", o.mtime_ms);
		json_int(&g->j, "size", o.size);
		json_str(&g->j, "etag", o.etag);
		json_bool(&g->j, "watched", o.watched);
		rc = journal_door(g->db, g->bucket, g->key, o.seq, &a, &door);
		if (str_is_set(door))
			json_str(&g->j, "door", door);
		json_close(&g->j);
	}
	arena_clear(&a);
	return rc == E_NOT_FOUND && !missing ? 0 : rc;
}

static int add_rendition(void *owner, int64_t bucket, struct str key, int64_t of_seq)
{
	struct gathering *g = owner;
	char name[BUCKET_NAME_MAX + 1] = "";
	int64_t now = object_seq(g->db, bucket, key);
	int rc = now < 0 ? (int)now : bucket_name_of(g->db, bucket, name);

	if (rc < 0 && rc != E_NOT_FOUND)
		return rc;
	g->thumbnails += now > 0;
	json_open(&g->j, NULL, '{');
	json_cstr(&g->j, "bucket", name);
	json_str(&g->j, "key", key);
	version(&g->j, "version", of_seq);
	json_bool(&g->j, "exists", now > 0);
	json_close(&g->j);
	return 0;
}

/* The row and the thumbnails as they are now, not as they were made. */
static int gather_result(struct gathering *g, const struct photo_row *p)
{
	static const char *const items[] = {
		[PHOTO_ITEM_THERE] = "there", [PHOTO_ITEM_MISSING] = "missing", [PHOTO_ITEM_OTHER] = "of another version",
		[PHOTO_ITEM_RELEASED] = "removed or replaced by request", [PHOTO_ITEM_NO_TABLE] = "gone with its table",
	};
	int rc = photo_item_look(g->db, g->key, p);

	if (rc < 0)
		return rc;
	g->item = (enum photo_item)rc;
	if (p->table.n > 0)
		json_str(&g->j, "table", p->table);
	json_cstr(&g->j, "row", items[g->item]);
	json_open(&g->j, "thumbnails", '[');
	rc = rendition_list(g->db, g->bucket, g->key, add_rendition, g);
	json_close(&g->j);
	g->lost = p->renditions - g->thumbnails;
	return rc;
}

static int gather_photo(struct gathering *g)
{
	struct arena a = {0};
	struct photo_row p;
	int rc = photo_get(g->db, g->bucket, g->key, &a, &p);

	if (rc == 0) {
		g->known = true;
		g->done = g->exists && p.seq == g->seq;
		json_open(&g->j, "result", '{');
		version(&g->j, "version", p.seq);
		when(&g->j, "done_at", p.done_ms);
		rc = gather_result(g, &p);
		json_close(&g->j);
	}
	arena_clear(&a);
	return rc == E_NOT_FOUND ? 0 : rc;
}

static int add_job(void *owner, const struct job_row *r)
{
	static const char *const states[] = { "waiting", "running", "dead letter" };
	struct gathering *g = owner;

	g->known = true;
	g->jobs++;
	g->state = r->state;
	g->attempts = r->attempts;
	g->due_ms = r->due_ms;
	json_open(&g->j, NULL, '{');
	json_int(&g->j, "id", r->id);
	json_cstr(&g->j, "event", event_name(r->kind));
	version(&g->j, "version", r->seq);
	json_cstr(&g->j, "state", states[r->state]);
	json_int(&g->j, "attempts", r->attempts);
	when(&g->j, "due_at", r->due_ms);
	json_str(&g->j, "request", r->request);
	if (r->backfill)
		json_int(&g->j, "backfill", r->backfill);
	if (str_is_set(r->code)) {
		json_str(&g->j, "reason", r->code);
		json_str(&g->j, "message", r->message);
	}
	json_close(&g->j);
	return 0;
}

static int add_line(void *owner, const struct journal_line *l)
{
	struct gathering *g = owner;

	g->known = true;
	g->lines++;
	if (l->what == JOURNAL_DONE && l->seq == g->seq)
		g->released = 0;	/* all of it was made again since */
	g->released += l->seq == g->seq && (l->what == JOURNAL_THUMBNAIL_REMOVED || l->what == JOURNAL_THUMBNAIL_REPLACED);
	json_open(&g->j, NULL, '{');
	when(&g->j, "at", l->at_ms);
	version(&g->j, "version", l->seq);
	json_cstr(&g->j, "what", journal_text(l->what));
	if (l->job)
		json_int(&g->j, "job", l->job);
	if (l->attempt)
		json_int(&g->j, "attempt", l->attempt);
	if (str_is_set(l->code))
		json_str(&g->j, l->what == JOURNAL_UPLOADED ? "door" : "reason", l->code);
	if (str_is_set(l->detail))
		json_str(&g->j, "detail", l->detail);
	json_close(&g->j);
	return 0;
}

/* What the bucket's webhook has still to be told of it, and what it could not be told. What it was told is in the journal. */
static int add_hook(void *owner, const struct outbox_line *l)
{
	struct gathering *g = owner;
	bool dead = l->state == OUTBOX_DEAD;

	json_open(&g->j, NULL, '{');
	json_int(&g->j, "delivery", l->id);
	json_cstr(&g->j, "type", outbox_word(l->what));
	version(&g->j, "version", l->seq);
	json_cstr(&g->j, "state", dead ? "dead letter" : "waiting");
	json_int(&g->j, "attempts", l->attempts);
	when(&g->j, dead ? "since" : "next_try", l->due_ms);
	if (str_is_set(l->code)) {
		json_str(&g->j, "reason", l->code);
		json_str(&g->j, "message", l->message);
	}
	json_close(&g->j);
	return 0;
}

static int gather_hooks(struct gathering *g)
{
	int rc;

	json_open(&g->j, "webhooks", '[');
	rc = outbox_of_object(g->db, g->bucket, g->key, add_hook, g);
	json_close(&g->j);
	return rc;
}

/* Of a result of the current version. */
static const char *state_of_result(const struct gathering *g, struct arena *a)
{
	const char *row = g->item == PHOTO_ITEM_THERE ? "the row" : "no row", *s = g->thumbnails == 1 ? "" : "s";

	if (g->lost != 0 || g->item == PHOTO_ITEM_MISSING || g->item == PHOTO_ITEM_OTHER)
		return arena_printf(a, "none, and that is wrong: there are %d thumbnail%s and %s of the current version, and nobody asked "
				    "for the rest to go; run `minilab audit`", g->thumbnails, s, row);
	if (g->released > 0 || g->item != PHOTO_ITEM_THERE)
		return arena_printf(a, "nothing: there are %d thumbnail%s and %s of the current version, the rest was removed or replaced "
				    "by request; upload the photo again, or run `minilab backfill`, to have all of it made anew", g->thumbnails, s, row);
	return "nothing: thumbnails and row are those of the current version";
}

static void next_action(struct gathering *g, struct arena *a)
{
	char at[CLOCK_TEXT_MAX];
	const char *text = "nothing: no rule of this bucket asks for thumbnails of this object";

	if (g->jobs > 0 && g->state == JOB_DEAD)
		text = "none by itself: mend the cause, then `minilab retry` this key";
	else if (g->jobs > 0 && g->state == JOB_LEASED)
		text = arena_printf(a, "attempt %d is running", g->attempts);
	else if (g->jobs > 0)
		text = arena_printf(a, "attempt %d is due at %s", g->attempts + 1, clock_iso_ms(at, g->due_ms));
	else if (g->done)
		text = state_of_result(g, a);
	else if (!g->exists)
		text = "nothing: the object does not exist";
	else if (g->watched)
		text = "none, and that is wrong: it has neither result nor event; run `minilab audit`";
	json_cstr(&g->j, "next", text);
}

static int gather(struct gathering *g, struct str bucket)
{
	struct arena a = {0};
	int64_t created;
	int rc;

	if ((rc = bucket_find(g->db, bucket, &g->bucket, &created)) < 0)
		return rc;
	json_open(&g->j, NULL, '{');
	json_str(&g->j, "bucket", bucket);
	json_str(&g->j, "key", g->key);
	if ((rc = gather_object(g, bucket)) < 0 || (rc = gather_photo(g)) < 0)
		return rc;
	json_open(&g->j, "jobs", '[');
	if ((rc = queue_of_object(g->db, g->bucket, g->key, add_job, g)) < 0)
		return rc;
	json_close(&g->j);
	json_open(&g->j, "journal", '[');
	if ((rc = journal_of_object(g->db, g->bucket, g->key, add_line, g)) < 0)
		return rc;
	json_close(&g->j);
	if (g->lines == JOURNAL_OF_OBJECT_MAX)
		json_int(&g->j, "newest_lines", g->lines);
	if ((rc = gather_hooks(g)) < 0)
		return rc;
	next_action(g, &a);
	json_close(&g->j);
	arena_clear(&a);
	return g->known ? 0 : E_NOT_FOUND;
}

/* In one snapshot: what changes meanwhile must not look like something lost. */
int explain_gather(struct db *db, struct str bucket, struct str key, struct buf *json)
{
	struct gathering g = { .j = json_into(json), .db = db, .key = key };
	int rc = db_snapshot_begin(db);

	if (rc == 0)
		rc = gather(&g, bucket);
	db_snapshot_end(db);
	return rc;
}
