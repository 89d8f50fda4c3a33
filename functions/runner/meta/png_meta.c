/* png_meta.c - chunks: eXIf and iCCP are what they say; XMP is a text of a certain name; ImageMagick writes all of
 * them as texts in hexadecimal, "Raw profile type exif". What is compressed is inflated once per name and under a bound, so that a
 * thousand bombs cost as much as one. */
#include "base/buf.h"
#include "functions/runner/bytes.h"
#include "functions/runner/inflate.h"
#include "functions/runner/meta/blocks.h"

#define CHUNKS_MAX 100000	/* looked at in one file */

enum target { EXIF, XMP, IPTC, ICC, TARGETS };

struct png {
	struct find *f;
	bool tried[TARGETS];
};

static const struct name {
	struct str keyword;
	enum target target;
	bool hex;
} names[] = {
	{ STR("XML:com.adobe.xmp"), XMP, false },
	{ STR("Raw profile type exif"), EXIF, true }, { STR("Raw profile type APP1"), EXIF, true },
	{ STR("Raw profile type xmp"), XMP, true }, { STR("Raw profile type iptc"), IPTC, true },
};

static const size_t most[TARGETS] = { [EXIF] = META_EXIF_MAX, [XMP] = META_XMP_MAX, [IPTC] = META_IPTC_MAX };

/* Absent when it is damaged, cut or larger than `size_max`. */
static struct str inflated(struct meta *m, struct str in, size_t size_max)
{
	struct buf out = { 0 };
	struct str done = { 0 };

	if (inflate_into(&out, in, size_max))
		done = arena_str(&m->memory, str_n(out.data, out.len));
	buf_clear(&out);
	return done;
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A line with the kind, a line with the number of bytes, lines of digits. */
static struct str unhex(struct meta *m, struct str s, size_t size_max)
{
	struct str line;
	char *to;
	size_t n = 0;
	int64_t length;
	int high = -1;

	if (s.n == 0 || s.p[0] != '\n' || !str_next(&s, '\n', &line) || !str_next(&s, '\n', &line) ||
	    !str_next(&s, '\n', &line) || !str_is_set(s) ||
	    str_to_int(str_trim(line), 1, (int64_t)size_max, &length) < 0 || (size_t)length > s.n / 2)
		return (struct str){ 0 };
	to = arena_take(&m->memory, (size_t)length);
	for (size_t i = 0; i < s.n && n < (size_t)length; i++) {
		int d = digit(s.p[i]);

		if (d < 0)
			continue;
		if (high >= 0)
			to[n++] = (char)(high << 4 | d);
		high = high >= 0 ? -1 : d;
	}
	return str_n(to, n);
}

static void put(struct png *png, enum target t, struct str s)
{
	struct meta *m = png->f->m;
	struct str *to[TARGETS] = { [EXIF] = &m->exif, [XMP] = &m->xmp, [IPTC] = &m->iptc };

	/* ImageMagick's "iptc" is the records alone, or with Photoshop's frame around them */
	if (t == IPTC && str_starts(s, STR("8BIM")))
		s = blocks_iptc(s);
	if (!str_is_set(*to[t]) && s.n > 0)
		*to[t] = s;
}

/* The keyword before the NUL, which is cut off with it; NULL for those of no interest. */
static const struct name *named(struct str *data)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct str k = names[i].keyword;

		if (data->n > k.n && str_starts(*data, k) && data->p[k.n] == '\0') {
			*data = str_n(data->p + k.n + 1, data->n - k.n - 1);
			return &names[i];
		}
	}
	return NULL;
}

/* Compressed or not, method, language NUL, keyword in that language NUL, text. */
static bool international(struct str *data)
{
	bool compressed = byte_at(*data, 0) == 1;
	struct str skip, rest;

	if (data->n < 2)
		return false;
	rest = str_n(data->p + 2, data->n - 2);
	if (!str_next(&rest, '\0', &skip) || !str_next(&rest, '\0', &skip))
		return false;
	*data = rest;
	return compressed;
}

static void text_chunk(struct png *png, struct str type, struct str data)
{
	const struct name *name = named(&data);
	bool compressed = str_eq(type, STR("zTXt"));

	if (name == NULL || png->tried[name->target])
		return;
	png->tried[name->target] = true;
	if (compressed && data.n > 0)
		data = str_n(data.p + 1, data.n - 1);	/* the method: 0, the only one */
	if (str_eq(type, STR("iTXt")))
		compressed = international(&data);
	/* hexadecimal takes two bytes and some for the lines */
	if (compressed && str_is_set(data))
		data = inflated(png->f->m, data, name->hex ? most[name->target] * 9 / 4 : most[name->target]);
	if (name->hex)
		data = unhex(png->f->m, data, most[name->target]);
	put(png, name->target, data);
}

/* name NUL method data */
static void profile_chunk(struct png *png, struct str data)
{
	struct find *f = png->f;
	struct str name;

	if (png->tried[ICC] || f->max_profile <= 0 || !str_next(&data, '\0', &name) || data.n < 2)
		return;
	png->tried[ICC] = true;
	f->m->icc = inflated(f->m, str_n(data.p + 1, data.n - 1), (size_t)f->max_profile);
}

static void chunk(struct png *png, struct str type, struct str data)
{
	struct meta *m = png->f->m;

	if (str_eq(type, STR("eXIf"))) {
		m->exif = data;	/* before a text of ImageMagick's, wherever that stands */
		png->tried[EXIF] = true;
	} else if (str_eq(type, STR("iCCP"))) {
		profile_chunk(png, data);
	} else if (str_eq(type, STR("cICP"))) {
		m->primaries = (int)byte_at(data, 0);
		m->transfer = (int)byte_at(data, 1);
	} else if (str_eq(type, STR("tEXt")) || str_eq(type, STR("zTXt")) || str_eq(type, STR("iTXt"))) {
		text_chunk(png, type, data);
	}
}

void png_meta(struct find *f)
{
	struct png png = { .f = f };
	struct str p = f->photo;
	size_t at = 8;

	for (int i = 0; i < CHUNKS_MAX && at + 12 <= p.n; i++) {
		struct str type = str_n(p.p + at + 4, 4);
		size_t length = be32(p, at);

		if (length > p.n - at - 12 || str_eq(type, STR("IEND")))
			break;
		chunk(&png, type, str_n(p.p + at + 8, length));
		at += 12 + length;
	}
}
