#include "functions/runner/color/transform.h"

#include <string.h>

#include <lcms2.h>

#include "base/check.h"
#include "base/digest.h"
#include "functions/runner/color/matrix.h"

struct kind {			/* of picture */
	int colors, depth;
	bool alpha;
};

struct transform {
	uint8_t key[DIGEST_SIZE_MAX];
	struct kind kind;
	uint64_t used;		/* when it was last; 0: empty */
	cmsHTRANSFORM by_lcms;	/* owned; NULL: by matrix, or not at all */
	struct matrix *matrix;	/* owned */
};

static struct transform kept[TRANSFORMS_KEPT];
static uint64_t uses;

/* Where everything goes to, made once. A context of our own says nothing on errors, whatever other users of lcms2 have set up. */
static struct {
	cmsContext context;
	cmsHPROFILE rgb, grey;
} target;

static void prepare(void)
{
	/* sRGB's curve; ICC type 4 in lcms2's counting */
	static const cmsFloat64Number curve[5] = { 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045 };
	cmsToneCurve *c;

	if (target.context != NULL)
		return;
	target.context = cmsCreateContext(NULL, NULL);
	CHECK(target.context != NULL);
	target.rgb = cmsCreate_sRGBProfileTHR(target.context);
	c = cmsBuildParametricToneCurve(target.context, 4, curve);
	target.grey = cmsCreateGrayProfileTHR(target.context, cmsD50_xyY(), c);
	cmsFreeToneCurve(c);
	CHECK(target.rgb != NULL && target.grey != NULL);
}

static bool is_usable(cmsHPROFILE p, int colors)
{
	static const cmsColorSpaceSignature spaces[] = {
		[1] = cmsSigGrayData, [3] = cmsSigRgbData, [4] = cmsSigCmykData
	};
	cmsProfileClassSignature class = cmsGetDeviceClass(p);

	return cmsGetColorSpace(p) == spaces[colors] &&
	       (class == cmsSigInputClass || class == cmsSigDisplayClass || class == cmsSigOutputClass ||
		class == cmsSigColorSpaceClass);
}

/* Multi-process elements are programs that run for each point of a table; without them the profile's other tables are used. */
static void leave_out_programs(cmsHPROFILE p)
{
	static const cmsTagSignature tags[] = {
		cmsSigDToB0Tag, cmsSigDToB1Tag, cmsSigDToB2Tag, cmsSigDToB3Tag,
		cmsSigBToD0Tag, cmsSigBToD1Tag, cmsSigBToD2Tag, cmsSigBToD3Tag,
	};

	for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
		if (cmsIsTag(p, tags[i]))
			cmsWriteTag(p, tags[i], NULL);
}

static cmsUInt32Number in_format(struct kind k)
{
	cmsUInt32Number f = BYTES_SH((cmsUInt32Number)k.depth / 8) | CHANNELS_SH((cmsUInt32Number)k.colors);

	if (k.colors == 1)
		f |= COLORSPACE_SH(PT_GRAY);
	else if (k.colors == 3)
		f |= COLORSPACE_SH(PT_RGB);
	else
		f |= COLORSPACE_SH(PT_CMYK) | FLAVOR_SH(1);	/* the highest value is no ink */
	return f | EXTRA_SH(k.alpha ? 1u : 0u);
}

static void make(struct transform *t, struct str profile)
{
	cmsHPROFILE p = cmsOpenProfileFromMemTHR(target.context, profile.p, (cmsUInt32Number)profile.n);
	bool grey = t->kind.colors == 1;
	cmsUInt32Number out = (grey ? TYPE_GRAY_8 : TYPE_RGB_8) | EXTRA_SH(t->kind.alpha ? 1u : 0u);

	if (p == NULL)
		return;
	if (is_usable(p, t->kind.colors)) {
		leave_out_programs(p);
		if (t->kind.colors == 3)
			t->matrix = matrix_make(p, target.rgb, t->kind.depth);
		if (t->matrix == NULL)
			t->by_lcms = cmsCreateTransformTHR(target.context, p, in_format(t->kind), grey ? target.grey : target.rgb,
							   out, INTENT_RELATIVE_COLORIMETRIC, cmsFLAGS_BLACKPOINTCOMPENSATION);
	}
	cmsCloseProfile(p);
}

static void drop(struct transform *t)
{
	if (t->by_lcms != NULL)
		cmsDeleteTransform(t->by_lcms);
	matrix_free(t->matrix);
	*t = (struct transform){ .used = 0 };
}

static bool matches(const struct transform *t, const uint8_t key[DIGEST_SIZE_MAX], struct kind k)
{
	return t->used > 0 && memcmp(t->key, key, DIGEST_SIZE_MAX) == 0 && t->kind.colors == k.colors &&
	       t->kind.depth == k.depth && t->kind.alpha == k.alpha;
}

const struct transform *transform_find(struct str profile, const struct picture *like)
{
	struct kind kind = { like->bands - (like->alpha ? 1 : 0), like->depth, like->alpha };
	struct transform *t = &kept[0];		/* this one, or the one that was not used for longest */
	uint8_t key[DIGEST_SIZE_MAX];

	CHECK(kind.colors == 1 || kind.colors == 3 || (kind.colors == 4 && !kind.alpha));
	prepare();
	digest_of(DIGEST_SHA256, profile, key);
	for (int i = 0; i < TRANSFORMS_KEPT; i++) {
		if (matches(&kept[i], key, kind)) {
			t = &kept[i];
			break;
		}
		if (kept[i].used < t->used)
			t = &kept[i];
	}
	if (!matches(t, key, kind)) {
		drop(t);
		memcpy(t->key, key, sizeof t->key);
		t->kind = kind;
		make(t, profile);
	}
	t->used = ++uses;
	return t->matrix != NULL || t->by_lcms != NULL ? t : NULL;
}

void transform_apply(const struct transform *t, const void *from, uint8_t *to, size_t n)
{
	if (t->matrix != NULL)
		matrix_apply(t->matrix, from, t->kind.alpha ? 4 : 3, to, n);
	else
		cmsDoTransform(t->by_lcms, from, to, (cmsUInt32Number)n);
}
