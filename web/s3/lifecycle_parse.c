/* Lifecycle rules as XML become a document, or are refused in S3's words. */
#include "web/s3/lifecycle.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/xml.h"
#include "pipeline/lifecycle_rule.h"
#include "web/s3/tag_set.h"

#define ID_MAX 255
#define ID_BYTES 18			/* random, of a rule that came without: S3 makes one up as well */
#define DAY_MS 86400000

static int malformed(struct s3 *s)
{
	return s3_refuse(s, S3_MALFORMED_XML, NULL, NULL);
}

static int wrong(struct s3 *s, const char *message, const char *name, struct str value)
{
	return s3_refuse(s, S3_INVALID_ARGUMENT, message, S3_WITH({ "ArgumentName", str_of(name) }, { "ArgumentValue", value }));
}

/* -- numbers -- */

const struct lifecycle_number lifecycle_numbers[] = {
	{ "Days", "Expiration", 1, LIFECYCLE_DAYS_MAX },
	{ "NoncurrentDays", "NoncurrentVersionExpiration", 1, LIFECYCLE_DAYS_MAX },
	{ "NewerNoncurrentVersions", "NoncurrentVersionExpiration", 1, LIFECYCLE_NEWER_MAX },
	{ "DaysAfterInitiation", "AbortIncompleteMultipartUpload", 1, LIFECYCLE_DAYS_MAX },
	{ "ObjectSizeGreaterThan", "Filter", 0, INT64_MAX },
	{ "ObjectSizeLessThan", "Filter", 1, INT64_MAX },
};
const size_t lifecycle_numbers_n = sizeof lifecycle_numbers / sizeof lifecycle_numbers[0];

static const struct lifecycle_number *number_of(struct str element)
{
	for (size_t i = 0; i < lifecycle_numbers_n; i++)
		if (str_eq(element, str_of(lifecycle_numbers[i].element)))
			return &lifecycle_numbers[i];
	return NULL;
}

static int read_number(struct s3 *s, struct json *j, const struct lifecycle_number *n, struct str text)
{
	struct str digits = str_trim(text), unsigned_digits = digits;
	int64_t value;

	if (str_to_int(digits, n->min, n->max, &value) == 0) {
		json_int(j, n->element, value);
		return 0;
	}
	if (str_starts(digits, STR("-")))
		unsigned_digits = str_n(digits.p + 1, digits.n - 1);
	if (str_to_int(unsigned_digits, 0, INT64_MAX, &value) < 0)	/* no number at all */
		return malformed(s);
	return wrong(s, arena_printf(&s->arena, "'%s' for %s action must be a positive integer", n->element, n->within), n->element, digits);
}

/* -- what a rule is about -- */

struct reading {
	struct s3 *s;
	struct json *j;
	struct json_value *ids;		/* of the rules before, linked by `next` */
	bool v1, v2;			/* some rule has its Prefix outside of a Filter; has a Filter */
	/* of the rule at hand */
	bool tags, sizes, aborts, markers;
	int actions;
};

static int read_tag(struct reading *r, const struct xml_node *tag, const struct xml_node *first)
{
	struct str key = xml_child_text(tag, "Key");

	if (!key.n || key.n > 4 * TAG_KEY_MAX || !str_is_set(xml_child_text(tag, "Value")))
		return malformed(r->s);
	for (const struct xml_node *n = first; n != tag; n = xml_again(n))
		if (str_eq(xml_child_text(n, "Key"), key))
			return s3_refuse(r->s, S3_INVALID_REQUEST, "Duplicate Tag Keys are not allowed.", NULL);
	json_name(r->j, key);
	json_str(r->j, JSON_NAMED, xml_child_text(tag, "Value"));
	return 0;
}

static int read_tags(struct reading *r, const struct xml_node *first)
{
	int rc = 0, count = 0;

	r->tags = true;
	json_open(r->j, "Tags", '{');
	for (const struct xml_node *n = first; n && rc == 0; n = xml_again(n))
		rc = ++count <= OBJECT_TAGS_MAX ? read_tag(r, n, first) : malformed(r->s);
	json_close(r->j);
	return rc;
}

/* Of a Filter, or of the And in it. */
static int read_conditions(struct reading *r, const struct xml_node *of)
{
	bool tags = false;
	int rc = 0;

	for (const struct xml_node *n = of->first; n && rc == 0; n = n->next) {
		const struct lifecycle_number *number = number_of(n->name);

		if (str_eq(n->name, STR("Prefix"))) {
			if (n != xml_child(of, "Prefix"))
				return malformed(r->s);
			json_str(r->j, "Prefix", n->text);
		} else if (str_eq(n->name, STR("Tag"))) {
			rc = tags ? 0 : read_tags(r, n);
			tags = true;
		} else if (number && str_eq(str_of(number->within), STR("Filter")) && n == xml_child(of, number->element)) {
			r->sizes = true;
			rc = read_number(r->s, r->j, number, n->text);
		} else {
			return malformed(r->s);
		}
	}
	return rc;
}

static int read_filter(struct reading *r, const struct xml_node *filter)
{
	const struct xml_node *and = xml_child(filter, "And");

	if (filter->first && filter->first->next)	/* one condition, or And */
		return malformed(r->s);
	if (!and)
		return read_conditions(r, filter);
	if (!and->first || !and->first->next)
		return malformed(r->s);
	json_bool(r->j, "And", true);
	return read_conditions(r, and);
}

static int read_scope(struct reading *r, const struct xml_node *rule)
{
	const struct xml_node *filter = xml_child(rule, "Filter"), *prefix = xml_child(rule, "Prefix");

	if (!filter && !prefix)
		return malformed(r->s);
	r->v1 = r->v1 || prefix;
	r->v2 = r->v2 || filter;
	if (r->v1 && r->v2)
		return s3_refuse(r->s, S3_INVALID_REQUEST, "Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in "
				 "the Filter.", NULL);
	if (filter)
		return read_filter(r, filter);
	json_bool(r->j, "Outside", true);
	json_str(r->j, "Prefix", prefix->text);
	return 0;
}

/* -- what it does -- */

static int read_date(struct reading *r, struct str text)
{
	char iso[CLOCK_TEXT_MAX];
	struct str t = str_trim(text);
	int64_t ms;

	if (t.n == 10)
		t = str_of(arena_printf(&r->s->arena, "%.*sT00:00:00Z", STR_ARG(t)));
	else if (str_ends(t, STR("+00:00")))
		t = str_of(arena_printf(&r->s->arena, "%.*sZ", (int)t.n - 6, t.p));
	if (clock_parse_iso(t, &ms) < 0)
		return malformed(r->s);
	if (ms % DAY_MS != 0)
		return wrong(r->s, "'Date' must be at midnight GMT", "Date", t);
	json_cstr(r->j, "Date", clock_iso_s(iso, ms));
	return 0;
}

/* Exactly one of the three. */
static int read_expiration(struct reading *r, const struct xml_node *n)
{
	const struct xml_node *what = n->first;

	if (!what || what->next)
		return malformed(r->s);
	if (str_eq(what->name, STR("Date")))
		return read_date(r, what->text);
	if (str_eq(what->name, STR("Days")))
		return read_number(r->s, r->j, number_of(what->name), what->text);
	if (!str_eq(what->name, STR("ExpiredObjectDeleteMarker")))
		return malformed(r->s);
	if (!str_eq(str_trim(what->text), STR("true")) && !str_eq(str_trim(what->text), STR("false")))
		return malformed(r->s);
	r->markers = true;
	json_bool(r->j, "ExpiredObjectDeleteMarker", str_eq(str_trim(what->text), STR("true")));
	return 0;
}

static int read_numbers_of(struct reading *r, const struct xml_node *action, const char *needed)
{
	int rc = xml_child(action, needed) ? 0 : malformed(r->s);

	for (const struct xml_node *n = action->first; n && rc == 0; n = n->next) {
		const struct lifecycle_number *number = number_of(n->name);

		if (!number || !str_eq(str_of(number->within), action->name) || n != xml_child(action, number->element))
			return malformed(r->s);
		rc = read_number(r->s, r->j, number, n->text);
	}
	return rc;
}

static int read_noncurrent(struct reading *r, const struct xml_node *n)
{
	return read_numbers_of(r, n, "NoncurrentDays");
}

static int read_abort(struct reading *r, const struct xml_node *n)
{
	r->aborts = true;
	return read_numbers_of(r, n, "DaysAfterInitiation");
}

static int read_transition(struct reading *r, const struct xml_node *n)
{
	return s3_refuse(r->s, S3_NOT_IMPLEMENTED, arena_printf(&r->s->arena, "%.*s is not implemented: there is one storage class",
			 STR_ARG(n->name)), NULL);
}

static const struct {
	const char *element;
	int (*read)(struct reading *r, const struct xml_node *n);	/* NULL: not an action */
} elements[] = {
	{ "ID", NULL }, { "Prefix", NULL }, { "Status", NULL }, { "Filter", NULL },
	{ "Expiration", read_expiration },
	{ "NoncurrentVersionExpiration", read_noncurrent },
	{ "AbortIncompleteMultipartUpload", read_abort },
	{ "Transition", read_transition },
	{ "NoncurrentVersionTransition", read_transition },
};

#define ELEMENTS (sizeof elements / sizeof elements[0])

static int read_element(struct reading *r, const struct xml_node *rule, const struct xml_node *n)
{
	for (size_t i = 0; i < ELEMENTS; i++) {
		if (!str_eq(n->name, str_of(elements[i].element)))
			continue;
		if (n != xml_child(rule, elements[i].element) && elements[i].read != read_transition)
			return malformed(r->s);
		r->actions += elements[i].read != NULL;
		return elements[i].read ? elements[i].read(r, n) : 0;
	}
	return malformed(r->s);
}

static int check_rule(struct reading *r)
{
	const char *with = r->tags ? "Tags" : r->sizes ? "Object Size" : NULL;
	const char *what = r->aborts ? "AbortIncompleteMultipartUpload" : r->markers ? "ExpiredObjectDeleteMarker" : NULL;

	if (r->actions == 0)
		return s3_refuse(r->s, S3_INVALID_REQUEST, "At least one action needs to be specified in a rule", NULL);
	if (with && what)
		return s3_refuse(r->s, S3_INVALID_REQUEST, arena_printf(&r->s->arena, "%s cannot be specified with %s.", what, with), NULL);
	return 0;
}

/* -- the document -- */

static struct str make_id(struct s3 *s)
{
	uint8_t bytes[ID_BYTES];
	char *to = arena_take(&s->arena, 2 * ID_BYTES + 1);

	random_bytes(bytes, sizeof bytes);
	for (int i = 0; i < ID_BYTES; i++)
		snprintf(to + 2 * i, 3, "%02x", bytes[i]);
	return str_n(to, 2 * ID_BYTES);
}

static int read_id(struct reading *r, struct str id)
{
	struct json_value *mine = arena_take(&r->s->arena, sizeof *mine);

	if (!id.n)
		id = make_id(r->s);
	if (id.n > ID_MAX)
		return wrong(r->s, "ID length should not exceed allowed limit of 255", "ID", id);
	for (const struct json_value *v = r->ids; v; v = v->next)
		if (str_eq(v->text, id))
			return wrong(r->s, "Rule ID must be unique. Found same ID for more than one rule", "ID", id);
	mine->text = id;
	mine->next = r->ids;
	r->ids = mine;
	json_str(r->j, "Id", id);
	return 0;
}

static int read_rule(struct reading *r, const struct xml_node *rule)
{
	struct str status = str_trim(xml_child_text(rule, "Status"));
	bool enabled = str_eq(status, STR("Enabled"));
	int rc;

	r->tags = r->sizes = r->aborts = r->markers = false;
	r->actions = 0;
	if (!enabled && !str_eq(status, STR("Disabled")))
		return malformed(r->s);
	json_open(r->j, NULL, '{');
	if ((rc = read_id(r, xml_child_text(rule, "ID"))) == 0)
		rc = read_scope(r, rule);
	json_bool(r->j, "Enabled", enabled);
	for (const struct xml_node *n = rule->first; n && rc == 0; n = n->next)
		rc = read_element(r, rule, n);
	json_close(r->j);
	return rc < 0 ? rc : check_rule(r);
}

int lifecycle_parse(struct s3 *s, struct str text, struct buf *to)
{
	struct json j = json_into(to);
	struct reading r = { .s = s, .j = &j };
	struct xml_node *root;
	int count = 0, rc = 0;

	if (xml_parse(&s->arena, text, &root) < 0 || !str_eq(root->name, STR("LifecycleConfiguration")) || !root->first)
		return malformed(s);
	json_open(&j, NULL, '{');
	json_open(&j, "Rules", '[');
	for (const struct xml_node *n = root->first; n && rc == 0; n = n->next)
		rc = str_eq(n->name, STR("Rule")) && ++count <= LIFECYCLE_RULES_MAX ? read_rule(&r, n) : malformed(s);
	json_close(&j);
	json_close(&j);
	return rc;
}
