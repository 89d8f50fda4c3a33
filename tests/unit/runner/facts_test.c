#include "tests/unit/runner/photos.h"

#include "functions/runner/facts.h"

struct field {
	const char *name, *value;
};

/* Through a JPEG, as the facts of a photo come. */
static struct facts facts_of(const struct field *fields, size_t n)
{
	VipsImage *image = quarters(16, 16, 3), *read = NULL;
	struct str photo;
	struct facts f;

	for (size_t i = 0; i < n; i++)
		vips_image_set_string(image, fields[i].name, fields[i].value);
	photo = saved(image, ".jpg");
	assert_int_equal(vips_jpegload_buffer((void *)photo.p, photo.n, &read, NULL), 0);
	facts_read(read, &f);
	g_object_unref(read);
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
		{ "2026-01-02 03:04:05", "", "" },
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

/* Bytes put where EXIF and the profile are, half of them with the beginning that EXIF has. */
static void garbage_is_left_out(void **state)
{
	static const char prefix[] = "Exif\0\0MM\0*\0\0\0\x08";
	VipsImage *image = quarters(4, 4, 3);

	(void)state;
	for (uint32_t i = 0; i < 300; i++) {
		struct str noise_bytes = t_bytes(40 + i, i);
		struct facts f;

		if (i % 2)
			memcpy((char *)noise_bytes.p, prefix, 14);
		vips_image_set_blob_copy(image, VIPS_META_EXIF_NAME, noise_bytes.p, i < 20 ? i : noise_bytes.n);
		vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, noise_bytes.p, noise_bytes.n);
		facts_read(image, &f);
		free((void *)noise_bytes.p);
	}
	g_object_unref(image);
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
