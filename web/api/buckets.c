/* GET /_/buckets: buckets with what is in them and what watches them, for the console. Counts end at BUCKET_CENSUS, so that a bucket of a million
 * objects costs as little as one of ten thousand. */
#include "base/clock.h"
#include "base/err.h"
#include "storage/bucket.h"
#include "storage/function.h"
#include "storage/made.h"
#include "storage/photo_list.h"
#include "storage/rule.h"
#include "storage/version.h"
#include "web/api/local.h"

#define BUCKETS_SHOWN 200		/* the first, in the order of names */
#define BUCKET_CENSUS 10000

struct listing {			/* in l->state */
	struct db *db;
	struct json j;
	struct arena arena;		/* of the bucket at hand */
	int64_t photos;
	int count;
};

static int on_made(void *owner, struct str list, int64_t photos)
{
	struct listing *g = owner;

	(void)list;
	g->photos += photos;
	return 0;
}

static int write_rules(struct listing *g, int64_t bucket)
{
	struct rule *rules;
	int n, rc = rules_get(g->db, bucket, &g->arena, &rules, &n);

	json_open(&g->j, "rules", '[');
	for (int i = 0; i < n && rc == 0; i++) {
		struct function_row row = { 0 };

		rc = function_get_id(g->db, rules[i].function, &g->arena, &row);
		json_open(&g->j, NULL, '{');
		json_str(&g->j, "id", rules[i].id);
		json_str(&g->j, "function", rc == 0 ? row.name : STR(""));	/* "": it was deleted */
		json_bool(&g->j, "builtin", rules[i].native);
		json_str(&g->j, "events", rules[i].events);
		json_str(&g->j, "prefix", str_is_set(rules[i].prefix) ? rules[i].prefix : STR(""));
		json_str(&g->j, "suffix", str_is_set(rules[i].suffix) ? rules[i].suffix : STR(""));
		json_close(&g->j);
		rc = rc == E_NOT_FOUND ? 0 : rc;
	}
	json_close(&g->j);
	return rc;
}

static int on_bucket(void *owner, int64_t id, struct str name, int64_t created_ms)
{
	static const char *const versionings[] = { "off", "enabled", "suspended" };
	struct listing *g = owner;
	struct object_census census;
	enum versioning versioning;
	char when[CLOCK_TEXT_MAX];
	int rc;

	g->photos = 0;
	g->count++;
	if ((rc = object_census(g->db, id, BUCKET_CENSUS, &census)) < 0 || (rc = versioning_get(g->db, id, &versioning)) < 0 ||
	    (rc = made_of_bucket(g->db, id, on_made, g)) < 0)
		return rc;
	json_open(&g->j, NULL, '{');
	json_str(&g->j, "name", name);
	json_cstr(&g->j, "created_at", clock_iso_ms(when, created_ms));
	json_cstr(&g->j, "versioning", versionings[versioning]);
	json_int(&g->j, "objects", census.count);
	json_int(&g->j, "bytes", census.bytes);
	json_bool(&g->j, "more", census.count == BUCKET_CENSUS);
	json_int(&g->j, "photos", g->photos);
	rc = write_rules(g, id);
	json_close(&g->j);
	arena_clear(&g->arena);
	return rc;
}

static int gather(struct local *l, struct db *db)
{
	struct listing *g = l->state;
	int rc;

	g->db = db;
	g->j = json_into(&l->out);
	json_open(&g->j, NULL, '{');
	json_open(&g->j, "buckets", '[');
	rc = bucket_list(db, (struct str){ 0 }, STR(""), BUCKETS_SHOWN, on_bucket, g);
	json_close(&g->j);
	json_bool(&g->j, "more", g->count == BUCKETS_SHOWN);
	json_close(&g->j);
	arena_clear(&g->arena);
	return rc;
}

static void on_gathered(struct local *l, int rc)
{
	local_answer_rc(l, rc, NULL);
}

void buckets_serve(struct local *l)
{
	l->state = arena_take(&l->arena, sizeof(struct listing));
	local_run(l, gather, on_gathered);
}
