#include "pipeline/retry.h"

#include "base/check.h"
#include "base/err.h"
#include "storage/bucket.h"
#include "storage/queue.h"


struct collecting {
	struct arena arena;
	struct job_row *rows;
	int count;
};

static int collect(void *owner, const struct job_row *r)
{
	struct collecting *c = owner;

	if (r->state != JOB_DEAD || c->count == RETRY_BATCH)
		return 0;
	c->rows[c->count] = *r;
	c->rows[c->count++].key = arena_str(&c->arena, r->key);
	return 0;
}

static int find(struct retry *r, struct db *db, struct collecting *c)
{
	int64_t bucket, created;
	int rc;

	if (!str_is_set(r->bucket))
		return queue_dead(db, r->after_id, RETRY_BATCH, collect, c);
	if ((rc = bucket_find(db, r->bucket, &bucket, &created)) < 0)
		return rc;
	return queue_of_object(db, bucket, r->key, collect, c);
}

static int apply(struct change *change, struct db *db)
{
	struct retry *r = container_of(change, struct retry, change);
	struct collecting c = {0};
	int rc;

	c.rows = arena_take(&c.arena, RETRY_BATCH * sizeof *c.rows);
	rc = find(r, db, &c);
	for (int i = 0; rc >= 0 && i < c.count; i++) {
		rc = queue_revive(db, c.rows[i].id);
		r->after_id = c.rows[i].id;
	}
	r->count = rc < 0 ? 0 : c.count;
	if (rc >= 0 && c.count == 0 && str_is_set(r->bucket))
		rc = E_NOT_FOUND;
	arena_clear(&c.arena);
	return rc < 0 ? rc : 0;
}

void retry_init(struct retry *r)
{
	r->change = (struct change){ .apply = apply, .always = true };
}
