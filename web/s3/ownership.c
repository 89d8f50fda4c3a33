/* Who owns the objects of a bucket: its owner, always, so that ACLs are disabled (BucketOwnerEnforced). Other settings would enable them and are
 * not built. Controls that were deleted leave {"Deleted":true} and change nothing but what is told. */
#include "base/err.h"
#include "base/xml.h"
#include "web/s3/body.h"
#include "web/s3/document.h"

#define ENFORCED "BucketOwnerEnforced"

static int check(struct s3 *s)
{
	const struct xml_node *rule;
	struct xml_node *root;
	struct str value;

	if (xml_parse(&s->arena, body_text(s->body), &root) < 0 || !str_eq(root->name, STR("OwnershipControls")) ||
	    !(rule = xml_child(root, "Rule")) || root->first->next)
		return s3_refuse(s, S3_MALFORMED_XML, NULL, NULL);
	value = xml_child_text(rule, "ObjectOwnership");
	if (str_eq(value, STR("BucketOwnerPreferred")) || str_eq(value, STR("ObjectWriter")))
		return s3_refuse(s, S3_NOT_IMPLEMENTED, "ACLs are not implemented: ObjectOwnership is " ENFORCED, NULL);
	return str_eq(value, STR(ENFORCED)) ? 0 : s3_refuse(s, S3_MALFORMED_XML, NULL, NULL);
}

void ownership_put(struct s3 *s)
{
	struct buf b = { 0 };
	struct json j = json_into(&b);

	json_open(&j, NULL, '{');
	json_cstr(&j, "ObjectOwnership", ENFORCED);
	json_close(&j);
	if (check(s) < 0)
		s3_answer_fault(s);
	else
		document_put(s, RECORD_BUCKET_OWNERSHIP, arena_str(&s->arena, str_n(b.data, b.len)), 200);
	buf_clear(&b);
}

void ownership_remove(struct s3 *s)
{
	struct buf b = { 0 };
	struct json j = json_into(&b);

	json_open(&j, NULL, '{');
	json_bool(&j, "Deleted", true);
	json_close(&j);
	document_put(s, RECORD_BUCKET_OWNERSHIP, arena_str(&s->arena, str_n(b.data, b.len)), 204);
	buf_clear(&b);
}

static void on_ownership(struct s3 *s, const struct json_value *v)
{
	struct buf b = { 0 };
	struct xml x;

	if (json_get(v, "Deleted")) {
		s3_refuse(s, S3_NO_OWNERSHIP, NULL, S3_WITH({ "BucketName", s->bucket }));
		s3_answer_fault(s);
		return;
	}
	x = xml_into(&b, XML_PROLOG);
	xml_open(&x, "OwnershipControls", S3_XMLNS);
	xml_open(&x, "Rule", NULL);
	xml_cstr(&x, "ObjectOwnership", ENFORCED);
	xml_close(&x);
	xml_close(&x);
	s3_answer_xml(s, 200, &b);
}

void ownership_get(struct s3 *s)
{
	document_get(s, RECORD_BUCKET_OWNERSHIP, on_ownership);
}
