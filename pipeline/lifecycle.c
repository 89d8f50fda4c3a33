#include "pipeline/lifecycle.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "pipeline/lifecycle_rule.h"
#include "storage/bucket.h"
#include "storage/record.h"
#include "storage/upload.h"
#include "storage/version.h"

#define FIRST_MS 1000			/* after the start */
#define PAUSE_MS 10			/* between two looks or changes */

enum stage { NEXT_BUCKET, VERSIONS, UPLOADS };

enum ending { END_OBJECT, END_VERSION, END_MARKER, END_UPLOAD, ENDINGS };

struct found {
	enum ending what;
	struct str key, upload;
	int64_t seq, born;
};

struct lifecycle {
	struct minilab *m;
	uv_timer_t timer;
	/* the place in the walk; the lane's while busy */
	enum stage stage;
	char bucket[BUCKET_NAME_MAX + 1];	/* at hand; "" before the first */
	int64_t id;
	char key[OBJECT_KEY_MAX];		/* of the last row that was looked at */
	size_t key_n;
	int64_t born;				/* of that row; 0: none yet */
	char upload[UPLOAD_ID_MAX];
	size_t upload_n;
	int64_t newer;				/* noncurrent versions of that key so far */
	/* one round */
	bool busy, over;			/* over: there is no other bucket */
	struct work work;
	struct commit commit;
	struct change change;
	struct arena arena;
	struct str document;			/* what `found` was found by */
	struct lifecycle_rules rules;
	int64_t now_ms;
	struct found found[LIFECYCLE_AT_ONCE];
	int found_count, looked;
	struct found lone;			/* a current marker, unless another version of its key follows */
	bool has_lone;
	int64_t ended[ENDINGS];			/* by the change */
	int64_t in_bucket;
	struct lifecycle_stats stats;
	void (*closed)(void *owner);
	void *owner;
};

static const struct str by = STR("s3.amazonaws.com");

static void begin_round(struct lifecycle *l);

/* -- look: on a lane -- */

static void find(struct lifecycle *l, struct found f)
{
	f.key = arena_str(&l->arena, f.key);
	f.upload = arena_str(&l->arena, f.upload);
	l->found[l->found_count++] = f;
}

static bool page_is_full(const struct lifecycle *l)
{
	return l->looked >= LIFECYCLE_LOOK || l->found_count == LIFECYCLE_AT_ONCE;
}

static void stand_at(struct lifecycle *l, struct str key)
{
	memcpy(l->key, key.p, key.n);
	l->key_n = key.n;
	l->looked++;
}

/* A marker that hides something stays: what it hides goes first. */
static void settle_lone(struct lifecycle *l, struct str next)
{
	if (l->has_lone && !str_eq(l->lone.key, next))
		find(l, l->lone);
	l->has_lone = false;
}

static int thing_of(struct lifecycle *l, const struct version *v, struct arena *a, struct lifecycle_thing *t)
{
	struct json_value *tags = NULL;
	int rc = 0;

	if (l->rules.tags && str_is_set(v->o.tags))
		rc = json_parse(a, v->o.tags, &tags);
	*t = (struct lifecycle_thing){ v->o.key, v->o.size, tags, v->since_ms ? v->since_ms : v->o.mtime_ms, l->newer };
	return rc;
}

/* What S3 calls noncurrent is any version but the newest, markers included; only those with bytes count as kept ones. */
static int look_at(struct lifecycle *l, const struct version *v)
{
	struct found f = { .key = v->o.key, .seq = v->o.seq, .born = v->o.born };
	struct lifecycle_thing t;
	struct arena a = {0};
	int rc = thing_of(l, v, &a, &t);

	if (rc < 0)
		goto out;
	if (v->current && v->marker) {
		f.what = END_MARKER;
		f.key = arena_str(&l->arena, f.key);
		l->has_lone = lifecycle_ends_marker(&l->rules, &t, l->now_ms);
		l->lone = f;
	} else if (v->current) {
		f.what = END_OBJECT;
		if (lifecycle_ends_object(&l->rules, &t, l->now_ms))
			find(l, f);
	} else {
		f.what = v->marker ? END_MARKER : END_VERSION;
		if (lifecycle_ends_noncurrent(&l->rules, &t, l->now_ms))
			find(l, f);
		l->newer += !v->marker;
	}
out:
	arena_clear(&a);
	return rc;
}

static int on_version(void *owner, const struct version *v, struct str *skip_to)
{
	struct lifecycle *l = owner;

	(void)skip_to;
	settle_lone(l, v->o.key);
	if (page_is_full(l))
		return 1;
	if (!str_eq(v->o.key, str_n(l->key, l->key_n)))
		l->newer = 0;
	stand_at(l, v->o.key);
	l->born = v->o.born;
	return look_at(l, v);
}

static int look_at_versions(struct lifecycle *l, struct db *reader)
{
	struct str at = l->born ? str_n(l->key, l->key_n) : (struct str){0};
	int rc = version_list(reader, l->id, l->rules.prefix, at, l->born, on_version, l);

	settle_lone(l, (struct str){0});
	if (rc == 0 && !page_is_full(l)) {
		l->stage = UPLOADS;
		l->key_n = l->upload_n = 0;
	}
	return rc;
}

static int on_upload(void *owner, const struct upload *u)
{
	struct lifecycle *l = owner;
	struct lifecycle_thing t = { .key = u->key, .from_ms = u->created_ms };

	if (page_is_full(l))
		return 1;
	stand_at(l, u->key);
	CHECK(u->id.n <= sizeof l->upload);
	memcpy(l->upload, u->id.p, u->id.n);
	l->upload_n = u->id.n;
	if (lifecycle_ends_upload(&l->rules, &t, l->now_ms))
		find(l, (struct found){ .what = END_UPLOAD, .key = u->key, .upload = u->id });
	return 0;
}

static int look_at_uploads(struct lifecycle *l, struct db *reader)
{
	struct str key = l->upload_n ? str_n(l->key, l->key_n) : (struct str){0};
	struct str id = l->upload_n ? str_n(l->upload, l->upload_n) : (struct str){0};
	int rc = upload_list(reader, l->id, l->rules.prefix, key, id, LIFECYCLE_LOOK, on_upload, l);

	if (rc >= 0 && !page_is_full(l))
		l->stage = NEXT_BUCKET;
	return rc < 0 ? rc : 0;
}

struct choosing {
	struct lifecycle *l;
	struct db *reader;
};

static int choose(void *owner, int64_t id, struct str name, int64_t created_ms)
{
	struct choosing *c = owner;
	struct lifecycle *l = c->l;
	struct arena a = {0};
	struct str body;
	int rc = record_get(c->reader, RECORD_BUCKET_LIFECYCLE, id, STR(""), &a, &body);

	(void)created_ms;
	arena_clear(&a);
	if (rc < 0)
		return rc == E_NOT_FOUND ? 0 : rc;
	memcpy(l->bucket, name.p, name.n);
	l->bucket[name.n] = '\0';
	l->id = id;
	l->stage = VERSIONS;
	l->born = l->newer = l->in_bucket = 0;
	l->key_n = 0;
	return 1;
}

static int look_at_buckets(struct lifecycle *l, struct db *reader)
{
	struct choosing c = { l, reader };
	int rc = bucket_list(reader, str_of(l->bucket), (struct str){0}, BUCKETS_MAX, choose, &c);

	l->over = rc >= 0 && l->stage == NEXT_BUCKET;
	return rc < 0 ? rc : 0;
}

/* The rules as they are now: of a bucket that is gone, or has none any more, nothing more is looked at. */
static int read_rules(struct lifecycle *l, struct db *reader)
{
	struct json_value *v;
	int rc = record_get(reader, RECORD_BUCKET_LIFECYCLE, l->id, STR(""), &l->arena, &l->document);

	if (rc == 0 && (rc = json_parse(&l->arena, l->document, &v)) == 0)
		rc = lifecycle_read(&l->arena, v, l->m->settings.lifecycle_day_s * 1000, &l->rules);
	if (rc == E_NOT_FOUND || (rc == 0 && l->rules.count == 0))
		l->stage = NEXT_BUCKET;
	return rc == E_NOT_FOUND ? 0 : rc;
}

static int look(struct work *w, struct db *reader)
{
	struct lifecycle *l = container_of(w, struct lifecycle, work);
	int rc;

	l->found_count = l->looked = 0;
	l->has_lone = false;
	if (l->stage == NEXT_BUCKET)
		return look_at_buckets(l, reader);
	if ((rc = read_rules(l, reader)) < 0 || l->stage == NEXT_BUCKET)
		return rc;
	l->now_ms = clock_wall_ms();
	return l->stage == VERSIONS ? look_at_versions(l, reader) : look_at_uploads(l, reader);
}

/* -- end: one change -- */

static int end_one(struct lifecycle *l, struct db *db, const struct found *f)
{
	struct actor who = { .principal = by, .source_ip = by };
	int rc;

	switch (f->what) {
	case END_OBJECT:
		return object_expire(db, l->m->store, l->id, f->key, f->seq, &who);
	case END_VERSION:
	case END_MARKER:
		return version_expire(db, l->m->store, l->id, f->key, f->born, &who);
	case END_UPLOAD:
		rc = upload_abort(db, str_of(l->bucket), f->key, f->upload);
		return rc == 0 ? 1 : rc == E_NOT_FOUND ? 0 : rc;
	case ENDINGS:
		break;
	}
	UNREACHABLE();
}

static int apply(struct change *c, struct db *db)
{
	struct lifecycle *l = container_of(c, struct lifecycle, change);
	struct arena a = {0};
	struct str now;
	int rc = record_get(db, RECORD_BUCKET_LIFECYCLE, l->id, STR(""), &a, &now);
	bool same = rc == 0 && str_eq(now, l->document);

	memset(l->ended, 0, sizeof l->ended);
	arena_clear(&a);
	if (!same)
		return rc == E_NOT_FOUND ? 0 : rc;
	for (int i = 0; i < l->found_count; i++) {
		if ((rc = end_one(l, db, &l->found[i])) < 0)
			return rc;
		l->ended[l->found[i].what] += rc;
	}
	return 0;
}

/* -- rounds -- */

static void on_timer_closed(uv_handle_t *h)
{
	struct lifecycle *l = h->data;

	l->closed(l->owner);
	free(l);
}

static void on_time(uv_timer_t *t)
{
	begin_round(t->data);
}

static void end_round(struct lifecycle *l, int rc)
{
	int64_t ms = PAUSE_MS;

	if (rc < 0) {
		log_error(rc, "lifecycle=failed bucket=%s", log_quote(str_of(l->bucket)));
		l->over = l->stage == NEXT_BUCKET;
		l->stage = NEXT_BUCKET;
	}
	if (l->stage == NEXT_BUCKET && l->in_bucket > 0) {
		log_info("lifecycle=done bucket=%s ended=%lld", log_quote(str_of(l->bucket)), (long long)l->in_bucket);
		l->in_bucket = 0;
	}
	if (l->over) {
		l->over = false;
		l->bucket[0] = '\0';
		ms = l->m->settings.lifecycle_interval_s * 1000;
	}
	arena_clear(&l->arena);
	l->busy = false;
	if (l->closed)
		uv_close((uv_handle_t *)&l->timer, on_timer_closed);
	else
		uv_timer_start(&l->timer, on_time, (uint64_t)ms, 0);
}

static void on_ended(struct commit *c)
{
	struct lifecycle *l = container_of(c, struct lifecycle, commit);
	int64_t all = 0;

	if (c->change->rc == 0) {
		for (int i = 0; i < ENDINGS; i++)
			all += l->ended[i];
		l->stats.objects += l->ended[END_OBJECT];
		l->stats.versions += l->ended[END_VERSION];
		l->stats.markers += l->ended[END_MARKER];
		l->stats.uploads += l->ended[END_UPLOAD];
		l->in_bucket += all;
	}
	if (all > 0 && !l->closed)
		minilab_wake(l->m);
	end_round(l, c->change->rc);
}

static void on_looked(struct work *w)
{
	struct lifecycle *l = container_of(w, struct lifecycle, work);

	if (w->rc < 0 || l->found_count == 0 || l->closed) {
		end_round(l, w->rc);
		return;
	}
	l->change = (struct change){ .apply = apply, .always = true };
	l->commit = (struct commit){ .change = &l->change, .done = on_ended };
	lanes_commit(l->m->lanes, &l->commit);
}

static void begin_round(struct lifecycle *l)
{
	CHECK(!l->busy);
	l->busy = true;
	l->work = (struct work){ .run = look, .done = on_looked };
	lanes_run(l->m->lanes, &l->work);
}

void lifecycle_open(struct lifecycle **out, struct minilab *m)
{
	struct lifecycle *l = calloc(1, sizeof *l);

	CHECK(l != NULL);
	l->m = m;
	CHECK(uv_timer_init(m->loop, &l->timer) == 0);
	l->timer.data = l;
	uv_timer_start(&l->timer, on_time, FIRST_MS, 0);
	*out = l;
}

const struct lifecycle_stats *lifecycle_stats(const struct lifecycle *l)
{
	return &l->stats;
}

void lifecycle_close(struct lifecycle *l, void (*closed)(void *owner), void *owner)
{
	l->closed = closed;
	l->owner = owner;
	uv_timer_stop(&l->timer);
	if (!l->busy)
		uv_close((uv_handle_t *)&l->timer, on_timer_closed);
}
