/* webhook_send.c - one line of the outbox on its way to the courier and back. */
#include "pipeline/webhook_parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "pipeline/shelf.h"

#define PAUSES_OF_BASE 10		/* the first pause is that part of the first wait */

/* -- buckets whose receiver does not answer -- */

struct webhook_trouble *webhook_trouble(struct webhooks *w, int64_t bucket)
{
	for (int i = 0; i < WEBHOOK_TROUBLES_MAX; i++)
		if (w->troubles[i].bucket == bucket)
			return &w->troubles[i];
	return NULL;
}

static void note_failure(struct webhooks *w, int64_t bucket, int64_t now, struct str code, const char *message)
{
	struct webhook_trouble *p = webhook_trouble(w, bucket);
	int64_t wait = w->m->settings.webhook_base_ms / PAUSES_OF_BASE + 1;

	if (!p && !(p = webhook_trouble(w, 0)))
		p = &w->troubles[(uint64_t)bucket % WEBHOOK_TROUBLES_MAX];
	if (p->bucket != bucket)
		*p = (struct webhook_trouble){ .bucket = bucket };
	snprintf(p->code, sizeof p->code, "%.*s", STR_ARG(code));
	snprintf(p->message, sizeof p->message, "%s", message);
	if (p->until_ms > now)		/* those that were under way with the one that began it */
		return;
	for (int i = 0; i < p->failures && wait < WEBHOOK_PAUSE_MAX_MS; i++)
		wait *= 2;
	p->failures++;
	p->until_ms = now + (wait < WEBHOOK_PAUSE_MAX_MS ? wait : WEBHOOK_PAUSE_MAX_MS);
}

static void note_success(struct webhooks *w, int64_t bucket)
{
	struct webhook_trouble *p = webhook_trouble(w, bucket);

	if (p)
		*p = (struct webhook_trouble){0};
}

/* -- the end of one -- */

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
	webhooks_leave(w);
}

static int apply_outcome(struct change *c, struct db *db)
{
	struct sending *s = container_of(c, struct sending, change);

	switch (s->outcome) {
	case OUTCOME_LATER:
		return outbox_retry(db, &s->line, s->due_ms, s->code, s->message);
	case OUTCOME_DEAD:
		return outbox_bury(db, &s->line, s->due_ms, s->code, s->message);
	case OUTCOME_DONE:
	default:
		return outbox_done(db, &s->line, s->message);
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
	note_failure(s->w, s->line.bucket, now, code, message);
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
		settle(s, OUTCOME_DONE, 0, (struct str){0}, arena_printf(&s->arena, "answered with status %d", d->status));
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

void webhook_begin(struct webhooks *w, const struct found *f)
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
