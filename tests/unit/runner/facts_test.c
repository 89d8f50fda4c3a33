#include "tests/unit/runner/photos.h"

#include "functions/runner/color/icc.h"
#include "functions/runner/meta/meta.h"

#define PROFILE_MAX (4 << 20)

struct field {
	const char *name, *value;
};

/* Through a JPEG, as the facts of a photo come; its EXIF is written by libexif. */
static struct facts facts_of(const struct field *fields, size_t n)
{
	VipsImage *image = quarters(16, 16, 3);
	struct str photo;
	struct facts f;
	struct meta m;

	for (size_t i = 0; i < n; i++)
		vips_image_set_string(image, fields[i].name, fields[i].value);
	photo = saved(image, ".jpg");
	meta_find(photo, FORMAT_JPEG, PROFILE_MAX, &m);
	facts_read(&m, &f);
	meta_clear(&m);
	lose(photo);
	return f;
}

#define FACTS(...) facts_of((const struct field[]){ __VA_ARGS__ }, sizeof((const struct field[]){ __VA_ARGS__ }) / sizeof(struct field))

static void a_camera_is_named_once(void **state)
{
	(void)state;
	assert_string_equal(FACTS({ "exif-ifd0-Make", "Apple" }, { "exif-ifd0-Model", "iPhone 7" }).camera, "Apple iPhone 7");
	assert_string_equal(FACTS({ "exif-ifd0-Make", "Canon" }, { "exif-ifd0-Model", "Canon EOS 5D" }).camera, "Canon EOS 5D");
	assert_string_equal(FACTS({ "exif-ifd0-Model", "  X100  " }).camera, "X100");
	assert_string_equal(FACTS({ "exif-ifd0-Make", "Leica" }).camera, "Leica");
	assert_string_equal(FACTS({ "exif-ifd0-Software", "x" }).camera, "");
}

static void a_time_is_a_time_or_left_out(void **state)
{
	static const struct {
		const char *time, *zone, *want;
	} cases[] = {
		{ "2026:01:02 03:04:05", "+02:00", "2026-01-02T03:04:05+02:00" },
		{ "2026:12:31 23:59:60", "Z", "2026-12-31T23:59:60Z" },
		{ "2026:01:02 03:04:05", "-09:30", "2026-01-02T03:04:05-09:30" },
		{ "2026:01:02 03:04:05", "later", "2026-01-02T03:04:05" },
		{ "0000:00:00 00:00:00", "+02:00", "" },
		{ "2026:13:02 03:04:05", "", "" },
		{ "2026:01:32 03:04:05", "", "" },
		{ "2026:01:02 24:04:05", "", "" },
		{ "2026-01-02 03:04:05", "", "2026-01-02T03:04:05" },	/* some phones */
		{ "2026:01-02 03:04:05", "", "" },
		{ "2026:01:02 03:04", "", "" },
		{ "    :  :     :  :  ", "", "" },
		{ "yesterday", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct facts f = FACTS({ "exif-ifd2-DateTimeOriginal", cases[i].time },
				       { "exif-ifd2-OffsetTimeOriginal", cases[i].zone });

		assert_string_equal(f.taken_at, cases[i].want);
	}
}

static void a_place_needs_both_angles_and_must_be_on_earth(void **state)
{
	static const struct {
		const char *lat, *ns, *lon, *ew;
		bool has;
		double want_lat, want_lon;
	} cases[] = {
		{ "52/1 31/1 1234/100", "N", "13/1 24/1 0/1", "E", true, 52.520094, 13.4 },
		{ "33/1 0/1 0/1", "S", "70/1 30/1 0/1", "W", true, -33, -70.5 },
		{ "91/1 0/1 0/1", "N", "0/1 0/1 0/1", "E", false, 0, 0 },
		{ "0/1 0/1 0/1", "N", "181/1 0/1 0/1", "E", false, 0, 0 },
		{ "0/1 0/1 0/1", "N", "0/1 0/1 0/1", "E", false, 0, 0 },
	};
	struct facts f;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		f = FACTS({ "exif-ifd3-GPSLatitude", cases[i].lat }, { "exif-ifd3-GPSLatitudeRef", cases[i].ns },
			  { "exif-ifd3-GPSLongitude", cases[i].lon }, { "exif-ifd3-GPSLongitudeRef", cases[i].ew });
		assert_int_equal(f.has_place, cases[i].has);
		if (f.has_place) {
			assert_near(f.latitude, cases[i].want_lat, 1e-5);
			assert_near(f.longitude, cases[i].want_lon, 1e-5);
		}
	}
	f = FACTS({ "exif-ifd3-GPSLatitude", "52/1 31/1 0/1" }, { "exif-ifd3-GPSLatitudeRef", "N" });
	assert_false(f.has_place);
}

static void what_the_camera_measured_is_told(void **state)
{
	struct facts f = FACTS({ "exif-ifd2-ExposureTime", "1/250" }, { "exif-ifd2-FNumber", "28/10" },
			       { "exif-ifd2-FocalLength", "85/1" }, { "exif-ifd2-FocalLengthIn35mmFilm", "127" },
			       { "exif-ifd2-ISOSpeedRatings", "800" }, { "exif-ifd2-LensModel", "XF 23mm" },
			       { "exif-ifd2-LensMake", "FUJIFILM" });

	(void)state;
	assert_string_equal(f.exposure, "1/250");
	assert_near(f.aperture, 2.8, 1e-9);
	assert_near(f.focal_length, 85, 1e-9);
	assert_near(f.focal_length_35, 127, 1e-9);
	assert_int_equal(f.iso, 800);
	assert_string_equal(f.lens, "FUJIFILM XF 23mm");
	assert_string_equal(FACTS({ "exif-ifd2-ExposureTime", "4/10" }).exposure, "0.4");
	assert_string_equal(FACTS({ "exif-ifd2-ExposureTime", "30/1" }).exposure, "30");
	assert_string_equal(FACTS({ "exif-ifd2-ExposureTime", "1/0" }).exposure, "");
	f = FACTS({ "exif-ifd2-ShutterSpeedValue", "7/1" }, { "exif-ifd2-ApertureValue", "4/1" });
	assert_string_equal(f.exposure, "1/128");
	assert_near(f.aperture, 4, 1e-9);
}

static void the_best_of_three_times_is_taken(void **state)
{
	(void)state;
	assert_string_equal(FACTS({ "exif-ifd0-DateTime", "2026:03:03 03:03:03" }, { "exif-ifd2-OffsetTime", "+03:00" },
				  { "exif-ifd2-DateTimeOriginal", "2026:01:01 01:01:01" }).taken_at, "2026-01-01T01:01:01");
	assert_string_equal(FACTS({ "exif-ifd0-DateTime", "2026:03:03 03:03:03" }, { "exif-ifd2-OffsetTime", "+03:00" }).taken_at,
			    "2026-03-03T03:03:03+03:00");
}

static struct facts facts_in(struct str exif, struct str xmp, struct str iptc)
{
	struct meta m = { .exif = exif, .xmp = xmp, .iptc = iptc };
	struct facts f;

	facts_read(&m, &f);
	return f;
}

#define NONE ((struct str){ 0 })
/* 52 N, 5.5 W, 6.7 metres below the sea. */
static const char below_sea[] =
		"MM\0*\0\0\0\10\0\1\210\45\0\4\0\0\0\1\0\0\0\32\0\0\0\0"
		"\0\6"
		"\0\1\0\2\0\0\0\2N\0\0\0"
		"\0\2\0\5\0\0\0\3\0\0\0\150"
		"\0\3\0\2\0\0\0\2W\0\0\0"
		"\0\4\0\5\0\0\0\3\0\0\0\200"
		"\0\5\0\1\0\0\0\1\1\0\0\0"
		"\0\6\0\5\0\0\0\1\0\0\0\230"
		"\0\0\0\0"
		"\0\0\000\64\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1"
		"\0\0\0\5\0\0\0\1\0\0\0\36\0\0\0\1\0\0\0\0\0\0\0\1"
		"\0\0\0C\0\0\0\12";

static void an_altitude_belongs_to_a_place(void **state)
{
	struct facts f = facts_in(STR(below_sea), NONE, NONE);
	char other[sizeof below_sea];

	(void)state;
	assert_true(f.has_altitude);
	assert_near(f.altitude, -6.7, 1e-9);
	assert_near(f.longitude, -5.5, 1e-9);
	memcpy(other, below_sea, sizeof other);
	other[28 + 12 * 4 + 8] = 0;			/* above it */
	assert_near(facts_in(str_n(other, sizeof other - 1), NONE, NONE).altitude, 6.7, 1e-9);
	memset(other + sizeof other - 1 - 8, 0x7f, 4);	/* higher than anything flies */
	f = facts_in(str_n(other, sizeof other - 1), NONE, NONE);
	assert_true(f.has_place && !f.has_altitude && f.altitude == 0);
	other[28 + 1] = 0;				/* no letter that tells north */
	f = facts_in(str_n(other, sizeof other - 1), NONE, NONE);
	assert_false(f.has_place || f.has_altitude);
}

#define RDF(inside) STR("<?xpacket begin='' id=''?><x:xmpmeta xmlns:x='x'><rdf:RDF xmlns:rdf='r' xmlns:dc='d' xmlns:xmp='m' " \
	"xmlns:exif='e' xmlns:tiff='t' xmlns:aux='a'>" inside "</rdf:RDF></x:xmpmeta>   \n<?xpacket end='w'?>\0")

static void xmp_tells_by_elements(void **state)
{
	struct facts f = facts_in(NONE, RDF(
		"<rdf:Description><dc:title><rdf:Alt><rdf:li xml:lang='de'>Titel</rdf:li>"
		"<rdf:li xml:lang='x-default'>Title</rdf:li></rdf:Alt></dc:title>"
		"<dc:description><rdf:Alt><rdf:li>one\n\n two \xc3\xa9</rdf:li></rdf:Alt></dc:description></rdf:Description>"
		"<rdf:Description><dc:creator><rdf:Seq><rdf:li>A. Uthor</rdf:li><rdf:li>B</rdf:li></rdf:Seq></dc:creator>"
		"<dc:subject><rdf:Bag><rdf:li>sea</rdf:li><rdf:li>sky</rdf:li><rdf:li>sea</rdf:li><rdf:li/></rdf:Bag></dc:subject>"
		"<dc:rights>all</dc:rights><xmp:Rating>-1</xmp:Rating></rdf:Description>"), NONE);

	(void)state;
	assert_string_equal(f.title, "Title");
	assert_string_equal(f.caption, "one two \xc3\xa9");
	assert_string_equal(f.artist, "A. Uthor");
	assert_string_equal(f.copyright, "all");
	assert_int_equal(f.keywords_n, 2);
	assert_string_equal(f.keywords[0], "sea");
	assert_string_equal(f.keywords[1], "sky");
	assert_int_equal(f.rating, -1);
}

static void xmp_tells_by_attributes_what_exif_does_not(void **state)
{
	struct str xmp = RDF("<rdf:Description xmp:Rating='4' tiff:Make='Sony' tiff:Model='A7' aux:Lens='50mm' exif:FNumber='18/10' "
		"exif:ExposureTime='1/60' exif:FocalLength='500/10' exif:DateTimeOriginal='2026-02-03T04:05:06.78+01:00' "
		"exif:GPSLatitude='52,30.6N' exif:GPSLongitude='13,24,36W' exif:GPSAltitude='355/10' exif:GPSAltitudeRef='0'>"
		"<exif:ISOSpeedRatings><rdf:Seq><rdf:li>640</rdf:li></rdf:Seq></exif:ISOSpeedRatings></rdf:Description>");
	struct facts f = facts_in(NONE, xmp, NONE);

	(void)state;
	assert_string_equal(f.camera, "Sony A7");
	assert_string_equal(f.lens, "50mm");
	assert_string_equal(f.exposure, "1/60");
	assert_near(f.aperture, 1.8, 1e-9);
	assert_near(f.focal_length, 50, 1e-9);
	assert_int_equal(f.iso, 640);
	assert_int_equal(f.rating, 4);
	assert_string_equal(f.taken_at, "2026-02-03T04:05:06+01:00");
	assert_near(f.latitude, 52.51, 1e-9);
	assert_near(f.longitude, -13.41, 1e-9);
	assert_near(f.altitude, 35.5, 1e-9);
	f = facts_in(STR("II*\0\x08\0\0\0\1\0\x10\1\2\0\4\0\0\0X100\0\0\0\0"), xmp, NONE);
	assert_string_equal(f.camera, "X100");
	assert_string_equal(f.lens, "50mm");
}

#define SET(n, length, text) "\x1c\2" n "\0" length text

static void texts_are_those_of_xmp_then_iptc_then_exif(void **state)
{
	static const char exif[] = "MM\0*\0\0\0\x08\0\2\1\x0e\0\2\0\0\0\4E1\0\0\x82\x98\0\2\0\0\0\4E2\0\0\0\0\0\0";
	static const char iptc[] = SET("\x05", "\2", "I1") SET("\x78", "\2", "I2") SET("\x19", "\2", "k1") SET("\x19", "\2", "k2");
	struct facts f = facts_in(STR(exif), RDF("<rdf:Description dc:title='X1'/>"), STR(iptc));

	(void)state;
	assert_string_equal(f.title, "X1");
	assert_string_equal(f.caption, "I2");
	assert_string_equal(f.copyright, "E2");
	assert_int_equal(f.keywords_n, 2);
	f = facts_in(STR(exif), RDF("<rdf:Description><dc:subject><rdf:Bag><rdf:li>own</rdf:li></rdf:Bag></dc:subject></rdf:Description>"),
		     STR(iptc));
	assert_int_equal(f.keywords_n, 1);
	assert_string_equal(f.title, "I1");
}

static void records_say_their_character_set(void **state)
{
	static const struct {
		struct str iptc;
		const char *want;
	} cases[] = {
		{ STR(SET("\5", "\3", "\xc3\xa9!")), "\xc3\xa9!" },
		{ STR(SET("\5", "\2", "\xe9!")), "\xc3\xa9!" },
		{ STR("\x1c\1\x5a\0\3\x1b%G" SET("\5", "\3", "\xc3\xa9!")), "\xc3\xa9!" },
		{ STR("\x1c\1\x5a\0\3\x1b.A" SET("\5", "\3", "\xc3\xa9!")), "\xc3\x83\xc2\xa9!" },
		{ STR("\x1c\2\5\x80\4\0\0\0\2ok"), "ok" },
		{ STR("\x1c\2\5\x80\2\0\2ok"), "" },
		{ STR(SET("\5", "\7", "short")), "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(facts_in(NONE, NONE, cases[i].iptc).title, cases[i].want);
}

static void texts_are_cut_between_characters(void **state)
{
	struct buf b = { 0 };
	struct facts f;

	(void)state;
	buf_puts(&b, "<RDF><Description title='x");
	for (int i = 0; i < FACT_MAX; i++)
		buf_puts(&b, "\xe2\x82\xac");
	buf_puts(&b, "'><subject><Bag>");
	for (int i = 0; i < KEYWORDS_MAX + 1; i++)
		buf_printf(&b, "<li>%d</li>", i);
	buf_puts(&b, "</Bag></subject></Description></RDF>");
	f = facts_in(NONE, str_n(b.data, b.len), NONE);
	assert_int_equal(strlen(f.title), 1 + 3 * 84);		/* one more would be 256 with the NUL's 257 */
	assert_int_equal(f.keywords_n, KEYWORDS_MAX);
	buf_clear(&b);
}

/* A directory that says it is where it is itself, and one whose entries overlap: read once each. */
static void an_exif_that_is_a_ring_ends(void **state)
{
	static const char ring[] = "II*\0\x08\0\0\0\3\0\x10\1\2\0\4\0\0\0X100\x69\x87\4\0\1\0\0\0\x08\0\0\0"
				   "\x25\x88\4\0\1\0\0\0\x08\0\0\0\x08\0\0\0";
	struct buf b = { 0 };

	(void)state;
	assert_string_equal(facts_in(STR(ring), NONE, NONE).camera, "X100");
	buf_add(&b, "II*\0\x08\0\0\0\xff\xff", 10);
	for (int i = 0; i < 65535; i++)
		buf_add(&b, "\x10\1\2\0\xff\xff\0\0\0\0\0\0", 12);
	assert_string_equal(facts_in(str_n(b.data, b.len), NONE, NONE).camera, "II*");
	buf_clear(&b);
}

/* EXIF of one entry in each directory it may have, XMP, records: each cut and with each byte wrong. */
static void garbage_is_left_out(void **state)
{
	static const char exif[] = "MM\0*\0\0\0\x08\0\3\1\x10\0\2\0\0\0\4X100\x87\x69\0\4\0\0\0\1\0\0\0\x08"
				   "\x88\x25\0\4\0\0\0\1\0\0\0\x20\0\0\0\0";
	static const char xmp[] = "<RDF><Description title='a'><subject><Bag><li>b</li></Bag></subject></Description></RDF>";
	static const char iptc[] = "\x1c\1\x5a\0\3\x1b%G\x1c\2\x19\0\1k\x1c\2\5\x80\4\0\0\0\1t";

	(void)state;
	for (size_t i = 0; i < 3000; i++) {
		struct str blocks[3] = { STR(exif), STR(xmp), STR(iptc) };
		struct facts f;
		struct meta m = { .upright = false };
		char *copy;

		for (int k = 0; k < 3; k++) {
			size_t n = i < 1000 ? i % blocks[k].n : blocks[k].n;

			copy = malloc(n + 1);
			assert_non_null(copy);
			memcpy(copy, blocks[k].p, n);
			if (i >= 1000 && n > 0)
				copy[i % n] = (char)(i / n);
			blocks[k] = str_n(copy, n);
		}
		m.exif = blocks[0];
		m.xmp = blocks[1];
		m.iptc = blocks[2];
		facts_read(&m, &f);
		assert_in_range(meta_orientation(&m), 1, 8);
		for (int k = 0; k < 3; k++)
			free((void *)blocks[k].p);
	}
}

static struct str profile(const char *name)
{
	VipsBlob *blob = NULL;
	const void *p;
	size_t n;
	char *copy;

	assert_int_equal(vips_profile_load(name, &blob, NULL), 0);
	p = vips_blob_get(blob, &n);
	copy = malloc(n);
	assert_non_null(copy);
	memcpy(copy, p, n);
	vips_area_unref(VIPS_AREA(blob));
	return str_n(copy, n);
}

static void only_srgb_is_taken_for_srgb(void **state)
{
	static const struct {
		const char *name;
		bool is_srgb;
	} cases[] = { { "srgb", true }, { "p3", false }, { "cmyk", false } };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct str p = profile(cases[i].name);
		struct icc icc;

		assert_true(icc_read(p, &icc));
		assert_true(icc.name[0] != '\0');
		if (icc.is_srgb != cases[i].is_srgb)
			fail_msg("%s (%s)", cases[i].name, icc.name);
		free((void *)p.p);
	}
}

static void a_damaged_profile_is_survived(void **state)
{
	struct str p = profile("srgb");
	struct icc icc;

	(void)state;
	for (size_t n = 0; n < p.n; n += n < 300 ? 1 : 97) {
		char *copy = malloc(n ? n : 1);

		assert_non_null(copy);
		memcpy(copy, p.p, n);
		icc_read(str_n(copy, n), &icc);
		free(copy);
	}
	for (size_t at = 128; at < 400 && at < p.n; at++) {
		char *bytes = (char *)p.p, old = bytes[at];

		bytes[at] = (char)0xff;
		icc_read(p, &icc);
		bytes[at] = old;
	}
	free((void *)p.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_camera_is_named_once),
		T(a_time_is_a_time_or_left_out),
		T(a_place_needs_both_angles_and_must_be_on_earth),
		T(what_the_camera_measured_is_told),
		T(the_best_of_three_times_is_taken),
		T(an_altitude_belongs_to_a_place),
		T(xmp_tells_by_elements),
		T(xmp_tells_by_attributes_what_exif_does_not),
		T(texts_are_those_of_xmp_then_iptc_then_exif),
		T(records_say_their_character_set),
		T(texts_are_cut_between_characters),
		T(an_exif_that_is_a_ring_ends),
		T(garbage_is_left_out),
		T(only_srgb_is_taken_for_srgb),
		T(a_damaged_profile_is_survived),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
