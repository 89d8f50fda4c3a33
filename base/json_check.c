#include "base/json_check.h"

#include "base/codec.h"
#include "base/err.h"

struct checker {
	const char *from, *at, *end;
	struct json_fault *f;
	int depth;
	uint8_t object[JSON_CHECK_DEPTH_MAX / 8];	/* a bit for each level that is open */
};

static bool in_object(const struct checker *c)
{
	return c->depth > 0 && (c->object[(c->depth - 1) / 8] >> (c->depth - 1) % 8 & 1);
}

static int fault(struct checker *c, enum json_fault_kind kind)
{
	struct json_fault *f = c->f;
	const char *line = c->from;

	if (c->at >= c->end)
		kind = kind == JSON_NOT_UTF8 ? kind : JSON_CUT_SHORT;
	*f = (struct json_fault){ .kind = kind, .at = (size_t)(c->at - c->from), .line = 1, .object = in_object(c) };
	for (const char *p = c->from; p < c->at; p++)
		if (*p == '\n') {
			f->line++;
			line = p + 1;
		}
	f->column = (size_t)(c->at - line) + 1;
	return E_BAD_INPUT;
}

static void blanks(struct checker *c)
{
	while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r'))
		c->at++;
}

static bool take(struct checker *c, char wanted)
{
	if (c->at == c->end || *c->at != wanted)
		return false;
	c->at++;
	return true;
}

static int escape(struct checker *c)
{
	uint8_t two[2];

	if (c->at == c->end || *c->at == '\0' || !strchr("\"\\/bfnrtu", *c->at))
		return fault(c, JSON_BAD_ESCAPE);
	if (*c->at++ != 'u')
		return 0;
	if (c->end - c->at < 4) {
		c->at = c->end;
		return fault(c, JSON_BAD_ESCAPE);
	}
	if (hex_decode(str_n(c->at, 4), two, sizeof two) < 0)
		return fault(c, JSON_BAD_ESCAPE);
	c->at += 4;
	return 0;
}

/* After the opening quote. */
static int string(struct checker *c)
{
	size_t n;

	for (;;) {
		while (c->at < c->end && *c->at >= 0x20 && *c->at < 0x7f && *c->at != '"' && *c->at != '\\')
			c->at++;
		if (c->at == c->end)
			return fault(c, JSON_CUT_SHORT);
		if (take(c, '"'))
			return 0;
		if (take(c, '\\')) {
			if (escape(c) < 0)
				return E_BAD_INPUT;
		} else if ((unsigned char)*c->at < 0x20) {
			return fault(c, JSON_CONTROL);
		} else {
			if ((n = utf8_length(str_n(c->at, (size_t)(c->end - c->at)))) == 0)
				return fault(c, JSON_NOT_UTF8);
			c->at += n;
		}
	}
}

static int digits(struct checker *c)
{
	const char *from = c->at;

	while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
		c->at++;
	return c->at > from ? 0 : fault(c, JSON_BAD_NUMBER);
}

static int number(struct checker *c)
{
	take(c, '-');
	if (!take(c, '0') && digits(c) < 0)
		return E_BAD_INPUT;
	if (take(c, '.') && digits(c) < 0)
		return E_BAD_INPUT;
	if (take(c, 'e') || take(c, 'E')) {
		if (!take(c, '+'))
			take(c, '-');
		return digits(c);
	}
	return 0;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || (c >= '0' && c <= '9');
}

static int word(struct checker *c)
{
	static const char *const words[] = { "null", "true", "false" };
	const char *end = c->at;
	struct str w;

	while (end < c->end && is_letter(*end))
		end++;
	w = str_n(c->at, (size_t)(end - c->at));
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (str_eq(w, str_of(words[i]))) {
			c->at = end;
			return 0;
		}
	return fault(c, w.n > 0 ? JSON_NO_TOKEN : JSON_NO_VALUE);
}

static int begin(struct checker *c, bool object)
{
	uint8_t bit = (uint8_t)(1 << c->depth % 8);

	if (c->depth == JSON_CHECK_DEPTH_MAX)
		return fault(c, JSON_TOO_DEEP);
	if (object)
		c->object[c->depth / 8] |= bit;
	else
		c->object[c->depth / 8] &= (uint8_t)~bit;
	c->depth++;
	c->at++;
	return 0;
}

/* Up to the colon that a name ends with. */
static int name(struct checker *c)
{
	blanks(c);
	if (!take(c, '"'))
		return fault(c, JSON_NO_NAME);
	if (string(c) < 0)
		return E_BAD_INPUT;
	blanks(c);
	return take(c, ':') ? 0 : fault(c, JSON_NO_COLON);
}

/* One value, or the beginning of one: *open says that it has members to come. */
static int value(struct checker *c, bool *open)
{
	bool object;

	*open = false;
	blanks(c);
	if (c->at == c->end)
		return fault(c, JSON_CUT_SHORT);
	object = *c->at == '{';
	if (object || *c->at == '[') {
		if (begin(c, object) < 0)
			return E_BAD_INPUT;
		blanks(c);
		*open = !(c->at < c->end && *c->at == (object ? '}' : ']'));
		return *open && object ? name(c) : 0;
	}
	if (take(c, '"'))
		return string(c);
	return *c->at == '-' || (*c->at >= '0' && *c->at <= '9') ? number(c) : word(c);
}

/* What ends here: as many objects and arrays as close, up to a comma. *more: a value follows. */
static int end(struct checker *c, bool *more)
{
	*more = false;
	while (c->depth > 0) {
		blanks(c);
		if (take(c, ',')) {
			*more = true;
			return in_object(c) ? name(c) : 0;
		}
		if (!take(c, in_object(c) ? '}' : ']'))
			return fault(c, JSON_NO_COMMA);
		c->depth--;
	}
	return 0;
}

int json_check(struct str text, struct json_fault *f)
{
	struct checker c = { .from = text.p, .at = text.p, .end = text.p + text.n, .f = f };
	bool more = true;

	while (more)
		if (value(&c, &more) < 0 || (!more && end(&c, &more) < 0))
			return E_BAD_INPUT;
	blanks(&c);
	return c.at == c.end ? 0 : fault(&c, JSON_TRAILING);
}
