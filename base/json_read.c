/* json_read.c - a recursive reader of RFC 8259, strict, bounded by JSON_DEPTH_MAX. Our own because
 * numbers must keep their text and the tree must live in the caller's arena. */
#include "base/json.h"

#include <limits.h>
#include <stdlib.h>

#include "base/codec.h"
#include "base/err.h"

#define NAMES_FEW 16

struct reader {
	struct arena *a;
	const char *at, *end;
	int depth, values, values_max;
	bool lent;			/* the text outlives the tree, which may point into it */
};

static int value(struct reader *r, struct json_value *v);

static void blanks(struct reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
		r->at++;
}

static bool take(struct reader *r, char c)
{
	blanks(r);
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static bool word(struct reader *r, struct str w)
{
	if ((size_t)(r->end - r->at) < w.n || memcmp(r->at, w.p, w.n) != 0)
		return false;
	r->at += w.n;
	return true;
}

static int hex4(struct reader *r, unsigned *out)
{
	uint8_t two[2];

	if (r->end - r->at < 4 || hex_decode(str_n(r->at, 4), two, 2) < 0)
		return E_BAD_INPUT;
	r->at += 4;
	*out = (unsigned)two[0] << 8 | two[1];
	return 0;
}

static char *put_utf8(char *to, unsigned c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

/* After "\u". A lone surrogate is an error: it has no UTF-8. */
static int code_point(struct reader *r, unsigned *c)
{
	unsigned low;

	if (hex4(r, c) < 0 || (*c >= 0xdc00 && *c < 0xe000))
		return E_BAD_INPUT;
	if (*c < 0xd800 || *c >= 0xe000)
		return 0;
	if (!word(r, STR("\\u")) || hex4(r, &low) < 0 || low < 0xdc00 || low >= 0xe000)
		return E_BAD_INPUT;
	*c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
	return 0;
}

static int escape(struct reader *r, char **to)
{
	static const char from[] = "\"\\/bfnrt", becomes[] = "\"\\/\b\f\n\r\t";
	const char *which;
	unsigned c;

	if (r->at == r->end)
		return E_BAD_INPUT;
	if (*r->at == 'u') {
		r->at++;
		if (code_point(r, &c) < 0)
			return E_BAD_INPUT;
		*to = put_utf8(*to, c);
		return 0;
	}
	which = *r->at ? strchr(from, *r->at) : NULL;
	if (!which)
		return E_BAD_INPUT;
	r->at++;
	*(*to)++ = becomes[which - from];
	return 0;
}

static bool plain(const char *p, const char *end)
{
	while (p < end && *p != '\\' && (unsigned char)*p >= 0x20)
		p++;
	return p == end;
}

/* After the opening quote. What is unescaped is never longer than what was escaped. */
static int string(struct reader *r, struct str *out)
{
	const char *close = r->at;
	char *room, *to;

	while (close < r->end && *close != '"')
		close += *close == '\\' ? 2 : 1;
	if (close >= r->end)
		return E_BAD_INPUT;
	if (r->lent && plain(r->at, close)) {
		*out = str_n(r->at, (size_t)(close - r->at));
		r->at = close + 1;
		return 0;
	}
	to = room = arena_take(r->a, (size_t)(close - r->at) + 1);
	while (r->at < close) {
		if ((unsigned char)*r->at < 0x20)
			return E_BAD_INPUT;
		if (*r->at != '\\') {
			*to++ = *r->at++;
			continue;
		}
		r->at++;
		if (escape(r, &to) < 0)
			return E_BAD_INPUT;
	}
	r->at = close + 1;
	*out = str_n(room, (size_t)(to - room));
	return 0;
}

static bool digits(struct reader *r)
{
	const char *from = r->at;

	while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
		r->at++;
	return r->at > from;
}

static int number(struct reader *r, struct json_value *v)
{
	const char *from = r->at;

	v->kind = JSON_NUMBER;
	word(r, STR("-"));
	if (!word(r, STR("0")) && !digits(r))
		return E_BAD_INPUT;
	if (word(r, STR(".")) && !digits(r))
		return E_BAD_INPUT;
	if (word(r, STR("e")) || word(r, STR("E"))) {
		if (!word(r, STR("+")))
			word(r, STR("-"));
		if (!digits(r))
			return E_BAD_INPUT;
	}
	v->text = arena_str(r->a, str_n(from, (size_t)(r->at - from)));
	return 0;
}

static bool named(const struct json_value *object, struct str name)
{
	for (const struct json_value *m = object->first; m; m = m->next)
		if (str_eq(m->name, name))
			return true;
	return false;
}

static int member(struct reader *r, struct json_value *object, struct json_value *m)
{
	if (!take(r, '"') || string(r, &m->name) < 0)
		return E_BAD_INPUT;
	if ((object->count < NAMES_FEW && named(object, m->name)) || !take(r, ':'))
		return E_BAD_INPUT;
	return value(r, m);
}

static int by_name(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* For objects with many members, where looking at all before each would take for ever. */
static bool some_name_twice(struct reader *r, const struct json_value *object)
{
	struct str *names = arena_take(r->a, sizeof *names * (size_t)object->count);
	int n = 0;

	for (const struct json_value *m = object->first; m; m = m->next)
		names[n++] = m->name;
	qsort(names, (size_t)n, sizeof *names, by_name);
	for (int i = 1; i < n; i++)
		if (str_eq(names[i - 1], names[i]))
			return true;
	return false;
}

static int members(struct reader *r, struct json_value *v, char close)
{
	struct json_value **tail = &v->first;

	if (take(r, close))
		return 0;
	do {
		struct json_value *m;

		if (r->values++ == r->values_max)
			return E_BAD_INPUT;
		m = arena_take(r->a, sizeof *m);
		if ((close == '}' ? member(r, v, m) : value(r, m)) < 0)
			return E_BAD_INPUT;
		*tail = m;
		tail = &m->next;
		v->count++;
	} while (take(r, ','));
	if (!take(r, close))
		return E_BAD_INPUT;
	return close == '}' && v->count > NAMES_FEW && some_name_twice(r, v) ? E_BAD_INPUT : 0;
}

static int nested(struct reader *r, struct json_value *v, char close)
{
	int rc;

	if (++r->depth > JSON_DEPTH_MAX)
		return E_BAD_INPUT;
	v->kind = close == '}' ? JSON_OBJECT : JSON_ARRAY;
	rc = members(r, v, close);
	r->depth--;
	return rc;
}

static int value(struct reader *r, struct json_value *v)
{
	if (take(r, '{'))
		return nested(r, v, '}');
	if (take(r, '['))
		return nested(r, v, ']');
	if (take(r, '"')) {
		v->kind = JSON_STRING;
		return string(r, &v->text);
	}
	if (word(r, STR("true")) || word(r, STR("false"))) {
		v->kind = JSON_BOOL;
		v->yes = r->at[-2] == 'u';
		return 0;
	}
	if (word(r, STR("null"))) {
		v->kind = JSON_NULL;
		return 0;
	}
	return number(r, v);
}

static int parse(struct reader *r, struct str text, struct json_value **out)
{
	struct json_value *v = arena_take(r->a, sizeof *v);

	if (text.n == 0)
		return E_BAD_INPUT;	/* it may be absent */
	r->at = text.p;
	r->end = text.p + text.n;
	if (!utf8_valid(text) || value(r, v) < 0)
		return r->values > r->values_max ? E_TOO_LARGE : E_BAD_INPUT;
	blanks(r);
	if (r->at != r->end)
		return E_BAD_INPUT;
	*out = v;
	return 0;
}

int json_parse(struct arena *a, struct str text, struct json_value **out)
{
	return parse(&(struct reader){ .a = a, .values = 1, .values_max = INT_MAX }, text, out);
}

int json_parse_lent(struct arena *a, struct str text, int values_max, struct json_value **out)
{
	return parse(&(struct reader){ .a = a, .values = 1, .values_max = values_max, .lent = true }, text, out);
}

const struct json_value *json_get(const struct json_value *object, const char *name)
{
	if (!object || object->kind != JSON_OBJECT)
		return NULL;
	for (const struct json_value *m = object->first; m; m = m->next)
		if (str_eq(m->name, str_of(name)))
			return m;
	return NULL;
}

struct str json_text(const struct json_value *object, const char *name)
{
	const struct json_value *v = json_get(object, name);

	return v && v->kind == JSON_STRING ? v->text : (struct str){0};
}

int64_t json_number(const struct json_value *object, const char *name, int64_t otherwise)
{
	const struct json_value *v = json_get(object, name);
	bool minus;
	int64_t n;
	struct str s;

	if (!v || v->kind != JSON_NUMBER)
		return otherwise;
	s = v->text;
	minus = str_starts(s, STR("-"));
	if (minus)
		s = str_n(s.p + 1, s.n - 1);
	if (str_to_int(s, 0, INT64_MAX, &n) < 0)
		return otherwise;
	return minus ? -n : n;
}
