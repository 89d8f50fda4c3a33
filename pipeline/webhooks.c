/* webhooks.c - lines of the outbox on their way to the courier and back. */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "pipeline/courier.h"
#include "pipeline/shelf.h"
#include "pipeline/webhook.h"
#include "storage/bucket.h"

#define PAGE (2 * WEBHOOK_OF_BUCKET)	/* lines of one bucket in one look */
#define PAUSES_OF_BASE 10		/* the first pause is that part of the first wait */
#define AGAIN_MS 5000			/* after a look that failed */
#define PAUSES_MAX 256			/* buckets that are left alone at a time */

struct found {				/* a line and the bucket's name; in the arena of the look */
	struct outbox_line line;
	char bucket[BUCKET_NAME_MAX + 1];
};

enum outcome { OUTCOME_DONE, OUTCOME_LATER, OUTCOME_DEAD };

struct sending {
	struct webhooks *w;
	struct delivery d;
	struct arena arena;
	struct outbox_line line;	/* strings in arena */
	struct str bucket, code, message;
	enum outcome outcome;
	int64_t due_ms;
	struct change change;
	struct commit commit;
	struct sending *next;
};

struct webhooks {
	struct minilab *m;
	struct courier *courier;
	uv_timer_t timer;
	struct sending *sending;
	struct sending *ended;		/* while a look runs, which may have read their lines before they ended */
	struct webhook_numbers numbers;
	struct pause {
		int64_t bucket, until_ms;	/* bucket 0: free */
		int failures;
	} pauses[PAUSES_MAX];
	/* one look; the lane's while busy */
	bool busy, again;
	struct work work;
	struct arena arena;
	struct found *found;
	int count;
	int64_t last;			/* the bucket that was looked at last */
	int64_t next_ms;
	void (*closed)(void *owner);
	void *owner;
};

static void look(struct webhooks *w);

/* -- buckets whose receiver does not answer -- */

static struct pause *pause_of(struct webhooks *w, int64_t bucket)
{
	for (int i = 0; i < PAUSES_MAX; i++)
		if (w->pauses[i].bucket == bucket)
			return &w->pauses[i];
	return NULL;
}

static void note_failure(struct webhooks *w, int64_t bucket, int64_t now)
{
	struct pause *p = pause_of(w, bucket);
	int64_t wait = w->m->settings.webhook_base_ms / PAUSES_OF_BASE + 1;

	if (!p && !(p = pause_of(w, 0)))
		p = &w->pauses[(uint64_t)bucket % PAUSES_MAX];
	if (p->bucket != bucket)
		*p = (struct pause){ .bucket = bucket };
	if (p->until_ms > now)		/* those that were under way with the one that began it */
		return;
	for (int i = 0; i < p->failures && wait < WEBHOOK_PAUSE_MAX_MS; i++)
		wait *= 2;
	p->failures++;
	p->until_ms = now + (wait < WEBHOOK_PAUSE_MAX_MS ? wait : WEBHOOK_PAUSE_MAX_MS);
}

static void note_success(struct webhooks *w, int64_t bucket)
{
	struct pause *p = pause_of(w, bucket);

	if (p)
		*p = (struct pause){0};
}

/* -- the end of one -- */

static void on_timer_closed(uv_handle_t *h)
{
	struct webhooks *w = h->data;

	courier_close(w->courier);
	w->closed(w->owner);
	free(w);
}

static void leave(struct webhooks *w)
{
	if (w->closed && !w->busy && !w->sending)
		uv_close((uv_handle_t *)&w->timer, on_timer_closed);
}

static void forget(struct sending *s)
{
	struct webhooks *w = s->w;
	struct sending **at = &w->sending;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	w->numbers.sending--;
	arena_clear(&s->arena);
	if (w->busy) {
		s->next = w->ended;
		w->ended = s;
	} else {
		free(s);
	}
	leave(w);
}

static bool has_ended(const struct webhooks *w, int64_t id)
{
	const struct sending *s = w->ended;

	while (s && s->line.id != id)
		s = s->next;
	return s != NULL;
}

static void forget_ended(struct webhooks *w)
{
	while (w->ended) {
		struct sending *s = w->ended;

		w->ended = s->next;
		free(s);
	}
}

static int apply_outcome(struct change *c, struct db *db)
{
	struct sending *s = container_of(c, struct sending, change);

	switch (s->outcome) {
	case OUTCOME_LATER:
		return outbox_retry(db, s->line.id, s->due_ms, s->code, s->message);
	case OUTCOME_DEAD:
		return outbox_bury(db, s->line.id, s->due_ms, s->code, s->message);
	case OUTCOME_DONE:
	default:
		return outbox_done(db, s->line.id);
	}
}

static void on_committed(struct commit *c)
{
	struct sending *s = container_of(c, struct sending, commit);
	struct webhooks *w = s->w;

	if (c->change->rc < 0)		/* it stays as it was, and is told again */
		log_error(c->change->rc, "webhook=%lld its end was not kept", (long long)s->line.id);
	forget(s);
	if (!w->closed)
		webhooks_wake(w);
}

static void settle(struct sending *s, enum outcome how, int64_t due_ms, struct str code, const char *message)
{
	static const char *const names[] = { "delivered", "later", "dead_letter" };

	s->outcome = how;
	s->due_ms = due_ms;
	s->code = code;
	s->message = arena_str(&s->arena, str_of(message));
	if (how == OUTCOME_DEAD)
		s->w->numbers.dead++;
	if (how == OUTCOME_DONE)
		log_info("webhook=%lld bucket=%.*s key=%s event=%s end=%s attempt=%d status=%d", (long long)s->line.id, STR_ARG(s->bucket),
			 log_quote(s->line.key), outbox_word(s->line.what), names[how], s->line.attempts + 1, s->d.status);
	else
		log_warn(0, "webhook=%lld bucket=%.*s key=%s event=%s end=%s attempt=%d code=%.*s message=%s", (long long)s->line.id,
			 STR_ARG(s->bucket), log_quote(s->line.key), outbox_word(s->line.what), names[how], s->line.attempts + 1,
			 STR_ARG(code), log_quote(s->message));
	s->change = (struct change){ .apply = apply_outcome, .always = true };
	s->commit = (struct commit){ .lanes = s->w->m->lanes, .change = &s->change, .done = on_committed };
	lanes_commit(s->w->m->lanes, &s->commit);
}

/* After 1, 2, 4... base waits; never past its age. */
static void fail(struct sending *s, struct str code, const char *message)
{
	const struct settings *set = &s->w->m->settings;
	int64_t now = clock_wall_ms(), wait = set->webhook_base_ms;

	for (int i = 0; i < s->line.attempts && wait < set->webhook_wait_max_ms; i++)
		wait *= 2;
	if (wait > set->webhook_wait_max_ms)
		wait = set->webhook_wait_max_ms;
	s->w->numbers.failed++;
	note_failure(s->w, s->line.bucket, now);
	if (now + wait - s->line.first_ms > set->webhook_age_s * 1000)
		settle(s, OUTCOME_DEAD, now, code, message);
	else
		settle(s, OUTCOME_LATER, now + wait, code, message);
}

static void on_delivered(struct delivery *d)
{
	struct sending *s = container_of(d, struct sending, d);

	if (d->rc == E_CLOSED) {
		forget(s);
	} else if (d->rc == 0 && d->status >= 200 && d->status < 300) {
		s->w->numbers.delivered++;
		note_success(s->w, s->line.bucket);
		settle(s, OUTCOME_DONE, 0, (struct str){0}, "");
	} else if (d->rc == 0) {
		fail(s, str_of(arena_printf(&s->arena, "Status%d", d->status)), d->answer);
	} else {
		fail(s, d->rc == E_PRECONDITION ? STR("AddressNotAllowed") : d->rc == E_TIMEOUT ? STR("Timeout") : STR("NoAnswer"), d->answer);
	}
}

/* -- the beginning of one -- */

static void add_header(struct delivery *d, const char *name, const char *value)
{
	snprintf(d->headers[d->header_count++], COURIER_HEADER, "%s: %s", name, value);
}

/* The line's payload with the id of the delivery before its members. */
static struct str body_of(struct sending *s)
{
	struct buf text = {0};
	struct json j = json_into(&text);
	struct json_value *payload;
	struct str body;
	char id[32];

	snprintf(id, sizeof id, "%lld", (long long)s->line.id);
	json_open(&j, NULL, '{');
	json_cstr(&j, "id", id);
	if (json_parse(&s->arena, s->line.payload, &payload) == 0)
		for (const struct json_value *m = payload->first; m; m = m->next) {
			json_name(&j, m->name);
			json_value(&j, JSON_NAMED, m);
		}
	json_close(&j);
	body = arena_str(&s->arena, str_n(text.data, text.len));
	buf_clear(&text);
	return body;
}

static void address_it(struct sending *s, const struct webhook *hook, bool by_name)
{
	struct outbox_line *l = &s->line;
	int64_t seconds = clock_wall_ms() / 1000;
	char signature[WEBHOOK_SIGNATURE + 1], number[32];
	struct delivery *d = &s->d;

	*d = (struct delivery){ .anywhere = by_name, .timeout_ms = s->w->m->settings.webhook_timeout_ms, .done = on_delivered };
	d->url = arena_str(&s->arena, hook->url).p;
	d->body = body_of(s);
	webhook_sign(hook->secret, seconds, d->body, signature);
	add_header(d, "Content-Type", "application/json");
	add_header(d, "X-Minilab-Event", outbox_word(l->what));
	snprintf(number, sizeof number, "%lld", (long long)l->id);
	add_header(d, "X-Minilab-Delivery", number);
	snprintf(number, sizeof number, "%lld", (long long)seconds);
	add_header(d, "X-Minilab-Timestamp", number);
	add_header(d, "X-Minilab-Signature", signature);
}

static void begin(struct webhooks *w, const struct found *f)
{
	struct sending *s = calloc(1, sizeof *s);
	struct webhook hook;
	char why[160];
	bool by_name;

	CHECK(s != NULL);
	s->w = w;
	s->line = f->line;
	s->line.key = arena_str(&s->arena, f->line.key);
	s->line.payload = arena_str(&s->arena, f->line.payload);
	s->bucket = arena_str(&s->arena, str_of(f->bucket));
	s->next = w->sending;
	w->sending = s;
	w->numbers.sending++;
	if (!webhook_read(shelf_get(w->m->shelf, s->bucket, RECORD_BUCKET_WEBHOOK), &hook)) {
		settle(s, OUTCOME_DEAD, clock_wall_ms(), STR("NoWebhook"), "the bucket has no webhook any more");
		return;
	}
	if (webhook_check(hook.url, str_of(w->m->settings.webhook_allow), why, &by_name) < 0) {
		fail(s, STR("AddressNotAllowed"), why);
		return;
	}
	address_it(s, &hook, by_name);
	courier_send(w->courier, &s->d);
}

static bool may_begin(struct webhooks *w, const struct found *f, int64_t now)
{
	const struct pause *p = pause_of(w, f->line.bucket);
	int of_bucket = 0;

	if (w->numbers.sending >= COURIER_SENDING || (p && p->until_ms > now))
		return false;
	for (const struct sending *s = w->sending; s; s = s->next) {
		if (s->line.bucket != f->line.bucket)
			continue;
		if (s->line.id == f->line.id || str_eq(s->line.key, f->line.key))
			return false;
		of_bucket++;
	}
	/* One that failed is tried by one line, not by four. */
	return of_bucket < (p && p->failures > 0 ? 1 : WEBHOOK_OF_BUCKET);
}

/* -- looks -- */

static int64_t first_pause(const struct webhooks *w, int64_t now)
{
	int64_t first = INT64_MAX;

	for (int i = 0; i < PAUSES_MAX; i++)
		if (w->pauses[i].bucket != 0 && w->pauses[i].until_ms > now && w->pauses[i].until_ms < first)
			first = w->pauses[i].until_ms;
	return first;
}

static void on_time(uv_timer_t *t)
{
	look(t->data);
}

static void sleep_until(struct webhooks *w, int64_t at, int64_t now)
{
	if (at != INT64_MAX)
		uv_timer_start(&w->timer, on_time, at > now ? (uint64_t)(at - now) : 0, 0);
}

static void on_looked(struct work *work)
{
	struct webhooks *w = container_of(work, struct webhooks, work);
	int64_t now = clock_wall_ms(), next = w->next_ms, pause;

	w->busy = false;
	for (int i = 0; i < w->count && work->rc == 0 && !w->closed; i++)
		if (!has_ended(w, w->found[i].line.id) && may_begin(w, &w->found[i], now))
			begin(w, &w->found[i]);
	forget_ended(w);
	arena_clear(&w->arena);
	if (w->closed) {
		leave(w);
		return;
	}
	pause = first_pause(w, now);
	if (work->rc < 0) {
		log_error(work->rc, "webhooks: the outbox cannot be read");
		next = now + AGAIN_MS;
	} else if (w->again || w->last != 0) {	/* there are more buckets behind them */
		next = now;
	}
	w->again = false;
	sleep_until(w, pause < next ? pause : next, now);
}

static int look_at(struct webhooks *w, struct db *db, int64_t bucket, int64_t now)
{
	struct outbox_line *lines;
	char name[BUCKET_NAME_MAX + 1];
	int n, rc = bucket_name_of(db, bucket, name);

	if (rc == E_NOT_FOUND)
		return 0;		/* the janitor takes them */
	if (rc < 0 || (n = outbox_due(db, bucket, now, PAGE, &w->arena, &lines)) < 0)
		return rc < 0 ? rc : n;
	for (int i = 0; i < n; i++) {
		w->found[w->count].line = lines[i];
		memcpy(w->found[w->count++].bucket, name, sizeof name);
	}
	return 0;
}

/* Of the next buckets in turn. `last` is 0 when there was none behind them. */
static int run_look(struct work *work, struct db *db)
{
	struct webhooks *w = container_of(work, struct webhooks, work);
	int64_t now = clock_wall_ms(), bucket;
	int rc = 0;

	w->count = 0;
	w->found = arena_take(&w->arena, (size_t)WEBHOOK_BUCKETS * PAGE * sizeof *w->found);
	for (int i = 0; i < WEBHOOK_BUCKETS && rc == 0; i++) {
		if ((rc = outbox_next_bucket(db, w->last, &bucket)) < 0)
			break;
		w->last = bucket;
		if (bucket == 0)
			break;
		rc = look_at(w, db, bucket, now);
	}
	return rc < 0 ? rc : outbox_next_due(db, now, &w->next_ms);
}

static void look(struct webhooks *w)
{
	if (w->busy || w->closed)
		return;
	w->busy = true;
	w->work = (struct work){ .run = run_look, .done = on_looked };
	lanes_run(w->m->lanes, &w->work);
}

void webhooks_wake(struct webhooks *w)
{
	if (!w || w->closed)
		return;
	w->again = w->busy;
	look(w);
}

/* -- the house -- */

int webhooks_open(struct webhooks **out, struct minilab *m)
{
	struct webhooks *w = calloc(1, sizeof *w);
	int rc;

	CHECK(w != NULL);
	w->m = m;
	rc = courier_open(&w->courier, m->lanes, str_of(m->settings.webhook_allow));
	if (rc < 0) {
		free(w);
		return rc;
	}
	uv_timer_init(m->loop, &w->timer);
	w->timer.data = w;
	*out = w;
	look(w);
	return 0;
}

void webhooks_close(struct webhooks *w, void (*closed)(void *owner), void *owner)
{
	w->closed = closed;
	w->owner = owner;
	uv_timer_stop(&w->timer);
	courier_hurry(w->courier);
	leave(w);
}

void webhooks_get_numbers(const struct webhooks *w, struct webhook_numbers *n)
{
	*n = w->numbers;
}
