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
		T(garbage_is_left_out),
		T(only_srgb_is_taken_for_srgb),
		T(a_damaged_profile_is_survived),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
