#include "web/s3/document.h"

#include "base/check.h"
#include "base/err.h"
#include "pipeline/shelf.h"
#include "storage/bucket.h"

struct document {			/* in s->state */
	struct change change;
	struct s3 *s;
	enum record_kind kind;
	struct str body;		/* put; absent: deleted */
	int status;
	void (*answer)(struct s3 *s, const struct json_value *v);
	struct str text;
	struct json_value *found;
};

static struct document *begin(struct s3 *s, enum record_kind kind)
{
	struct document *d = arena_take(&s->arena, sizeof *d);

	d->s = s;
	d->kind = kind;
	s->state = d;
	return d;
}

static int read_document(struct s3 *s, struct db *db)
{
	struct document *d = s->state;
	int64_t bucket;
	int rc = bucket_find(db, s->bucket, &bucket, NULL);

	if (rc == 0 && (rc = record_get(db, d->kind, bucket, STR(""), &s->arena, &d->text)) == E_NOT_FOUND)
		return 0;
	if (rc == 0)
		rc = json_parse(&s->arena, d->text, &d->found);
	return rc < 0 ? s3_refuse_rc(s, rc) : 0;
}

static void on_read(struct s3 *s, int rc)
{
	struct document *d = s->state;

	if (rc < 0)
		s3_answer_fault(s);
	else
		d->answer(s, d->found);
}

void document_get(struct s3 *s, enum record_kind kind, void (*answer)(struct s3 *s, const struct json_value *v))
{
	begin(s, kind)->answer = answer;
	s3_run(s, read_document, on_read);
}

struct str document_text(const struct s3 *s)
{
	return ((const struct document *)s->state)->text;
}

static int apply(struct change *c, struct db *db)
{
	struct document *d = container_of(c, struct document, change);
	int64_t bucket;
	int rc = bucket_find(db, d->s->bucket, &bucket, NULL);

	if (rc < 0)
		return rc;
	if (str_is_set(d->body))
		return record_put(db, d->kind, bucket, STR(""), d->body);
	rc = record_delete(db, d->kind, bucket, STR(""));
	return rc == E_NOT_FOUND ? 0 : rc;
}

static void on_changed(struct s3 *s, int rc)
{
	struct document *d = s->state;

	if (rc < 0) {
		s3_refuse_rc(s, rc);
		s3_answer_fault(s);
	} else {
		s3_answer_empty(s, d->status);
	}
}

static void change(struct document *d)
{
	d->change.apply = apply;
	d->change.always = !str_is_set(d->body);
	d->s->reshelve = true;
	s3_commit(d->s, &d->change, on_changed);
}

void document_put(struct s3 *s, enum record_kind kind, struct str json, int status)
{
	struct document *d = begin(s, kind);

	d->body = json;
	d->status = status;
	if (json.n > RECORD_BODY_MAX || !shelf_has_room(s->m->shelf, json.n)) {
		s3_refuse(s, S3_INVALID_REQUEST, json.n > RECORD_BODY_MAX ? "The document is too large" :
			  "The documents of all buckets together are too large", NULL);
		s3_answer_fault(s);
		return;
	}
	change(d);
}

void document_delete(struct s3 *s, enum record_kind kind)
{
	struct document *d = begin(s, kind);

	d->status = 204;
	change(d);
}

void document_answer_rules(struct s3 *s, const struct json_value *v, const char *root, void (*write_rule)(struct xml *x, const struct json_value *rule),
			   enum s3_code none)
{
	const struct json_value *rules = json_get(v, "Rules");
	struct buf b = { 0 };
	struct xml x;

	if (!v) {
		s3_refuse(s, none, NULL, S3_WITH({ "BucketName", s->bucket }));
		s3_answer_fault(s);
		return;
	}
	x = xml_into(&b, XML_PROLOG);
	xml_open(&x, root, S3_XMLNS);
	for (const struct json_value *r = rules ? rules->first : NULL; r; r = r->next)
		write_rule(&x, r);
	xml_close(&x);
	s3_answer_xml(s, 200, &b);
}
