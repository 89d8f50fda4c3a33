/* ListObjects in both its versions: one walk (page.h), two documents. */
#include "web/s3/s3.h"

#include "base/clock.h"
#include "base/err.h"
#include "storage/bucket.h"
#include "web/s3/acl.h"
#include "web/s3/checksum.h"
#include "web/s3/encoding.h"
#include "web/s3/page.h"

struct list {				/* in s->state */
	struct s3 *s;
	bool v2, url, owner;
	struct str marker, start_after, token;	/* as sent */
	struct page page;
	struct buf contents, commons, out;
	struct xml x_contents, x_commons;
};

static void on_key(void *owner, const struct object *o)
{
	struct list *l = owner;
	struct xml *x = &l->x_contents;
	char when[CLOCK_TEXT_MAX];

	xml_open(x, "Contents", NULL);
	encoded_text(x, "Key", o->key, l->url);
	xml_cstr(x, "LastModified", clock_iso_ms(when, o->mtime_ms / 1000 * 1000));
	xml_text(x, "ETag", s3_quoted(l->s, o->etag));
	if (o->sum.type != SUM_NONE) {
		xml_cstr(x, "ChecksumAlgorithm", checksum_algorithm(o->sum.kind));
		xml_cstr(x, "ChecksumType", checksum_type(o->sum.type));
	}
	xml_int(x, "Size", o->size);
	xml_cstr(x, "StorageClass", "STANDARD");
	if (l->owner)
		owner_write(l->s, x, "Owner");
	xml_close(x);
}

static void on_common(void *owner, struct str prefix)
{
	struct list *l = owner;
	struct xml *x = &l->x_commons;

	xml_open(x, "CommonPrefixes", NULL);
	encoded_text(x, "Prefix", prefix, l->url);
	xml_close(x);
}

static void write_v1(struct list *l, struct xml *x)
{
	const struct page *p = &l->page;

	encoded_text(x, "Marker", l->marker, l->url);
	if (p->truncated && p->delimiter.n > 0)
		encoded_text(x, "NextMarker", p->last, l->url);
}

static void write_v2(struct list *l, struct xml *x)
{
	const struct page *p = &l->page;

	if (str_is_set(l->token))
		xml_text(x, "ContinuationToken", l->token);
	if (str_is_set(l->start_after))
		encoded_text(x, "StartAfter", l->start_after, l->url);
	xml_int(x, "KeyCount", p->keys + p->prefixes);
	if (p->truncated)
		xml_text(x, "NextContinuationToken", page_token(&l->s->arena, p->last));
}

static void write_result(struct list *l)
{
	const struct page *p = &l->page;
	struct xml x = xml_into(&l->out, XML_PROLOG);

	xml_open(&x, "ListBucketResult", S3_XMLNS);
	xml_text(&x, "Name", l->s->bucket);
	encoded_text(&x, "Prefix", p->prefix, l->url);
	if (p->delimiter.n > 0)
		encoded_text(&x, "Delimiter", p->delimiter, l->url);
	xml_int(&x, "MaxKeys", p->max);
	if (l->url)
		xml_cstr(&x, "EncodingType", "url");
	xml_bool(&x, "IsTruncated", p->truncated);
	if (l->v2)
		write_v2(l, &x);
	else
		write_v1(l, &x);
	buf_add(&l->out, l->contents.data ? l->contents.data : "", l->contents.len);
	buf_add(&l->out, l->commons.data ? l->commons.data : "", l->commons.len);
	xml_close(&x);
}

static int walk(struct s3 *s, struct db *db)
{
	struct list *l = s->state;
	int64_t bucket;
	int rc;

	l->x_contents = xml_into(&l->contents, XML_BARE);
	l->x_commons = xml_into(&l->commons, XML_BARE);
	if ((rc = bucket_find(db, s->bucket, &bucket, NULL)) < 0 || (rc = page_walk(&l->page, db, bucket)) < 0)
		return s3_refuse_rc(s, rc);
	write_result(l);
	return 0;
}

static void on_walked(struct s3 *s, int rc)
{
	struct list *l = s->state;

	if (rc < 0) {
		s3_answer_fault(s);
		return;
	}
	s3_answer_xml(s, 200, &l->out);
}

static int ask_position(struct s3 *s, struct list *l)
{
	l->marker = params_get(&s->params, "marker");
	if (!l->v2) {
		l->page.after = l->marker.n ? l->marker : (struct str){ 0 };
		return 0;
	}
	l->start_after = params_get(&s->params, "start-after");
	l->token = params_get(&s->params, "continuation-token");
	l->page.after = l->start_after.n ? l->start_after : (struct str){ 0 };
	if (!str_is_set(l->token) || page_token_read(&s->arena, l->token, &l->page.after) == 0)
		return 0;
	return s3_refuse(s, S3_INVALID_ARGUMENT, "The continuation token provided is incorrect",
			 S3_WITH({ "ArgumentName", STR("continuation-token") }));
}

static int ask(struct s3 *s, struct list *l)
{
	int rc;

	l->s = s;
	l->v2 = str_eq(params_get(&s->params, "list-type"), STR("2"));
	l->owner = !l->v2 || str_eq(params_get(&s->params, "fetch-owner"), STR("true"));
	l->page = (struct page){ .prefix = params_get(&s->params, "prefix"), .delimiter = params_get(&s->params, "delimiter"),
		.key = on_key, .common = on_common, .owner = l, .arena = &s->arena };
	if ((rc = encoding_asked(s, &l->url)) < 0 || (rc = max_asked(s, "max-keys", &l->page.max)) < 0)
		return rc;
	if (l->page.prefix.n > OBJECT_KEY_MAX || l->page.delimiter.n > OBJECT_KEY_MAX)
		return s3_refuse(s, S3_KEY_TOO_LONG, NULL, NULL);
	return ask_position(s, l);
}

static void release(struct s3 *s)
{
	struct list *l = s->state;

	buf_clear(&l->contents);
	buf_clear(&l->commons);
	buf_clear(&l->out);
}

void list_objects(struct s3 *s)
{
	struct list *l = arena_take(&s->arena, sizeof *l);

	s->state = l;
	s->release = release;
	if (ask(s, l) < 0)
		s3_answer_fault(s);
	else
		s3_run(s, walk, on_walked);
}
