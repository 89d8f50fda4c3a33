/* config_shape.c - regular expressions of the service model, as shape.c has them, of what is configured about a function. */
#include "web/lambda/config.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define WORD LOWER UPPER DIGITS "-_"
#define ARN_PARTS 6
#define REGION "((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})"

static bool only(struct str s, const char *letters)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\0' || !strchr(letters, s.p[i]))
			return false;
	return true;
}

static bool is_action(struct str s)
{
	struct str prefix = STR("lambda:");

	if (str_eq(s, STR("*")) || str_eq(s, STR("lambda:*")))
		return true;
	return s.n > prefix.n && str_starts(s, prefix) && only(str_n(s.p + prefix.n, s.n - prefix.n), LOWER UPPER);
}

static bool has_no_blank(struct str s)
{
	return s.n > 0 && !memchr(s.p, ' ', s.n) && !memchr(s.p, '\t', s.n) && !memchr(s.p, '\n', s.n);
}

/* Region and account may be empty; the last part may be anything. */
static bool is_arn(struct str s)
{
	struct str part[ARN_PARTS];

	for (int i = 0; i < ARN_PARTS - 1; i++)
		if (!str_next(&s, ':', &part[i]))
			return false;
	return str_is_set(s) && str_eq(part[0], STR("arn")) && str_starts(part[1], STR("aws")) && only(part[1], LOWER UPPER DIGITS "-") &&
	       part[2].n > 0 && only(part[2], LOWER UPPER DIGITS "-") && only(part[3], LOWER DIGITS "-") && only(part[4], DIGITS) &&
	       (part[4].n == 0 || part[4].n == 12);
}

static bool is_account(struct str s)
{
	return s.n == 12 && only(s, DIGITS);
}

static bool is_organisation(struct str s)
{
	return s.n >= 12 && s.n <= 34 && str_starts(s, STR("o-")) && only(str_n(s.p + 2, s.n - 2), LOWER DIGITS);
}

static bool is_token(struct str s)
{
	return s.n > 0 && only(s, WORD ".");
}

static bool is_destination(struct str s)
{
	return s.n == 0 || str_starts(s, STR("kafka://")) || is_arn(s);
}

static bool is_url_alias(struct str s)
{
	return s.n > 0 && only(s, WORD) && !only(s, DIGITS);
}

/* What stands after "arn:aws:lambda:REGION:ACCOUNT:" of things that may have tags. */
static bool is_taggable(struct str s)
{
	struct str rest = s, part, kind;

	if (!is_arn(s))
		return false;
	for (int i = 0; i < ARN_PARTS - 1; i++) {
		(void)str_next(&rest, ':', &part);
		if ((i == 2 && !str_eq(part, STR("lambda"))) || (i > 2 && part.n == 0))
			return false;
	}
	if (!str_next(&rest, ':', &kind) || !str_next(&rest, ':', &part) || part.n == 0 || !only(part, WORD))
		return false;
	if (str_eq(kind, STR("function")))
		return !str_is_set(rest) || str_eq(rest, STR("$LATEST")) || (rest.n > 0 && only(rest, WORD));
	return !str_is_set(rest) && (str_eq(kind, STR("layer")) || str_eq(kind, STR("code-signing-config")) ||
				     str_eq(kind, STR("event-source-mapping")) || str_eq(kind, STR("capacity-provider")));
}

const struct shape shape_action = { "(lambda:[*]|lambda:[a-zA-Z]+|[*])", is_action };
const struct shape shape_principal = { "[^\\s]+", has_no_blank };
const struct shape shape_source_arn = { "arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:" REGION "?:(\\d{12})?:(.*)", is_arn };
const struct shape shape_account = { "\\d{12}", is_account };
const struct shape shape_organisation = { "^o-[a-z0-9]{10,32}$", is_organisation };
const struct shape shape_token = { "[a-zA-Z0-9._\\-]+", is_token };
const struct shape shape_destination = { "$|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:" REGION
	"?:(\\d{12})?:(.*)", is_destination };
const struct shape shape_url_alias = { "((?!^\\d+$)^[0-9a-zA-Z-_]+$)", is_url_alias };
const struct shape shape_taggable = { "arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:"
	"(function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}"
	"|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
	"|capacity-provider:[a-zA-Z0-9-_]+)", is_taggable };
