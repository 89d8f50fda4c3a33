#include "pipeline/offer.h"

#include "base/err.h"
#include "base/log.h"
#include "pipeline/backfill.h"
#include "pipeline/presets.h"
#include "pipeline/registry.h"
#include "storage/bucket.h"
#include "storage/made.h"

struct offering {
	struct db *db;
	const struct presets *presets;
	void (*each)(void *owner, struct str bucket, const struct offer *o);
	void *owner;
	/* of the bucket at hand */
	struct str lists[PRESETS_LISTS_MAX];
	int list_count;
	struct offer offer;
};

static int add_list(void *owner, struct str list, int64_t photos)
{
	char error[RENDITION_LIST_ERROR_MAX];
	struct offering *o = owner;
	bool covered = list.n == 0;

	for (int i = 0; i < o->list_count; i++) {
		struct rendition_list now;

		if (str_eq(list, o->lists[i]))
			return 0;
		covered = covered || (rendition_list_read(o->lists[i], &now, error) == 0 && rendition_list_covered(&now, list));
	}
	if (covered)
		o->offer.other += photos;
	else
		o->offer.lacking += photos;
	return 0;
}

/* Of a function that is gone nothing can be said. */
static int count(struct offering *o, int64_t bucket, const char *name, int64_t function)
{
	struct arena a = {0};
	struct function f;
	int rc = function_load(o->db, function, &f);

	o->offer = (struct offer){0};
	if (rc == 0) {
		o->list_count = presets_lists(o->presets, f.renditions, str_of(name), &a, o->lists);
		rc = made_of_bucket(o->db, bucket, add_list, o);
	}
	function_clear(&f);
	arena_clear(&a);
	return rc == E_NOT_FOUND ? 0 : rc;
}

static int on_bucket(void *owner, int64_t bucket)
{
	struct offering *o = owner;
	char name[BUCKET_NAME_MAX + 1];
	int64_t function;
	int rc = bucket_name_of(o->db, bucket, name);

	if (rc < 0 || (rc = backfill_function(o->db, bucket, &function)) < 0 || function == 0)
		return rc == E_NOT_FOUND ? 0 : rc;
	rc = count(o, bucket, name, function);
	if (rc == 0 && (o->offer.lacking > 0 || o->offer.other > 0))
		o->each(o->owner, str_of(name), &o->offer);
	return rc;
}

static void add_up(void *owner, struct str bucket, const struct offer *o)
{
	struct offer *sum = owner;

	(void)bucket;
	sum->lacking += o->lacking;
	sum->other += o->other;
}

int offer_totals(struct db *db, const struct presets *p, struct offer *out)
{
	struct offering o = { .db = db, .presets = p, .each = add_up, .owner = out };

	*out = (struct offer){0};
	return made_buckets(db, OFFERS_MAX, on_bucket, &o);
}

static void log_one(void *owner, struct str bucket, const struct offer *o)
{
	(void)owner;
	log_info("bucket=%.*s presets=changed lacking=%lld other=%lld offer=\"minilab backfill %.*s %s\"", STR_ARG(bucket),
		 (long long)o->lacking, (long long)o->other, STR_ARG(bucket), o->other > 0 ? "--all" : "--missing");
}

void offer_log(struct store *s, const struct presets *p)
{
	struct offering o = { .presets = p, .each = log_one };
	int rc = store_reader(s, &o.db);

	if (rc == 0)
		rc = made_buckets(o.db, OFFERS_MAX, on_bucket, &o);
	if (rc < 0)
		log_warn(rc, "offer=unknown");
	db_close(o.db);
}
