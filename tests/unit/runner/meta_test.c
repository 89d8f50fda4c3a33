#include "tests/unit/runner/photos.h"

#include <zlib.h>

#include "functions/runner/bytes.h"
#include "functions/runner/meta/meta.h"

#define PROFILE_MAX (4 << 20)
#define EXIF_X100 "II*\0\x08\0\0\0\1\0\x10\1\2\0\4\0\0\0X100\0\0\0\0"
#define XMP_TITLE "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='r'><rdf:Description xmlns:dc='d'>" \
	"<dc:title><rdf:Alt><rdf:li>T</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>"
#define IPTC_TITLE "\x1c\2\5\0\4Iptc"
#define RESOURCES "8BIM\4\4\0\0\0\0\0\x09" IPTC_TITLE "\0"

/* What libvips 8.14 writes: no camera into PNG and TIFF, no orientation into PNG. HEIF has its own. */
static const struct writer {
	const char *suffix;
	enum format format;
	const char *camera, *title;
	int orientation;
} writers[] = {
	{ ".jpg", FORMAT_JPEG, "X100", "T", 6 }, { ".png", FORMAT_PNG, "", "T", 1 }, { ".webp", FORMAT_WEBP, "X100", "T", 6 },
	{ ".tif", FORMAT_TIFF, "", "T", 6 }, { ".heic", FORMAT_HEIC, "X100", "T", 1 }, { ".avif", FORMAT_AVIF, "X100", "T", 1 },
};

static VipsImage *told(void)
{
	VipsImage *image = quarters(64, 64, 3);
	VipsBlob *profile = NULL;
	const void *p;
	size_t n;

	assert_int_equal(vips_profile_load("p3", &profile, NULL), 0);
	p = vips_blob_get(profile, &n);
	vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, p, n);
	vips_area_unref(VIPS_AREA(profile));
	vips_image_set_string(image, "exif-ifd0-Model", "X100");
	vips_image_set_string(image, "exif-ifd2-ISOSpeedRatings", "400");
	vips_image_set_int(image, VIPS_META_ORIENTATION, 6);
	vips_image_set_blob_copy(image, VIPS_META_XMP_NAME, XMP_TITLE, sizeof XMP_TITLE - 1);
	return image;
}

static void blocks_are_found_in_every_container(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++) {
		const struct writer *w = &writers[i];
		struct str photo = saved(told(), w->suffix);
		struct meta m;
		struct facts f;

		meta_find(photo, w->format, PROFILE_MAX, &m);
		facts_read(&m, &f);
		if (strcmp(f.camera, w->camera) != 0 || strcmp(f.title, w->title) != 0 ||
		    f.profile[0] == '\0' || meta_orientation(&m) != w->orientation)
			fail_msg("%s: camera \"%s\" title \"%s\" profile \"%s\" orientation %d", w->suffix, f.camera, f.title,
				 f.profile, meta_orientation(&m));
		meta_clear(&m);
		meta_find(photo, w->format, (int64_t)100, &m);
		assert_false(str_is_set(m.icc));	/* larger than asked for */
		meta_clear(&m);
		lose(photo);
	}
}

/* Every finder on every format's bytes, cut anywhere. */
static void a_container_may_end_anywhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++) {
		struct str photo = saved(told(), writers[i].suffix);
		size_t head = photo.n < 3000 ? photo.n : 3000;

		for (size_t n = 0; n < head; n += n < 600 ? 1 : 13)
			for (int format = 0; format < FORMATS; format++) {
				char *copy = malloc(n + 1);
				struct meta m;

				assert_non_null(copy);
				memcpy(copy, photo.p, n);
				meta_find(str_n(copy, n), (enum format)format, PROFILE_MAX, &m);
				meta_clear(&m);
				free(copy);
			}
		lose(photo);
	}
}

static struct facts facts_in(struct str photo, enum format format)
{
	struct facts f;
	struct meta m;

	meta_find(photo, format, PROFILE_MAX, &m);
	facts_read(&m, &f);
	meta_clear(&m);
	return f;
}

#define APP(marker, length, data) "\xff" marker length data
#define PHOTOSHOP_1 APP("\xed", "\0\x1a", "Photoshop 3.0\0" "8BIM\4\4\0\0\0\0")
#define PHOTOSHOP_2 APP("\xed", "\0\x1c", "Photoshop 3.0\0" "\0\x09" IPTC_TITLE "\0")

static void a_jpeg_s_parts_are_put_together(void **state)
{
	static const char parts[] = "\xff\xd8" APP("\xe2", "\0\x12", "ICC_PROFILE\0\2\2cd") APP("\xe2", "\0\x12", "ICC_PROFILE\0\1\2ab")
		PHOTOSHOP_1 PHOTOSHOP_2 "\xff\xff\xd9";
	static const char half[] = "\xff\xd8" APP("\xe2", "\0\x12", "ICC_PROFILE\0\2\2cd") "\xff\xd9";
	static const char late[] = "\xff\xd8" APP("\xda", "\0\2", "") APP("\xe1", "\0\x22", "Exif\0\0" EXIF_X100) "\xff\xd9";
	struct meta m;

	(void)state;
	meta_find(STR(parts), FORMAT_JPEG, PROFILE_MAX, &m);
	assert_true(str_is(m.icc, "abcd"));
	assert_string_equal(facts_in(STR(parts), FORMAT_JPEG).title, "Iptc");
	meta_clear(&m);
	meta_find(STR(parts), FORMAT_JPEG, 3, &m);
	assert_false(str_is_set(m.icc));
	meta_clear(&m);
	meta_find(STR(half), FORMAT_JPEG, PROFILE_MAX, &m);
	assert_false(str_is_set(m.icc));
	meta_clear(&m);
	assert_string_equal(facts_in(STR(late), FORMAT_JPEG).camera, "");	/* behind the first scan is no header */
}

/* A PNG of one chunk. */
static struct str png_of(struct buf *b, const char *type, struct str data)
{
	unsigned char length[4] = { (unsigned char)(data.n >> 24), (unsigned char)(data.n >> 16), (unsigned char)(data.n >> 8),
				    (unsigned char)data.n };

	if (b->len == 0)
		buf_add(b, "\x89PNG\r\n\x1a\n", 8);
	buf_add(b, length, 4);
	buf_add(b, type, 4);
	buf_add(b, data.p, data.n);
	buf_add(b, "crc-", 4);
	return str_n(b->data, b->len);
}

/* `head`, then `data` deflated. */
static struct buf deflated(struct str head, struct str data)
{
	uLongf n = compressBound(data.n);
	struct buf b = { 0 };

	buf_add(&b, head.p, head.n);
	assert_int_equal(compress((Bytef *)buf_reserve(&b, n), &n, (const Bytef *)data.p, data.n), Z_OK);
	buf_wrote(&b, n);
	return b;
}

static struct buf hex(const char *kind, struct str data)
{
	struct buf b = { 0 };

	buf_printf(&b, "\n%s\n%8zu\n", kind, data.n);
	for (size_t i = 0; i < data.n; i++)
		buf_printf(&b, "%02x%s", (unsigned char)data.p[i], i % 36 == 35 ? "\n" : "");
	return b;
}

static void a_png_tells_in_texts_of_several_kinds(void **state)
{
	struct buf raw = hex("exif", STR("Exif\0\0" EXIF_X100)), records = hex("iptc", STR(RESOURCES));
	struct buf z = deflated(STR("Raw profile type exif\0\0"), str_n(raw.data, raw.len));
	struct buf it = deflated(STR("XML:com.adobe.xmp\0\1\0de\0Titel\0"), STR(XMP_TITLE));
	struct buf text = { 0 }, b = { 0 };
	struct facts f;

	(void)state;
	buf_add(&text, "Raw profile type iptc", 22);
	buf_add(&text, records.data, records.len);
	png_of(&b, "zTXt", str_n(z.data, z.len));
	png_of(&b, "tEXt", str_n(text.data, text.len));
	f = facts_in(png_of(&b, "iTXt", str_n(it.data, it.len)), FORMAT_PNG);
	assert_string_equal(f.camera, "X100");
	assert_string_equal(f.title, "T");		/* XMP before IPTC */
	b.len = 0;
	f = facts_in(png_of(&b, "tEXt", str_n(text.data, text.len)), FORMAT_PNG);
	assert_string_equal(f.title, "Iptc");
	b.len = 0;
	f = facts_in(png_of(&b, "iTXt", STR("XML:com.adobe.xmp\0\0\0\0\0" XMP_TITLE)), FORMAT_PNG);
	assert_string_equal(f.title, "T");
	b.len = 0;
	f = facts_in(png_of(&b, "eXIf", STR(EXIF_X100)), FORMAT_PNG);
	assert_string_equal(f.camera, "X100");
	buf_clear(&raw), buf_clear(&records), buf_clear(&z), buf_clear(&it), buf_clear(&text), buf_clear(&b);
}

/* What inflates to just the limit is kept; a byte more and it is not there. */
static void inflating_has_a_bound(void **state)
{
	struct buf big = { 0 }, b = { 0 };
	struct meta m;

	(void)state;
	memset(buf_reserve(&big, META_XMP_MAX + 1), ' ', META_XMP_MAX + 1);
	buf_wrote(&big, META_XMP_MAX + 1);
	for (size_t more = 0; more < 2; more++) {
		struct buf z = deflated(STR("XML:com.adobe.xmp\0\1\0\0\0"), str_n(big.data, META_XMP_MAX + more));

		b.len = 0;
		meta_find(png_of(&b, "iTXt", str_n(z.data, z.len)), FORMAT_PNG, PROFILE_MAX, &m);
		assert_int_equal(m.xmp.n, more ? 0 : META_XMP_MAX);
		meta_clear(&m);
		buf_clear(&z);
		z = deflated(STR("name\0\0"), str_n(big.data, 1000 + more));
		b.len = 0;
		meta_find(png_of(&b, "iCCP", str_n(z.data, z.len)), FORMAT_PNG, 1000, &m);
		assert_int_equal(m.icc.n, more ? 0 : 1000);
		meta_clear(&m);
		buf_clear(&z);
	}
	buf_clear(&big);
	buf_clear(&b);
}

/* "meta" of an HEIF with one item, "Exif", told by version 0 of "iloc" in two pieces, and a profile of the primary item. */
static void an_item_may_lie_in_pieces(void **state)
{
	static const char file[] = "\0\0\0\xb0meta\0\0\0\0"
		"\0\0\0\x0epitm\0\0\0\0\0\1"
		"\0\0\0\x23iinf\0\0\0\0\0\1" "\0\0\0\x15infe\2\0\0\0\0\2\0\0Exif\0"
		"\0\0\0\x26iloc\0\0\0\0\x44\0\0\1" "\0\2\0\0\0\2" "\0\0\0\xb0\0\0\0\x0e" "\0\0\0\xbf\0\0\0\x16"
		"\0\0\0\x4diprp" "\0\0\0\x2eipco" "\0\0\0\x12" "colrproffirst!" "\0\0\0\x14" "colrprofprimary!"
		"\0\0\0\x17ipma\0\0\0\0\0\0\0\2" "\0\2\0" "\0\1\1\x82"
		"\0\0\0\6Exif\0\0II*\0-\x08\0\0\0\1\0\x10\1\2\0\4\0\0\0X100\0\0\0\0";
	struct meta m;
	struct facts f;

	(void)state;
	meta_find(STR(file), FORMAT_HEIC, PROFILE_MAX, &m);
	assert_true(str_is(m.icc, "primary!"));
	facts_read(&m, &f);
	assert_string_equal(f.camera, "X100");
	meta_clear(&m);
}

static void blocks_over_their_limit_are_left_out(void **state)
{
	struct buf b = { 0 }, exif = { 0 };
	struct meta m;

	(void)state;
	memset(buf_reserve(&exif, META_EXIF_MAX + 1), 0, META_EXIF_MAX + 1);
	buf_wrote(&exif, META_EXIF_MAX + 1);
	memcpy(exif.data, "II*\0", 4);
	for (size_t more = 0; more < 2; more++) {
		b.len = 0;
		meta_find(png_of(&b, "eXIf", str_n(exif.data, META_EXIF_MAX + more)), FORMAT_PNG, PROFILE_MAX, &m);
		assert_int_equal(m.exif.n, more ? 0 : META_EXIF_MAX);
		meta_clear(&m);
	}
	buf_clear(&b);
	buf_clear(&exif);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(blocks_are_found_in_every_container),
		T(a_container_may_end_anywhere),
		T(a_jpeg_s_parts_are_put_together),
		T(a_png_tells_in_texts_of_several_kinds),
		T(inflating_has_a_bound),
		T(an_item_may_lie_in_pieces),
		T(blocks_over_their_limit_are_left_out),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
