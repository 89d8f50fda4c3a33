/* Small documents about one object. */
#include "web/s3/acl.h"

#include "base/err.h"

static int look(struct s3 *s, struct db *db)
{
	struct object o;
	bool bucket_missing;
	int rc = object_get(db, s->bucket, s->key, &s->arena, &o, &bucket_missing);

	if (rc == E_NOT_FOUND && !bucket_missing)
		return s3_refuse(s, S3_NO_SUCH_KEY, NULL, S3_WITH({ "Key", s->key }));
	return rc < 0 ? s3_refuse_rc(s, rc) : 0;
}

static void on_acl(struct s3 *s, int rc)
{
	struct buf body = { 0 };

	if (rc < 0) {
		s3_answer_fault(s);
		return;
	}
	acl_write(s, &body);
	s3_answer_xml(s, 200, &body);
}

void object_acl(struct s3 *s)
{
	s3_run(s, look, on_acl);
}

/* Tags cannot be set, so every object has none. */
static void on_tags(struct s3 *s, int rc)
{
	struct buf body = { 0 };
	struct xml x;

	if (rc < 0) {
		s3_answer_fault(s);
		return;
	}
	x = xml_into(&body, XML_PROLOG);
	xml_open(&x, "Tagging", S3_XMLNS);
	xml_empty(&x, "TagSet");
	xml_close(&x);
	s3_answer_xml(s, 200, &body);
}

void object_tags(struct s3 *s)
{
	s3_run(s, look, on_tags);
}
