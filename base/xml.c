#include "base/xml.h"

#include <inttypes.h>

#include "base/check.h"
#include "base/codec.h"

struct xml xml_into(struct buf *out, enum xml_prolog prolog)
{
	if (prolog == XML_PROLOG)
		buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	return (struct xml){ .out = out };
}

static const char *entity(unsigned char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\r': return "&#13;";
	case '\t': case '\n': return NULL;
	default: return c < 0x20 ? "&#xFFFD;" : NULL;
	}
}

/* U+FFFE and U+FFFF are UTF-8 but no character of XML. */
static bool is_noncharacter(struct str s, size_t at)
{
	return s.n - at >= 3 && memcmp(s.p + at, "\xef\xbf", 2) == 0 && (unsigned char)s.p[at + 2] >= 0xbe;
}

static void escaped(struct buf *out, struct str s)
{
	size_t run = 0;

	if (!utf8_valid(s)) {
		buf_puts(out, "&#xFFFD;");
		return;
	}
	for (size_t i = 0; i < s.n; i++) {
		bool wide = is_noncharacter(s, i);
		const char *e = wide ? "&#xFFFD;" : entity((unsigned char)s.p[i]);

		if (!e)
			continue;
		buf_add(out, s.p + run, i - run);
		buf_puts(out, e);
		run = i + (wide ? 3 : 1);
	}
	if (s.n > run)
		buf_add(out, s.p + run, s.n - run);
}

void xml_open(struct xml *x, const char *name, const char *xmlns)
{
	CHECK(x->depth < XML_DEPTH_MAX);
	buf_printf(x->out, "<%s", name);
	if (xmlns)
		buf_printf(x->out, " xmlns=\"%s\"", xmlns);
	buf_puts(x->out, ">");
	x->open[x->depth++] = name;
}

void xml_open_with(struct xml *x, const char *name, const char *attributes)
{
	CHECK(x->depth < XML_DEPTH_MAX);
	buf_printf(x->out, "<%s %s>", name, attributes);
	x->open[x->depth++] = name;
}

void xml_close(struct xml *x)
{
	CHECK(x->depth > 0);
	buf_printf(x->out, "</%s>", x->open[--x->depth]);
}

void xml_text(struct xml *x, const char *name, struct str s)
{
	buf_printf(x->out, "<%s>", name);
	escaped(x->out, s);
	buf_printf(x->out, "</%s>", name);
}

void xml_cstr(struct xml *x, const char *name, const char *s)
{
	xml_text(x, name, str_of(s));
}

void xml_int(struct xml *x, const char *name, int64_t n)
{
	buf_printf(x->out, "<%s>%" PRId64 "</%s>", name, n, name);
}

void xml_bool(struct xml *x, const char *name, int yes)
{
	xml_cstr(x, name, yes ? "true" : "false");
}
