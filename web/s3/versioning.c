/* ?versioning of a bucket. */
#include "web/s3/version.h"

#include "base/check.h"
#include "base/err.h"
#include "base/xml.h"
#include "storage/bucket.h"
#include "web/s3/body.h"

struct versioned {			/* in s->state */
	struct change change;
	struct s3 *s;
	enum versioning state;
};

static const char *const words[] = { NULL, "Enabled", "Suspended" };

static int look(struct s3 *s, struct db *db)
{
	struct versioned *v = s->state;
	int64_t id;
	int rc = bucket_find(db, s->bucket, &id, NULL);

	if (rc == 0)
		rc = versioning_get(db, id, &v->state);
	return rc < 0 ? s3_refuse_rc(s, rc) : 0;
}

static void on_looked(struct s3 *s, int rc)
{
	struct versioned *v = s->state;
	struct buf body = { 0 };
	struct xml x;

	if (rc < 0) {
		s3_answer_fault(s);
		return;
	}
	x = xml_into(&body, XML_PROLOG);
	xml_open(&x, "VersioningConfiguration", S3_XMLNS);
	if (words[v->state])
		xml_cstr(&x, "Status", words[v->state]);
	xml_close(&x);
	s3_answer_xml(s, 200, &body);
}

void versioning_show(struct s3 *s)
{
	s->state = arena_take(&s->arena, sizeof(struct versioned));
	s3_run(s, look, on_looked);
}

static int read_document(struct s3 *s, struct versioned *v)
{
	struct xml_node *root;
	struct str status, mfa;

	if (xml_parse(&s->arena, body_text(s->body), &root) < 0 || !str_eq(root->name, STR("VersioningConfiguration")))
		return s3_refuse(s, S3_MALFORMED_XML, NULL, NULL);
	status = xml_child_text(root, "Status");
	mfa = xml_child_text(root, "MfaDelete");
	if (str_eq(mfa, STR("Enabled")))
		return s3_refuse(s, S3_NOT_IMPLEMENTED, "MfaDelete is not implemented", NULL);
	if (!str_is_set(status))
		return s3_refuse(s, S3_ILLEGAL_VERSIONING, NULL, NULL);
	for (size_t i = VERSIONING_ENABLED; i <= VERSIONING_SUSPENDED; i++)
		if (str_eq(status, str_of(words[i])))
			v->state = (enum versioning)i;
	return v->state == VERSIONING_NONE ? s3_refuse(s, S3_MALFORMED_XML, NULL, NULL) : 0;
}

static int apply(struct change *c, struct db *db)
{
	struct versioned *v = container_of(c, struct versioned, change);
	int64_t id;
	int rc = bucket_find(db, v->s->bucket, &id, NULL);

	return rc < 0 ? rc : versioning_set(db, id, v->state);
}

static void on_set(struct s3 *s, int rc)
{
	if (rc == 0) {
		s3_answer_empty(s, 200);
		return;
	}
	s3_refuse_rc(s, rc);
	s3_answer_fault(s);
}

void versioning_put(struct s3 *s)
{
	struct versioned *v = arena_take(&s->arena, sizeof *v);

	s->state = v;
	v->s = s;
	v->change.apply = apply;
	if (read_document(s, v) < 0)
		s3_answer_fault(s);
	else
		s3_commit(s, &v->change, on_set);
}
