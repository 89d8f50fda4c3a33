/* shape.c - the regular expressions of the service model, each as a function beside the text that messages print. */
#include "web/lambda/constraint.h"

#define LAYER_ARN_MAX 2048
#define NAME_PIECES 9			/* more colons than any function name has */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One or more of letters, digits and `others`. */
static bool is_made_of(struct str s, const char *others)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_letter(s.p[i]) && !is_digit(s.p[i]) && (s.p[i] == '\0' || !strchr(others, s.p[i])))
			return false;
	return s.n > 0;
}

static bool is_word(struct str s)
{
	return is_made_of(s, "-_");
}

static bool are_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_digit(s.p[i]))
			return false;
	return s.n > 0;
}

static bool is_qualifier(struct str s)
{
	return str_eq(s, STR("$LATEST.PUBLISHED")) || is_made_of(s, "-_$");
}

static bool is_alias(struct str s)
{
	return is_word(s) && !are_digits(s);
}

static bool skip(struct str *s, struct str prefix)
{
	if (!str_starts(*s, prefix))
		return false;
	*s = str_n(s->p + prefix.n, s->n - prefix.n);
	return true;
}

static bool is_partition(struct str s)
{
	if (!skip(&s, STR("aws")))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_letter(s.p[i]) && s.p[i] != '-')
			return false;
	return true;
}

/* (eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1} */
static bool is_region(struct str s)
{
	size_t i = 0;

	skip(&s, STR("eusc-"));
	if (s.n < 6 || !is_digit(s.p[s.n - 1]) || s.p[s.n - 2] != '-')
		return false;
	for (; i < s.n - 2; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] == '-' && i >= 2)))
			return false;
	return s.p[2] == '-';
}

static bool is_account(struct str s)
{
	return s.n == 12 && are_digits(s);
}

static int split(struct str s, struct str piece[NAME_PIECES])
{
	int n = 0;

	while (n < NAME_PIECES && str_next(&s, ':', &piece[n]))
		n++;
	return n;
}

/* What may follow the optional parts: a name, and perhaps a qualifier. */
static bool is_name_and_qualifier(const struct str *piece, int n)
{
	if (n < 1 || n > 2 || !is_made_of(piece[0], "-_."))
		return false;
	return n == 1 || str_eq(piece[1], STR("$LATEST")) || str_eq(piece[1], STR("$LATEST.PUBLISHED")) || is_word(piece[1]);
}

static bool is_function(struct str s)
{
	struct str piece[NAME_PIECES];
	int n = split(s, piece), at = 0;

	if (n > 3 && str_eq(piece[0], STR("arn"))) {
		if (!is_partition(piece[1]) || !str_eq(piece[2], STR("lambda")))
			return false;
		at = 3;
	}
	if (n - at > 1 && is_region(piece[at]))
		at++;
	if (n - at > 1 && is_account(piece[at]))
		at++;
	if (n - at > 1 && str_eq(piece[at], STR("function")) && is_name_and_qualifier(piece + at + 1, n - at - 1))
		return true;
	return is_name_and_qualifier(piece + at, n - at);
}

/* arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+ */
static bool is_role(struct str s)
{
	struct str piece[NAME_PIECES];

	if (split(s, piece) != 6 || !str_eq(piece[0], STR("arn")) || !(piece[1].n == 0 || is_partition(piece[1])))
		return false;
	if (!str_eq(piece[2], STR("iam")) || piece[3].n != 0 || !is_account(piece[4]) || !skip(&piece[5], STR("role")))
		return false;
	return is_made_of(piece[5], "_+=,.@-/") && !str_eq(piece[5], STR("/"));
}

static bool is_layer_version(struct str s)
{
	struct str piece[NAME_PIECES];

	if (s.n > LAYER_ARN_MAX || split(s, piece) != 8 || !str_eq(piece[0], STR("arn")) || !(piece[1].n == 0 || is_partition(piece[1])))
		return false;
	return str_eq(piece[2], STR("lambda")) && is_region(piece[3]) && is_account(piece[4]) && str_eq(piece[5], STR("layer")) &&
	       is_word(piece[6]) && are_digits(piece[7]);
}

/* A layer's name, or its ARN without a version. */
static bool is_layer(struct str s)
{
	struct str piece[NAME_PIECES];

	if (is_word(s))
		return true;
	return split(s, piece) == 7 && str_eq(piece[0], STR("arn")) && is_partition(piece[1]) && str_eq(piece[2], STR("lambda")) &&
	       is_made_of(piece[3], "-") && is_account(piece[4]) && str_eq(piece[5], STR("layer")) && is_word(piece[6]);
}

static bool has_no_blank(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == ' ' || (s.p[i] >= '\t' && s.p[i] <= '\r'))
			return false;
	return s.n > 0;
}

const struct shape shape_function = { "(arn:(aws[a-zA-Z-]*)?:lambda:)?(" LAMBDA_REGION_PATTERN ":)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)"
	"(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?", is_function };
const struct shape shape_qualifier = { "\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+", is_qualifier };
const struct shape shape_alias = { "(?!^[0-9]+$)([a-zA-Z0-9-_]+)", is_alias };
const struct shape shape_role = { "arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+", is_role };
const struct shape shape_word = { "([a-zA-Z0-9-_]+)", is_word };
const struct shape shape_digits = { "[0-9]+", are_digits };
const struct shape shape_handler = { "[^\\s]+", has_no_blank };
const struct shape shape_layer_arn = { LAYER_ARN_PATTERN, is_layer_version };
const struct shape shape_layer = { "(arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+", is_layer };
