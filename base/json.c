#include "base/json.h"

#include <inttypes.h>
#include <math.h>

#include "base/check.h"
#include "base/codec.h"

static bool plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static size_t special(struct buf *out, const unsigned char *p, size_t n)
{
	static const char short_for[] = { ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't' };
	size_t len;

	if (p[0] == '"' || p[0] == '\\') {
		buf_printf(out, "\\%c", p[0]);
		return 1;
	}
	if (p[0] < 0x20) {
		if (p[0] < sizeof short_for && short_for[p[0]])
			buf_printf(out, "\\%c", short_for[p[0]]);
		else
			buf_printf(out, "\\u%04x", p[0]);
		return 1;
	}
	len = utf8_length(str_n(p, n));
	if (len == 0) {
		buf_puts(out, "\xef\xbf\xbd");
		return 1;
	}
	buf_add(out, p, len);
	return len;
}

static void quoted(struct buf *out, struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i = 0;

	buf_add(out, "\"", 1);
	while (i < s.n) {
		size_t run = i;

		while (run < s.n && plain(p[run]))
			run++;
		if (run > i)
			buf_add(out, p + i, run - i);
		i = run;
		if (i < s.n)
			i += special(out, p + i, s.n - i);
	}
	buf_add(out, "\"", 1);
}

static void comma(struct json *j)
{
	if (j->depth == 0)
		return;
	if (j->some[j->depth - 1])
		buf_add(j->out, ",", 1);
	j->some[j->depth - 1] = true;
}

static void member(struct json *j, const char *name)
{
	if (name == JSON_NAMED)
		return;
	if (j->depth > 0)
		CHECK((name != NULL) == (j->close[j->depth - 1] == '}'));
	comma(j);
	if (name) {
		quoted(j->out, str_of(name));
		buf_add(j->out, ":", 1);
	}
}

struct json json_into(struct buf *out)
{
	return (struct json){ .out = out };
}

void json_name(struct json *j, struct str name)
{
	CHECK(j->depth > 0 && j->close[j->depth - 1] == '}');
	comma(j);
	quoted(j->out, name);
	buf_add(j->out, ":", 1);
}

void json_open(struct json *j, const char *name, char kind)
{
	CHECK(kind == '{' || kind == '[');
	CHECK(j->depth < JSON_DEPTH_MAX);
	member(j, name);
	buf_add(j->out, &kind, 1);
	j->some[j->depth] = false;
	j->close[j->depth++] = kind == '{' ? '}' : ']';
}

void json_close(struct json *j)
{
	CHECK(j->depth > 0);
	buf_add(j->out, &j->close[--j->depth], 1);
}

void json_str(struct json *j, const char *name, struct str s)
{
	member(j, name);
	quoted(j->out, s);
}

void json_cstr(struct json *j, const char *name, const char *s)
{
	json_str(j, name, str_of(s));
}

void json_int(struct json *j, const char *name, int64_t n)
{
	member(j, name);
	buf_printf(j->out, "%" PRId64, n);
}

void json_real(struct json *j, const char *name, double d)
{
	CHECK(isfinite(d));
	member(j, name);
	buf_printf(j->out, "%.15g", d);
}

void json_bool(struct json *j, const char *name, bool yes)
{
	member(j, name);
	buf_puts(j->out, yes ? "true" : "false");
}

void json_null(struct json *j, const char *name)
{
	member(j, name);
	buf_puts(j->out, "null");
}

void json_raw(struct json *j, const char *name, struct str text)
{
	member(j, name);
	buf_add(j->out, text.p, text.n);
}

static void leaf(struct json *j, const char *name, const struct json_value *v)
{
	switch (v->kind) {
	case JSON_NULL:
		json_null(j, name);
		break;
	case JSON_BOOL:
		json_bool(j, name, v->yes);
		break;
	case JSON_NUMBER:
		json_raw(j, name, v->text);
		break;
	case JSON_STRING:
		json_str(j, name, v->text);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
	default:
		UNREACHABLE();
	}
}

void json_value(struct json *j, const char *name, const struct json_value *v)
{
	if (v->kind != JSON_ARRAY && v->kind != JSON_OBJECT) {
		leaf(j, name, v);
		return;
	}
	json_open(j, name, v->kind == JSON_OBJECT ? '{' : '[');
	for (const struct json_value *m = v->first; m; m = m->next) {
		if (v->kind == JSON_OBJECT)
			json_name(j, m->name);
		json_value(j, v->kind == JSON_OBJECT ? JSON_NAMED : NULL, m);
	}
	json_close(j);
}
