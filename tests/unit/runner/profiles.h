/* profiles.h - colour profiles for the runner's tests, made by lcms2 on the spot. */
#ifndef TESTS_UNIT_RUNNER_PROFILES_H
#define TESTS_UNIT_RUNNER_PROFILES_H

#include <lcms2.h>

#include "tests/lib/t.h"

#define UNUSED __attribute__((unused))

/* Where the primaries and white are in xy, and the curve: a gamma, or 0 for sRGB's. */
static const struct {
	const char *name;
	cmsCIExyYTRIPLE primaries;
	cmsCIExyY white;
	double gamma;
} rgb_profiles[] = {
	{ "Display P3", { { 0.680, 0.320, 1 }, { 0.265, 0.690, 1 }, { 0.150, 0.060, 1 } }, { 0.3127, 0.3290, 1 }, 0 },
	{ "Adobe RGB", { { 0.64, 0.33, 1 }, { 0.21, 0.71, 1 }, { 0.15, 0.06, 1 } }, { 0.3127, 0.3290, 1 }, 563 / 256.0 },
	{ "ProPhoto", { { 0.7347, 0.2653, 1 }, { 0.1596, 0.8404, 1 }, { 0.0366, 0.0001, 1 } }, { 0.3457, 0.3585, 1 }, 1.8 },
	{ "linear", { { 0.64, 0.33, 1 }, { 0.30, 0.60, 1 }, { 0.15, 0.06, 1 } }, { 0.3127, 0.3290, 1 }, 1 },
};

enum { RGB_PROFILES = sizeof rgb_profiles / sizeof rgb_profiles[0] };

static UNUSED cmsToneCurve *curve_of(double gamma, bool srgb)
{
	static const cmsFloat64Number curve[5] = { 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045 };

	return srgb ? cmsBuildParametricToneCurve(NULL, 4, curve) : cmsBuildGamma(NULL, gamma);
}

/* Gives up the profile; the caller frees the bytes. */
static UNUSED struct str saved_profile(cmsHPROFILE p)
{
	cmsUInt32Number n = 0;
	char *bytes;

	assert_true(p != NULL && cmsSaveProfileToMem(p, NULL, &n) && n > 0);
	bytes = malloc(n);
	assert_non_null(bytes);
	assert_true(cmsSaveProfileToMem(p, bytes, &n));
	cmsCloseProfile(p);
	return str_n(bytes, n);
}

static UNUSED struct str rgb_profile(int i)
{
	cmsToneCurve *c = curve_of(rgb_profiles[i].gamma, rgb_profiles[i].gamma == 0), *three[3] = { c, c, c };
	cmsHPROFILE p = cmsCreateRGBProfile(&rgb_profiles[i].white, &rgb_profiles[i].primaries, three);

	cmsFreeToneCurve(c);
	return saved_profile(p);
}

/* sRGB's primaries with another gamma. */
static UNUSED cmsHPROFILE gamma_profile(double gamma)
{
	cmsToneCurve *c = curve_of(gamma, false), *three[3] = { c, c, c };
	cmsHPROFILE p = cmsCreateRGBProfile(&rgb_profiles[3].white, &rgb_profiles[3].primaries, three);

	cmsFreeToneCurve(c);
	return p;
}

static UNUSED cmsHPROFILE grey_profile(double gamma, bool srgb)
{
	cmsToneCurve *c = curve_of(gamma, srgb);
	cmsHPROFILE p = cmsCreateGrayProfile(cmsD50_xyY(), c);

	cmsFreeToneCurve(c);
	return p;
}

/* Lightness falls with ink (or grows with light), a and b follow the differences; not straight, and all of it is inside of
 * sRGB, at whose edge tables of tables would be rough. */
static UNUSED cmsInt32Number to_lab(const cmsUInt16Number in[], cmsUInt16Number out[], void *colors)
{
	double v[4] = { 0 };
	cmsCIELab lab;

	for (int i = 0; i < *(int *)colors; i++)
		v[i] = *(int *)colors == 4 ? 1 - in[i] / 65535.0 : in[i] / 65535.0;
	if (*(int *)colors == 3)
		v[3] = 1;
	lab.L = 100 * (0.3 * v[0] + 0.6 * v[1] + 0.1 * v[2]) * (0.1 + 0.9 * v[3]);
	lab.a = 60 * (v[0] - v[1]) * lab.L / 100 * (1 - lab.L / 100);
	lab.b = 60 * (v[1] * v[1] - v[2]) * lab.L / 100 * (1 - lab.L / 100);
	cmsFloat2LabEncoded(out, &lab);
	return TRUE;
}

/* Of a table from 3 (RGB) or 4 (CMYK) samples to Lab. */
static UNUSED cmsHPROFILE table_profile(int colors)
{
	cmsHPROFILE p = cmsCreateProfilePlaceholder(NULL);
	cmsPipeline *way = cmsPipelineAlloc(NULL, (cmsUInt32Number)colors, 3);
	cmsStage *table = cmsStageAllocCLut16bit(NULL, 9, (cmsUInt32Number)colors, 3, NULL);

	assert_true(p != NULL && way != NULL && table != NULL);
	cmsSetProfileVersion(p, 2.4);
	cmsSetDeviceClass(p, cmsSigOutputClass);
	cmsSetColorSpace(p, colors == 4 ? cmsSigCmykData : cmsSigRgbData);
	cmsSetPCS(p, cmsSigLabData);
	assert_true(cmsStageSampleCLut16bit(table, to_lab, &colors, 0));
	assert_true(cmsPipelineInsertStage(way, cmsAT_END, table));
	assert_true(cmsWriteTag(p, cmsSigAToB0Tag, way));
	cmsPipelineFree(way);
	return p;
}

#endif
