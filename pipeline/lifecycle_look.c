/* What lifecycle rules have to end: looked for a page at a time, on a lane. */
#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "pipeline/lifecycle_parts.h"
#include "storage/record.h"
#include "storage/version.h"

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

int lifecycle_look(struct work *w, struct db *reader)
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
