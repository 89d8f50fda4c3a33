#include "web/s3/tag_set.h"

#include <ctype.h>

#include "base/codec.h"
#include "base/err.h"
#include "base/xml.h"

struct tag {
	struct str key, value;
};

struct tags {
	struct tag at[BUCKET_TAGS_MAX];
	int count;
};

static bool is_text_of_tag(struct str v, size_t max)
{
	size_t characters = 0;

	if (!utf8_valid(v))
		return false;
	for (size_t i = 0; i < v.n; i++) {
		unsigned char c = (unsigned char)v.p[i];

		characters += (c & 0xc0) != 0x80;
		if (c < 0x80 && !isalnum(c) && !strchr(" \t\r\n_.:/=+-@", c))
			return false;
	}
	return characters <= max && !memchr(v.p, '\0', v.n);
}

static int check(struct s3 *s, const struct tag *t, bool of_bucket)
{
	if (str_starts(t->key, STR("aws:")))
		return s3_refuse(s, S3_INVALID_TAG, of_bucket ? "System tags cannot be added/updated by requester" :
				 "Your TagKey cannot be prefixed with aws:", S3_WITH({ "TagKey", t->key }));
	if (t->key.n == 0 || !is_text_of_tag(t->key, TAG_KEY_MAX))
		return s3_refuse(s, S3_INVALID_TAG, "The TagKey you have provided is invalid", S3_WITH({ "TagKey", t->key }));
	if (!is_text_of_tag(t->value, TAG_VALUE_MAX))
		return s3_refuse(s, S3_INVALID_TAG, "The TagValue you have provided is invalid",
				 S3_WITH({ "TagKey", t->key }, { "TagValue", t->value }));
	return 0;
}

static bool has(const struct tags *tags, struct str key)
{
	for (int i = 0; i < tags->count; i++)
		if (str_eq(tags->at[i].key, key))
			return true;
	return false;
}

static int check_room(struct s3 *s, const struct tags *tags, bool of_bucket)
{
	if (tags->count < (of_bucket ? BUCKET_TAGS_MAX : OBJECT_TAGS_MAX))
		return 0;
	return s3_refuse(s, S3_BAD_REQUEST, of_bucket ? "Bucket tag count cannot be greater than 50" :
			 "Object tags cannot be greater than 10", NULL);
}

static struct str write_json(struct s3 *s, const struct tags *tags)
{
	struct buf b = { 0 };
	struct json j = json_into(&b);
	struct str out;

	json_open(&j, NULL, '{');
	for (int i = 0; i < tags->count; i++) {
		json_name(&j, tags->at[i].key);
		json_str(&j, JSON_NAMED, tags->at[i].value);
	}
	json_close(&j);
	out = arena_str(&s->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return out;
}

/* Documents. */

static int add_node(struct s3 *s, struct tags *tags, const struct xml_node *n, bool of_bucket)
{
	struct tag t = { xml_child_text(n, "Key"), xml_child_text(n, "Value") };
	int rc;

	if (!str_is_set(t.key) || !str_is_set(t.value))
		return s3_refuse(s, S3_MALFORMED_XML, NULL, NULL);
	if (has(tags, t.key))
		return s3_refuse(s, S3_INVALID_TAG, "Cannot provide multiple Tags with the same key", S3_WITH({ "TagKey", t.key }));
	if ((rc = check(s, &t, of_bucket)) < 0 || (rc = check_room(s, tags, of_bucket)) < 0)
		return rc;
	tags->at[tags->count++] = t;
	return 0;
}

int tag_set_read(struct s3 *s, struct str document, bool of_bucket, struct str *json)
{
	struct tags tags = { .count = 0 };
	const struct xml_node *set;
	struct xml_node *root;
	int rc;

	if (xml_parse(&s->arena, document, &root) < 0 || !str_eq(root->name, STR("Tagging")) || !(set = xml_child(root, "TagSet")))
		return s3_refuse(s, S3_MALFORMED_XML, NULL, NULL);
	for (const struct xml_node *n = xml_child(set, "Tag"); n; n = xml_again(n))
		if ((rc = add_node(s, &tags, n, of_bucket)) < 0)
			return rc;
	*json = write_json(s, &tags);
	return 0;
}

/* The header. */

static int refuse_header(struct s3 *s, struct str header)
{
	return s3_refuse(s, S3_INVALID_ARGUMENT, "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
			 "without tag name duplicates.", S3_WITH({ "ArgumentName", STR("x-amz-tagging") }, { "ArgumentValue", header }));
}

int tag_set_header(struct s3 *s, struct str *json)
{
	struct str header = s3_copy(s, s3_field(s, "x-amz-tagging"));
	struct params *p = arena_take(&s->arena, sizeof *p);
	struct tags tags = { .count = 0 };
	int rc;

	if (!str_is_set(header) || header.n == 0)
		return 0;
	if (params_parse(&s->arena, header, true, p) < 0)
		return refuse_header(s, header);
	for (int i = 0; i < p->count; i++) {
		struct tag t = { p->at[i].name, p->at[i].value };

		if (has(&tags, t.key) || !utf8_valid(t.key) || !utf8_valid(t.value))
			return refuse_header(s, header);
		if ((rc = check(s, &t, false)) < 0 || (rc = check_room(s, &tags, false)) < 0)
			return rc;
		tags.at[tags.count++] = t;
	}
	*json = write_json(s, &tags);
	return 0;
}

/* Answers. */

void tag_set_write(struct buf *body, const struct json_value *tags)
{
	struct xml x = xml_into(body, XML_PROLOG);

	xml_open(&x, "Tagging", S3_XMLNS);
	xml_open(&x, "TagSet", NULL);
	for (const struct json_value *v = tags ? tags->first : NULL; v; v = v->next) {
		xml_open(&x, "Tag", NULL);
		xml_text(&x, "Key", v->name);
		xml_text(&x, "Value", v->text);
		xml_close(&x);
	}
	xml_close(&x);
	xml_close(&x);
}

void tag_set_count(struct s3 *s, struct str json)
{
	struct json_value *tree;

	if (str_is_set(json) && json_parse(&s->arena, json, &tree) == 0 && tree->count > 0)
		http_header_int(s->call->r, "x-amz-tagging-count", tree->count);
}
