#include "functions/runner/color/icc.h"

#include <math.h>

#include "functions/runner/bytes.h"

#define TAGS_MAX 256

/* The data of a tag, absent if there is none. */
static struct str tag(struct str p, const char *name)
{
	size_t n = be32(p, 128) < TAGS_MAX ? be32(p, 128) : TAGS_MAX;

	for (size_t i = 0; i < n; i++) {
		size_t at = 132 + 12 * i, from, length;

		if (at + 12 > p.n || memcmp(p.p + at, name, 4) != 0)
			continue;
		from = be32(p, at + 4);
		length = be32(p, at + 8);
		if (from <= p.n && length <= p.n - from)
			return str_n(p.p + from, length);
	}
	return (struct str){ 0 };
}

static double fixed(struct str s, size_t at)
{
	return (int32_t)be32(s, at) / 65536.0;
}

/* Where sRGB's primaries are in the profile connection space (D50). */
static const struct {
	const char *tag;
	double xyz[3];
} primaries[] = {
	{ "rXYZ", { 0.4361, 0.2225, 0.0139 } },
	{ "gXYZ", { 0.3851, 0.7169, 0.0971 } },
	{ "bXYZ", { 0.1431, 0.0606, 0.7141 } },
};

static bool has_primaries(struct str p)
{
	for (size_t i = 0; i < 3; i++) {
		struct str xyz = tag(p, primaries[i].tag);

		for (size_t k = 0; k < 3; k++)
			if (xyz.n < 20 || fabs(fixed(xyz, 8 + 4 * k) - primaries[i].xyz[k]) > 0.002)
				return false;
	}
	return true;
}

static double srgb_curve(double v)
{
	return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

/* "curv" with a table of 16-bit values, or "para" of type 3: two slopes, as sRGB's is written. */
static bool curve_at(struct str c, double v, double *out)
{
	if (str_starts(c, STR("curv"))) {
		size_t n = be32(c, 8), low;
		double at;

		if (n < 2 || n > c.n / 2 || 12 + 2 * n > c.n)
			return false;
		at = v * (double)(n - 1);
		low = (size_t)at < n - 1 ? (size_t)at : n - 2;
		at -= (double)low;
		*out = (be16(c, 12 + 2 * low) * (1 - at) + be16(c, 14 + 2 * low) * at) / 65535;
		return true;
	}
	if (str_starts(c, STR("para")) && be16(c, 8) == 3 && c.n >= 32) {
		double gamma = fixed(c, 12), a = fixed(c, 16), b = fixed(c, 20), slope = fixed(c, 24), d = fixed(c, 28);

		*out = v >= d ? pow(a * v + b, gamma) : slope * v;
		return true;
	}
	return false;
}

static bool has_curve(struct str c)
{
	for (int i = 1; i < 16; i++) {
		double v = i / 16.0, got;

		if (!curve_at(c, v, &got) || !(fabs(got - srgb_curve(v)) < 0.003))
			return false;
	}
	return true;
}

static void put(struct icc *icc, uint32_t c)
{
	size_t n = strlen(icc->name);

	if (n + 1 < sizeof icc->name && c >= 0x20 && c < 0x7f)
		icc->name[n] = (char)c;
}

/* Version 2: ASCII with its length. Version 4: UTF-16 in one or more languages, of which the first. */
static void read_name(struct str d, struct icc *icc)
{
	if (str_starts(d, STR("desc"))) {
		size_t n = be32(d, 8);

		for (size_t i = 0; i < n && 12 + i < d.n; i++)
			put(icc, byte_at(d, 12 + i));
	} else if (str_starts(d, STR("mluc")) && be32(d, 8) > 0) {
		size_t n = be32(d, 20), at = be32(d, 24);

		for (size_t i = 0; i + 1 < n && at + i + 1 < d.n; i += 2)
			put(icc, be16(d, at + i));
	}
}

bool icc_read(struct str profile, struct icc *icc)
{
	*icc = (struct icc){ { 0 }, false };
	if (profile.n < 132 || memcmp(profile.p + 36, "acsp", 4) != 0)
		return false;
	read_name(tag(profile, "desc"), icc);
	icc->is_srgb = memcmp(profile.p + 16, "RGB ", 4) == 0 && !str_is_set(tag(profile, "A2B0")) &&
		       has_primaries(profile) && has_curve(tag(profile, "rTRC")) &&
		       has_curve(tag(profile, "gTRC")) && has_curve(tag(profile, "bTRC"));
	return true;
}
