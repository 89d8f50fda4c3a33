/* The list of buckets. */
#include "web/s3/acl.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "storage/bucket.h"
#include "web/s3/listing.h"
#include "web/s3/page.h"
#include "web/s3/region.h"

struct buckets {			/* in s->state */
	struct s3 *s;
	struct str after, prefix;
	int max, count;
	bool paged;			/* any parameter was sent: buckets are told with their region then */
	bool more;
	struct buf out;
	struct xml x;
	struct str last;
};

static int add(void *owner, int64_t id, struct str name, int64_t created_ms)
{
	struct buckets *l = owner;
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
	if (l->paged)
		xml_cstr(&l->x, "BucketRegion", l->s->m->settings.region);
	xml_close(&l->x);
	return 0;
}

static int list(struct s3 *s, struct db *db)
{
	struct buckets *l = s->state;
	int rc = 0;

	l->x = xml_into(&l->out, XML_PROLOG);
	xml_open(&l->x, "ListAllMyBucketsResult", S3_XMLNS);
	owner_write(s, &l->x, "Owner");
	xml_open(&l->x, "Buckets", NULL);
	if (l->max > 0)
		rc = bucket_list(db, l->after, l->prefix, l->max + 1, add, l);
	xml_close(&l->x);
	if (l->more)
		xml_text(&l->x, "ContinuationToken", page_token(&s->arena, l->last));
	if (l->prefix.n > 0)
		xml_text(&l->x, "Prefix", l->prefix);
	xml_close(&l->x);
	return rc < 0 ? s3_refuse_rc(s, rc) : 0;
}

static void on_listed(struct s3 *s, int rc)
{
	struct buckets *l = s->state;

	if (rc < 0)
		s3_answer_fault(s);
	else
		s3_answer_xml(s, 200, &l->out);
}

static void release(struct s3 *s)
{
	buf_clear(&((struct buckets *)s->state)->out);
}

static int refuse(struct s3 *s, const char *why, const char *param)
{
	return s3_refuse(s, S3_INVALID_ARGUMENT, why, S3_WITH({ "ArgumentName", str_of(param) },
			 { "ArgumentValue", params_get(&s->params, param) }));
}

static int ask(struct s3 *s, struct buckets *l)
{
	struct str token = params_get(&s->params, "continuation-token"), region = params_get(&s->params, "bucket-region");
	int rc = listing_number(s, "max-buckets", BUCKETS_MAX, &l->max);

	if (rc < 0)
		return rc;
	if (l->max < 1 || l->max > BUCKETS_MAX)
		return refuse(s, "Argument max-buckets must be an integer between 1 and 10000", "max-buckets");
	if (token.n > 0 && page_token_read(&s->arena, token, &l->after) < 0)
		return refuse(s, "The continuation token provided is incorrect", "continuation-token");
	if (region.n == 0 || str_eq(region, str_of(s->m->settings.region)))
		return 0;
	if (!region_known(region))
		return refuse(s, arena_printf(&s->arena, "Argument value %.*s is not a valid AWS Region", STR_ARG(region)), "bucket-region");
	l->max = 0;		/* all buckets are in the one region */
	return 0;
}

static bool is_paged(const struct s3 *s)
{
	static const char *const names[] = { "max-buckets", "prefix", "continuation-token", "bucket-region" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (str_is_set(params_get(&s->params, names[i])))
			return true;
	return false;
}

void service_list(struct s3 *s)
{
	struct buckets *l = arena_take(&s->arena, sizeof *l);

	s->state = l;
	s->release = release;
	l->s = s;
	l->prefix = params_get(&s->params, "prefix");
	l->paged = is_paged(s);
	if (ask(s, l) < 0)
		s3_answer_fault(s);
	else
		s3_run(s, list, on_listed);
}
