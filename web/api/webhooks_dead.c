/* What webhooks could not be told (storage/outbox.h): listed, and told again on request. */
#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "pipeline/webhook.h"
#include "storage/bucket.h"
#include "web/api/local.h"

#define MISSING "There is no such bucket, or no such dead line."
#define DEAD_LISTED 100
#define REDRIVEN 1000		/* in one change */

struct dead_ask {			/* in l->state */
	struct local *l;
	struct change change;
	struct commit commit;
	struct str bucket;
	struct db *db;			/* the lane's, while it gathers */
	int64_t id, after;		/* id 0: all */
	int count;
	bool more;
	struct json j;
};

static struct dead_ask *begin(struct local *l)
{
	struct dead_ask *k = arena_take(&l->arena, sizeof *k);

	k->l = l;
	k->bucket = params_get(&l->params, "bucket");
	l->state = k;
	return k;
}

static void on_gathered(struct local *l, int rc)
{
	local_answer_rc(l, rc, MISSING);
}

static int write_dead(void *owner, const struct outbox_line *d)
{
	struct dead_ask *k = owner;
	char when[CLOCK_TEXT_MAX], bucket[BUCKET_NAME_MAX + 1];

	if (k->count == DEAD_LISTED) {
		k->more = true;
		return 1;
	}
	k->count++;
	k->after = d->id;
	json_open(&k->j, NULL, '{');
	json_int(&k->j, "id", d->id);
	if (bucket_name_of(k->db, d->bucket, bucket) == 0)
		json_cstr(&k->j, "bucket", bucket);
	json_str(&k->j, "key", d->key);
	json_cstr(&k->j, "type", outbox_word(d->what));
	json_cstr(&k->j, "since", clock_iso_ms(when, d->due_ms));
	json_int(&k->j, "attempts", d->attempts);
	json_str(&k->j, "code", d->code);
	json_str(&k->j, "message", d->message);
	json_close(&k->j);
	return 0;
}

static int bucket_id(struct dead_ask *k, struct db *db, int64_t *id)
{
	*id = 0;
	return k->bucket.n > 0 ? bucket_find(db, k->bucket, id, NULL) : 0;
}

static int gather_dead(struct local *l, struct db *db)
{
	struct dead_ask *k = l->state;
	int64_t bucket;
	int rc = bucket_id(k, db, &bucket);

	if (rc < 0)
		return rc;
	k->j = json_into(&l->out);
	json_open(&k->j, NULL, '{');
	json_open(&k->j, "dead", '[');
	k->db = db;
	rc = outbox_dead(db, bucket, k->after, DEAD_LISTED + 1, write_dead, k);
	json_close(&k->j);
	if (k->more)
		json_int(&k->j, "next", k->after);
	json_close(&k->j);
	return rc < 0 ? rc : 0;
}

static bool read_number(struct local *l, const char *name, int64_t *to)
{
	struct str text = params_get(&l->params, name);

	*to = 0;
	if (!str_is_set(text) || str_to_int(text, 1, INT64_MAX, to) == 0)
		return true;
	local_refuse(l, 400, "InvalidRequest", arena_printf(&l->arena, "%s is a number.", name));
	return false;
}

void webhooks_dead_serve(struct local *l)
{
	struct dead_ask *k = begin(l);

	if (read_number(l, "after", &k->after))
		local_run(l, gather_dead, on_gathered);
}

static int note_id(void *owner, const struct outbox_line *d)
{
	*(int64_t *)owner = d->id;
	return 0;
}

static int revive(struct dead_ask *k, struct db *db, int64_t id)
{
	struct outbox_line line;
	struct arena a = {0};
	int rc = outbox_revive(db, id, clock_wall_ms(), k->l->m->settings.webhook_waiting_max, &a, &line);

	k->count += rc == 0;
	arena_clear(&a);
	return rc;
}

/* The oldest first. E_FULL: those that there was room for. */
static int revive_bucket(struct dead_ask *k, struct db *db, int64_t bucket)
{
	int64_t id = 1;
	int rc = 0;

	while (rc == 0 && id != 0 && k->count < REDRIVEN) {
		id = 0;
		rc = outbox_dead(db, bucket, 0, 1, note_id, &id);
		if (rc == 0 && id != 0)
			rc = revive(k, db, id);
	}
	return rc;
}

/* A bucket without room keeps back its own lines only. */
static int revive_all(struct dead_ask *k, struct db *db)
{
	int64_t bucket = 0;
	bool full = false;
	int rc = 0;

	while (rc == 0 && k->count < REDRIVEN && (rc = outbox_next_dead(db, bucket, &bucket)) == 0 && bucket != 0) {
		rc = revive_bucket(k, db, bucket);
		full = full || rc == E_FULL;
		rc = rc == E_FULL ? 0 : rc;
	}
	return rc == 0 && full ? E_FULL : rc;
}

static int apply_redrive(struct change *c, struct db *db)
{
	struct dead_ask *k = container_of(c, struct dead_ask, change);
	int64_t bucket;
	int rc = bucket_id(k, db, &bucket);

	k->count = 0;
	if (rc < 0)
		return rc;
	rc = k->id ? revive(k, db, k->id) : bucket ? revive_bucket(k, db, bucket) : revive_all(k, db);
	k->more = k->count == REDRIVEN;
	return rc == E_FULL && k->count > 0 ? 0 : rc;
}

/* They are told whether the client waits for its answer or not. */
static void on_redriven(struct commit *c)
{
	struct dead_ask *k = container_of(c, struct dead_ask, commit);
	struct local *l = k->l;
	bool left = !l->call;
	int rc = c->change->rc;

	if (rc == 0)
		webhooks_wake(l->m->webhooks);
	local_rest(l);
	if (left)
		return;
	if (rc == E_FULL) {
		local_refuse(l, 409, "TooManyWaiting", "As many lines as may wait for that webhook (setting webhook_waiting_max) wait already.");
		return;
	}
	if (rc < 0) {
		local_refuse_rc(l, rc, MISSING);
		return;
	}
	k->j = json_into(&l->out);
	json_open(&k->j, NULL, '{');
	json_int(&k->j, "redriven", k->count);
	if (k->more)
		json_bool(&k->j, "more", true);
	json_close(&k->j);
	local_answer(l, 202, "application/json");
}

void webhooks_redrive_serve(struct local *l)
{
	struct dead_ask *k = begin(l);

	if (!read_number(l, "id", &k->id))
		return;
	if (k->id == 0 && k->bucket.n == 0 && !str_is_set(params_get(&l->params, "all"))) {
		local_refuse(l, 400, "InvalidRequest", "Say which lines: ?id=N, ?bucket=NAME or ?all=1; at most 1000 at a time are told again.");
		return;
	}
	local_hold(l);
	k->change = (struct change){ .apply = apply_redrive };
	k->commit = (struct commit){ .lanes = l->m->lanes, .change = &k->change, .done = on_redriven };
	lanes_commit(l->m->lanes, &k->commit);
}
