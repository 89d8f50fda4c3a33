#include "pipeline/shelf.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "storage/bucket.h"

static const enum record_kind kept[] = {
	RECORD_BUCKET_CORS, RECORD_BUCKET_POLICY, RECORD_BUCKET_LIFECYCLE, RECORD_BUCKET_WEBHOOK, RECORD_BUCKET_PUBLIC_BLOCK,
	RECORD_BUCKET_OWNERSHIP,
};

#define KEPT (int)(sizeof kept / sizeof kept[0])

struct shelf_entry {
	struct arena arena;		/* name and documents */
	struct str bucket;
	const struct json_value *document[KEPT];	/* as in `kept`; NULL: none */
};

struct shelf {
	struct minilab *m;
	struct shelf_entry **at;	/* owned, by name */
	int count, room;
	size_t bytes;			/* of all arenas */
	struct shelf_errand *first, **end;	/* the first is on a lane */
};

static int place_of(enum record_kind kind)
{
	for (int i = 0; i < KEPT; i++)
		if (kept[i] == kind)
			return i;
	return -1;
}

static struct shelf_entry *make_entry(struct str bucket)
{
	struct shelf_entry *e = calloc(1, sizeof *e);

	CHECK(e != NULL);
	e->bucket = arena_str(&e->arena, bucket);
	return e;
}

static void free_entry(struct shelf_entry *e)
{
	if (!e)
		return;
	arena_clear(&e->arena);
	free(e);
}

static void put_document(struct shelf_entry *e, int place, struct str body)
{
	struct json_value *v;
	int rc = json_parse(&e->arena, body, &v);

	if (rc == 0)
		e->document[place] = v;
	else
		log_error(rc, "event=bucket-document-unread bucket=%s kind=%d", log_quote(e->bucket), kept[place]);
}

/* Where it is, or would be. */
static int find(const struct shelf *s, struct str bucket, bool *found)
{
	int low = 0, high = s->count;

	*found = false;
	while (low < high && !*found) {
		int middle = low + (high - low) / 2, order = str_cmp(s->at[middle]->bucket, bucket);

		if (order < 0)
			low = middle + 1;
		else
			high = middle;
		*found = order == 0;
	}
	return *found ? high : low;
}

static void insert(struct shelf *s, int at, struct shelf_entry *e)
{
	if (s->count == s->room) {
		s->room = s->room ? 2 * s->room : 16;
		s->at = realloc(s->at, (size_t)s->room * sizeof *s->at);
		CHECK(s->at != NULL);
	}
	memmove(s->at + at + 1, s->at + at, (size_t)(s->count - at) * sizeof *s->at);
	s->at[at] = e;
	s->count++;
	s->bytes += e->arena.used;
}

static void take_away(struct shelf *s, struct str bucket)
{
	bool found;
	int at = find(s, bucket, &found);

	if (!found)
		return;
	s->bytes -= s->at[at]->arena.used;
	free_entry(s->at[at]);
	s->count--;
	memmove(s->at + at, s->at + at + 1, (size_t)(s->count - at) * sizeof *s->at);
}

/* -- at start -- */

static int on_record(void *owner, struct str bucket, enum record_kind kind, struct str body)
{
	struct shelf *s = owner;
	int place = place_of(kind), at;
	size_t before;
	bool found;

	if (place < 0)
		return 0;
	at = find(s, bucket, &found);
	if (!found)
		insert(s, at, make_entry(bucket));
	before = s->at[at]->arena.used;
	put_document(s->at[at], place, body);
	s->bytes += s->at[at]->arena.used - before;
	return 0;
}

int shelf_open(struct shelf **out, struct minilab *m)
{
	struct shelf *s = calloc(1, sizeof *s);
	struct db *db = NULL;
	int rc;

	CHECK(s != NULL);
	s->m = m;
	s->end = &s->first;
	if ((rc = store_reader(m->store, &db)) == 0)
		rc = record_each_bucket(db, on_record, s);
	db_close(db);
	if (rc < 0)
		shelf_close(s);
	else
		*out = s;
	return rc;
}

void shelf_close(struct shelf *s)
{
	if (!s)
		return;
	CHECK(!s->first);
	for (int i = 0; i < s->count; i++)
		free_entry(s->at[i]);
	free(s->at);
	free(s);
}

/* -- asked -- */

const struct json_value *shelf_get(struct shelf *s, struct str bucket, enum record_kind kind)
{
	int place = place_of(kind), at;
	bool found;

	CHECK(place >= 0);
	if (!s)
		return NULL;
	at = find(s, bucket, &found);
	return found ? s->at[at]->document[place] : NULL;
}

bool shelf_has_room(const struct shelf *s, size_t more)
{
	return s->bytes + more * SHELF_PER_BYTE <= SHELF_BYTES_MAX;
}

/* -- changed -- */

static int read_documents(struct shelf_errand *e, struct db *db, int64_t bucket)
{
	struct str body;
	int rc = 0;

	for (int i = 0; i < KEPT && rc == 0; i++) {
		struct arena texts = { 0 };

		rc = record_get(db, kept[i], bucket, STR(""), &texts, &body);
		if (rc == 0 && !e->entry)
			e->entry = make_entry(e->bucket);
		if (rc == 0)
			put_document(e->entry, i, body);
		arena_clear(&texts);
		rc = rc == E_NOT_FOUND ? 0 : rc;
	}
	return rc;
}

static int read_again(struct work *w, struct db *db)
{
	struct shelf_errand *e = container_of(w, struct shelf_errand, work);
	int64_t bucket;
	int rc = bucket_find(db, e->bucket, &bucket, NULL);

	return rc < 0 ? (rc == E_NOT_FOUND ? 0 : rc) : read_documents(e, db, bucket);
}

static void run_first(struct shelf *s);

/* What could not be read is not known any more, rather than known wrong: what was forbidden since must not stay allowed. */
static void on_read(struct work *w)
{
	struct shelf_errand *e = container_of(w, struct shelf_errand, work);
	struct shelf *s = e->shelf;
	bool found;
	int rc = w->rc;

	if (rc < 0) {
		log_error(rc, "event=bucket-documents-unread bucket=%s", log_quote(e->bucket));
		free_entry(e->entry);
		e->entry = NULL;
	}
	take_away(s, e->bucket);
	if (e->entry)
		insert(s, find(s, e->bucket, &found), e->entry);
	e->entry = NULL;
	s->first = e->next;
	if (!s->first)
		s->end = &s->first;
	run_first(s);
	e->then(e, rc);
}

static void run_first(struct shelf *s)
{
	struct shelf_errand *e = s->first;

	if (!e)
		return;
	e->work = (struct work){ .run = read_again, .done = on_read };
	lanes_run(s->m->lanes, &e->work);
}

void shelf_changed(struct shelf *s, struct shelf_errand *e)
{
	e->shelf = s;
	e->entry = NULL;
	e->next = NULL;
	*s->end = e;
	s->end = &e->next;
	if (s->first == e)
		run_first(s);
}
