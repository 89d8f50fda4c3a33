/* jpeg_meta.c - the application segments before the first scan. */
#include "functions/runner/bytes.h"
#include "functions/runner/meta/blocks.h"

enum { TEM = 0x01, RST0 = 0xd0, SOI = 0xd8, EOI = 0xd9, SOS = 0xda, APP1 = 0xe1, APP2 = 0xe2, APP13 = 0xed };

#define PARTS_MAX 256		/* a profile's parts are counted in one byte */

/* What comes in several segments. */
struct parts {
	struct str icc[PARTS_MAX];
	uint32_t icc_n;			/* as the parts say */
	struct str photoshop[PARTS_MAX];
	size_t photoshop_n;
};

static bool cut_prefix(struct str *s, struct str prefix)
{
	if (!str_starts(*s, prefix))
		return false;
	*s = str_n(s->p + prefix.n, s->n - prefix.n);
	return true;
}

/* number and count, from 1 */
static void profile_part(struct parts *parts, struct str s)
{
	uint32_t number = byte_at(s, 0), count = byte_at(s, 1);

	if (s.n < 2 || number == 0 || number > count || (parts->icc_n != 0 && parts->icc_n != count))
		return;
	parts->icc_n = count;
	if (!str_is_set(parts->icc[number - 1]))
		parts->icc[number - 1] = str_n(s.p + 2, s.n - 2);
}

static void segment(struct find *f, struct parts *parts, uint32_t marker, struct str s)
{
	if (marker == APP1 && str_starts(s, STR("Exif\0")) && !str_is_set(f->m->exif))
		f->m->exif = s;
	else if (marker == APP1 && cut_prefix(&s, STR("http://ns.adobe.com/xap/1.0/\0")) && !str_is_set(f->m->xmp))
		f->m->xmp = s;
	else if (marker == APP2 && cut_prefix(&s, STR("ICC_PROFILE\0")))
		profile_part(parts, s);
	else if (marker == APP13 && cut_prefix(&s, STR("Photoshop 3.0\0")) && parts->photoshop_n < PARTS_MAX)
		parts->photoshop[parts->photoshop_n++] = s;
}

static void join(struct find *f, const struct parts *parts)
{
	bool all = true;

	for (uint32_t i = 0; i < parts->icc_n; i++)
		all &= str_is_set(parts->icc[i]);
	if (all && f->max_profile > 0)
		f->m->icc = blocks_join(f->m, parts->icc, parts->icc_n, (size_t)f->max_profile);
	f->m->iptc = blocks_iptc(blocks_join(f->m, parts->photoshop, parts->photoshop_n, META_IPTC_MAX * 4));
}

void jpeg_meta(struct find *f)
{
	struct parts parts = { .icc_n = 0 };
	struct str p = f->photo;
	size_t at = 2;

	while (at + 4 <= p.n) {
		uint32_t marker = byte_at(p, at + 1);
		size_t length = be16(p, at + 2);

		if (byte_at(p, at) != 0xff || marker == 0xff || marker == TEM || (marker >= RST0 && marker <= SOI)) {
			at++;	/* fill bytes, and what decoders skip as well */
			continue;
		}
		if (marker == SOS || marker == EOI || length < 2 || length > p.n - at - 2)
			break;
		segment(f, &parts, marker, str_n(p.p + at + 4, length - 2));
		at += 2 + length;
	}
	join(f, &parts);
}
