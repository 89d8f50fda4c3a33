#include "pipeline/backfill_look.h"

#include "base/check.h"
#include "base/err.h"
#include "pipeline/presets.h"
#include "pipeline/registry.h"
#include "storage/bucket.h"
#include "storage/photo_item.h"

struct looking {
	struct db *db;
	const struct backfill *b;
	struct arena *a;
	struct backfill_page *p;
	const struct presets *presets;
	struct function function;
	char bucket[BUCKET_NAME_MAX + 1];
	struct str text;		/* the list of the photo looked at last, */
	struct rendition_list list;	/* and what it says */
	struct rule *rules;
	int rule_count;
	int rows, find;
};

static const struct rule *rule_of(const struct rule *rules, int n, int64_t function, struct str key)
{
	for (int i = 0; i < n; i++)
		if (rules[i].native && rules[i].function == function && rule_matches(&rules[i], EVENT_CREATED_PUT, key))
			return &rules[i];
	return NULL;
}

int backfill_rule(struct db *db, int64_t bucket, struct str key, int64_t function, struct arena *a, struct str *id)
{
	const struct rule *r;
	struct rule *rules;
	int n, rc = rules_get(db, bucket, a, &rules, &n);

	*id = (struct str){0};
	if (rc == 0 && (r = rule_of(rules, n, function, key)))
		*id = r->id;
	return rc;
}

struct having {
	const struct looking *l;
	const struct object *o;
	bool has[RENDITION_LIST_MAX];
};

static int note_thumbnail(void *owner, int64_t bucket, struct str key, int64_t of_seq)
{
	struct having *h = owner;
	size_t below = h->o->key.n + 1;
	int64_t now = object_seq(h->l->db, bucket, key);

	if (now <= 0 || of_seq != h->o->seq || key.n <= below)
		return now < 0 ? (int)now : 0;
	for (int i = 0; i < h->l->list.count; i++)
		if (rendition_entry_makes(&h->l->list.at[i], str_n(key.p + below, key.n - below)))
			h->has[i] = true;
	return 0;
}

static int is_complete(const struct looking *l, const struct object *o, const struct photo_row *p, bool *complete)
{
	struct having h = { .l = l, .o = o };
	int rc = rendition_list(l->db, o->bucket, o->key, note_thumbnail, &h);

	*complete = rc == 0;
	for (int i = 0; i < l->list.count; i++)
		*complete = *complete && h.has[i];
	if (!*complete)
		return rc;
	rc = photo_item_look(l->db, o->key, p);
	*complete = rc == PHOTO_ITEM_THERE;
	return rc < 0 ? rc : 0;
}

struct waiting {
	int64_t seq;
	bool found;
};

static int note_job(void *owner, const struct job_row *j)
{
	struct waiting *w = owner;

	w->found = w->found || (j->state != JOB_DEAD && j->seq == w->seq && event_is_creation(j->kind));
	return 0;
}

static void found(struct looking *l, const struct object *o)
{
	struct backfill_page *p = l->p;

	if (l->find > 0) {
		CHECK(p->todo < l->find);
		p->finds[p->todo] = (struct backfill_find){ .key = arena_str(l->a, o->key), .seq = o->seq, .size = o->size };
	}
	p->todo++;
	p->bytes += o->size;
}

/* Most photos have the list of the one before. */
static int read_list(struct looking *l, struct str key, struct arena *scratch)
{
	struct str text = presets_list(l->presets, l->function.renditions, str_of(l->bucket), key, scratch);
	char error[RENDITION_LIST_ERROR_MAX];

	if (str_is_set(l->text) && str_eq(text, l->text))
		return 0;
	l->text = arena_str(l->a, text);
	return rendition_list_read(l->text, &l->list, error);
}

static bool has_some(const struct rendition_list *list, struct str names)
{
	struct str name;

	while (rendition_list_next(&names, &name))
		if (rendition_list_find(list, name))
			return true;
	return false;
}

static int decide(struct looking *l, const struct object *o, struct arena *scratch)
{
	struct waiting w = { .seq = o->seq };
	struct photo_row photo;
	bool result, complete = false;
	int rc = read_list(l, o->key, scratch);

	if (rc < 0 || (l->b->what == BACKFILL_PRESETS && !has_some(&l->list, l->b->presets)))
		return rc;
	rc = queue_of_object(l->db, o->bucket, o->key, note_job, &w);
	if (rc < 0 || w.found) {
		l->p->waiting += w.found;
		return rc;
	}
	rc = photo_get(l->db, o->bucket, o->key, scratch, &photo);
	if (rc < 0 && rc != E_NOT_FOUND)
		return rc;
	result = rc == 0 && photo.seq == o->seq;
	if (l->b->what == BACKFILL_PRESETS && !result) {
		l->p->without++;
		return 0;
	}
	if (l->b->what == BACKFILL_MISSING && result && (rc = is_complete(l, o, &photo, &complete)) < 0)
		return rc;
	if (complete)
		l->p->current++;
	else
		found(l, o);
	return 0;
}

static int on_object(void *owner, const struct object *o, struct str *skip_to)
{
	struct looking *l = owner;
	struct arena scratch = {0};
	int rc = 0;

	(void)skip_to;
	if (l->rows == BACKFILL_LOOK_ROWS || (l->find > 0 && l->p->todo == l->find)) {
		l->p->end = false;
		return 1;
	}
	l->rows++;
	l->p->after = arena_str(l->a, o->key);
	if (rule_of(l->rules, l->rule_count, l->b->function, o->key))
		rc = decide(l, o, &scratch);
	arena_clear(&scratch);
	return rc;
}

/* The least key that is greater. */
static struct str beyond(struct str after, struct arena *a)
{
	char *p = arena_take(a, after.n + 1);

	if (after.n == 0)
		return STR("");
	memcpy(p, after.p, after.n);
	return str_n(p, after.n + 1);
}

static int look(struct looking *l)
{
	int rc = function_load(l->db, l->b->function, &l->function);

	if (rc == 0)
		rc = bucket_name_of(l->db, l->b->bucket, l->bucket);
	if (rc == 0)
		rc = rules_get(l->db, l->b->bucket, l->a, &l->rules, &l->rule_count);
	if (rc == 0)
		rc = object_list(l->db, l->b->bucket, l->b->prefix, beyond(l->b->after, l->a), on_object, l);
	function_clear(&l->function);
	return rc;
}

int backfill_look(struct db *db, const struct presets *presets, const struct backfill *b, int find, struct arena *a,
		  struct backfill_page *p)
{
	struct looking l = { .db = db, .presets = presets, .b = b, .a = a, .p = p, .find = find < BACKFILL_FIND_MAX ? find : BACKFILL_FIND_MAX };
	int rc;

	*p = (struct backfill_page){ .after = b->after, .end = true };
	if ((rc = db_snapshot_begin(db)) == 0)
		rc = look(&l);
	db_snapshot_end(db);
	return rc;
}
