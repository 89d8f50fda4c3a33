#include "functions/runner/facts.h"

#include <math.h>
#include <stdio.h>

#include <libexif/exif-data.h>

#include "base/buf.h"
#include "functions/runner/general/srgb.h"

#define EXIF_BYTES_MAX (1 << 20)

/* Printable ASCII only, blanks at both ends cut. */
static void text(ExifData *data, ExifIfd ifd, ExifTag tag, char *to, size_t size)
{
	ExifEntry *e = exif_content_get_entry(data->ifd[ifd], tag);
	size_t n = 0, last = 0;

	to[0] = '\0';
	if (e == NULL || e->format != EXIF_FORMAT_ASCII)
		return;
	for (unsigned int i = 0; i < e->size && e->data[i] != '\0' && n + 1 < size; i++) {
		unsigned char c = e->data[i];

		if (c < 0x20 || c > 0x7e || (c == ' ' && n == 0))
			continue;
		to[n++] = (char)c;
		if (c != ' ')
			last = n;
	}
	to[last] = '\0';
}

/* "Canon" and "Canon EOS 5D" are one name, not two. */
static void read_camera(ExifData *data, struct facts *f)
{
	char make[48], model[64];

	text(data, EXIF_IFD_0, EXIF_TAG_MAKE, make, sizeof make);
	text(data, EXIF_IFD_0, EXIF_TAG_MODEL, model, sizeof model);
	if (make[0] == '\0' || str_starts(str_of(model), str_of(make)))
		snprintf(f->camera, sizeof f->camera, "%s", model);
	else
		snprintf(f->camera, sizeof f->camera, "%s%s%s", make, model[0] ? " " : "", model);
}

static bool in(int v, int least, int most)
{
	return v >= least && v <= most;
}

/* '0' stands for any digit, the rest for itself. */
static bool has_form(const char *s, const char *form)
{
	for (; *form; s++, form++)
		if (*form == '0' ? !in(*s, '0', '9') : *s != *form)
			return false;
	return *s == '\0';
}

static int two(const char *s)
{
	return (s[0] - '0') * 10 + s[1] - '0';
}

static void read_time(ExifData *data, struct facts *f)
{
	char t[24], zone[8];

	text(data, EXIF_IFD_EXIF, EXIF_TAG_DATE_TIME_ORIGINAL, t, sizeof t);
	if (!has_form(t, "0000:00:00 00:00:00") || !in(two(t + 5), 1, 12) || !in(two(t + 8), 1, 31) ||
	    two(t + 11) > 23 || two(t + 14) > 59 || two(t + 17) > 60)
		return;
	text(data, EXIF_IFD_EXIF, EXIF_TAG_OFFSET_TIME_ORIGINAL, zone, sizeof zone);
	if (!has_form(zone, "+00:00") && !has_form(zone, "-00:00") && !has_form(zone, "Z"))
		zone[0] = '\0';
	snprintf(f->taken_at, sizeof f->taken_at, "%.4s-%.2s-%.2sT%.8s%s", t, t + 5, t + 8, t + 11, zone);
}

/* Degrees, minutes and seconds, each a fraction. */
static bool angle(ExifData *data, ExifTag tag, ExifTag side, char negative, double *to)
{
	ExifEntry *e = exif_content_get_entry(data->ifd[EXIF_IFD_GPS], tag);
	ExifByteOrder order = exif_data_get_byte_order(data);
	double unit = 1;
	char ref[4];

	if (e == NULL || e->format != EXIF_FORMAT_RATIONAL || e->components != 3 || e->size < 24)
		return false;
	*to = 0;
	for (int i = 0; i < 3; i++, unit *= 60) {
		ExifRational r = exif_get_rational(e->data + 8 * i, order);

		if (r.denominator == 0 && r.numerator != 0)
			return false;
		if (r.denominator != 0)
			*to += (double)r.numerator / r.denominator / unit;
	}
	text(data, EXIF_IFD_GPS, side, ref, sizeof ref);
	if (ref[0] == negative)
		*to = -*to;
	return ref[0] != '\0';
}

static void read_place(ExifData *data, struct facts *f)
{
	double lat, lon;

	if (!angle(data, (ExifTag)EXIF_TAG_GPS_LATITUDE, (ExifTag)EXIF_TAG_GPS_LATITUDE_REF, 'S', &lat) ||
	    !angle(data, (ExifTag)EXIF_TAG_GPS_LONGITUDE, (ExifTag)EXIF_TAG_GPS_LONGITUDE_REF, 'W', &lon))
		return;
	/* 0, 0 is what a receiver without a fix writes. */
	if (fabs(lat) > 90 || fabs(lon) > 180 || (lat == 0 && lon == 0))
		return;
	f->has_place = true;
	f->latitude = lat;
	f->longitude = lon;
}

/* libexif wants its prefix, which WebP and PNG leave out. */
static ExifData *parse(struct str blob)
{
	static const char prefix[] = "Exif\0";
	struct buf b = { 0 };
	ExifData *data;

	if (!str_starts(blob, str_n(prefix, 6)))
		buf_add(&b, prefix, 6);
	buf_add(&b, blob.p, blob.n);
	data = exif_data_new();
	if (data) {
		exif_data_unset_option(data, EXIF_DATA_OPTION_FOLLOW_SPECIFICATION);
		exif_data_load_data(data, (const unsigned char *)b.data, (unsigned int)b.len);
	}
	buf_clear(&b);
	return data;
}

void facts_read(VipsImage *image, struct facts *f)
{
	struct str profile = srgb_profile(image);
	ExifData *data = NULL;
	struct icc icc;
	const void *p;
	size_t n;

	*f = (struct facts){ .has_place = false };
	if (str_is_set(profile) && icc_read(profile, &icc))
		snprintf(f->profile, sizeof f->profile, "%s", icc.name);
	if (vips_image_get_typeof(image, VIPS_META_EXIF_NAME) == 0 ||
	    vips_image_get_blob(image, VIPS_META_EXIF_NAME, &p, &n) != 0 || n == 0 || n > EXIF_BYTES_MAX)
		return;
	data = parse(str_n(p, n));
	if (data == NULL)
		return;
	read_camera(data, f);
	read_time(data, f);
	read_place(data, f);
	exif_data_unref(data);
}
