/* payload.c - the words are those of Jackson, the JSON reader that AWS uses, as recorded: clients show them. */
#include "web/lambda/payload.h"

#include <stdio.h>

#include "base/json_check.h"

#define VALUES "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
#define WORD_MAX 256

/* What was expected where a character did not fit. */
static const char *const expected[JSON_FAULT_KINDS] = {
	[JSON_NO_VALUE] = "expected a valid value " VALUES,
	[JSON_NO_NAME] = "was expecting double-quote to start field name",
	[JSON_NO_COLON] = "was expecting a colon to separate field name and value",
	[JSON_BAD_NUMBER] = "Expected digit (0-9) to follow minus sign or decimal point, for valid numeric value",
	[JSON_BAD_ESCAPE] = "expected a hex-digit or one of the known characters for character escape sequence",
	[JSON_TRAILING] = "Expected space separating root-level values",
};

static void describe_char(char to[64], unsigned char c)
{
	if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		snprintf(to, 64, "(CTRL-CHAR, code %d)", c);
	else if (c < 0x7f)
		snprintf(to, 64, "'%c' (code %d)", c, c);
	else
		snprintf(to, 64, "'%c%c' (code %d)", 0xc0 | c >> 6, 0x80 | (c & 0x3f), c);	/* as Latin-1 */
}

static bool is_of_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

static struct str word_at(struct str text, size_t at)
{
	size_t n = 0;

	while (at + n < text.n && n < WORD_MAX && is_of_word(text.p[at + n]))
		n++;
	return str_n(text.p + at, n);
}

/* The byte right after a word that is none, when it begins no character: then that is what is told. Else 0. */
static unsigned char no_start_after_word(struct str text, const struct json_fault *f)
{
	size_t at = f->at + word_at(text, f->at).n;
	unsigned char c = at < text.n ? (unsigned char)text.p[at] : 0;

	return f->kind == JSON_NO_TOKEN && c >= 0x80 && (c < 0xc0 || c >= 0xf8) ? c : 0;
}

static const char *describe_token(struct lambda *l, struct str text, const struct json_fault *f)
{
	unsigned char c = no_start_after_word(text, f);

	if (c)
		return arena_printf(&l->arena, "Invalid UTF-8 start byte 0x%x", c);
	return arena_printf(&l->arena, "Unrecognized token '%.*s': was expecting " VALUES, STR_ARG(word_at(text, f->at)));
}

static const char *describe(struct lambda *l, struct str text, const struct json_fault *f)
{
	unsigned char c = f->at < text.n ? (unsigned char)text.p[f->at] : 0;
	char what[64];

	describe_char(what, c);
	switch (f->kind) {
	case JSON_CUT_SHORT:
		return "Unexpected end-of-input";
	case JSON_NOT_UTF8:
		return arena_printf(&l->arena, c < 0xc0 || c >= 0xf8 ? "Invalid UTF-8 start byte 0x%x" : "Invalid UTF-8 sequence that begins with 0x%x", c);
	case JSON_TOO_DEEP:
		return arena_printf(&l->arena, "Document nesting depth (%d) exceeds the maximum allowed (%d)", JSON_CHECK_DEPTH_MAX + 1,
				    JSON_CHECK_DEPTH_MAX);
	case JSON_NO_TOKEN:
		return describe_token(l, text, f);
	case JSON_NO_COMMA:
		return arena_printf(&l->arena, "Unexpected character (%s): was expecting comma to separate %s entries", what,
				    f->object ? "Object" : "Array");
	case JSON_CONTROL:
		return arena_printf(&l->arena, "Illegal unquoted character (%s): has to be escaped using backslash to be included in string value",
				    what);
	case JSON_NO_VALUE:
	case JSON_NO_NAME:
	case JSON_NO_COLON:
	case JSON_BAD_NUMBER:
	case JSON_BAD_ESCAPE:
	case JSON_TRAILING:
	case JSON_FAULT_KINDS:
		break;
	}
	return arena_printf(&l->arena, "Unexpected character (%s): %s", what, expected[f->kind]);
}

/* After what was read to see the fault. */
static size_t column_of(struct str text, const struct json_fault *f)
{
	if (f->kind != JSON_NO_TOKEN)
		return f->column;
	return f->column + word_at(text, f->at).n + (no_start_after_word(text, f) ? 1 : 0);
}

int payload_check(struct lambda *l, struct str payload)
{
	struct json_fault f;

	if (json_check(payload, &f) == 0)
		return 0;
	return lambda_refuse(l, LAMBDA_BAD_CONTENT, "Could not parse request body into json: Could not parse payload into json: %s\n at [Source: "
			     "REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: %d, column: %zu]", describe(l, payload, &f),
			     f.line, column_of(payload, &f));
}
