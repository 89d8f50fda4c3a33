#include "web/s3/notification_rules.h"

#include "base/codec.h"
#include "base/err.h"
#include "base/xml.h"

bool arn_read(struct str text, struct arn *to)
{
	static const char *const fixed[] = { "arn", "aws", "lambda" };
	struct str part;

	*to = (struct arn){ 0 };
	for (int i = 0; i < 3; i++)
		if (!str_next(&text, ':', &part) || !str_eq(part, str_of(fixed[i])))
			return false;
	if (!str_next(&text, ':', &to->region) || !str_next(&text, ':', &to->account) ||
	    !str_next(&text, ':', &part) || !str_eq(part, STR("function")) || !str_next(&text, ':', &to->name))
		return false;
	to->qualifier = text;
	return to->region.n > 0 && to->account.n > 0 && to->name.n > 0 && to->name.n <= FUNCTION_NAME_MAX;
}

/* "s3:ObjectCreated:*" names all that begin so. */
static bool events_share(struct str a, struct str b)
{
	bool all_a = str_ends(a, STR("*")), all_b = str_ends(b, STR("*"));

	if (all_a)
		a.n--;
	if (all_b)
		b.n--;
	return (all_a || all_b) ? (all_a && str_starts(b, a)) || (all_b && str_starts(a, b)) : str_eq(a, b);
}

static bool share_an_event(struct str a, struct str b)
{
	struct str one, other, rest;

	while (str_next(&a, ' ', &one))
		for (rest = b; str_next(&rest, ' ', &other);)
			if (events_share(one, other))
				return true;
	return false;
}

bool rules_overlap(const struct rule *a, const struct rule *b)
{
	bool prefixes = str_starts(a->prefix, b->prefix) || str_starts(b->prefix, a->prefix);
	bool suffixes = str_ends(a->suffix, b->suffix) || str_ends(b->suffix, a->suffix);

	return prefixes && suffixes && share_an_event(a->events, b->events);
}

static int refuse_argument(struct s3 *s, const char *message, const char *name, struct str value)
{
	return s3_refuse(s, S3_INVALID_ARGUMENT, message,
			 S3_WITH({ "ArgumentName", str_of(name) }, { "ArgumentValue", value }));
}

struct element {
	const char *name;		/* NULL: the last */
	bool many;
};

/* An element that is not known, if only misspelled, may have been meant to narrow the rule; and so may the second of its
 * kind where there is one. */
static bool has_only(const struct xml_node *n, const struct element *known)
{
	for (const struct xml_node *child = n ? n->first : NULL; child; child = child->next) {
		const struct element *e = known;

		while (e->name && !str_eq(child->name, str_of(e->name)))
			e++;
		if (!e->name || (!e->many && xml_again(child)))
			return false;
	}
	return true;
}

static int read_filter_rule(struct s3 *s, const struct xml_node *n, struct rule *r)
{
	struct str name = xml_child_text(n, "Name"), value = xml_child_text(n, "Value"), plain;
	static const struct element elements[] = { { "Name", false }, { "Value", false }, { NULL, false } };
	struct str *to = str_ieq(name, STR("prefix")) ? &r->prefix : str_ieq(name, STR("suffix")) ? &r->suffix : NULL;

	if (!has_only(n, elements))
		return s3_refuse(s, S3_MALFORMED_XML, NULL, NULL);
	if (!to)
		return refuse_argument(s, "filter rule name must be either prefix or suffix", "FilterRule.Name", name);
	if (str_is_set(*to))
		return refuse_argument(s, "Cannot specify more than one prefix or suffix rule in a filter.",
				       "FilterRule.Name", name);
	if (uri_decode(&s->arena, value, true, &plain) < 0)
		plain = value;		/* a '%' that is only that */
	if (plain.n > OBJECT_KEY_MAX)
		return refuse_argument(s, "Size of filter rule value cannot exceed 1024 bytes in UTF-8 encoding",
				       "FilterRule.Value", value);
	*to = plain.n ? plain : STR("");
	return 0;
}

static int read_filter(struct s3 *s, const struct xml_node *config, struct rule *r)
{
	static const struct element of_config[] = {
		{ "Id", false }, { "CloudFunction", false }, { "Event", true }, { "Filter", false }, { NULL, false }
	};
	static const struct element of_filter[] = { { "S3Key", false }, { NULL, false } };
	static const struct element of_key[] = { { "FilterRule", true }, { NULL, false } };
	const struct xml_node *filter = xml_child(config, "Filter"), *key = xml_child(filter, "S3Key");
	int rc;

	if (!has_only(config, of_config) || !has_only(filter, of_filter) || !has_only(key, of_key))
		return s3_refuse(s, S3_MALFORMED_XML, NULL, NULL);
	for (const struct xml_node *n = xml_child(key, "FilterRule"); n; n = xml_again(n))
		if ((rc = read_filter_rule(s, n, r)) < 0)
			return rc;
	return 0;
}

static int read_events(struct s3 *s, const struct xml_node *config, struct rule *r)
{
	struct buf joined = { 0 };
	int count = 0;

	for (const struct xml_node *n = xml_child(config, "Event"); n; n = xml_again(n)) {
		uint32_t set = event_set(n->text);

		if (set == 0 || ++count > RULE_EVENTS_MAX) {
			buf_clear(&joined);
			return refuse_argument(s, "The event is not supported for notifications", "Event", n->text);
		}
		r->set |= set;
		buf_printf(&joined, "%s%.*s", joined.len ? " " : "", STR_ARG(n->text));
	}
	if (count == 0)
		return s3_refuse(s, S3_MALFORMED_XML, NULL, NULL);
	r->events = arena_str(&s->arena, str_n(joined.data, joined.len));
	buf_clear(&joined);
	return 0;
}

static struct str make_id(struct arena *a)
{
	uint8_t raw[36];
	struct buf b = { 0 };
	struct str id;

	random_bytes(raw, sizeof raw);
	base64_encode(&b, raw, sizeof raw);
	id = arena_str(a, str_n(b.data, b.len));
	buf_clear(&b);
	return id;
}

static int read_function(struct s3 *s, const struct xml_node *n, struct rules *to)
{
	struct rule *r = &to->rule[to->count];
	struct arn arn;
	int rc;

	r->id = xml_child_text(n, "Id");
	if (!r->id.n)
		r->id = make_id(&s->arena);
	if (r->id.n > RULE_ID_MAX)
		return refuse_argument(s, "The configuration id is longer than 255 characters", "Id", r->id);
	r->arn = str_trim(xml_child_text(n, "CloudFunction"));
	if (!arn_read(r->arn, &arn))
		return refuse_argument(s, "The ARN could not be parsed", "CloudFunction", r->arn);
	to->function[to->count] = arn.name;
	if ((rc = read_events(s, n, r)) < 0 || (rc = read_filter(s, n, r)) < 0)
		return rc;
	to->count++;
	return 0;
}

static int refuse_destination(struct s3 *s, struct str arn, const char *why)
{
	return s3_refuse(s, S3_INVALID_ARGUMENT, "Unable to validate the following destination configurations",
			 S3_WITH({ "ArgumentName1", str_of(arena_printf(&s->arena, "%.*s, null", STR_ARG(arn))) },
				 { "ArgumentValue1", str_of(why) }));
}

/* There are no queues and no topics, so none that is named exists. */
static int read_other(struct s3 *s, const struct xml_node *n, const char *element, const char *why)
{
	struct str arn = str_trim(xml_child_text(n, element));

	if (!str_starts(arn, STR("arn:")))
		return refuse_argument(s, "The ARN could not be parsed", element, arn);
	return refuse_destination(s, arn, why);
}

static int read_config(struct s3 *s, const struct xml_node *n, struct rules *to)
{
	if (to->count == RULES_MAX)
		return refuse_argument(s, "A bucket can have at most 100 notification configurations", "Id", STR(""));
	if (str_eq(n->name, STR("CloudFunctionConfiguration")))
		return read_function(s, n, to);
	if (str_eq(n->name, STR("QueueConfiguration")))
		return read_other(s, n, "Queue", "The destination queue does not exist");
	if (str_eq(n->name, STR("TopicConfiguration")))
		return read_other(s, n, "Topic", "The destination topic does not exist");
	if (str_eq(n->name, STR("EventBridgeConfiguration")))
		return s3_refuse(s, S3_NOT_IMPLEMENTED, "EventBridge destinations are not implemented", NULL);
	return s3_refuse(s, S3_MALFORMED_XML, NULL, NULL);
}

static int refuse_pair(struct s3 *s, const struct rule *a, const struct rule *b)
{
	struct str events = str_of(arena_printf(&s->arena, "%.*s, %.*s", STR_ARG(a->events), STR_ARG(b->events)));

	if (!a->prefix.n && !a->suffix.n && !b->prefix.n && !b->suffix.n)
		return refuse_argument(s, "Configurations overlap. Configurations on the same bucket cannot share a common "
				       "event type.", "Event", events);
	return s3_refuse(s, S3_INVALID_ARGUMENT, "Configuration is ambiguously defined. Cannot have overlapping suffixes in "
			 "two rules if the prefixes are overlapping for the same event type.", NULL);
}

static int check_pairs(struct s3 *s, const struct rules *to)
{
	for (int i = 0; i < to->count; i++)
		for (int k = 0; k < i; k++) {
			if (str_eq(to->rule[i].id, to->rule[k].id))
				return refuse_argument(s, "Same ID used for multiple configurations. IDs must be unique",
						       "Id", to->rule[i].id);
			if (rules_overlap(&to->rule[k], &to->rule[i]))
				return refuse_pair(s, &to->rule[k], &to->rule[i]);
		}
	return 0;
}

int rules_read(struct s3 *s, struct str document, struct rules *to)
{
	struct xml_node *root;
	int rc;

	to->count = 0;
	if (xml_parse(&s->arena, document, &root) < 0 || !str_eq(root->name, STR("NotificationConfiguration")))
		return s3_refuse(s, S3_MALFORMED_XML, NULL, NULL);
	for (const struct xml_node *n = root->first; n; n = n->next)
		if ((rc = read_config(s, n, to)) < 0)
			return rc;
	return check_pairs(s, to);
}

/* The least escaping that reading undoes, so that plain values come back as they were given. */
static void write_filter(struct xml *x, const char *name, struct str value)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];

		if (c == ' ')
			buf_puts(&b, "+");
		else if (c == '+' || c == '%')
			buf_printf(&b, "%%%02X", (unsigned)c);
		else
			buf_add(&b, &c, 1);
	}
	xml_open(x, "FilterRule", NULL);
	xml_cstr(x, "Name", name);
	xml_text(x, "Value", b.data ? str_n(b.data, b.len) : STR(""));
	xml_close(x);
	buf_clear(&b);
}

static void write_rule(struct xml *x, const struct rule *r)
{
	struct str rest = r->events, event;

	xml_open(x, "CloudFunctionConfiguration", NULL);
	xml_text(x, "Id", r->id);
	xml_text(x, "CloudFunction", r->arn);
	while (str_next(&rest, ' ', &event))
		xml_text(x, "Event", event);
	if (str_is_set(r->prefix) || str_is_set(r->suffix)) {
		xml_open(x, "Filter", NULL);
		xml_open(x, "S3Key", NULL);
		if (str_is_set(r->prefix))
			write_filter(x, "Prefix", r->prefix);
		if (str_is_set(r->suffix))
			write_filter(x, "Suffix", r->suffix);
		xml_close(x);
		xml_close(x);
	}
	xml_close(x);
}

void rules_write(struct buf *to, const struct rule *rules, int n)
{
	struct xml x = xml_into(to, XML_PROLOG);

	xml_open(&x, "NotificationConfiguration", S3_XMLNS);
	for (int i = 0; i < n; i++)
		write_rule(&x, &rules[i]);
	xml_close(&x);
}
