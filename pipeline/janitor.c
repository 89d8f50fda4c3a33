#include "pipeline/janitor.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "pipeline/catalog.h"
#include "pipeline/webhook.h"
#include "storage/function.h"
#include "storage/journal.h"
#include "storage/logs.h"
#include "storage/made.h"
#include "storage/meter.h"
#include "storage/package.h"
#include "storage/queue.h"
#include "storage/resumable.h"
#include "storage/table.h"
#include "storage/token.h"

#define ROUND_MS 60000
#define SOON_MS 1000		/* the next round when this one left something to do */
#define TRIM_MAX 5000		/* journal or log lines, or meter rows, in one change */
#define PACKAGES_EVERY 60	/* rounds: every document is read to know which are named */
#define PACKAGES_MAX 100	/* that go in one change */
#define RESUMABLES_AT_ONCE 20	/* each has up to RESUMABLE_PIECES_MAX rows */
#define DAY_MS (24LL * 3600 * 1000)

struct janitor {
	struct minilab *m;
	uv_timer_t timer;
	struct change change;
	struct commit commit;
	bool busy;
	int expired;
	int forgotten;			/* dead letters of webhooks that made room */
	struct webhook_lost lost;
	bool more;			/* there is more to do than one round does */
	int until_packages;		/* rounds */
	void (*closed)(void *owner);
	void *owner;
};

/* What was unpacked of it is the catalog's. */
static void on_package_gone(void *owner, const char *id)
{
	(void)owner;
	log_info("package=%s removed, no function names it", id);
}

/* While a document cannot be read no package goes, but all else does. */
static int sweep_packages(struct janitor *j, struct db *db)
{
	int rc = j->until_packages > 0 ? 0 : package_sweep(db, PACKAGES_MAX, on_package_gone, j);

	if (rc == E_CORRUPT)
		log_error(rc, "code packages were not swept: a function's document cannot be read");
	return rc == E_CORRUPT || rc > 0 ? 0 : rc;
}

static int apply(struct change *c, struct db *db)
{
	struct janitor *j = container_of(c, struct janitor, change);
	int64_t now = clock_wall_ms();
	int rc;

	if ((rc = queue_expire_leases(db, now)) < 0)
		return rc;
	j->expired = rc;
	if ((rc = journal_trim(db, now - j->m->settings.journal_days * DAY_MS, TRIM_MAX)) < 0)
		return rc;
	if ((rc = made_trim(db)) < 0)
		return rc;
	if ((rc = table_sweep(db)) < 0)		/* what a table deleted before a crash left behind */
		return rc;
	j->lost = (struct webhook_lost){ .db = db, .waiting_max = j->m->settings.webhook_waiting_max };
	if ((rc = functions_sweep(db, webhook_lose, &j->lost)) < 0)
		return rc;
	j->more = rc >= FUNCTION_PURGE_MAX;
	if ((rc = resumable_sweep(db, now, RESUMABLES_AT_ONCE)) < 0)
		return rc;
	j->more = j->more || rc >= RESUMABLES_AT_ONCE;
	if ((rc = sweep_packages(j, db)) < 0)
		return rc;
	if ((rc = outbox_sweep(db, now - j->m->settings.journal_days * DAY_MS, TRIM_MAX)) < 0)
		return rc;
	if ((rc = j->forgotten = outbox_make_room(db, j->m->settings.webhook_dead_max, TRIM_MAX)) < 0)
		return rc;
	j->more = j->more || rc >= TRIM_MAX;
	if ((rc = token_sweep(db, now, TRIM_MAX)) < 0)
		return rc;
	if ((rc = meter_trim(db, now / METER_HOUR_MS - METER_KEEP_HOURS, TRIM_MAX)) < 0)
		return rc;
	if ((rc = logs_trim(db, now, TRIM_MAX)) < 0)
		return rc;
	j->more = j->more || rc >= TRIM_MAX;
	return 0;
}

static void on_timer_closed(uv_handle_t *h)
{
	struct janitor *j = h->data;

	j->closed(j->owner);
	free(j);
}

static void finish(struct janitor *j)
{
	if (j->closed && !j->busy)
		uv_close((uv_handle_t *)&j->timer, on_timer_closed);
}

static void on_round(uv_timer_t *t);

static void on_done(struct commit *c)
{
	struct janitor *j = container_of(c, struct janitor, commit);

	j->busy = false;
	if (c->change->rc < 0)
		log_warn(c->change->rc, "janitor=failed");
	else if (j->expired > 0)
		log_warn(0, "leases_expired=%d", j->expired);
	if (c->change->rc == 0 && j->forgotten > 0)
		log_warn(0, "webhook_dead_letters_forgotten=%d limit=webhook_dead_max", j->forgotten);
	if (c->change->rc == 0 && j->lost.told)
		webhooks_wake(j->m->webhooks);
	if (j->expired > 0 && !j->closed)
		minilab_wake(j->m);
	if (j->until_packages-- == 0) {
		j->until_packages = PACKAGES_EVERY - 1;
		if (!j->closed && c->change->rc == 0)
			catalog_clean(j->m->catalog);
	}
	if (j->more && !j->closed)
		uv_timer_start(&j->timer, on_round, SOON_MS, ROUND_MS);
	finish(j);
}

static void on_round(uv_timer_t *t)
{
	struct janitor *j = t->data;

	if (j->busy)
		return;
	j->busy = true;
	j->more = false;
	j->change = (struct change){ .apply = apply, .always = true };
	j->commit = (struct commit){ .change = &j->change, .done = on_done };
	lanes_commit(j->m->lanes, &j->commit);
}

void janitor_open(struct janitor **out, struct minilab *m)
{
	struct janitor *j = calloc(1, sizeof *j);

	CHECK(j != NULL);
	j->m = m;
	CHECK(uv_timer_init(m->loop, &j->timer) == 0);
	j->timer.data = j;
	uv_timer_start(&j->timer, on_round, ROUND_MS, ROUND_MS);
	*out = j;
}

void janitor_close(struct janitor *j, void (*closed)(void *owner), void *owner)
{
	j->closed = closed;
	j->owner = owner;
	uv_timer_stop(&j->timer);
	finish(j);
}
