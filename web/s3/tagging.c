/* ?tagging of objects, in any version, and of buckets. */
#include "web/s3/tag_set.h"

#include "base/check.h"
#include "base/err.h"
#include "storage/bucket.h"
#include "web/s3/body.h"
#include "web/s3/document.h"
#include "web/s3/version.h"

struct tagged {				/* in s->state */
	struct change change;
	struct s3 *s;
	struct str tags;
	struct version of;
};

/* A marker has no tags, whether it was asked for by its id or is what the key has now. */
static int refuse(struct s3 *s, int rc, const struct version *of, bool bucket_missing)
{
	if (rc == E_NOT_FOUND && of->marker)
		return version_refuse_marker(s, of);
	if (rc == E_NOT_FOUND && !bucket_missing)
		return version_refuse_missing(s, version_asked(s));
	return s3_refuse_rc(s, rc);
}

static int look(struct s3 *s, struct db *db)
{
	struct tagged *t = s->state;
	bool bucket_missing;
	int rc = tags_get(db, s->bucket, s->key, version_asked(s), &s->arena, &t->tags, &t->of, &bucket_missing);

	return rc < 0 ? refuse(s, rc, &t->of, bucket_missing) : 0;
}

static void on_looked(struct s3 *s, int rc)
{
	struct tagged *t = s->state;
	struct json_value *tree = NULL;
	struct buf body = { 0 };
	struct http_request *r;

	if (rc < 0) {
		s3_answer_fault(s);
		return;
	}
	if (str_is_set(t->tags))
		(void)json_parse(&s->arena, t->tags, &tree);
	tag_set_write(&body, tree);
	r = s3_answer_begin(s, 200);
	version_header(s, &t->of.o);
	http_header(r, "Content-Type", STR("application/xml"));
	http_reply_buf(r, &body);
}

void object_tags(struct s3 *s)
{
	s->state = arena_take(&s->arena, sizeof(struct tagged));
	s3_run(s, look, on_looked);
}

static int apply(struct change *c, struct db *db)
{
	struct tagged *t = container_of(c, struct tagged, change);
	struct s3 *s = t->s;
	bool missing;
	int64_t bucket;
	int rc = bucket_find(db, s->bucket, &bucket, NULL);

	missing = rc == E_NOT_FOUND;
	if (rc == 0)
		rc = tags_set(db, s->m->store, bucket, s->key, version_asked(s), t->tags, &s->actor, &t->of);
	return rc < 0 ? refuse(s, rc, &t->of, missing) : 0;
}

static void on_set(struct s3 *s, int rc)
{
	struct tagged *t = s->state;
	struct http_request *r;

	if (rc < 0) {
		if (s->fault.code == S3_FINE)
			s3_refuse_rc(s, rc);
		s3_answer_fault(s);
		return;
	}
	r = s3_answer_begin(s, str_is_set(t->tags) ? 200 : 204);
	version_header(s, &t->of.o);
	http_reply(r, (struct str){ 0 });
}

static void set(struct s3 *s, struct tagged *t)
{
	t->s = s;
	t->change.apply = apply;
	t->change.always = !str_is_set(t->tags);
	s->state = t;
	s3_commit(s, &t->change, on_set);
}

void object_tags_put(struct s3 *s)
{
	struct tagged *t = arena_take(&s->arena, sizeof *t);

	if (tag_set_read(s, body_text(s->body), false, &t->tags) < 0)
		s3_answer_fault(s);
	else
		set(s, t);
}

void object_tags_remove(struct s3 *s)
{
	set(s, arena_take(&s->arena, sizeof(struct tagged)));
}

/* Of a bucket. */

static void answer_bucket(struct s3 *s, const struct json_value *tags)
{
	struct buf body = { 0 };

	if (!tags) {
		s3_refuse(s, S3_NO_TAGS, NULL, S3_WITH({ "BucketName", s->bucket }));
		s3_answer_fault(s);
		return;
	}
	tag_set_write(&body, tags);
	s3_answer_xml(s, 200, &body);
}

void bucket_tags(struct s3 *s)
{
	document_get(s, RECORD_BUCKET_TAGS, answer_bucket);
}

void bucket_tags_put(struct s3 *s)
{
	struct str json;

	if (tag_set_read(s, body_text(s->body), true, &json) < 0)
		s3_answer_fault(s);
	else
		document_put(s, RECORD_BUCKET_TAGS, json, 204);
}

void bucket_tags_remove(struct s3 *s)
{
	document_delete(s, RECORD_BUCKET_TAGS);
}
