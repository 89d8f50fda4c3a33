/* Webhooks of buckets (pipeline/webhook.h): set, shown, removed, tried. Wishes are parameters of the query. A secret is told once, to who sets the
 * webhook, and never again. */
#include "pipeline/webhook.h"

#include <stdio.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/digest.h"
#include "base/err.h"
#include "pipeline/shelf.h"
#include "storage/bucket.h"
#include "web/api/local.h"

#define MISSING "There is no such bucket, or it has no webhook."
#define SECRET_BYTES 24

struct asking {				/* in l->state */
	struct local *l;
	struct change change;
	struct commit commit;
	void (*then)(struct asking *k, int rc);
	struct shelf_errand errand;
	struct str bucket;
	struct webhook hook;
	char secret[2 * SECRET_BYTES + 1];
	struct buf document;
	int64_t id;
	int count;
	struct webhook_trouble *troubles;
	int trouble_count;
	struct json j;
};

static void release(struct local *l)
{
	buf_clear(&((struct asking *)l->state)->document);
}

static struct asking *begin(struct local *l)
{
	struct asking *k = arena_take(&l->arena, sizeof *k);

	k->l = l;
	k->bucket = params_get(&l->params, "bucket");
	l->state = k;
	l->release = release;
	return k;
}

static bool needs_bucket(struct local *l)
{
	if (((struct asking *)l->state)->bucket.n > 0)
		return true;
	local_refuse(l, 400, "InvalidRequest", "Say which bucket: ?bucket=NAME.");
	return false;
}

/* -- what is there -- */

static void write_hook(struct json *j, const struct webhook *w)
{
	json_str(j, "url", w->url);
	json_open(j, "events", '[');
	for (enum outbox_what i = OUTBOX_READY; i <= OUTBOX_FAILED; i++)
		if (w->told[i])
			json_cstr(j, NULL, outbox_word(i));
	json_close(j);
}

static void write_trouble(struct asking *k, int64_t bucket)
{
	char when[CLOCK_TEXT_MAX];

	for (int i = 0; i < k->trouble_count; i++) {
		const struct webhook_trouble *t = &k->troubles[i];

		if (t->bucket != bucket)
			continue;
		json_open(&k->j, "trouble", '{');
		json_int(&k->j, "failures", t->failures);
		json_cstr(&k->j, "again_at", clock_iso_ms(when, t->until_ms));
		json_cstr(&k->j, "code", t->code);
		json_cstr(&k->j, "message", t->message);
		json_close(&k->j);
	}
}

struct walk {
	struct asking *k;
	struct db *db;
	int rc;
};

static int write_bucket(struct walk *w, int64_t id, struct str name)
{
	struct asking *k = w->k;
	struct json_value *document;
	struct webhook hook;
	struct str body;
	int rc = record_get(w->db, RECORD_BUCKET_WEBHOOK, id, STR(""), &k->l->arena, &body);

	if (rc == E_NOT_FOUND)
		return 0;
	if (rc < 0 || (rc = json_parse(&k->l->arena, body, &document)) < 0)
		return rc;
	if (!webhook_read(document, &hook))
		return 0;
	json_open(&k->j, NULL, '{');
	json_str(&k->j, "bucket", name);
	write_hook(&k->j, &hook);
	write_trouble(k, id);
	json_close(&k->j);
	k->count++;
	return 0;
}

static int each_bucket(void *owner, int64_t id, struct str name, int64_t created_ms)
{
	struct walk *w = owner;

	(void)created_ms;
	return w->rc = write_bucket(w, id, name);
}

static int write_counts(struct asking *k, struct db *db)
{
	struct outbox_counts c;
	char when[CLOCK_TEXT_MAX];
	int rc = outbox_count(db, &c);

	json_int(&k->j, "waiting", c.waiting);
	json_int(&k->j, "dead", c.dead);
	json_int(&k->j, "waiting_max", k->l->m->settings.webhook_waiting_max);
	if (c.oldest_first_ms > 0)
		json_cstr(&k->j, "oldest_waiting", clock_iso_ms(when, c.oldest_first_ms));
	return rc;
}

static int gather(struct local *l, struct db *db)
{
	struct asking *k = l->state;
	struct walk w = { .k = k, .db = db };
	int64_t id;
	int rc = 0;

	k->j = json_into(&l->out);
	json_open(&k->j, NULL, '{');
	json_open(&k->j, "webhooks", '[');
	if (k->bucket.n > 0)
		rc = bucket_find(db, k->bucket, &id, NULL) < 0 ? E_NOT_FOUND : write_bucket(&w, id, k->bucket);
	else if ((rc = bucket_list(db, (struct str){0}, (struct str){0}, BUCKETS_MAX, each_bucket, &w)) == 0)
		rc = w.rc;
	json_close(&k->j);
	if (rc == 0)
		rc = write_counts(k, db);
	json_close(&k->j);
	return rc < 0 ? rc : k->bucket.n > 0 && k->count == 0 ? E_NOT_FOUND : 0;
}

static void on_gathered(struct local *l, int rc)
{
	local_answer_rc(l, rc, MISSING);
}

void webhooks_serve(struct local *l)
{
	struct asking *k = begin(l);

	if (l->m->webhooks)
		k->trouble_count = webhooks_get_troubles(l->m->webhooks, &l->arena, &k->troubles);
	local_run(l, gather, on_gathered);
}

/* -- changes -- */

static void on_committed(struct commit *c)
{
	struct asking *k = container_of(c, struct asking, commit);

	k->then(k, c->change->rc);
}

/* `then` comes whether the client is still there or not: what follows from a change does not depend on it. */
static void commit(struct asking *k, const struct change *change, void (*then)(struct asking *k, int rc))
{
	local_hold(k->l);
	k->then = then;
	k->change = *change;
	k->commit = (struct commit){ .lanes = k->l->m->lanes, .change = &k->change, .done = on_committed };
	lanes_commit(k->l->m->lanes, &k->commit);
}

/* False: nobody is left to be answered, and k is gone. */
static bool is_heard(struct asking *k)
{
	bool heard = k->l->call != NULL;

	local_rest(k->l);
	return heard;
}

/* -- set and removed -- */

static int apply_set(struct change *c, struct db *db)
{
	struct asking *k = container_of(c, struct asking, change);
	int64_t id;
	int rc = bucket_find(db, k->bucket, &id, NULL);

	if (rc == 0 && k->document.len > 0)
		return record_put(db, RECORD_BUCKET_WEBHOOK, id, STR(""), str_n(k->document.data, k->document.len));
	return rc < 0 ? rc : record_delete(db, RECORD_BUCKET_WEBHOOK, id, STR(""));
}

static void on_shelved(struct shelf_errand *e, int rc)
{
	struct asking *k = container_of(e, struct asking, errand);
	struct local *l = k->l;

	if (!is_heard(k))
		return;
	if (rc < 0) {
		local_refuse_rc(l, rc, MISSING);
		return;
	}
	k->j = json_into(&l->out);
	json_open(&k->j, NULL, '{');
	json_str(&k->j, "bucket", k->bucket);
	if (k->document.len > 0) {
		write_hook(&k->j, &k->hook);
		json_str(&k->j, "secret", k->hook.secret);
	}
	json_close(&k->j);
	local_answer(l, 200, "application/json");
}

static void on_set(struct asking *k, int rc)
{
	k->errand = (struct shelf_errand){ .bucket = k->bucket, .then = on_shelved };
	if (rc == 0)
		shelf_changed(k->l->m->shelf, &k->errand);
	else if (is_heard(k))
		local_refuse_rc(k->l, rc, MISSING);
}

static bool read_events(struct asking *k, struct str list)
{
	struct str word;

	if (!str_is_set(list))
		list = STR("ready,failed");
	while (str_next(&list, ',', &word)) {
		bool known = false;

		for (enum outbox_what i = OUTBOX_READY; i <= OUTBOX_FAILED; i++)
			if (str_eq(str_trim(word), str_of(outbox_word(i))))
				k->hook.told[i] = known = true;
		if (!known)
			return false;
	}
	return k->hook.told[OUTBOX_READY] || k->hook.told[OUTBOX_FAILED];
}

static bool read_secret(struct asking *k, struct str secret)
{
	uint8_t raw[SECRET_BYTES];

	if (!str_is_set(secret)) {
		random_bytes(raw, sizeof raw);
		hex_encode(k->secret, raw, sizeof raw);
		secret = str_of(k->secret);
	}
	k->hook.secret = secret;
	return secret.n >= WEBHOOK_SECRET_MIN && secret.n <= WEBHOOK_SECRET_MAX && utf8_valid(secret);
}

void webhook_set_serve(struct local *l)
{
	struct asking *k = begin(l);
	char why[160] = "";
	bool by_name;

	if (!needs_bucket(l))
		return;
	k->hook.url = params_get(&l->params, "url");
	if (webhook_check(k->hook.url, str_of(l->m->settings.webhook_allow), why, &by_name) < 0)
		local_refuse(l, 400, "InvalidUrl", why);
	else if (!read_events(k, params_get(&l->params, "events")))
		local_refuse(l, 400, "InvalidRequest", "events are ready, failed, or both, separated by a comma.");
	else if (!read_secret(k, params_get(&l->params, "secret")))
		local_refuse(l, 400, "InvalidRequest", "A secret has 16 to 256 characters; without one it is made.");
	else if (!shelf_has_room(l->m->shelf, k->hook.url.n + WEBHOOK_SECRET_MAX))
		local_refuse(l, 409, "TooManyDocuments", "The documents of all buckets together are too large.");
	else {
		webhook_write(&k->document, &k->hook);
		commit(k, &(struct change){ .apply = apply_set }, on_set);
	}
}

void webhook_remove_serve(struct local *l)
{
	struct asking *k = begin(l);

	if (needs_bucket(l))
		commit(k, &(struct change){ .apply = apply_set, .always = true }, on_set);
}

/* -- tried -- */

static int apply_ping(struct change *c, struct db *db)
{
	struct asking *k = container_of(c, struct asking, change);
	struct outbox_line line = { .what = OUTBOX_PING };
	struct buf payload = {0};
	char when[CLOCK_TEXT_MAX];
	struct str unused;
	int64_t id;
	int rc = bucket_find(db, k->bucket, &id, NULL);

	if (rc == 0)
		rc = record_get(db, RECORD_BUCKET_WEBHOOK, id, STR(""), &k->l->arena, &unused);
	if (rc < 0)
		return rc;
	k->j = json_into(&payload);
	json_open(&k->j, NULL, '{');
	json_cstr(&k->j, "type", outbox_word(OUTBOX_PING));
	json_cstr(&k->j, "time", clock_iso_ms(when, clock_wall_ms()));
	json_str(&k->j, "bucket", k->bucket);
	json_close(&k->j);
	line.bucket = id;
	line.payload = str_n(payload.data, payload.len);
	rc = outbox_put(db, &line, k->l->m->settings.webhook_waiting_max);
	k->id = line.id;
	buf_clear(&payload);
	return rc;
}

static void on_pinged(struct asking *k, int rc)
{
	struct local *l = k->l;
	struct json j = json_into(&l->out);

	if (rc == 0)
		webhooks_wake(l->m->webhooks);
	if (!is_heard(k))
		return;
	if (rc < 0) {
		local_refuse_rc(l, rc, MISSING);
		return;
	}
	json_open(&j, NULL, '{');
	json_int(&j, "id", k->id);
	json_close(&j);
	local_answer(l, 202, "application/json");
}

void webhook_test_serve(struct local *l)
{
	struct asking *k = begin(l);

	if (needs_bucket(l))
		commit(k, &(struct change){ .apply = apply_ping }, on_pinged);
}
