/* Backfills: what one would do, begun, paused, resumed, cancelled, and how they are. */
#include "pipeline/backfill.h"

#include <math.h>

#include "base/check.h"
#include "base/err.h"
#include "pipeline/feeder.h"
#include "pipeline/pump.h"
#include "storage/object.h"
#include "web/api/local.h"

struct asking {				/* in l->state */
	struct backfill_ask ask;
	struct str bucket;
	bool start;			/* after the count */
	struct backfill_page page;
	char after[OBJECT_KEY_MAX];	/* where the count is */
	int64_t todo, bytes, current, waiting, without;
	char error[RENDITION_LIST_ERROR_MAX];
};

static void refuse(struct local *l, int rc)
{
	const struct asking *k = l->state;

	if (rc == E_NOT_FOUND)
		local_refuse(l, 404, "NotFound", k->ask.action == BACKFILL_START ? "there is no such bucket" :
			     "no backfill of that bucket is running or paused");
	else if (rc == E_BAD_INPUT && k->error[0])
		local_refuse(l, 400, "InvalidRequest", k->error);
	else if (rc == E_EXISTS)
		local_refuse(l, 409, "BackfillActive", "A backfill of this bucket is running or paused.");
	else if (rc == E_BUSY)
		local_refuse(l, 409, "TooManyBackfills", "16 backfills are running or paused.");
	else
		local_refuse_rc(l, rc, NULL);
}

/* GET /_/backfill */

static int gather(struct local *l, struct db *db)
{
	const struct asking *k = l->state;

	return backfill_gather(db, k->bucket, &l->out);
}

static void on_gathered(struct local *l, int rc)
{
	if (rc < 0)
		refuse(l, rc);
	else
		local_answer(l, 200, "application/json");
}

/* The count: a page of originals at a time, so that others get at the lanes too. */

static int64_t estimate(const struct local *l, const struct asking *k)
{
	double seconds = (double)k->todo / (double)k->ask.b.rate, by_run;
	struct pump_stats s;

	pump_get_stats(l->m->pump, &s);
	if (s.run_us == 0)
		return -1;
	by_run = (double)k->todo * (double)s.run_us / 1e6 / pump_backfill_room(l->m->pump);
	return (int64_t)ceil(by_run > seconds ? by_run : seconds);
}

static void answer_plan(struct local *l)
{
	const struct asking *k = l->state;
	struct json j = json_into(&l->out);
	int64_t seconds = estimate(l, k);

	json_open(&j, NULL, '{');
	json_int(&j, "photos", k->todo);
	json_int(&j, "bytes", k->bytes);
	json_int(&j, "current", k->current);
	json_int(&j, "waiting", k->waiting);
	json_int(&j, "without_result", k->without);
	json_int(&j, "rate", k->ask.b.rate);
	if (seconds >= 0)
		json_int(&j, "seconds", seconds);
	json_close(&j);
	local_answer(l, 200, "application/json");
}

static void on_acted(struct local *l, int rc)
{
	struct asking *k = l->state;
	struct json j = json_into(&l->out);

	if (rc < 0) {
		refuse(l, rc);
		return;
	}
	feeder_wake(l->m->feeder);
	json_open(&j, NULL, '{');
	json_int(&j, "id", k->ask.b.id);
	json_close(&j);
	local_answer(l, 200, "application/json");
}

static int look(struct local *l, struct db *db)
{
	struct asking *k = l->state;
	struct arena a = {0};
	int rc = backfill_look(db, l->m->presets, &k->ask.b, 0, &a, &k->page);
	size_t n = k->page.after.n;

	CHECK(n <= sizeof k->after);
	if (n > 0 && k->page.after.p != k->after)
		memcpy(k->after, k->page.after.p, n);
	k->ask.b.after = str_n(k->after, n);
	arena_clear(&a);
	return rc;
}

static void on_looked(struct local *l, int rc)
{
	struct asking *k = l->state;

	if (rc < 0) {
		refuse(l, rc);
		return;
	}
	k->todo += k->page.todo;
	k->bytes += k->page.bytes;
	k->current += k->page.current;
	k->waiting += k->page.waiting;
	k->without += k->page.without;
	if (!k->page.end) {
		local_run(l, look, on_looked);
	} else if (k->start) {
		k->ask.b.planned = k->todo;
		k->ask.b.bytes = k->bytes;
		local_commit(l, &k->ask.change, on_acted);
	} else {
		answer_plan(l);
	}
}

static int resolve(struct local *l, struct db *db)
{
	struct asking *k = l->state;

	return backfill_resolve(db, l->m->presets, k->bucket, &k->ask.b, k->error);
}

static void on_resolved(struct local *l, int rc)
{
	if (rc < 0)
		refuse(l, rc);
	else
		local_run(l, look, on_looked);
}

static bool read_rate(const struct local *l, int64_t *rate)
{
	struct str text = params_get(&l->params, "rate");

	return text.n == 0 || str_to_int(text, 1, BACKFILL_RATE_MAX, rate) == 0;
}

static struct asking *begin(struct local *l)
{
	struct asking *k = arena_take(&l->arena, sizeof *k);

	l->state = k;
	backfill_ask_init(&k->ask);
	k->bucket = k->ask.bucket = params_get(&l->params, "bucket");
	l->call->bucket = arena_str(&l->call->r->arena, k->bucket);
	return k;
}

static void count(struct local *l, struct asking *k)
{
	struct backfill *b = &k->ask.b;

	k->ask.action = BACKFILL_START;
	b->prefix = params_get(&l->params, "prefix");
	b->presets = params_get(&l->params, "presets");
	b->rate = l->m->settings.backfill_rate;
	if (k->bucket.n == 0 || !backfill_what_of(params_get(&l->params, "what"), &b->what) || !read_rate(l, &b->rate) ||
	    b->presets.n > RENDITION_LIST_NAMES_MAX || b->prefix.n > OBJECT_KEY_MAX) {
		local_refuse(l, 400, "InvalidRequest", "Give ?bucket=, &what= missing, all or presets (then &presets= their names, "
			     "with blanks between), and where wanted &prefix= and &rate= 1 to 1000.");
		return;
	}
	local_run(l, resolve, on_resolved);
}

void backfill_serve(struct local *l)
{
	begin(l);
	local_run(l, gather, on_gathered);
}

void backfill_plan_serve(struct local *l)
{
	count(l, begin(l));
}

void backfill_act_serve(struct local *l)
{
	static const struct { const char *word; enum backfill_action action; } actions[] = {
		{ "start", BACKFILL_START }, { "pause", BACKFILL_PAUSE }, { "resume", BACKFILL_RESUME }, { "cancel", BACKFILL_CANCEL },
	};
	struct str word = params_get(&l->params, "action");
	struct asking *k = begin(l);
	size_t i = 0, n = sizeof actions / sizeof actions[0];

	while (i < n && !str_eq(word, str_of(actions[i].word)))
		i++;
	if (i == n || k->bucket.n == 0 || !read_rate(l, &k->ask.b.rate)) {
		local_refuse(l, 400, "InvalidRequest", "Give ?action= start, pause, resume or cancel, and &bucket=.");
		return;
	}
	k->ask.action = actions[i].action;
	k->start = k->ask.action == BACKFILL_START;
	if (k->start)
		count(l, k);
	else
		local_commit(l, &k->ask.change, on_acted);
}
