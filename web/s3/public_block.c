/* May a bucket's policy be public? As AWS has it for new buckets: not until somebody says so. That is so without a document; one that was
 * deleted leaves {"Deleted":true}, which is the opposite. The two switches about ACLs are kept and told; there are no ACLs that could be public. */
#include "base/err.h"
#include "base/xml.h"
#include "web/policy.h"
#include "web/s3/body.h"
#include "web/s3/document.h"

static const char *const switches[] = { "BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets" };

#define SWITCHES (sizeof switches / sizeof switches[0])

static bool is_switch(struct str name)
{
	for (size_t i = 0; i < SWITCHES; i++)
		if (str_eq(name, str_of(switches[i])))
			return true;
	return false;
}

static int read_switches(struct s3 *s, struct json *j)
{
	struct xml_node *root;

	if (xml_parse(&s->arena, body_text(s->body), &root) < 0 || !str_eq(root->name, STR("PublicAccessBlockConfiguration")) || !root->first)
		return s3_refuse(s, S3_MALFORMED_XML, NULL, NULL);
	for (const struct xml_node *n = root->first; n; n = n->next)
		if (!is_switch(n->name) || (!str_ieq(n->text, STR("true")) && !str_ieq(n->text, STR("false"))))
			return s3_refuse(s, S3_MALFORMED_XML, NULL, NULL);
	for (size_t i = 0; i < SWITCHES; i++)
		json_bool(j, switches[i], str_ieq(xml_child_text(root, switches[i]), STR("true")));
	return 0;
}

void public_block_put(struct s3 *s)
{
	struct buf b = { 0 };
	struct json j = json_into(&b);
	int rc;

	json_open(&j, NULL, '{');
	rc = read_switches(s, &j);
	json_close(&j);
	if (rc < 0)
		s3_answer_fault(s);
	else
		document_put(s, RECORD_BUCKET_PUBLIC_BLOCK, arena_str(&s->arena, str_n(b.data, b.len)), 200);
	buf_clear(&b);
}

void public_block_remove(struct s3 *s)
{
	struct buf b = { 0 };
	struct json j = json_into(&b);

	json_open(&j, NULL, '{');
	json_bool(&j, "Deleted", true);
	json_close(&j);
	document_put(s, RECORD_BUCKET_PUBLIC_BLOCK, arena_str(&s->arena, str_n(b.data, b.len)), 204);
	buf_clear(&b);
}

static void on_block(struct s3 *s, const struct json_value *v)
{
	struct buf b = { 0 };
	struct xml x;

	if (json_get(v, "Deleted")) {
		s3_refuse(s, S3_NO_PUBLIC_BLOCK, NULL, S3_WITH({ "BucketName", s->bucket }));
		s3_answer_fault(s);
		return;
	}
	x = xml_into(&b, XML_PROLOG);
	xml_open(&x, "PublicAccessBlockConfiguration", S3_XMLNS);
	for (size_t i = 0; i < SWITCHES; i++)
		xml_bool(&x, switches[i], policy_blocks(v, switches[i]));
	xml_close(&x);
	s3_answer_xml(s, 200, &b);
}

void public_block_get(struct s3 *s)
{
	document_get(s, RECORD_BUCKET_PUBLIC_BLOCK, on_block);
}
