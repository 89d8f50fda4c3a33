/* pump_claim.c - how many jobs a source may have, and taking them from the queue. */
#include "pipeline/pump_parts.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "pipeline/concurrency.h"
#include "storage/journal.h"

#define AHEAD 3			/* times as many photos may be claimed as there are environments */
#define LEASE_TIMEOUTS 6		/* two jobs before it in its environment and its own, each in both programs */
#define LEASE_SLACK_MS 60000
#define SHORT_US 20000			/* jobs that take less are claimed ahead */

struct claim {
	struct change change;
	struct commit commit;
	struct source *source;
	struct arena arena;
	struct job_row *rows;
	int64_t function, timeout_ms;
	int count, max;
	int backfill_max;		/* of them, if no event is due */
	bool builtin;
	bool backfills;			/* some are left */
	bool crowded;			/* and there was no room for them when the claim was made */
	int64_t next_due_ms;
};

/* Jobs that wait for an environment are claimed ahead, so that no core idles while results are kept; but never more than are reserved, for those
 * would be throttled, put off and claimed again. As many are claimed at once as there are environments: that is one commit for all of them. While it
 * is under way there are still so many that the environments have work. */
static int64_t builtin_room(const struct source *s)
{
	int64_t each = s->pump->m->settings.environments_max, most = AHEAD * each;

	if (s->reserved > 0 && s->reserved < most)
		return s->reserved - s->running;
	return s->running > most - each ? 0 : most - s->running;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Of what is nobody's, with those that want it too. */
static int64_t shared_room(const struct source *s)
{
	const struct pump *p = s->pump;
	const struct concurrency *c = p->m->concurrency;
	int64_t all = concurrency_unreserved(c), room = all - all / PUMP_LEFT - s->running - s->waiting_count, wanting = 0, memory;

	for (const struct source *o = p->first; o; o = o->next)
		wanting += !o->builtin && o->reserved < 0 && (o->maybe || o->waiting_count > 0);
	room = least(room, (concurrency_room(c, s->function) + wanting - 1) / (wanting > 0 ? wanting : 1));
	memory = (p->memory_max_mb - p->memory_mb) / s->memory_mb;
	if (memory < 1 && p->memory_mb == 0)
		memory = 1;
	return least(room, memory);
}

static int64_t custom_room(const struct source *s)
{
	int64_t ahead = s->run_us > 0 && s->run_us < SHORT_US ? CLAIM_MAX : 0;
	int64_t room = s->reserved >= 0 ? concurrency_room(s->pump->m->concurrency, s->function) - s->waiting_count : shared_room(s);

	if (s->reserved == 0)
		return CLAIM_MAX;	/* they end at once */
	if (room > 0)
		room += ahead;
	return least(room, s->window + ahead - s->running - s->waiting_count);
}

int claim_room(const struct source *s)
{
	int64_t room = s->builtin && s->reserved != 0 ? builtin_room(s) : custom_room(s);

	return room < 0 ? 0 : room > CLAIM_MAX ? CLAIM_MAX : (int)room;
}

int pump_backfill_room(const struct pump *p)
{
	int64_t n = p->m->settings.environments_max - 1;

	return n < 1 ? 1 : n > CLAIM_MAX ? CLAIM_MAX : (int)n;
}

int claim_backfill_room(const struct source *s, int max)
{
	int64_t most = pump_backfill_room(s->pump);

	if (!s->builtin)
		return 0;
	if (s->reserved > 0 && most > s->reserved)
		most = s->reserved;
	most -= s->running > s->backfilling ? s->running : s->backfilling;
	return most < 0 ? 0 : most > max ? max : (int)most;
}

/* The change */

static int claim_due(struct claim *k, struct db *db)
{
	int64_t now = clock_wall_ms(), lease = LEASE_TIMEOUTS * k->timeout_ms + LEASE_SLACK_MS;
	int rc = queue_claim(db, k->function, now, lease, k->max, &k->arena, &k->rows);

	if (rc != 0 || k->backfill_max == 0)
		return rc;
	return queue_claim_backfill(db, k->function, now, lease, k->backfill_max, &k->arena, &k->rows);
}

/* When there is something to claim again: jobs of backfills that there is no room for are no reason. */
static int find_next_due(struct claim *k, struct db *db)
{
	int room = k->backfill_max - (k->count > 0 && k->rows[0].backfill ? k->count : 0);
	int64_t backfill;
	int rc = queue_next_due(db, k->function, &k->next_due_ms);

	if (rc < 0 || !k->builtin || (rc = queue_next_backfill(db, k->function, &backfill)) < 0)
		return rc;
	k->backfills = backfill != INT64_MAX;
	k->crowded = k->backfills && room <= 0;
	if (room > 0 && backfill < k->next_due_ms)
		k->next_due_ms = backfill;
	return 0;
}

static int apply(struct change *c, struct db *db)
{
	struct claim *k = container_of(c, struct claim, change);
	int rc = claim_due(k, db);

	if (rc < 0)
		return rc;
	k->count = rc;
	for (int i = 0; i < k->count; i++) {
		const struct job_row *r = &k->rows[i];

		if (r->bucket == 0)
			continue;
		rc = journal_add(db, &(struct journal_line){ .what = JOURNAL_STARTED, .bucket = r->bucket, .key = r->key,
				 .seq = r->seq, .job = r->id, .attempt = r->attempts });
		if (rc < 0)
			return rc;
	}
	k->next_due_ms = 0;
	return k->count < k->max ? find_next_due(k, db) : 0;
}

static void take_next_due(struct source *s, const struct claim *k)
{
	s->backfills = k->backfills;
	if (s->builtin)
		s->next_due_ms = k->next_due_ms;
	else
		pump_due(s->pump, k->next_due_ms);
}

static void on_claimed(struct commit *c)
{
	struct claim *k = container_of(c, struct claim, commit);
	struct source *s = k->source;
	struct pump *p = s->pump;

	s->claim = NULL;
	if (k->change.rc < 0) {
		log_error(k->change.rc, "function=%lld step=claim", (long long)s->function);
		s->next_due_ms = clock_wall_ms() + ERROR_PAUSE_MS;
		pump_due(p, s->next_due_ms);
	} else if (k->count == k->max) {
		s->maybe = true;
	} else {
		take_next_due(s, k);
	}
	for (int i = 0; i < k->count && k->change.rc == 0; i++)
		start_claimed(s, &k->rows[i]);
	if (k->crowded && claim_backfill_room(s, CLAIM_MAX) > 0)
		s->maybe = true;	/* a job that settled meanwhile made room, and found nothing yet that waited for it */
	arena_clear(&k->arena);
	free(k);
	source_last(s);
	source_step(s);
	pump_check_drained(p);
}

static void claim(struct source *s, int max)
{
	struct claim *k = calloc(1, sizeof *k);

	CHECK(k != NULL);
	*k = (struct claim){ .change = { .apply = apply, .always = true }, .source = s, .function = s->function, .max = max,
			     .timeout_ms = s->timeout_ms, .builtin = s->builtin, .backfill_max = claim_backfill_room(s, max) };
	k->commit = (struct commit){ .change = &k->change, .done = on_claimed };
	s->claim = k;
	s->maybe = false;
	s->next_due_ms = INT64_MAX;
	lanes_commit(s->pump->m->lanes, &k->commit);
}

/* Finding out what it is first */

static void take_facts(struct source *s, struct catalog_version *v)
{
	if (v->of->builtin)
		source_is_builtin(s);
	s->known = true;
	s->reserved = v->of->reserved;
	s->timeout_ms = v->timeout_ms;
	s->memory_mb = v->memory_mb;
	catalog_give(v);
}

static void go_on(struct source *s)
{
	int max = claim_room(s);

	if (max > 0)
		claim(s, max);
	else if (!s->builtin)
		pump_blocked(s->pump);
}

/* Jobs of a function that is gone are buried by the janitor (function.h). */
static bool found(struct source *s)
{
	struct catalog_query *q = &s->query;

	s->finding = false;
	if (q->rc == 0) {
		take_facts(s, q->version);
		return true;
	}
	if (q->rc == E_NOT_FOUND) {
		source_is_gone(s);
	} else {
		log_error(q->rc, "function=%lld step=claim", (long long)s->function);
		s->maybe = false;
		s->next_due_ms = clock_wall_ms() + ERROR_PAUSE_MS;
		pump_due(s->pump, s->next_due_ms);
	}
	return false;
}

static void on_found(struct catalog_query *q)
{
	struct source *s = container_of(q, struct source, query);

	if (found(s) && !s->pump->stopping)
		go_on(s);
	else
		source_step(s);
}

void claim_start(struct source *s)
{
	if (s->known && claim_room(s) == 0) {
		if (!s->builtin)
			pump_blocked(s->pump);
		return;
	}
	s->query = (struct catalog_query){ .id = s->function, .done = on_found };
	s->finding = true;
	if (catalog_find(s->pump->m->catalog, &s->query) == 0 && found(s))
		go_on(s);
}
