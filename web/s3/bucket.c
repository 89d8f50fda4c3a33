#include "web/s3/s3.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/xml.h"
#include "storage/bucket.h"
#include "web/s3/acl.h"
#include "web/s3/body.h"
#include "web/s3/region.h"

/* Everything that needs nothing but to know that the bucket is there. */
static int look(struct s3 *s, struct db *db)
{
	int64_t id;
	int rc = bucket_find(db, s->bucket, &id, NULL);

	return rc < 0 ? s3_refuse_rc(s, rc) : 0;
}

static void on_head(struct s3 *s, int rc)
{
	if (rc < 0) {
		s3_answer_fault(s);
		return;
	}
	http_header(s3_answer_begin(s, 200), "x-amz-bucket-region", str_of(s->m->settings.region));
	http_reply(s->call->r, (struct str){ 0 });
}

void bucket_head(struct s3 *s)
{
	s3_run(s, look, on_head);
}

static void on_location(struct s3 *s, int rc)
{
	struct str region = str_of(s->m->settings.region);
	struct buf body = { 0 };
	struct xml x;

	if (rc < 0) {
		s3_answer_fault(s);
		return;
	}
	x = xml_into(&body, XML_PROLOG);
	xml_open(&x, "LocationConstraint", S3_XMLNS);	/* the oldest region has no name here */
	if (!str_eq(region, STR("us-east-1")))
		buf_add(&body, region.p, region.n);
	xml_close(&x);
	s3_answer_xml(s, 200, &body);
}

void bucket_location(struct s3 *s)
{
	s3_run(s, look, on_location);
}

/* What AWS answers for a bucket where nothing of the kind was ever set. Setting it is not built, so that is always so. */
static const struct preset {
	const char *param, *root;	/* an empty document of that name... */
	enum s3_code code;		/* ...or this error */
} presets[] = {
	{ "logging", "BucketLoggingStatus", S3_FINE },
	{ "accelerate", "AccelerateConfiguration", S3_FINE },
	{ "requestPayment", "RequestPaymentConfiguration", S3_FINE },
	{ "acl", "AccessControlPolicy", S3_FINE },
	{ "website", NULL, S3_NO_WEBSITE },
	{ "encryption", NULL, S3_NO_ENCRYPTION },
	{ "replication", NULL, S3_NO_REPLICATION },
	{ "object-lock", NULL, S3_NO_OBJECT_LOCK },
};

static const struct preset *preset_of(const struct s3 *s)
{
	for (size_t i = 0; i < sizeof presets / sizeof presets[0]; i++)
		if (str_eq(str_of(presets[i].param), str_of(s->op->param)))
			return &presets[i];
	UNREACHABLE();
}

static void write_preset(struct s3 *s, const struct preset *p, struct buf *body)
{
	struct xml x;

	if (str_eq(str_of(p->param), STR("acl"))) {
		acl_write(s, body);
		return;
	}
	x = xml_into(body, XML_PROLOG);
	xml_open(&x, p->root, S3_XMLNS);
	if (str_eq(str_of(p->param), STR("requestPayment")))
		xml_cstr(&x, "Payer", "BucketOwner");
	xml_close(&x);
}

static void on_preset(struct s3 *s, int rc)
{
	const struct preset *p = preset_of(s);
	struct buf body = { 0 };

	if (rc == 0 && p->code != S3_FINE)
		rc = s3_refuse(s, p->code, NULL, S3_WITH({ "BucketName", s->bucket }));
	if (rc < 0) {
		s3_answer_fault(s);
		return;
	}
	write_preset(s, p, &body);
	s3_answer_xml(s, 200, &body);
}

void bucket_preset(struct s3 *s)
{
	s3_run(s, look, on_preset);
}

/* Creation and deletion. */

struct bucket_change {			/* in s->state */
	struct change change;
	struct s3 *s;
	bool versioned;
};

static void commit(struct s3 *s, int (*apply)(struct change *c, struct db *db), void (*then)(struct s3 *s, int rc))
{
	struct bucket_change *b = arena_take(&s->arena, sizeof *b);

	b->s = s;
	b->change.apply = apply;
	s->state = b;
	s->reshelve = true;
	s3_commit(s, &b->change, then);
}

static int apply_create(struct change *c, struct db *db)
{
	int64_t id;

	return bucket_create(db, container_of(c, struct bucket_change, change)->s->bucket, &id);
}

/* In the oldest region making one's own bucket again is no error; clients rely on it. */
static int created(struct s3 *s, int rc)
{
	if (rc == E_EXISTS && str_eq(str_of(s->m->settings.region), STR("us-east-1")))
		return 0;
	if (rc == E_EXISTS)
		return s3_refuse(s, S3_BUCKET_EXISTS, NULL, S3_WITH({ "BucketName", s->bucket }));
	if (rc == E_TOO_LARGE)
		return s3_refuse(s, S3_TOO_MANY_BUCKETS, NULL, NULL);
	return rc < 0 ? s3_refuse_rc(s, rc) : 0;
}

static void on_created(struct s3 *s, int rc)
{
	if (created(s, rc) < 0) {
		s3_answer_fault(s);
		return;
	}
	http_header(s3_answer_begin(s, 200), "Location", str_of(arena_printf(&s->arena, "/%.*s", STR_ARG(s->bucket))));
	http_reply(s->call->r, (struct str){ 0 });
}

/* There is one region, so a bucket can be nowhere else. */
static int check_location(struct s3 *s)
{
	struct str text = body_text(s->body), where;
	struct xml_node *root;

	if (text.n == 0)
		return 0;
	if (xml_parse(&s->arena, text, &root) < 0 || !str_eq(root->name, STR("CreateBucketConfiguration")))
		return s3_refuse(s, S3_MALFORMED_XML, NULL, NULL);
	if (xml_child(root, "Bucket") || xml_child(root, "Location") || xml_child(root, "Tags"))
		return s3_refuse(s, S3_NOT_IMPLEMENTED, "Only LocationConstraint is implemented", NULL);
	where = xml_child_text(root, "LocationConstraint");
	if (!where.n || str_eq(where, str_of(s->m->settings.region)))
		return 0;
	if (str_eq(str_of(s->m->settings.region), STR("us-east-1")) && !region_known(where))	/* only there it is another error */
		return s3_refuse(s, S3_INVALID_LOCATION, NULL, S3_WITH({ "LocationConstraint", where }));
	return s3_refuse(s, S3_ILLEGAL_LOCATION, arena_printf(&s->arena, "The %.*s location constraint is incompatible for "
			 "the region specific endpoint this request was sent to.", STR_ARG(where)), NULL);
}

void bucket_put(struct s3 *s)
{
	if (check_location(s) < 0)
		s3_answer_fault(s);
	else
		commit(s, apply_create, on_created);
}

static int apply_delete(struct change *c, struct db *db)
{
	struct bucket_change *b = container_of(c, struct bucket_change, change);
	int64_t id;
	int rc = bucket_look(db, b->s->bucket, &id, &b->versioned);

	return rc < 0 ? rc : bucket_delete(db, b->s->bucket);
}

static void on_deleted(struct s3 *s, int rc)
{
	const struct bucket_change *b = s->state;

	if (rc == E_NOT_EMPTY)
		s3_refuse(s, S3_BUCKET_NOT_EMPTY, b->versioned ? "The bucket you tried to delete is not empty. You must delete all versions in "
			  "the bucket." : NULL, S3_WITH({ "BucketName", s->bucket }));
	else if (rc < 0)
		s3_refuse_rc(s, rc);
	if (rc < 0)
		s3_answer_fault(s);
	else
		s3_answer_empty(s, 204);
}

void bucket_remove(struct s3 *s)
{
	commit(s, apply_delete, on_deleted);
}
