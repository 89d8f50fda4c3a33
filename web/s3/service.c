/* The list of buckets. */
#include "web/s3/acl.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "storage/bucket.h"

struct listing {			/* in s->state */
	struct s3 *s;
	struct str after, prefix;
	int64_t max;
	int count;
	bool more;
	struct buf out;
	struct xml x;
	struct str last;
};

static int add(void *owner, int64_t id, struct str name, int64_t created_ms)
{
	struct listing *l = owner;
	char when[CLOCK_TEXT_MAX];

	(void)id;
	if (l->count == l->max) {
		l->more = true;
		return 1;
	}
	l->count++;
	l->last = arena_str(&l->s->arena, name);
	xml_open(&l->x, "Bucket", NULL);
	xml_text(&l->x, "Name", name);
	xml_cstr(&l->x, "CreationDate", clock_iso_ms(when, created_ms / 1000 * 1000));
	if (str_is_set(params_get(&l->s->params, "max-buckets")))
		xml_cstr(&l->x, "BucketRegion", l->s->m->settings.region);
	xml_close(&l->x);
	return 0;
}

static int list(struct s3 *s, struct db *db)
{
	struct listing *l = s->state;
	int rc = 0;

	l->x = xml_into(&l->out, XML_PROLOG);
	xml_open(&l->x, "ListAllMyBucketsResult", S3_XMLNS);
	owner_write(s, &l->x, "Owner");
	xml_open(&l->x, "Buckets", NULL);
	if (l->max > 0)
		rc = bucket_list(db, l->after, l->prefix, (int)l->max + 1, add, l);
	xml_close(&l->x);
	if (l->more)
		xml_text(&l->x, "ContinuationToken", l->last);
	if (str_is_set(l->prefix))
		xml_text(&l->x, "Prefix", l->prefix);
	xml_close(&l->x);
	return rc < 0 ? s3_refuse_rc(s, rc) : 0;
}

static void on_listed(struct s3 *s, int rc)
{
	struct listing *l = s->state;

	if (rc < 0)
		s3_answer_fault(s);
	else
		s3_answer_xml(s, 200, &l->out);
}

static void release(struct s3 *s)
{
	buf_clear(&((struct listing *)s->state)->out);
}

void service_list(struct s3 *s)
{
	struct listing *l = arena_take(&s->arena, sizeof *l);
	struct str max = params_get(&s->params, "max-buckets"), region = params_get(&s->params, "bucket-region");

	l->s = s;
	l->max = BUCKETS_MAX;
	l->after = params_get(&s->params, "continuation-token");
	l->prefix = params_get(&s->params, "prefix");
	s->state = l;
	s->release = release;
	if (str_is_set(max) && str_to_int(max, 1, BUCKETS_MAX, &l->max) < 0) {
		s3_refuse(s, S3_INVALID_ARGUMENT, "Argument max-buckets must be an integer between 1 and 10000",
			  S3_WITH({ "ArgumentName", STR("max-buckets") }, { "ArgumentValue", max }));
		s3_answer_fault(s);
		return;
	}
	if (region.n && !str_eq(region, str_of(s->m->settings.region)))
		l->max = 0;	/* all buckets are in the one region */
	s3_run(s, list, on_listed);
}
