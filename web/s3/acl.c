#include "web/s3/acl.h"

#include "base/err.h"
#include "storage/bucket.h"
#include "web/s3/body.h"

void owner_write(struct s3 *s, struct xml *x, const char *element)
{
	xml_open(x, element, NULL);
	xml_cstr(x, "ID", s3_owner(s));
	xml_close(x);
}

void acl_write(struct s3 *s, struct buf *to)
{
	struct xml x = xml_into(to, XML_PROLOG);

	xml_open(&x, "AccessControlPolicy", S3_XMLNS);
	owner_write(s, &x, "Owner");
	xml_open(&x, "AccessControlList", NULL);
	xml_open(&x, "Grant", NULL);
	xml_open_with(&x, "Grantee", "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
		      "xsi:type=\"CanonicalUser\"");
	xml_cstr(&x, "ID", s3_owner(s));
	xml_close(&x);
	xml_cstr(&x, "Permission", "FULL_CONTROL");
	xml_close(&x);
	xml_close(&x);
	xml_close(&x);
}

/* -- putting: only what is so already -- */

static int malformed(struct s3 *s)
{
	return s3_refuse(s, S3_MALFORMED_ACL, NULL, NULL);
}

/* All of it to the owner, and nothing to anybody else. */
static int check_document(struct s3 *s, struct str text)
{
	const struct xml_node *list, *grant;
	struct xml_node *root;

	if (xml_parse(&s->arena, text, &root) < 0 || !str_eq(root->name, STR("AccessControlPolicy")) ||
	    !(list = xml_child(root, "AccessControlList")))
		return malformed(s);
	grant = list->first;
	if (!grant || grant->next || !str_eq(xml_child_text(grant, "Permission"), STR("FULL_CONTROL")) ||
	    !str_eq(xml_child_text(xml_child(grant, "Grantee"), "ID"), str_of(s3_owner(s))))
		return s3_refuse(s, S3_ACL_NOT_SUPPORTED, NULL, NULL);
	return 0;
}

/* A canned one that is not private has been refused with the other headers. */
static int check_put(struct s3 *s)
{
	struct str text = body_text(s->body);

	if (text.n > 0 && str_is_set(s3_field(s, "x-amz-acl")))
		return s3_refuse(s, S3_UNEXPECTED_CONTENT, NULL, NULL);
	if (text.n > 0)
		return check_document(s, text);
	return str_is_set(s3_field(s, "x-amz-acl")) ? 0 : s3_refuse(s, S3_MISSING_HEADER, NULL, NULL);
}

static int look_for_bucket(struct s3 *s, struct db *db)
{
	int64_t id;
	int rc = bucket_find(db, s->bucket, &id, NULL);

	return rc < 0 ? s3_refuse_rc(s, rc) : 0;
}

static int look_for_object(struct s3 *s, struct db *db)
{
	struct object o;
	bool bucket_missing;
	int rc = object_get(db, s->bucket, s->key, &s->arena, &o, &bucket_missing);

	if (rc == E_NOT_FOUND && !bucket_missing)
		return s3_refuse(s, S3_NO_SUCH_KEY, NULL, S3_WITH({ "Key", s->key }));
	return rc < 0 ? s3_refuse_rc(s, rc) : 0;
}

static void on_looked(struct s3 *s, int rc)
{
	if (rc < 0)
		s3_answer_fault(s);
	else
		s3_answer_empty(s, 200);
}

void bucket_acl_put(struct s3 *s)
{
	if (check_put(s) < 0)
		s3_answer_fault(s);
	else
		s3_run(s, look_for_bucket, on_looked);
}

void object_acl_put(struct s3 *s)
{
	if (check_put(s) < 0)
		s3_answer_fault(s);
	else
		s3_run(s, look_for_object, on_looked);
}
