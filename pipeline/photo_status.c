#include "pipeline/photo_status.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"
#include "storage/bucket.h"
#include "storage/journal.h"
#include "storage/photo_item.h"

struct look {
	struct db *db;
	const struct photo_asked *ask;
	struct arena arena;
	struct object o;
	int64_t bucket;
	struct rule *rules;
	int rule_count;
	/* the event of that version that a native function has, or is to have */
	bool has_job;
	enum job_state job_state;
	int attempts;
	int64_t due_ms;
	struct str code, message;
	struct str door;		/* of the current version, if that is asked for; absent: not known */
	/* the result */
	bool has_photo;
	struct photo_row photo;
	struct json_value *row;		/* NULL: none */
};

const char *photo_state_text(enum photo_state s)
{
#define X(name, text) text,
	static const char *const texts[] = { PHOTO_STATE_TABLE(X) };
#undef X
	return texts[s];
}

bool photo_state_is_open(enum photo_state s)
{
	return s == PHOTO_QUEUED || s == PHOTO_RUNNING;
}

void photo_version_write(struct json *j, const char *name, int64_t seq)
{
	char hex[SEQUENCER_SIZE];

	event_sequencer(hex, seq);
	json_cstr(j, name, hex);
}

/* -- reading -- */

static bool is_native(const struct look *k, int64_t function)
{
	for (int i = 0; i < k->rule_count; i++)
		if (k->rules[i].native && k->rules[i].function == function)
			return true;
	return false;
}

/* Its function was deleted, so no rule says any more that it was a native one. */
static bool is_orphan(const struct look *k, const struct job_row *r)
{
	return !k->has_job && k->o.watched && r->state == JOB_DEAD && str_eq(r->code, STR(JOB_FUNCTION_GONE));
}

/* A photo that is done may have an event of a backfill, which takes nothing away. */
static int on_job(void *owner, const struct job_row *r)
{
	struct look *k = owner;

	if (r->seq != k->o.seq || !event_is_creation(r->kind) || (!is_native(k, r->function) && !is_orphan(k, r)))
		return 0;
	k->has_job = true;
	k->job_state = r->state;
	k->attempts = r->attempts;
	k->due_ms = r->due_ms;
	k->code = arena_str(&k->arena, r->code);
	k->message = arena_str(&k->arena, r->message);
	return 0;
}

static int read_row(struct look *k)
{
	struct table t;
	struct str text;
	int rc;

	if (k->photo.table.n == 0)
		return 0;
	if ((rc = table_open(k->db, k->photo.table, &k->arena, &t)) == 0 &&
	    (rc = photo_item_get(k->db, &t, k->ask->key, k->o.seq, &k->arena, &text)) == 0)
		rc = json_parse(&k->arena, text, &k->row);
	return rc == E_NOT_FOUND ? 0 : rc;
}

static int read_result(struct look *k)
{
	int rc = photo_get(k->db, k->bucket, k->ask->key, &k->arena, &k->photo);

	k->has_photo = rc == 0 && k->photo.seq == k->o.seq;
	if (rc < 0 || !k->has_photo)
		return rc == E_NOT_FOUND ? 0 : rc;
	return read_row(k);
}

static int on_line(void *owner, const struct journal_line *l)
{
	(void)l;
	*(bool *)owner = true;
	return 1;
}

/* An object that is not there: was it ever? */
static int look_back(struct look *k, enum photo_state *state)
{
	bool known = k->ask->seq > 0;
	int rc = journal_of_object(k->db, k->bucket, k->ask->key, on_line, &known);

	*state = PHOTO_DELETED;
	return rc < 0 ? rc : known ? 0 : E_NOT_FOUND;
}

static enum photo_state judge(const struct look *k)
{
	static const enum photo_state of_job[] = { [JOB_READY] = PHOTO_QUEUED, [JOB_LEASED] = PHOTO_RUNNING, [JOB_DEAD] = PHOTO_FAILED };

	if (k->has_photo)
		return PHOTO_READY;
	if (k->has_job)
		return of_job[k->job_state];
	return k->o.watched ? PHOTO_FAILED : PHOTO_UNWATCHED;
}

static int read_all(struct look *k, enum photo_state *state, bool *bucket_missing)
{
	int rc = bucket_find(k->db, k->ask->bucket, &k->bucket, NULL);

	*bucket_missing = rc == E_NOT_FOUND;
	if (rc < 0)
		return rc;
	rc = object_get(k->db, k->ask->bucket, k->ask->key, &k->arena, &k->o, bucket_missing);
	if (rc == E_NOT_FOUND)
		return look_back(k, state);
	*state = PHOTO_SUPERSEDED;
	if (rc == 0 && k->ask->seq > 0 && k->ask->seq < k->o.seq)
		return 0;	/* without its events: a key that is put over and over may have as many, and each asks when they die together */
	if (rc < 0 || (rc = rules_get(k->db, k->bucket, &k->arena, &k->rules, &k->rule_count)) < 0 ||
	    (rc = queue_of_object(k->db, k->bucket, k->ask->key, on_job, k)) < 0 || (rc = read_result(k)) < 0)
		return rc;
	*state = judge(k);
	return k->ask->seq == 0 ? journal_door(k->db, k->bucket, k->ask->key, k->o.seq, &k->arena, &k->door) : 0;
}

/* -- writing -- */

/* {"S":"x"} -> "x", and so on; what is none of the kinds that rows have is left out. */
static void write_plain(struct json *j, const char *name, const struct json_value *typed)
{
	const struct json_value *v = typed ? typed->first : NULL;

	if (!v) {
		json_null(j, name);
	} else if (str_eq(v->name, STR("L")) || str_eq(v->name, STR("M"))) {
		bool map = str_eq(v->name, STR("M"));

		json_open(j, name, map ? '{' : '[');
		for (const struct json_value *one = v->first; one; one = one->next) {
			if (map)
				json_name(j, one->name);
			write_plain(j, map ? JSON_NAMED : NULL, one);
		}
		json_close(j);
	} else if (str_eq(v->name, STR("N")) && v->kind == JSON_STRING) {
		json_raw(j, name, v->text);
	} else {
		json_value(j, name, v);
	}
}

static void write_row(struct json *j, const struct json_value *row)
{
	json_open(j, "row", '{');
	for (const struct json_value *m = row->first; m; m = m->next) {
		if (str_eq(m->name, STR("thumbnails")) || str_eq(m->name, STR("sequencer")))
			continue;	/* told by other members */
		json_name(j, m->name);
		write_plain(j, JSON_NAMED, m);
	}
	json_close(j);
}

static void write_url(struct json *j, const struct photo_asked *ask, struct str rendition)
{
	struct buf b = { 0 };

	buf_puts(&b, "/_/t/");
	uri_encode(&b, ask->bucket, URI_NOTHING);
	buf_puts(&b, "/");
	uri_encode(&b, ask->key, URI_SLASH);
	buf_puts(&b, "/");
	uri_encode(&b, rendition, URI_NOTHING);
	json_str(j, "url", str_n(b.data, b.len));
	buf_clear(&b);
}

/* What the row tells of it; nothing when the row is gone. */
static const struct json_value *find_in_row(const struct look *k, struct str key)
{
	const struct json_value *list = json_get(json_get(k->row, "thumbnails"), "L");

	for (const struct json_value *v = list ? list->first : NULL; v; v = v->next)
		if (str_eq(json_text(json_get(json_get(v, "M"), "key"), "S"), key))
			return json_get(v, "M");
	return NULL;
}

static void write_number(struct json *j, const char *name, const struct json_value *map, const char *attribute)
{
	struct str n = json_text(json_get(map, attribute), "N");

	if (n.n > 0)
		json_raw(j, name, n);
}

struct listing {
	struct look *look;
	struct json *j;
};

/* A thumbnail's key is the original's, a slash and its name. */
static int on_rendition(void *owner, int64_t bucket, struct str key, int64_t of_seq)
{
	struct listing *g = owner;
	struct look *k = g->look;
	char in[BUCKET_NAME_MAX + 1];
	const struct json_value *map;
	struct str name = key;
	int rc;

	if (of_seq != k->o.seq)
		return 0;
	if ((rc = bucket_name_of(k->db, bucket, in)) < 0)
		return rc == E_NOT_FOUND ? 0 : rc;
	if (str_starts(key, k->ask->key) && key.n > k->ask->key.n + 1)
		name = str_n(key.p + k->ask->key.n + 1, key.n - k->ask->key.n - 1);
	map = find_in_row(k, key);
	json_open(g->j, NULL, '{');
	json_str(g->j, "name", name);
	json_cstr(g->j, "bucket", in);
	json_str(g->j, "key", key);
	write_url(g->j, k->ask, name);
	if (map)
		json_str(g->j, "content_type", json_text(json_get(map, "content_type"), "S"));
	write_number(g->j, "width", map, "width");
	write_number(g->j, "height", map, "height");
	write_number(g->j, "bytes", map, "size");
	json_close(g->j);
	return 0;
}

static int write_result(struct look *k, struct json *j)
{
	struct listing g = { k, j };
	char when[CLOCK_TEXT_MAX];
	int rc;

	json_cstr(j, "done_at", clock_iso_ms(when, k->photo.done_ms));
	json_open(j, "thumbnails", '[');
	rc = rendition_list(k->db, k->bucket, k->ask->key, on_rendition, &g);
	json_close(j);
	if (k->row)
		write_row(j, k->row);
	return rc;
}

static void write_job(const struct look *k, enum photo_state state, struct json *j)
{
	char when[CLOCK_TEXT_MAX];

	if (!k->has_job) {	/* watched, and neither a result nor an event */
		json_cstr(j, "reason", "NoResult");
		json_cstr(j, "message", "There is neither a result nor an event, and that is wrong: run `minilab audit`.");
		return;
	}
	json_int(j, "attempts", k->attempts);
	if (str_is_set(k->code)) {
		json_str(j, "reason", k->code);
		json_str(j, "message", k->message);
	}
	if (state == PHOTO_QUEUED)
		json_cstr(j, "next_due", clock_iso_ms(when, k->due_ms));
}

static void write_object(const struct look *k, struct json *j)
{
	char when[CLOCK_TEXT_MAX];

	photo_version_write(j, "version", k->o.seq);
	json_int(j, "size", k->o.size);
	json_str(j, "etag", k->o.etag);
	json_cstr(j, "uploaded_at", clock_iso_ms(when, k->o.mtime_ms));
	if (str_is_set(k->door))
		json_str(j, "door", k->door);
}

static int write(struct look *k, enum photo_state state, struct json *j)
{
	json_cstr(j, "state", photo_state_text(state));
	if (state == PHOTO_DELETED)
		return 0;
	if (k->ask->seq == 0)
		write_object(k, j);
	if (state == PHOTO_READY)
		return write_result(k, j);
	if (state != PHOTO_UNWATCHED && state != PHOTO_SUPERSEDED)
		write_job(k, state, j);
	return 0;
}

int photo_status_find(struct db *db, const struct photo_asked *ask, enum photo_state *state, bool *bucket_missing)
{
	struct look k = { .db = db, .ask = ask };
	int rc = read_all(&k, state, bucket_missing);

	arena_clear(&k.arena);
	return rc;
}

int photo_status_write_inside(struct db *db, const struct photo_asked *ask, struct json *j, enum photo_state *state, bool *bucket_missing)
{
	struct look k = { .db = db, .ask = ask };
	int rc;

	*bucket_missing = false;
	if ((rc = read_all(&k, state, bucket_missing)) == 0)
		rc = write(&k, *state, j);
	arena_clear(&k.arena);
	return rc;
}

int photo_status_write(struct db *db, const struct photo_asked *ask, struct json *j, enum photo_state *state, bool *bucket_missing)
{
	int rc = db_snapshot_begin(db);

	*bucket_missing = false;
	if (rc == 0)
		rc = photo_status_write_inside(db, ask, j, state, bucket_missing);
	db_snapshot_end(db);
	return rc;
}
