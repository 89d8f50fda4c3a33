#include "pipeline/similar.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/codec.h"
#include "base/err.h"
#include "base/json.h"
#include "pipeline/backfill.h"
#include "pipeline/registry.h"
#include "storage/bucket.h"
#include "storage/table_query.h"

#define BAND_DIGITS 4
#define HASH_DIGITS (SIMILAR_BANDS * BAND_DIGITS)
#define BAND_BITS 16

static const char *const attributes[SIMILAR_BANDS] = { "phash_0", "phash_1", "phash_2", "phash_3" };
static const char *const indexes[SIMILAR_BANDS] = { "near-0", "near-1", "near-2", "near-3" };

struct found {
	struct str bucket, key, phash;
	int distance;
};

struct searching {
	struct db *db;
	struct arena arena;		/* of the table, the row and what was found */
	struct table table;
	struct str bucket, key, phash;
	uint64_t hash;
	int within, looked, count;
	bool cut;			/* not all was looked at, or kept */
	struct found found[SIMILAR_FOUND_MAX];
};

const char *similar_attribute(int band)
{
	return attributes[band];
}

const char *similar_index(int band)
{
	return indexes[band];
}

static bool read_hash(struct str text, uint64_t *hash)
{
	uint8_t b[8];

	if (text.n != HASH_DIGITS || hex_decode(text, b, sizeof b) < 0)
		return false;
	*hash = 0;
	for (size_t i = 0; i < sizeof b; i++)
		*hash = *hash << 8 | b[i];
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] >= 'A' && text.p[i] <= 'F')
			return false;
	return true;
}

bool similar_bands(struct str phash, struct similar_bands *b)
{
	uint64_t hash;

	if (!read_hash(phash, &hash))
		return false;
	for (int i = 0; i < SIMILAR_BANDS; i++)
		b->of[i] = str_n(phash.p + i * BAND_DIGITS, BAND_DIGITS);
	return true;
}

/* The photo that is asked about */

static int say(char error[SIMILAR_ERROR_MAX], int rc, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static int say(char error[SIMILAR_ERROR_MAX], int rc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(error, SIMILAR_ERROR_MAX, fmt, ap);
	va_end(ap);
	return rc;
}

static int find_table(struct searching *s, char error[SIMILAR_ERROR_MAX])
{
	int64_t bucket, function;
	struct function f = {0};
	struct str name;
	int rc = bucket_find(s->db, s->bucket, &bucket, NULL);

	if (rc == 0)
		rc = backfill_function(s->db, bucket, &function);
	if (rc < 0)
		return rc == E_NOT_FOUND ? say(error, rc, "there is no bucket %.*s", STR_ARG(s->bucket)) : rc;
	if ((rc = function_load(s->db, function, &f)) == 0) {
		name = function_variable(&f, "TABLE", s->bucket, &s->arena);
		rc = table_open(s->db, name, &s->arena, &s->table);
	}
	function_clear(&f);
	return rc == E_NOT_FOUND ? say(error, rc, "bucket %.*s has no function with a table", STR_ARG(s->bucket)) : rc;
}

static struct json_value *typed_text(struct arena *a, const char *name, struct str value)
{
	struct json_value *item, *v = arena_take(a, sizeof *v), *text = arena_take(a, sizeof *text);

	*text = (struct json_value){ .kind = JSON_STRING, .name = STR("S"), .text = value };
	*v = (struct json_value){ .kind = JSON_OBJECT, .name = str_of(name), .first = text, .count = 1 };
	item = arena_take(a, sizeof *item);
	*item = (struct json_value){ .kind = JSON_OBJECT, .first = v, .count = 1 };
	return item;
}

static int find_hash(struct searching *s, char error[SIMILAR_ERROR_MAX])
{
	struct json_value *row;
	struct str text;
	int rc = item_get(s->db, &s->table, typed_text(&s->arena, "key", s->key), &s->arena, &text);

	if (rc < 0)
		return rc == E_NOT_FOUND || rc == E_BAD_INPUT ?
			say(error, E_NOT_FOUND, "table %.*s has no row of that photo", STR_ARG(s->table.name)) : rc;
	if ((rc = json_parse(&s->arena, text, &row)) < 0)
		return rc;
	if (!str_eq(json_text(json_get(row, "origin"), "S"), s->bucket))
		return say(error, E_NOT_FOUND, "table %.*s has no row of that photo", STR_ARG(s->table.name));
	s->phash = json_text(json_get(row, "phash"), "S");
	if (read_hash(s->phash, &s->hash))
		return 0;
	return say(error, E_NOT_FOUND, "its row in table %.*s has no perceptual hash: it failed (`minilab explain`), or was made before "
		   "there was one (`minilab backfill --all`)", STR_ARG(s->table.name));
}

/* The search */

static const struct table_index *find_index(const struct table *t, int band)
{
	for (int i = 0; i < t->index_count; i++)
		if (str_eq(t->indexes[i].name, str_of(indexes[band])) && str_eq(t->indexes[i].key.hash, str_of(attributes[band])))
			return &t->indexes[i];
	return NULL;
}

static bool known(const struct searching *s, struct str bucket, struct str key)
{
	if (str_eq(bucket, s->bucket) && str_eq(key, s->key))
		return true;
	for (int i = 0; i < s->count; i++)
		if (str_eq(s->found[i].key, key) && str_eq(s->found[i].bucket, bucket))
			return true;
	return false;
}

static void consider(struct searching *s, const struct json_value *item)
{
	struct str key = json_text(json_get(item, "key"), "S"), bucket = json_text(json_get(item, "origin"), "S");
	struct str phash = json_text(json_get(item, "phash"), "S");
	uint64_t hash;
	int distance;

	if (!read_hash(phash, &hash) || (distance = __builtin_popcountll(hash ^ s->hash)) > s->within || known(s, bucket, key))
		return;
	if (s->count == SIMILAR_FOUND_MAX) {
		s->cut = true;
		return;
	}
	s->found[s->count++] = (struct found){ .bucket = arena_str(&s->arena, bucket), .key = arena_str(&s->arena, key),
					       .phash = arena_str(&s->arena, phash), .distance = distance };
}

/* All rows of one value of a band, a page after the other. */
static int look_up(struct searching *s, const struct table_index *x, const char *attribute, struct str value)
{
	struct table_query q = { .table = &s->table, .index = x };
	struct arena kept = {0};
	int rc = 0;

	q.hash = typed_text(&kept, attribute, value)->first;
	do {
		struct json_value *v;
		struct table_page page;
		struct arena a = {0};

		if ((rc = table_query(s->db, &q, &a, &page)) == 0)
			s->looked += page.count;
		for (int i = 0; rc == 0 && i < page.count; i++)
			if ((rc = json_parse(&a, page.items[i], &v)) == 0)
				consider(s, v);
		q.after = NULL;
		if (rc == 0 && str_is_set(page.last)) {
			rc = json_parse(&kept, page.last, &v);
			q.after = v;
		}
		arena_clear(&a);
	} while (rc == 0 && q.after && s->looked < SIMILAR_LOOK_MAX);
	s->cut = s->cut || q.after;
	arena_clear(&kept);
	return rc;
}

/* The band itself, and with each of its bits turned; up to 3 bits cannot touch all four bands. */
static int search_band(struct searching *s, int band)
{
	const struct table_index *x = find_index(&s->table, band);
	unsigned of = (unsigned)(s->hash >> (BAND_BITS * (SIMILAR_BANDS - 1 - band))) & 0xffff;
	int rc = 0;

	for (int bit = -1; bit < (s->within < SIMILAR_BANDS ? 0 : BAND_BITS) && rc == 0; bit++) {
		char digits[BAND_DIGITS + 1];

		snprintf(digits, sizeof digits, "%04x", (bit < 0 ? of : of ^ 1u << bit) & 0xffff);
		if (s->looked < SIMILAR_LOOK_MAX)
			rc = look_up(s, x, attributes[band], str_n(digits, BAND_DIGITS));
		else
			s->cut = true;
	}
	return rc;
}

static int nearest_first(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	return x->distance != y->distance ? x->distance - y->distance : str_cmp(x->key, y->key);
}

static int search(struct searching *s, char error[SIMILAR_ERROR_MAX])
{
	int rc = 0;

	for (int i = 0; i < SIMILAR_BANDS; i++)
		if (!find_index(&s->table, i))
			return say(error, E_BAD_INPUT, "table %.*s has no indexes near-0 to near-3 on phash_0 to phash_3: start the daemon "
				   "with near_duplicates on, or make the table with them", STR_ARG(s->table.name));
	for (int i = 0; i < SIMILAR_BANDS && rc == 0; i++)
		rc = search_band(s, i);
	qsort(s->found, (size_t)s->count, sizeof s->found[0], nearest_first);
	return rc;
}

static void write(const struct searching *s, struct buf *to)
{
	struct json j = json_into(to);

	json_open(&j, NULL, '{');
	json_str(&j, "bucket", s->bucket);
	json_str(&j, "key", s->key);
	json_str(&j, "phash", s->phash);
	json_int(&j, "within", s->within);
	json_open(&j, "photos", '[');
	for (int i = 0; i < s->count; i++) {
		json_open(&j, NULL, '{');
		json_str(&j, "bucket", s->found[i].bucket);
		json_str(&j, "key", s->found[i].key);
		json_str(&j, "phash", s->found[i].phash);
		json_int(&j, "distance", s->found[i].distance);
		json_close(&j);
	}
	json_close(&j);
	json_bool(&j, "complete", !s->cut);
	json_close(&j);
}

int similar_gather(struct db *db, struct str bucket, struct str key, int within, struct buf *json, char error[SIMILAR_ERROR_MAX])
{
	struct searching *s = calloc(1, sizeof *s);
	int rc;

	CHECK(s != NULL && within >= 0 && within <= SIMILAR_WITHIN_MAX);
	*s = (struct searching){ .db = db, .bucket = bucket, .key = key, .within = within };
	error[0] = '\0';
	rc = find_table(s, error);
	if (rc == 0)
		rc = find_hash(s, error);
	if (rc == 0)
		rc = search(s, error);
	if (rc == 0)
		write(s, json);
	arena_clear(&s->arena);
	free(s);
	return rc;
}

int similar_print(struct str json, FILE *to)
{
	const struct json_value *list, *complete;
	struct arena a = {0};
	struct json_value *v;
	int rc = json_parse(&a, json, &v);

	if (rc == 0) {
		list = json_get(v, "photos");
		complete = json_get(v, "complete");
		fprintf(to, "%.*s/%.*s  phash %.*s\n", STR_ARG(json_text(v, "bucket")), STR_ARG(json_text(v, "key")),
			STR_ARG(json_text(v, "phash")));
		for (const struct json_value *p = list ? list->first : NULL; p; p = p->next)
			fprintf(to, "%3lld  %.*s/%.*s\n", (long long)json_number(p, "distance", 0), STR_ARG(json_text(p, "bucket")),
				STR_ARG(json_text(p, "key")));
		if (!list || list->count == 0)
			fprintf(to, "     nothing within %lld bits\n", (long long)json_number(v, "within", 0));
		if (complete && !complete->yes)
			fprintf(to, "     and more: too many photos have a hash like this one\n");
	}
	arena_clear(&a);
	return rc;
}
