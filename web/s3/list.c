/* ListObjects in both its versions: one walk (page.h), two documents. */
#include "web/s3/listing.h"

#include "base/clock.h"
#include "base/err.h"
#include "web/s3/acl.h"
#include "web/s3/page.h"

struct list {				/* in s->state */
	struct listing listing;
	bool v2, owner;
	struct str marker, start_after, token;	/* as sent */
	struct page page;
};

static void on_key(void *owner, const struct object *o)
{
	struct list *l = owner;
	struct s3 *s = l->listing.s;
	struct xml *x = &l->listing.x;
	char when[CLOCK_TEXT_MAX];

	xml_open(x, "Contents", NULL);
	listing_text(&l->listing, x, "Key", o->key);
	xml_cstr(x, "LastModified", clock_iso_ms(when, o->mtime_ms / 1000 * 1000));
	xml_text(x, "ETag", s3_quoted(s, o->etag));
	listing_sum(x, &o->sum);
	xml_int(x, "Size", o->size);
	xml_cstr(x, "StorageClass", "STANDARD");
	if (l->owner)
		owner_write(s, x, "Owner");
	xml_close(x);
}

static void on_common(void *owner, struct str prefix)
{
	struct list *l = owner;

	listing_common(&l->listing, prefix);
}

static void write_v1(struct list *l, struct xml *x)
{
	const struct page *p = &l->page;

	listing_text(&l->listing, x, "Marker", l->marker);
	if (p->truncated && p->delimiter.n > 0)
		listing_text(&l->listing, x, "NextMarker", p->last);
}

static void write_v2(struct list *l, struct xml *x)
{
	const struct page *p = &l->page;

	if (str_is_set(l->token))
		xml_text(x, "ContinuationToken", l->token);
	if (str_is_set(l->start_after))
		listing_text(&l->listing, x, "StartAfter", l->start_after);
	xml_int(x, "KeyCount", p->keys + p->prefixes);
	if (p->truncated)
		xml_text(x, "NextContinuationToken", page_token(&l->listing.s->arena, p->last));
}

static void write_result(struct list *l)
{
	const struct page *p = &l->page;
	struct xml x = listing_document(&l->listing, "ListBucketResult");

	xml_text(&x, "Name", l->listing.s->bucket);
	listing_text(&l->listing, &x, "Prefix", p->prefix);
	xml_int(&x, "MaxKeys", p->max);
	listing_asked(&l->listing, &x);
	xml_bool(&x, "IsTruncated", p->truncated);
	if (l->v2)
		write_v2(l, &x);
	else
		write_v1(l, &x);
	listing_end(&l->listing, &x);
}

static int walk(struct s3 *s, struct db *db)
{
	struct list *l = s->state;
	int64_t bucket;
	int rc;

	listing_begin(&l->listing);
	if ((rc = listing_bucket(&l->listing, db, &bucket)) < 0)
		return rc;
	if ((rc = page_walk(&l->page, db, bucket)) < 0)
		return s3_refuse_rc(s, rc);
	write_result(l);
	return 0;
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
	int rc = listing_open_keys(&l->listing, s, "max-keys");

	if (rc < 0)
		return rc;
	l->v2 = str_eq(params_get(&s->params, "list-type"), STR("2"));
	l->owner = !l->v2 || str_eq(params_get(&s->params, "fetch-owner"), STR("true"));
	l->page = (struct page){ .prefix = l->listing.prefix, .delimiter = l->listing.delimiter, .max = l->listing.max,
		.key = on_key, .common = on_common, .owner = l, .arena = &s->arena };
	if (l->listing.asked == 0)
		l->listing.asked = ask_position(s, l);
	return 0;
}

void list_objects(struct s3 *s)
{
	struct list *l = arena_take(&s->arena, sizeof *l);

	if (ask(s, l) < 0)
		s3_answer_fault(s);
	else
		s3_run(s, walk, listing_answer);
}
