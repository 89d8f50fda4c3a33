#include "pipeline/gallery.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/err.h"
#include "pipeline/backfill.h"
#include "pipeline/gallery_row.h"
#include "pipeline/registry.h"
#include "storage/bucket.h"
#include "storage/object.h"
#include "storage/photo_list.h"

struct page {
	struct db *db;
	const struct gallery_ask *ask;
	struct json *j;
	struct arena arena;
	struct arena row;		/* of the row at hand */
	int64_t bucket;
	struct table table;
	int index;			/* -1: there is no table to go by */
	struct str from_key;		/* in the order of keys: where it begins */
	int64_t at;
	int64_t looked;
	int count;
	struct str next_key;		/* set: where it goes on */
};

static bool is_filtered(const struct gallery_ask *a)
{
	return a->text.n > 0 || a->camera.n > 0 || a->from.n > 0 || a->to.n > 0 || a->failed_only;
}

static int find_table(struct page *p)
{
	struct function f = { 0 };
	int64_t function;
	struct str name;
	int rc = backfill_function(p->db, p->bucket, &function);

	p->index = -1;
	if (rc == 0 && (rc = function_load(p->db, function, &f)) == 0) {
		name = function_variable(&f, "TABLE", p->ask->bucket, &p->arena);
		if ((rc = table_open(p->db, name, &p->arena, &p->table)) == 0)
			p->index = photo_list_index(&p->table);
	}
	function_clear(&f);
	return rc == E_NOT_FOUND || rc == E_BAD_INPUT ? 0 : rc;
}

/* A place is "n" and how many rows are newer, or "k" and the key to begin with. */
static int read_place(struct page *p)
{
	struct str after = p->ask->after;

	p->at = p->ask->at;
	if (after.n == 0)
		return 0;
	if (after.p[0] == 'k') {
		p->from_key = str_n(after.p + 1, after.n - 1);
		return 0;
	}
	return after.p[0] == 'n' ? str_to_int(str_n(after.p + 1, after.n - 1), 0, INT64_MAX / 2, &p->at) : E_BAD_INPUT;
}

/* -- by the index -- */

static int on_row(void *owner, struct str item)
{
	struct page *p = owner;
	int rc = 0;

	p->looked++;
	if (gallery_row_may_match(p->ask, item))
		rc = gallery_row_write(p->ask, item, &p->row, p->j);
	arena_clear(&p->row);
	if (rc < 0)
		return rc;
	p->count += rc;
	return p->count == p->ask->max;
}

static int find_place(struct page *p)
{
	struct photo_list l = { .table = &p->table, .index = p->index, .bucket = p->ask->bucket };
	int64_t place = 0;
	int rc = photo_list_place(p->db, &l, p->ask->around, &place);

	p->at = place > 0 ? place - 1 : 0;
	return rc == E_NOT_FOUND ? 0 : rc;
}

static int write_newest(struct page *p)
{
	bool filtered = is_filtered(p->ask);
	struct photo_list l = { &p->table, p->index, p->ask->bucket, p->at, filtered ? GALLERY_LOOKED : p->ask->max };
	int64_t total;
	int rc;

	if (p->ask->around.n > 0) {
		if ((rc = find_place(p)) < 0)
			return rc;
		l.skip = p->at;
	}
	if ((rc = photo_list_count(p->db, &l, &total)) < 0 || (rc = photo_list(p->db, &l, on_row, p)) < 0)
		return rc;
	json_close(p->j);
	json_cstr(p->j, "order", "newest");
	if (!filtered) {
		json_int(p->j, "at", p->at);
		json_int(p->j, "total", total);
	}
	json_cstr(p->j, "next", p->at + p->looked < total ? arena_printf(&p->arena, "n%lld", (long long)(p->at + p->looked)) : "");
	return 0;
}

/* -- by keys -- */

static void write_object(struct page *p, const struct object *o)
{
	struct json *j = p->j;
	struct json_value *headers;
	char when[CLOCK_TEXT_MAX];

	json_open(j, NULL, '{');
	json_str(j, "key", o->key);
	json_cstr(j, "state", "object");
	json_int(j, "size", o->size);
	json_str(j, "etag", o->etag);
	json_cstr(j, "uploaded_at", clock_iso_ms(when, o->mtime_ms));
	if (json_parse(&p->row, o->headers, &headers) == 0)
		json_str(j, "content_type", json_text(headers, "content-type"));
	json_close(j);
	arena_clear(&p->row);
}

static int on_object(void *owner, const struct object *o, struct str *skip_to)
{
	struct page *p = owner;

	(void)skip_to;
	if (p->count == p->ask->max || p->looked == GALLERY_LOOKED) {
		p->next_key = arena_str(&p->arena, o->key);
		return 1;
	}
	p->looked++;
	if (!gallery_object_matches(p->ask, o))
		return 0;
	p->count++;
	write_object(p, o);
	return 0;
}

static int write_by_keys(struct page *p)
{
	int rc = p->ask->around.n > 0 ? object_key_before(p->db, p->bucket, p->ask->around, &p->arena, &p->from_key) : 0;

	if (rc < 0)
		return rc;
	rc = object_list(p->db, p->bucket, STR(""), p->from_key, on_object, p);
	if (rc < 0)
		return rc;
	json_close(p->j);
	json_cstr(p->j, "order", "key");
	json_str(p->j, "next", str_is_set(p->next_key) ? str_of(arena_printf(&p->arena, "k%.*s", STR_ARG(p->next_key))) : STR(""));
	return 0;
}

/* -- what is on its way -- */

static int on_pending(void *owner, const struct photo_pending *w)
{
	struct json *j = owner;
	char when[CLOCK_TEXT_MAX];

	json_open(j, NULL, '{');
	json_str(j, "key", w->key);
	json_cstr(j, "state", w->running ? "running" : "queued");
	json_int(j, "attempts", w->attempts);
	json_cstr(j, "since", clock_iso_ms(when, w->since_ms));
	if (str_is_set(w->code)) {
		json_str(j, "reason", w->code);
		json_str(j, "message", w->message);
	}
	json_close(j);
	return 0;
}

static int write_page(struct page *p)
{
	int rc;

	if ((rc = bucket_find(p->db, p->ask->bucket, &p->bucket, NULL)) < 0 || (rc = read_place(p)) < 0 || (rc = find_table(p)) < 0)
		return rc;
	json_open(p->j, NULL, '{');
	json_open(p->j, "photos", '[');
	rc = p->index >= 0 ? write_newest(p) : write_by_keys(p);
	if (rc < 0)
		return rc;
	json_open(p->j, "pending", '[');
	if (p->at == 0 && !str_is_set(p->from_key) && p->ask->around.n == 0)
		rc = photo_pending(p->db, p->bucket, GALLERY_PENDING, on_pending, p->j);
	json_close(p->j);
	json_close(p->j);
	return rc;
}

int gallery_write(struct db *db, const struct gallery_ask *ask, struct json *j)
{
	struct page p = { .db = db, .ask = ask, .j = j };
	int rc = db_snapshot_begin(db);

	if (rc == 0)
		rc = write_page(&p);
	db_snapshot_end(db);
	arena_clear(&p.arena);
	arena_clear(&p.row);
	return rc;
}
