/* ?lifecycle of a bucket: put, told as it was put, deleted. What rules mean is pipeline/lifecycle_rule.h's. */
#include "web/s3/lifecycle.h"

#include "base/xml.h"
#include "web/s3/body.h"
#include "web/s3/document.h"

void lifecycle_put(struct s3 *s)
{
	struct buf b = { 0 };

	if (lifecycle_parse(s, body_text(s->body), &b) < 0)
		s3_answer_fault(s);
	else
		document_put(s, RECORD_BUCKET_LIFECYCLE, arena_str(&s->arena, str_n(b.data, b.len)), 200);
	buf_clear(&b);
}

/* -- and back -- */

static void write_text(struct xml *x, const struct json_value *rule, const char *name)
{
	struct str v = json_text(rule, name);

	if (str_is_set(v))
		xml_text(x, name, v);
}

static void write_numbers(struct xml *x, const struct json_value *rule, const char *action)
{
	for (size_t i = 0; i < lifecycle_numbers_n; i++) {
		int64_t v = json_number(rule, lifecycle_numbers[i].element, -1);

		if (v >= 0 && str_eq(str_of(lifecycle_numbers[i].within), str_of(action)))
			xml_int(x, lifecycle_numbers[i].element, v);
	}
}

static void write_filter(struct xml *x, const struct json_value *rule)
{
	const struct json_value *tags = json_get(rule, "Tags");
	bool and = json_get(rule, "And") != NULL;

	xml_open(x, "Filter", NULL);
	if (and)
		xml_open(x, "And", NULL);
	write_text(x, rule, "Prefix");
	for (const struct json_value *t = tags ? tags->first : NULL; t; t = t->next) {
		xml_open(x, "Tag", NULL);
		xml_text(x, "Key", t->name);
		xml_text(x, "Value", t->text);
		xml_close(x);
	}
	write_numbers(x, rule, "Filter");
	if (and)
		xml_close(x);
	xml_close(x);
}

static void write_action(struct xml *x, const struct json_value *rule, const char *action, const char *sign)
{
	if (!json_get(rule, sign))
		return;
	xml_open(x, action, NULL);
	write_numbers(x, rule, action);
	xml_close(x);
}

static void write_expiration(struct xml *x, const struct json_value *rule)
{
	const struct json_value *marker = json_get(rule, "ExpiredObjectDeleteMarker");

	if (!marker && !json_get(rule, "Date")) {
		write_action(x, rule, "Expiration", "Days");
		return;
	}
	xml_open(x, "Expiration", NULL);
	if (marker)
		xml_bool(x, "ExpiredObjectDeleteMarker", marker->yes);
	write_text(x, rule, "Date");
	xml_close(x);
}

static void write_rule(struct xml *x, const struct json_value *rule)
{
	const struct json_value *enabled = json_get(rule, "Enabled");

	xml_open(x, "Rule", NULL);
	write_expiration(x, rule);
	xml_text(x, "ID", json_text(rule, "Id"));
	if (json_get(rule, "Outside"))
		xml_text(x, "Prefix", json_text(rule, "Prefix"));
	else
		write_filter(x, rule);
	xml_cstr(x, "Status", enabled && enabled->yes ? "Enabled" : "Disabled");
	write_action(x, rule, "NoncurrentVersionExpiration", "NoncurrentDays");
	write_action(x, rule, "AbortIncompleteMultipartUpload", "DaysAfterInitiation");
	xml_close(x);
}

static void on_document(struct s3 *s, const struct json_value *v)
{
	document_answer_rules(s, v, "LifecycleConfiguration", write_rule, S3_NO_LIFECYCLE);
}

void lifecycle_get(struct s3 *s)
{
	document_get(s, RECORD_BUCKET_LIFECYCLE, on_document);
}

void lifecycle_remove(struct s3 *s)
{
	document_delete(s, RECORD_BUCKET_LIFECYCLE);
}
