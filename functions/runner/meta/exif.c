#include "functions/runner/meta/exif.h"

#include <math.h>
#include <stdio.h>

#include "functions/runner/meta/text.h"

enum directory { FIRST, EXIF, GPS, DIRECTORIES };

static const struct {
	enum directory in;
	uint32_t tag;
} tags[EXIF_TAGS] = {
	[EXIF_MAKE] = { FIRST, 0x010f }, [EXIF_MODEL] = { FIRST, 0x0110 }, [EXIF_ORIENTATION] = { FIRST, 0x0112 },
	[EXIF_DESCRIPTION] = { FIRST, 0x010e }, [EXIF_ARTIST] = { FIRST, 0x013b }, [EXIF_COPYRIGHT] = { FIRST, 0x8298 },
	[EXIF_RATING] = { FIRST, 0x4746 }, [EXIF_TIME] = { FIRST, 0x0132 },
	[EXIF_IFD] = { FIRST, 0x8769 }, [EXIF_GPS_IFD] = { FIRST, 0x8825 },
	[EXIF_EXPOSURE] = { EXIF, 0x829a }, [EXIF_SHUTTER] = { EXIF, 0x9201 },
	[EXIF_FNUMBER] = { EXIF, 0x829d }, [EXIF_APERTURE] = { EXIF, 0x9202 },
	[EXIF_ISO] = { EXIF, 0x8827 }, [EXIF_INDEX] = { EXIF, 0x8832 }, [EXIF_ISO_SPEED] = { EXIF, 0x8833 },
	[EXIF_FOCAL] = { EXIF, 0x920a }, [EXIF_FOCAL_35] = { EXIF, 0xa405 },
	[EXIF_TIME_ORIGINAL] = { EXIF, 0x9003 }, [EXIF_TIME_DIGITIZED] = { EXIF, 0x9004 },
	[EXIF_ZONE] = { EXIF, 0x9010 }, [EXIF_ZONE_ORIGINAL] = { EXIF, 0x9011 }, [EXIF_ZONE_DIGITIZED] = { EXIF, 0x9012 },
	[EXIF_LENS_MAKE] = { EXIF, 0xa433 }, [EXIF_LENS_MODEL] = { EXIF, 0xa434 },
	[EXIF_LATITUDE_REF] = { GPS, 1 }, [EXIF_LATITUDE] = { GPS, 2 }, [EXIF_LONGITUDE_REF] = { GPS, 3 },
	[EXIF_LONGITUDE] = { GPS, 4 }, [EXIF_ALTITUDE_REF] = { GPS, 5 }, [EXIF_ALTITUDE] = { GPS, 6 },
};

static void read_directory(struct exif *x, enum directory in, uint32_t at)
{
	struct ifd_value v;

	for (uint32_t i = 0; i < ifd_entries(&x->d, at); i++) {
		if (!ifd_entry(&x->d, at, i, &v))
			continue;
		for (int t = 0; t < EXIF_TAGS; t++)
			if (tags[t].in == in && tags[t].tag == v.tag && x->v[t].count == 0)
				x->v[t] = v;
	}
}

static int64_t number(const struct exif *x, enum exif_tag t)
{
	int64_t n;

	return ifd_number(&x->d, &x->v[t], 0, &n) ? n : 0;
}

/* 0 when not told, or told as infinite or negative. */
static double real(const struct exif *x, enum exif_tag t)
{
	double v;

	return ifd_real(&x->d, &x->v[t], 0, &v) && v > 0 ? v : 0;
}

static struct str text(const struct exif *x, enum exif_tag t)
{
	const struct ifd_value *v = &x->v[t];

	return v->type == IFD_ASCII || v->type == IFD_UTF8 ? v->data : (struct str){ 0 };
}

bool exif_open(struct str block, struct exif *x)
{
	*x = (struct exif){ .d = { .first = 0 } };
	if (!ifd_open(block, &x->d))
		return false;
	read_directory(x, FIRST, x->d.first);
	read_directory(x, EXIF, (uint32_t)number(x, EXIF_IFD));
	read_directory(x, GPS, (uint32_t)number(x, EXIF_GPS_IFD));
	return true;
}

int exif_orientation(const struct exif *x)
{
	int64_t n = number(x, EXIF_ORIENTATION);

	return n >= 1 && n <= 8 ? (int)n : 0;
}

void exif_name(char to[128], struct str make, struct str model)
{
	char maker[48] = "", name[80] = "";
	struct str word, rest;

	if (to[0] != '\0')
		return;
	text_put(maker, sizeof maker, make, TEXT_UTF8);
	text_put(name, sizeof name, model, TEXT_UTF8);
	rest = str_of(maker);
	str_next(&rest, ' ', &word);
	if (maker[0] == '\0' || (strlen(name) >= word.n && str_ieq(str_n(name, word.n), word)))
		snprintf(to, 128, "%s", name);
	else
		snprintf(to, 128, "%s%s%s", maker, name[0] ? " " : "", name);
}

static bool in(int v, int least, int most)
{
	return v >= least && v <= most;
}

/* '0' stands for any digit, '?' for anything, the rest for itself. */
static bool has_form(const char *s, const char *form)
{
	for (; *form; s++, form++)
		if (*s == '\0' || (*form == '0' ? !in(*s, '0', '9') : *form != '?' && *s != *form))
			return false;
	return true;
}

static int two(const char *s)
{
	return (s[0] - '0') * 10 + s[1] - '0';
}

void exif_time(char to[32], struct str time, struct str zone)
{
	char t[40] = "", z[8] = "";
	const char *end;

	if (to[0] != '\0')
		return;
	text_put(t, sizeof t, time, TEXT_UTF8);
	if (!has_form(t, "0000?00?00?00:00:00") || (t[4] != ':' && t[4] != '-') || t[7] != t[4] || (t[10] != ' ' && t[10] != 'T') ||
	    !in(two(t + 5), 1, 12) || !in(two(t + 8), 1, 31) || two(t + 11) > 23 || two(t + 14) > 59 || two(t + 17) > 60)
		return;
	end = t + 19;
	if (*end == '.')
		end += 1 + strspn(end + 1, "0123456789");
	text_put(z, sizeof z, *end ? str_of(end) : zone, TEXT_UTF8);
	if (!((has_form(z, "+00:00") || has_form(z, "-00:00")) && z[6] == '\0') && strcmp(z, "Z") != 0)
		z[0] = '\0';
	snprintf(to, 32, "%.4s-%.2s-%.2sT%.8s%s", t, t + 5, t + 8, t + 11, z);
}

static void read_times(const struct exif *x, char to[32])
{
	exif_time(to, text(x, EXIF_TIME_ORIGINAL), text(x, EXIF_ZONE_ORIGINAL));
	exif_time(to, text(x, EXIF_TIME_DIGITIZED), text(x, EXIF_ZONE_DIGITIZED));
	exif_time(to, text(x, EXIF_TIME), text(x, EXIF_ZONE));
}

/* Degrees, minutes and seconds, each a fraction. */
static bool angle(const struct exif *x, enum exif_tag t, enum exif_tag side, char negative, double *to)
{
	double unit = 1, part;
	char ref[4] = "";

	*to = 0;
	for (uint32_t i = 0; i < 3; i++, unit *= 60) {
		if (x->v[t].type != IFD_RATIONAL || !ifd_real(&x->d, &x->v[t], i, &part))
			return false;
		*to += part / unit;
	}
	text_put(ref, sizeof ref, text(x, side), TEXT_UTF8);
	if (ref[0] == negative)
		*to = -*to;
	return ref[0] != '\0';
}

void exif_place(struct facts *f, double latitude, double longitude)
{
	if (!(fabs(latitude) <= 90) || !(fabs(longitude) <= 180) || (latitude == 0 && longitude == 0))
		return;
	f->has_place = true;
	f->latitude = latitude;
	f->longitude = longitude;
}

static void read_place(const struct exif *x, struct facts *f)
{
	double lat, lon, altitude;

	if (angle(x, EXIF_LATITUDE, EXIF_LATITUDE_REF, 'S', &lat) && angle(x, EXIF_LONGITUDE, EXIF_LONGITUDE_REF, 'W', &lon))
		exif_place(f, lat, lon);
	/* 1: below the sea. Exif 3.0 counts 2 and 3 from the ellipsoid, which is near enough. */
	if (f->has_place && ifd_real(&x->d, &x->v[EXIF_ALTITUDE], 0, &altitude) && fabs(altitude) < 100000) {
		f->has_altitude = true;
		f->altitude = number(x, EXIF_ALTITUDE_REF) & 1 ? -altitude : altitude;
	}
}

void exif_exposure(char to[32], double seconds)
{
	if (to[0] != '\0' || !(seconds > 0) || seconds > 1e6 || seconds < 1e-7)
		return;
	if (seconds < 0.26)
		snprintf(to, 32, "1/%.0f", 1 / seconds);
	else
		snprintf(to, 32, "%.4g", seconds);
}

/* 65535 in the short field means that the number stands in a longer one. */
static int64_t sensitivity(const struct exif *x)
{
	int64_t iso = number(x, EXIF_ISO);

	if (iso == 65535 || iso <= 0)
		iso = number(x, EXIF_ISO_SPEED) > 0 ? number(x, EXIF_ISO_SPEED) : number(x, EXIF_INDEX);
	return iso > 0 && iso <= 100000000 ? iso : 0;
}

static double sane(double v)
{
	return v < 100000 ? v : 0;
}

void exif_camera(const struct exif *x, struct facts *f)
{
	exif_name(f->camera, text(x, EXIF_MAKE), text(x, EXIF_MODEL));
	exif_name(f->lens, text(x, EXIF_LENS_MAKE), text(x, EXIF_LENS_MODEL));
	exif_exposure(f->exposure, real(x, EXIF_EXPOSURE));
	/* APEX: powers of two of the time, of the square root of two of the f-number; 0 is told as nothing here too */
	if (real(x, EXIF_SHUTTER) > 0)
		exif_exposure(f->exposure, exp2(-real(x, EXIF_SHUTTER)));
	f->aperture = sane(real(x, EXIF_FNUMBER));
	if (f->aperture == 0 && real(x, EXIF_APERTURE) > 0)
		f->aperture = sane(exp2(real(x, EXIF_APERTURE) / 2));
	f->focal_length = sane(real(x, EXIF_FOCAL));
	f->focal_length_35 = (double)number(x, EXIF_FOCAL_35);
	f->iso = sensitivity(x);
	read_times(x, f->taken_at);
	read_place(x, f);
}

void exif_texts(const struct exif *x, struct facts *f)
{
	int64_t rating = number(x, EXIF_RATING);

	if (f->rating == 0 && rating >= 1 && rating <= 5)
		f->rating = (int)rating;
	text_put(f->caption, sizeof f->caption, text(x, EXIF_DESCRIPTION), TEXT_UTF8);
	text_put(f->artist, sizeof f->artist, text(x, EXIF_ARTIST), TEXT_UTF8);
	text_put(f->copyright, sizeof f->copyright, text(x, EXIF_COPYRIGHT), TEXT_UTF8);
}
