#include "web/form_data.h"

#include "base/codec.h"
#include "base/err.h"

enum {
	PREAMBLE,	/* before the first boundary: not looked at */
	BODY,		/* of a part */
	BOUNDARY,	/* behind one: the next byte tells whether it was the last */
	BOUNDARY_LAST,	/* one hyphen of two */
	PADDING,	/* blanks until the line ends */
	PADDING_END,	/* its CR was there */
	HEADERS,
	EPILOGUE	/* behind the last: not looked at */
};

/* -- what stands in headers: parameters, and their quotes -- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* What browsers write for a quote and a line's end inside quotes. Nothing else is an escape there: "100%.jpg" is a name. */
static bool percent_escape(struct str s, char *c)
{
	static const struct {
		struct str text;
		char means;
	} escapes[] = { { { "%22", 3 }, '"' }, { { "%0D", 3 }, '\r' }, { { "%0A", 3 }, '\n' } };

	for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++)
		if (s.n >= 3 && str_ieq(str_n(s.p, 3), escapes[i].text)) {
			*c = escapes[i].means;
			return true;
		}
	return false;
}

static bool backslash_escape(struct str s)
{
	return s.n > 1 && s.p[0] == '\\' && (s.p[1] == '"' || s.p[1] == '\\');
}

/* From behind the opening quote to behind the closing one. A backslash quotes a quote or itself, and else is one: paths of Windows have them. */
static int take_quoted(struct str *rest, struct arena *a, struct str *value)
{
	size_t end = 0, n = 0;
	char *to;

	while (end < rest->n && rest->p[end] != '"')
		end += backslash_escape(str_n(rest->p + end, rest->n - end)) ? 2 : 1;
	if (end == rest->n)
		return E_BAD_INPUT;
	to = arena_take(a, end + 1);
	for (size_t at = 0; at < end; n++) {
		struct str left = str_n(rest->p + at, end - at);

		if (backslash_escape(left)) {
			to[n] = left.p[1];
			at += 2;
		} else if (percent_escape(left, &to[n])) {
			at += 3;
		} else {
			to[n] = left.p[0];
			at++;
		}
	}
	*rest = str_n(rest->p + end + 1, rest->n - end - 1);
	*value = str_n(to, n);
	return 0;
}

/* The next of "; name=value; name=\"value\"", of which *rest is what is left. 1, or 0 when there is none. */
static int next_parameter(struct str *rest, struct arena *a, struct str *name, struct str *value)
{
	struct str s = str_trim(*rest);
	size_t n = 0;

	while (s.n > 0 && s.p[0] == ';')
		s = str_trim(str_n(s.p + 1, s.n - 1));
	*rest = s;
	if (s.n == 0)
		return 0;
	while (n < s.n && s.p[n] != '=' && s.p[n] != ';')
		n++;
	if (n == s.n || s.p[n] == ';')
		return E_BAD_INPUT;
	*name = str_trim(str_n(s.p, n));
	s = str_trim(str_n(s.p + n + 1, s.n - n - 1));
	if (s.n > 0 && s.p[0] == '"') {
		*rest = str_n(s.p + 1, s.n - 1);
		if (take_quoted(rest, a, value) < 0)
			return E_BAD_INPUT;
		*rest = str_trim(*rest);
		return rest->n == 0 || rest->p[0] == ';' ? 1 : E_BAD_INPUT;
	}
	for (n = 0; n < s.n && s.p[n] != ';';)
		n++;
	*value = str_trim(str_n(s.p, n));
	*rest = str_n(s.p + n, s.n - n);
	return 1;
}

/* "UTF-8'language'percent-encoded" (RFC 8187). Absent in any other character set: then there is a plain file name to fall back on. */
static struct str extended(struct str value, struct arena *a)
{
	struct str set, language, name = { 0 };

	if (!str_next(&value, '\'', &set) || !str_next(&value, '\'', &language) || !str_is_set(value) || !str_ieq(set, STR("UTF-8")) ||
	    uri_decode(a, value, false, &name) < 0 || !utf8_valid(name))
		return (struct str){ 0 };
	return name;
}

static int read_disposition(struct str v, struct arena *a, struct form_part *p)
{
	struct str kind, name, value, better = { 0 };
	int rc;

	(void)str_next(&v, ';', &kind);
	if (!str_ieq(str_trim(kind), STR("form-data")))
		return E_BAD_INPUT;
	while ((rc = next_parameter(&v, a, &name, &value)) > 0)
		if (str_ieq(name, STR("name")) && !str_is_set(p->name))
			p->name = value;
		else if (str_ieq(name, STR("filename")) && !str_is_set(p->file_name))
			p->file_name = value;
		else if (str_ieq(name, STR("filename*")) && !str_is_set(better))
			better = extended(value, a);
	if (str_is_set(better))
		p->file_name = better;
	return rc;
}

/* -- the parser -- */

static bool is_boundary(struct str s)
{
	static const char others[] = "'()+_,-./:=? ";

	if (s.n == 0 || s.n > FORM_BOUNDARY_MAX || s.p[s.n - 1] == ' ')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= 'A' && s.p[i] <= 'Z') &&
		    !memchr(others, s.p[i], sizeof others - 1))
			return false;
	return true;
}

static int find_boundary(struct str content_type, struct arena *a, struct str *boundary)
{
	struct str kind, name, value;
	int rc;

	if (!str_next(&content_type, ';', &kind) || !str_ieq(str_trim(kind), STR("multipart/form-data")))
		return E_BAD_INPUT;
	while ((rc = next_parameter(&content_type, a, &name, &value)) > 0)
		if (str_ieq(name, STR("boundary")) && !str_is_set(*boundary))
			*boundary = value;
	return rc < 0 || !is_boundary(*boundary) ? E_BAD_INPUT : 0;
}

int form_data_begin(struct form_data *f, struct str content_type)
{
	struct arena a = { 0 };
	struct str boundary = { 0 };
	int rc = find_boundary(content_type, &a, &boundary);

	if (rc == 0) {
		memcpy(f->boundary, "\r\n--", 4);
		memcpy(f->boundary + 4, boundary.p, boundary.n);
		f->boundary_len = boundary.n + 4;
		f->matched = 2;		/* the first needs no line before it */
		f->state = PREAMBLE;
		f->parts = 0;
		f->headers.len = 0;
	}
	arena_clear(&a);
	return rc;
}

static int read_header(struct str line, struct arena *a, struct form_part *p)
{
	struct str name;

	if (!str_next(&line, ':', &name) || !str_is_set(line))
		return E_BAD_INPUT;
	name = str_trim(name);
	if (str_ieq(name, STR("content-disposition")))
		return read_disposition(line, a, p);
	if (str_ieq(name, STR("content-type")) && !str_is_set(p->type))
		p->type = str_trim(line);
	return 0;
}

/* All headers of a part are there, each with its CRLF. */
static int open_part(struct form_data *f)
{
	struct str rest = str_n(f->headers.data, f->headers.len), line;
	struct form_part part = { 0 };
	struct arena a = { 0 };
	int rc = 0;

	while (rc == 0 && rest.n > 0 && str_next(&rest, '\n', &line))
		rc = read_header(str_n(line.p, line.n - 1), &a, &part);
	f->headers.len = 0;
	f->state = BODY;
	f->matched = 0;
	if (rc == 0 && !str_is_set(part.name))
		rc = E_BAD_INPUT;
	if (rc == 0 && ++f->parts > FORM_PARTS_MAX)
		rc = E_TOO_LARGE;
	if (rc == 0)
		rc = f->on_part(f, &part);
	arena_clear(&a);
	return rc;
}

static bool ends_with_blank_line(const struct buf *b)
{
	struct str s = str_n(b->data, b->len);

	return str_eq(s, STR("\r\n")) || str_ends(s, STR("\r\n\r\n"));
}

static int take_header_byte(struct form_data *f, char c)
{
	struct buf *h = &f->headers;

	if (h->len == FORM_HEADERS_MAX)
		return E_TOO_LARGE;
	if ((c == '\n') != (h->len > 0 && h->data[h->len - 1] == '\r'))
		return E_BAD_INPUT;	/* a CR or LF alone */
	buf_add(h, &c, 1);
	if (!ends_with_blank_line(h))
		return 0;
	h->len -= 2;
	return open_part(f);
}

static int take_boundary_byte(struct form_data *f, char c)
{
	switch (f->state) {
	case BOUNDARY:
		f->state = c == '-' ? BOUNDARY_LAST : c == '\r' ? PADDING_END : PADDING;
		return c == '-' || c == '\r' || is_blank(c) ? 0 : E_BAD_INPUT;
	case BOUNDARY_LAST:
		f->state = EPILOGUE;
		return c == '-' ? 0 : E_BAD_INPUT;
	case PADDING:
		if (c == '\r')
			f->state = PADDING_END;
		return c == '\r' || is_blank(c) ? 0 : E_BAD_INPUT;
	default:
		f->state = HEADERS;
		return c == '\n' ? 0 : E_BAD_INPUT;
	}
}

static int tell(struct form_data *f, const void *p, size_t n)
{
	return f->state == BODY && n > 0 ? f->on_bytes(f, p, n) : 0;
}

/* Bytes of a part, or before the first. A CR is nowhere in a boundary but at its beginning, so that what looked like one and
 * is none can begin another only with the byte that betrayed it. Moves *at. */
static int take_body(struct form_data *f, const char **at, const char *end)
{
	const char *from = *at, *cr;
	size_t n = f->matched;

	if (n == 0) {
		cr = memchr(from, '\r', (size_t)(end - from));
		*at = cr ? cr + 1 : end;
		f->matched = cr ? 1 : 0;
		return tell(f, from, (size_t)((cr ? cr : end) - from));
	}
	if (*from != f->boundary[n]) {
		f->matched = 0;
		return tell(f, f->boundary, n);
	}
	++*at;
	if (++f->matched < f->boundary_len)
		return 0;
	n = (size_t)(f->state == BODY);
	f->state = BOUNDARY;
	return n ? f->on_part_end(f) : 0;
}

int form_data_feed(struct form_data *f, const void *p, size_t n)
{
	const char *at = p, *end = at + n;
	int rc = 0;

	while (at < end && rc == 0 && !f->hold)
		switch (f->state) {
		case PREAMBLE:
		case BODY:
			rc = take_body(f, &at, end);
			break;
		case HEADERS:
			rc = take_header_byte(f, *at++);
			break;
		case EPILOGUE:
			at = end;
			break;
		default:
			rc = take_boundary_byte(f, *at++);
		}
	f->took = (size_t)(at - (const char *)p);
	return rc;
}

int form_data_end(struct form_data *f)
{
	return f->state == EPILOGUE ? 0 : E_BAD_INPUT;
}

void form_data_clear(struct form_data *f)
{
	buf_clear(&f->headers);
}
