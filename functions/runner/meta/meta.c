#include "functions/runner/meta/blocks.h"
#include "functions/runner/bytes.h"

#define RESOURCES_MAX 1024
#define RESOURCE_IPTC 0x0404

static void (*const finders[FORMATS])(struct find *f) = {
	[FORMAT_JPEG] = jpeg_meta, [FORMAT_PNG] = png_meta, [FORMAT_WEBP] = webp_meta, [FORMAT_TIFF] = tiff_meta,
	[FORMAT_HEIC] = heif_meta, [FORMAT_AVIF] = heif_meta,
};

struct str blocks_join(struct meta *m, const struct str *parts, size_t n, size_t most)
{
	size_t total = 0, at = 0;
	char *to;

	for (size_t i = 0; i < n; i++) {
		if (parts[i].n > most - total)
			return (struct str){ 0 };
		total += parts[i].n;
	}
	if (n == 1 || total == 0)
		return n == 1 ? parts[0] : (struct str){ 0 };
	to = arena_take(&m->memory, total);
	for (size_t i = 0; i < n; at += parts[i++].n)
		memcpy(to + at, parts[i].p, parts[i].n);
	return str_n(to, total);
}

/* Each: "8BIM", number, a name behind its length (padded to even), length, data (padded to even). */
struct str blocks_iptc(struct str resources)
{
	size_t at = 0;

	for (int i = 0; i < RESOURCES_MAX && at + 12 <= resources.n; i++) {
		size_t name = 1 + byte_at(resources, at + 6), data = at + 6 + name + (name & 1) + 4;
		size_t length = be32(resources, data - 4);

		if (memcmp(resources.p + at, "8BIM", 4) != 0 || data > resources.n || length > resources.n - data)
			break;
		if (be16(resources, at + 4) == RESOURCE_IPTC)
			return str_n(resources.p + data, length);
		at = data + length + (length & 1);
	}
	return (struct str){ 0 };
}

/* JPEG's prefix, which some write elsewhere too, is cut off. */
static struct str exif_body(struct str s)
{
	if (str_starts(s, STR("Exif\0")) && s.n > 6)
		s = str_n(s.p + 6, s.n - 6);
	return str_starts(s, STR("II*\0")) || str_starts(s, STR("MM\0*")) ? s : (struct str){ 0 };
}

static struct str within(struct str s, size_t most)
{
	return s.n > 0 && s.n <= most ? s : (struct str){ 0 };
}

void meta_find(struct str photo, enum format format, int64_t max_profile, struct meta *m)
{
	struct find f = { photo, max_profile, m };

	*m = (struct meta){ .upright = false };
	if (finders[format])
		finders[format](&f);
	m->exif = exif_body(m->exif);
	if (format != FORMAT_TIFF)
		m->exif = within(m->exif, META_EXIF_MAX);
	m->xmp = within(m->xmp, META_XMP_MAX);
	m->iptc = within(m->iptc, META_IPTC_MAX);
	m->icc = within(m->icc, max_profile > 0 ? (size_t)max_profile : 0);
}

void meta_clear(struct meta *m)
{
	arena_clear(&m->memory);
	*m = (struct meta){ .upright = false };
}
