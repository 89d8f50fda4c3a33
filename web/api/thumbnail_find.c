/* Which thumbnail is meant, and is it there? All in one snapshot. */
#include "base/clock.h"
#include "base/err.h"
#include "pipeline/registry.h"
#include "storage/bucket.h"
#include "storage/photo_item.h"
#include "web/api/thumbnail.h"

struct candidate {
	int64_t bucket;
	struct str key, ending;
};

struct looking {
	struct local *l;
	struct thumbnail *t;
	int64_t bucket;			/* of the original */
	struct candidate of[RENDITIONS_MAX];
	int count;
};

/* Its key is the original's, a slash and its name. */
static int on_rendition(void *owner, int64_t bucket, struct str key, int64_t of_seq)
{
	struct looking *k = owner;
	const struct thumbnail *t = k->t;
	struct str name;

	if (of_seq != t->seq || k->count == RENDITIONS_MAX || key.n <= t->key.n + 1 || !str_starts(key, t->key))
		return 0;
	name = str_n(key.p + t->key.n + 1, key.n - t->key.n - 1);
	if (!str_starts(name, t->name) || (name.n > t->name.n && (name.p[t->name.n] != '.' || memchr(name.p + t->name.n + 1, '.', name.n - t->name.n - 1))))
		return 0;
	key = arena_str(&k->l->arena, key);
	k->of[k->count++] = (struct candidate){ bucket, key, str_n(key.p + t->key.n + 1 + t->name.n, name.n - t->name.n) };
	return 0;
}

/* -- which one of several formats -- */

static const struct format {
	const char *ending, *type;
} formats[] = {				/* the smaller first */
	{ ".avif", "image/avif" }, { ".webp", "image/webp" }, { ".jpg", "image/jpeg" }, { ".jpeg", "image/jpeg" }, { ".png", "image/png" },
};
enum { FORMATS = sizeof formats / sizeof formats[0] };

#define REFUSED (-2)			/* less than what nothing was said of */

/* RFC 9110 section 12.4.2, in thousandths; what cannot be read is 1. */
static int weight(struct str parameters)
{
	struct str one;
	int q = 1000;

	while (str_is_set(parameters) && str_next(&parameters, ';', &one)) {
		one = str_trim(one);
		if (one.n < 3 || !str_ieq(str_n(one.p, 2), STR("q=")))
			continue;
		q = one.p[2] == '0' ? 0 : 1000;
		for (size_t i = 4, worth = 100; q < 1000 && i < one.n && i < 7 && one.p[i] >= '0' && one.p[i] <= '9'; i++, worth /= 10)
			q += (one.p[i] - '0') * (int)worth;
	}
	return q;
}

/* Of the most precise range that fits. A client that says nothing of formats takes what every one can show. */
static int liking(struct str accept, struct str type)
{
	struct str one, range;
	int best = -1, q = 0;

	if (accept.n == 0)
		accept = STR("*/*");
	while (str_is_set(accept) && str_next(&accept, ',', &one)) {
		int precise;

		(void)str_next(&one, ';', &range);
		range = str_trim(range);
		precise = str_ieq(range, type) ? 2 : str_ieq(range, STR("image/*")) ? 1 : str_eq(range, STR("*/*")) ? 0 : -1;
		if (precise > best) {
			best = precise;
			q = weight(one);
		}
	}
	if (best >= 0 && q == 0)
		return REFUSED;
	/* A wildcard is not a word about the newer formats, nor is silence: old programs send it, too. */
	return best < 2 && (str_eq(type, STR("image/avif")) || str_eq(type, STR("image/webp"))) ? q - 1 : q;
}

static const struct candidate *choose(struct looking *k)
{
	const struct candidate *best = NULL;
	int most = REFUSED - 1;

	for (int i = 0; i < k->count; i++)
		if (k->of[i].ending.n == 0)
			return &k->of[i];	/* named in full */
	k->t->negotiated = k->count > 1;
	for (int f = 0; f < FORMATS; f++)
		for (int i = 0; i < k->count; i++) {
			int q = liking(k->t->accept, str_of(formats[f].type));

			if (str_eq(k->of[i].ending, str_of(formats[f].ending)) && q > most) {
				most = q;
				best = &k->of[i];
			}
		}
	return best ? best : k->count > 0 ? &k->of[0] : NULL;
}

/* -- it is there -- */

static int judge(struct thumbnail *t)
{
	const char *which;

	t->verdict = conditions_check(&t->conditions, t->o.etag, t->o.mtime_ms, clock_wall_ms(), &which);
	t->sending.o = &t->o;
	t->sending.length = t->o.size;
	t->ranged = RANGE_WHOLE;
	if (t->verdict == CONDITIONS_HOLD && (!str_is_set(t->if_range) || etag_in(t->if_range, t->o.etag)))
		t->ranged = range_parse(t->range, t->o.size, &t->sending.first, &t->sending.length);
	return t->verdict == CONDITIONS_HOLD && t->ranged != RANGE_NOT_SATISFIABLE && !t->head;
}

static int open_it(struct looking *k, struct db *db, const struct candidate *c)
{
	struct thumbnail *t = k->t;
	char *in = arena_take(&k->l->arena, BUCKET_NAME_MAX + 1);
	bool no_bucket;
	int rc = bucket_name_of(db, c->bucket, in);

	if (rc < 0)
		return rc;
	t->in = str_of(in);
	t->at = c->key;
	if ((rc = object_get(db, t->in, t->at, &k->l->arena, &t->o, &no_bucket)) < 0)
		return rc;
	t->ready = true;
	t->sending.blobs = store_blobs(k->l->m->store);
	return judge(t) ? sending_open(&t->sending, &k->l->arena) : 0;
}

/* -- it is not -- */

/* Where it will be, for whoever may see what is there. */
static int find_destination(struct looking *k, struct db *db)
{
	struct rule *rules;
	struct function f = { 0 };
	int n, i = 0, rc = rules_get(db, k->bucket, &k->l->arena, &rules, &n);

	if (rc < 0)
		return rc;
	while (i < n && !(rules[i].native && rules[i].function > 0))
		i++;
	if (i == n)
		return 0;
	if ((rc = function_load(db, rules[i].function, &f)) == 0) {
		k->t->in = function_variable(&f, "DESTINATION", k->t->bucket, &k->l->arena);
		k->t->at = str_of(arena_printf(&k->l->arena, "%.*s/%.*s", STR_ARG(k->t->key), STR_ARG(k->t->name)));
	}
	function_clear(&f);
	return rc == E_NOT_FOUND ? 0 : rc;
}

static int find_hash(struct looking *k, struct db *db)
{
	struct photo_row photo;
	struct table table;
	struct json_value *row;
	struct str text;
	int rc = photo_get(db, k->bucket, k->t->key, &k->l->arena, &photo);

	if (rc < 0 || photo.table.n == 0)
		return rc == E_NOT_FOUND ? 0 : rc;
	if ((rc = table_open(db, photo.table, &k->l->arena, &table)) == 0 &&
	    (rc = photo_item_get(db, &table, k->t->key, photo.seq, &k->l->arena, &text)) == 0 &&
	    (rc = json_parse(&k->l->arena, text, &row)) == 0)
		k->t->hash = json_text(json_get(row, "thumbhash"), "S");
	return rc == E_NOT_FOUND ? 0 : rc;
}

static int tell_state(struct looking *k, struct db *db)
{
	struct thumbnail *t = k->t;
	struct photo_asked ask = { .bucket = t->bucket, .key = t->key };
	struct json j = json_into(&k->l->out);
	int rc;

	json_open(&j, NULL, '{');
	json_str(&j, "bucket", t->bucket);
	json_str(&j, "key", t->key);
	if ((rc = photo_status_write_inside(db, &ask, &j, &t->state, &t->no_bucket)) < 0)
		return rc;
	json_close(&j);
	t->no_rendition = !photo_state_is_open(t->state) && t->state != PHOTO_FAILED;
	if ((rc = find_destination(k, db)) < 0 || t->no_rendition)
		return rc < 0 ? rc : E_NOT_FOUND;
	return t->no_picture ? 0 : find_hash(k, db);
}

static int find(struct looking *k, struct db *db)
{
	struct thumbnail *t = k->t;
	const struct candidate *c;
	int rc = bucket_find(db, t->bucket, &k->bucket, NULL);

	t->no_bucket = rc == E_NOT_FOUND;
	if (rc < 0)
		return rc;
	t->seq = object_seq(db, k->bucket, t->key);
	t->no_photo = t->seq == 0;
	if (t->seq <= 0)
		return t->seq < 0 ? (int)t->seq : E_NOT_FOUND;
	if ((rc = rendition_list(db, k->bucket, t->key, on_rendition, k)) < 0)
		return rc;
	c = choose(k);
	return c ? open_it(k, db, c) : tell_state(k, db);
}

int thumbnail_find(struct local *l, struct db *db)
{
	struct looking k = { .l = l, .t = l->state };
	int rc = db_snapshot_begin(db);

	if (rc == 0)
		rc = find(&k, db);
	db_snapshot_end(db);
	return rc;
}
