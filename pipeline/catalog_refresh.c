/* catalog_refresh.c - what follows from a change of a function at once, not at its next invocation: reserved concurrency is in force, environments
 * of an older $LATEST end, and as many are kept initialised as is asked. One at a time for each function; what changes meanwhile is looked at again. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "functions/custom.h"
#include "pipeline/catalog_parts.h"
#include "pipeline/concurrency.h"

struct refresh {
	struct catalog *catalog;
	struct work work;
	struct arena arena;
	int64_t id;
	bool again;
	/* found */
	struct catalog_function function;
	struct version *latest;
	struct wish {			/* provisioned */
		struct version *version;
		int count;
	} wishes[CATALOG_PROVISIONED_MAX * LOADED_MAX];
	int wish_count;
	struct refresh *next;
};

struct asking {
	struct refresh *r;
	struct db *db;
	const struct function_row *row;
	struct wanted {			/* records, noted first: reading versions is a list of records too */
		struct str name, body;
	} wanted[CATALOG_PROVISIONED_MAX];
	int wanted_count;
};

static int note_record(void *owner, const struct record *record)
{
	struct asking *k = owner;
	struct arena *a = &k->r->arena;

	k->wanted[k->wanted_count++] = (struct wanted){ arena_str(a, record->name), arena_str(a, record->body) };
	return 0;
}

static int add_wish(struct asking *k, struct str version, int64_t count)
{
	struct refresh *r = k->r;
	struct wish *w = &r->wishes[r->wish_count];
	int rc;

	if (count <= 0)
		return 0;
	rc = load_version(r->catalog, k->db, k->row, version, &r->arena, &w->version);
	w->count = (int)count;
	r->wish_count += rc == 0;
	return rc == E_NOT_FOUND || rc == E_CORRUPT ? 0 : rc;
}

/* Of an alias with weights each version has its share, rounded up. */
static int add_wanted(struct asking *k, const struct wanted *wanted)
{
	struct arena *a = &k->r->arena;
	struct json_value *v;
	struct choice choice;
	int64_t count, second;
	int rc = load_choice(k->db, k->row, wanted->name, a, &choice);

	if (rc < 0 || json_parse(a, wanted->body, &v) < 0)
		return rc == E_NOT_FOUND ? 0 : rc;
	count = json_number(v, "Requested", 0);
	if (count > PROVISIONED_COUNT_MAX)
		count = PROVISIONED_COUNT_MAX;
	second = choice.version[1][0] ? (int64_t)(((uint64_t)count * choice.weight + 4294967294ULL) / 4294967295ULL) : 0;
	rc = add_wish(k, str_of(choice.version[0]), count - second);
	return rc < 0 || second == 0 ? rc : add_wish(k, str_of(choice.version[1]), second);
}

static int look(struct refresh *r, struct db *db)
{
	struct function_row row;
	struct asking k = { .r = r, .db = db, .row = &row };
	int rc = load_function(db, r->id, (struct str){0}, &r->arena, &r->function, &row);

	if (rc == 0)
		rc = load_version(r->catalog, db, &row, STR("$LATEST"), &r->arena, &r->latest);
	if (rc == 0 || rc == E_CORRUPT)
		rc = record_list(db, RECORD_PROVISIONED, r->id, (struct str){0}, CATALOG_PROVISIONED_MAX, note_record, &k);
	for (int i = 0; i < k.wanted_count && rc == 0; i++)
		rc = add_wanted(&k, &k.wanted[i]);
	return rc;
}

static int run(struct work *w, struct db *db)
{
	struct refresh *r = container_of(w, struct refresh, work);
	int rc = db_snapshot_begin(db);

	if (rc == 0)
		rc = look(r, db);
	db_snapshot_end(db);
	load_code(r->catalog, db, r->latest);
	for (int i = 0; i < r->wish_count; i++)
		load_code(r->catalog, db, r->wishes[i].version);
	return rc;
}

static void take_latest(struct refresh *r, struct card *card)
{
	struct version *now;

	if (!r->latest)
		return;
	now = card_put(r->catalog, card, r->latest);
	r->latest = NULL;	/* the card's */
	if (r->catalog->m->custom && now->v.recipe)
		custom_retire(r->catalog->m->custom, card->of.id, now->v.recipe);
}

static void keep(struct catalog *c, struct version *v, int count)
{
	v->v.provisioned = count;
	if (c->m->custom)
		custom_provision(c->m->custom, v->v.recipe, count);
}

static struct provisioned *find(struct provisioned *list, const struct version *v)
{
	while (list && !str_eq(list->version->key, v->key))
		list = list->next;
	return list;
}

/* `list` with `count` more of that version, whose reference is the card's. */
static struct provisioned *add(struct provisioned *list, struct version *v, int count)
{
	struct provisioned *p = find(list, v);

	if (!p) {
		p = calloc(1, sizeof *p);
		CHECK(p != NULL);
		p->version = v;
		v->v.refs++;
		p->next = list;
		list = p;
	}
	p->count += count;
	return list;
}

static void forget(struct catalog *c, struct provisioned *list, struct provisioned *still)
{
	while (list) {
		struct provisioned *p = list;

		list = p->next;
		if (!find(still, p->version))
			keep(c, p->version, 0);
		version_drop(p->version);
		free(p);
	}
}

/* The same versions as invocations have, so that theirs are the environments that are kept. */
static void take_wishes(struct refresh *r, struct card *card)
{
	struct catalog *c = r->catalog;
	struct provisioned *before = card->provisioned, *now = NULL;
	int64_t all = 0;

	for (int i = 0; i < r->wish_count; i++) {
		struct version *v = card_put(c, card, r->wishes[i].version);

		r->wishes[i].version = NULL;
		if (v->v.recipe && v->v.ready)
			now = add(now, v, r->wishes[i].count);
	}
	card->provisioned = now;
	for (struct provisioned *p = now; p; p = p->next) {
		keep(c, p->version, p->count);
		all += p->count;
	}
	if (before || now)
		concurrency_provision(c->m->concurrency, r->id, all);
	forget(c, before, now);
}

void refresh_forget(struct catalog *c, struct card *card)
{
	struct provisioned *list = card->provisioned;

	card->provisioned = NULL;
	forget(c, list, NULL);
}

static void take_over(struct refresh *r)
{
	struct catalog *c = r->catalog;
	struct card *card = card_take(c, &r->function);

	card->refs++;
	concurrency_reserve(c->m->concurrency, r->id, r->function.reserved);
	take_latest(r, card);
	take_wishes(r, card);
	if (--card->refs == 0)
		free(card);
}

static void on_looked(struct work *w)
{
	struct refresh *r = container_of(w, struct refresh, work), **at = &r->catalog->refreshes;

	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	if (w->rc == 0 && !r->again)
		take_over(r);
	else if (w->rc < 0 && w->rc != E_NOT_FOUND)
		log_error(w->rc, "function=%lld step=refresh", (long long)r->id);
	if (r->again)
		refresh_start(r->catalog, r->id);
	version_drop(r->latest);
	for (int i = 0; i < r->wish_count; i++)
		version_drop(r->wishes[i].version);
	arena_clear(&r->arena);
	catalog_rest(r->catalog);
	free(r);
}

void refresh_start(struct catalog *c, int64_t function)
{
	struct refresh *r = c->refreshes;

	while (r && r->id != function)
		r = r->next;
	if (r) {
		r->again = true;
		return;
	}
	r = calloc(1, sizeof *r);
	CHECK(r != NULL);
	r->catalog = c;
	r->id = function;
	r->work = (struct work){ .run = run, .done = on_looked };
	r->next = c->refreshes;
	c->refreshes = r;
	c->working++;
	lanes_run(c->m->lanes, &r->work);
}

void refresh_again(struct catalog *c, int64_t function)
{
	for (struct refresh *r = c->refreshes; r; r = r->next)
		if (r->id == function)
			r->again = true;
}

/* At the opening */

struct opening {
	struct catalog *c;
	struct db *db;
	struct arena arena;
};

static int open_function(void *owner, const struct function_row *row)
{
	struct opening *o = owner;
	struct catalog_function f;
	struct function_row again;
	int64_t provisioned;
	int rc = load_function(o->db, row->id, (struct str){0}, &o->arena, &f, &again);

	if (rc < 0)
		return rc;
	if (f.reserved >= 0)
		concurrency_reserve(o->c->m->concurrency, f.id, f.reserved);
	rc = record_count(o->db, RECORD_PROVISIONED, row->id, &provisioned);
	if (rc == 0 && provisioned > 0)
		refresh_start(o->c, row->id);
	arena_clear(&o->arena);
	return rc;
}

int refresh_all(struct catalog *c)
{
	struct opening o = { .c = c };
	int rc = store_reader(c->m->store, &o.db);

	if (rc < 0)
		return rc;
	rc = function_list(o.db, open_function, &o);
	db_close(o.db);
	return rc;
}
