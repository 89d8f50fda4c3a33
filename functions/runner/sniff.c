#include "functions/runner/sniff.h"

#include "base/check.h"
#include "functions/runner/bytes.h"

#define REFUSED FORMATS		/* recognised, not decoded */

/* First match wins. `also` at `also_at` must match too where it is set. */
static const struct signature {
	size_t at;
	struct str bytes;
	size_t also_at;
	struct str also;
	enum format format;
	const char *what;
} signatures[] = {
	{ 0, STR("\xff\xd8\xff"), 0, { 0 }, FORMAT_JPEG, "JPEG" },
	{ 0, STR("\x89PNG\r\n\x1a\n"), 0, { 0 }, FORMAT_PNG, "PNG" },
	{ 0, STR("RIFF"), 8, STR("WEBP"), FORMAT_WEBP, "WebP" },
	{ 0, STR("GIF87a"), 0, { 0 }, FORMAT_GIF, "GIF" },
	{ 0, STR("GIF89a"), 0, { 0 }, FORMAT_GIF, "GIF" },
	{ 0, STR("II*\0"), 8, STR("CR\x02"), REFUSED, "Canon raw (CR2)" },
	{ 0, STR("II*\0"), 0, { 0 }, FORMAT_TIFF, "TIFF" },
	{ 0, STR("MM\0*"), 0, { 0 }, FORMAT_TIFF, "TIFF" },
	{ 0, STR("II+\0"), 0, { 0 }, REFUSED, "BigTIFF" },
	{ 0, STR("MM\0+"), 0, { 0 }, REFUSED, "BigTIFF" },
	{ 0, STR("IIRO"), 0, { 0 }, REFUSED, "Olympus raw" },
	{ 0, STR("IIU\0"), 0, { 0 }, REFUSED, "Panasonic raw" },
	{ 0, STR("FUJIFILMCCD-RAW"), 0, { 0 }, REFUSED, "Fujifilm raw" },
	{ 0, STR("\0MRM"), 0, { 0 }, REFUSED, "Minolta raw" },
	{ 0, STR("FOVb"), 0, { 0 }, REFUSED, "Sigma raw" },
	{ 0, STR("%PDF-"), 0, { 0 }, REFUSED, "PDF" },
	{ 0, STR("%!PS"), 0, { 0 }, REFUSED, "PostScript" },
	{ 0, STR("\xc5\xd0\xd3\xc6"), 0, { 0 }, REFUSED, "PostScript (DOS)" },
	{ 0, STR("push graphic-context"), 0, { 0 }, REFUSED, "ImageMagick vector (MVG)" },
	{ 0, STR("viewbox 0 "), 0, { 0 }, REFUSED, "ImageMagick vector (MVG)" },
	{ 0, STR("BM"), 6, STR("\0\0\0\0"), REFUSED, "BMP" },
	{ 0, STR("\xff\x0a"), 0, { 0 }, REFUSED, "JPEG XL" },
	{ 0, STR("\0\0\0\x0cJXL "), 0, { 0 }, REFUSED, "JPEG XL" },
	{ 0, STR("\0\0\0\x0cjP  "), 0, { 0 }, REFUSED, "JPEG 2000" },
	{ 0, STR("\xff\x4f\xff\x51"), 0, { 0 }, REFUSED, "JPEG 2000" },
	{ 0, STR("8BPS"), 0, { 0 }, REFUSED, "Photoshop" },
	{ 0, STR("\0\0\1\0"), 0, { 0 }, REFUSED, "icon (ICO)" },
	{ 0, STR("\x76\x2f\x31\x01"), 0, { 0 }, REFUSED, "OpenEXR" },
	{ 0, STR("#?RADIANCE"), 0, { 0 }, REFUSED, "Radiance HDR" },
	{ 0, STR("qoif"), 0, { 0 }, REFUSED, "QOI" },
	{ 0, STR("DDS "), 0, { 0 }, REFUSED, "DirectDraw surface" },
	{ 0, STR("SIMPLE  ="), 0, { 0 }, REFUSED, "FITS" },
	{ 0, STR("/* XPM */"), 0, { 0 }, REFUSED, "XPM" },
	{ 0, STR("gimp xcf"), 0, { 0 }, REFUSED, "GIMP" },
	{ 0, STR("\x1a\x45\xdf\xa3"), 0, { 0 }, REFUSED, "Matroska or WebM video" },
	{ 0, STR("RIFF"), 8, STR("AVI "), REFUSED, "AVI video" },
};

/* Of ISO media files. mif1 and msf1 only say "some HEIF": the compatible brands tell which. */
static const struct brand {
	struct str name;
	enum format format;
} brands[] = {
	{ STR("avif"), FORMAT_AVIF }, { STR("avis"), FORMAT_AVIF },
	{ STR("heic"), FORMAT_HEIC }, { STR("heix"), FORMAT_HEIC }, { STR("heim"), FORMAT_HEIC },
	{ STR("heis"), FORMAT_HEIC }, { STR("hevc"), FORMAT_HEIC }, { STR("hevx"), FORMAT_HEIC },
};

static const char *const names[FORMATS] = {
	[FORMAT_JPEG] = "jpeg", [FORMAT_PNG] = "png", [FORMAT_WEBP] = "webp", [FORMAT_GIF] = "gif",
	[FORMAT_TIFF] = "tiff", [FORMAT_HEIC] = "heic", [FORMAT_AVIF] = "avif",
};

const char *format_name(enum format f)
{
	CHECK(f < FORMATS);
	return names[f];
}

static enum format brand_format(struct str name)
{
	for (size_t i = 0; i < sizeof brands / sizeof brands[0]; i++)
		if (str_eq(brands[i].name, name))
			return brands[i].format;
	return FORMATS;
}

/* size, "ftyp", major brand, minor version, compatible brands to the end of the box */
static enum reason sniff_iso_media(struct str p, enum format *format, char message[SAY_MAX])
{
	size_t end = be32(p, 0) < p.n ? be32(p, 0) : p.n;
	struct str major = str_n(p.p + 8, 4);

	*format = brand_format(major);
	if (*format != FORMATS)
		return REASON_NONE;
	if (str_eq(major, STR("mif1")) || str_eq(major, STR("msf1")))
		for (size_t at = 16; at + 4 <= end && at < 256 && *format == FORMATS; at += 4)
			*format = brand_format(str_n(p.p + at, 4));
	if (*format != FORMATS)
		return REASON_NONE;
	return say(message, REASON_UNSUPPORTED, "an ISO media file (video, camera raw or another kind of HEIF) is not decoded here");
}

/* An optional byte order mark, blanks, then an XML that soon says <svg. */
static bool is_svg(struct str p)
{
	struct str head = p.n > 4096 ? str_n(p.p, 4096) : p;

	if (str_starts(head, STR("\xef\xbb\xbf")))
		head = str_n(head.p + 3, head.n - 3);
	while (head.n > 0 && memchr(" \t\r\n", head.p[0], 4))
		head = str_n(head.p + 1, head.n - 1);
	return head.n > 0 && head.p[0] == '<' && memmem(head.p, head.n, "<svg", 4) != NULL;
}

static bool is_netpbm(struct str p)
{
	return p.n > 3 && p.p[0] == 'P' && p.p[1] >= '1' && p.p[1] <= '7' && memchr(" \t\r\n", p.p[2], 4) &&
	       (p.p[3] == '#' || (p.p[3] >= '0' && p.p[3] <= '9') || p.p[3] == 'W');
}

static bool run_is(struct str p, size_t at, struct str bytes)
{
	return at + bytes.n <= p.n && memcmp(p.p + at, bytes.p, bytes.n) == 0;
}

enum reason sniff(struct str photo, enum format *format, char message[SAY_MAX])
{
	const struct signature *s = signatures, *end = s + sizeof signatures / sizeof signatures[0];
	const char *refused = NULL;

	if (photo.n == 0)
		return say(message, REASON_EMPTY, "the file is empty");
	while (s < end && !(run_is(photo, s->at, s->bytes) && (s->also.n == 0 || run_is(photo, s->also_at, s->also))))
		s++;
	if (s < end && s->format != REFUSED) {
		*format = s->format;
		return REASON_NONE;
	}
	if (s < end)
		refused = s->what;
	else if (photo.n >= 16 && run_is(photo, 4, STR("ftyp")))
		return sniff_iso_media(photo, format, message);
	else if (is_svg(photo))
		refused = "SVG";
	else if (is_netpbm(photo))
		refused = "PNM";
	if (refused)
		return say(message, REASON_UNSUPPORTED, "%s is recognised but not decoded here", refused);
	return say(message, REASON_NOT_IMAGE, "the first bytes are not those of any photo format");
}
