/* Colours against lcms2 without any of its shortcuts, on profiles made here. */
#include "tests/lib/t.h"

#include <lcms2.h>

#include "functions/runner/color/convert.h"
#include "functions/runner/color/transform.h"
#include "tests/unit/runner/profiles.h"

/* A picture of every kind of sample: edges, a grid, and noise. */
static struct picture colors_of(int bands, int depth, bool alpha)
{
	struct picture p = { .width = 64, .height = 83, .bands = bands, .depth = depth, .alpha = alpha };
	struct str noise = t_bytes((size_t)(64 * 83 * bands * 2), 5);
	size_t n;

	picture_alloc(&p);
	n = (size_t)(p.width * p.height * bands);
	for (size_t i = 0; i < n; i++) {
		unsigned int level = (unsigned int)(i / (size_t)bands) >> 4 * (i % (size_t)bands) & 15;
		unsigned int v = i < n / 2 ? level * 4369 : (unsigned char)noise.p[2 * i] * 256u + (unsigned char)noise.p[2 * i + 1];

		if (depth == 8)
			((uint8_t *)p.pixels)[i] = (uint8_t)(v >> 8);
		else
			((uint16_t *)p.pixels)[i] = (uint16_t)v;
	}
	free((void *)noise.p);
	return p;
}

static struct picture copy_of(const struct picture *p)
{
	struct picture c = *p;

	picture_alloc(&c);
	memcpy(c.pixels, p->pixels, picture_row_bytes(p) * (size_t)p->height);
	return c;
}

/* What lcms2 says, computed in floats for every pixel. */
static void reference(const struct picture *p, struct str profile, double *to)
{
	int colors = p->bands - (p->alpha ? 1 : 0);
	cmsHPROFILE from = cmsOpenProfileFromMem(profile.p, (cmsUInt32Number)profile.n);
	cmsHPROFILE srgb = colors == 1 ? grey_profile(2.4, true) : cmsCreate_sRGBProfile();
	cmsUInt32Number in = FLOAT_SH(1) | BYTES_SH(4) | CHANNELS_SH((cmsUInt32Number)colors), out;
	cmsHTRANSFORM t;

	in |= COLORSPACE_SH(colors == 1 ? PT_GRAY : colors == 3 ? PT_RGB : PT_CMYK);
	out = colors == 1 ? TYPE_GRAY_DBL : TYPE_RGB_DBL;
	t = cmsCreateTransform(from, in, srgb, out, INTENT_RELATIVE_COLORIMETRIC,
			       cmsFLAGS_BLACKPOINTCOMPENSATION | cmsFLAGS_NOOPTIMIZE | cmsFLAGS_NOCACHE);
	assert_non_null(t);
	for (size_t i = 0; i < (size_t)(p->width * p->height); i++, to += colors == 1 ? 1 : 3) {
		float v[4];

		for (int b = 0; b < colors; b++) {
			size_t at = i * (size_t)p->bands + (size_t)b;

			v[b] = p->depth == 8 ? ((uint8_t *)p->pixels)[at] / 255.0f : ((uint16_t *)p->pixels)[at] / 65535.0f;
			if (colors == 4)
				v[b] = 100 * (1 - v[b]);	/* percent of ink */
		}
		cmsDoTransform(t, v, to, 1);
	}
	cmsDeleteTransform(t);
	cmsCloseProfile(from);
	cmsCloseProfile(srgb);
}

/* The largest difference in levels, after rounding both. */
static int worst(const struct picture *p, const double *want)
{
	int colors = p->bands - (p->alpha ? 1 : 0), most = 0;
	const uint8_t *got = p->pixels;

	for (int i = 0; i < p->width * p->height; i++)
		for (int b = 0; b < colors; b++) {
			double w = want[i * colors + b];
			int level = (int)(255 * (w < 0 ? 0 : w > 1 ? 1 : w) + 0.5), off = abs(got[i * p->bands + b] - level);

			most = off > most ? off : most;
		}
	return most;
}

static int convert_and_compare(struct picture p, struct str profile)
{
	double *want = calloc((size_t)(p.width * p.height * 3), sizeof *want);
	struct picture before = copy_of(&p);
	int most;

	assert_non_null(want);
	reference(&p, profile, want);
	assert_int_equal(convert_to_srgb(&p, profile), CONVERT_DONE);
	assert_int_equal(p.depth, 8);
	most = worst(&p, want);
	for (int i = 0; p.alpha && i < p.width * p.height; i++) {
		int at = i * p.bands + p.bands - 1;
		double a = before.depth == 8 ? ((uint8_t *)before.pixels)[at] : ((uint16_t *)before.pixels)[at] / 257.0;

		assert_int_equal(((uint8_t *)p.pixels)[at], (int)(a + 0.5));
	}
	picture_clear(&before);
	picture_clear(&p);
	free(want);
	free((void *)profile.p);
	return most;
}

static void profiles_of_three_primaries_are_within_a_level_of_lcms2(void **state)
{
	(void)state;
	for (int i = 0; i < RGB_PROFILES; i++)
		for (int depth = 8; depth <= 16; depth += 8)
			for (int alpha = 0; alpha < 2; alpha++) {
				int most = convert_and_compare(colors_of(3 + alpha, depth, alpha), rgb_profile(i));

				if (most > 1)
					fail_msg("%s, %d bits: off by %d", rgb_profiles[i].name, depth, most);
			}
}

/* Close to black lcms2's own table for 16 bits is two levels off. */
static void grey_profiles_give_grey(void **state)
{
	(void)state;
	for (int depth = 8; depth <= 16; depth += 8)
		for (int alpha = 0; alpha < 2; alpha++)
			assert_in_range(convert_and_compare(colors_of(1 + alpha, depth, alpha),
							    saved_profile(grey_profile(1.8, false))), 0, depth / 8);
}

static void ink_goes_through_its_profile(void **state)
{
	(void)state;
	for (int depth = 8; depth <= 16; depth += 8)
		assert_in_range(convert_and_compare(colors_of(4, depth, false), saved_profile(table_profile(4))), 0, 3);
}

static void profiles_of_tables_are_used_for_rgb_too(void **state)
{
	(void)state;
	for (int alpha = 0; alpha < 2; alpha++)
		assert_in_range(convert_and_compare(colors_of(3 + alpha, 8, alpha), saved_profile(table_profile(3))), 0, 3);
}

static void ink_without_a_profile_is_multiplied(void **state)
{
	static const struct { uint8_t in[4], out[3]; } cases[] = {
		{ { 255, 255, 255, 255 }, { 255, 255, 255 } },
		{ { 255, 255, 255, 0 }, { 0, 0, 0 } },
		{ { 0, 255, 255, 255 }, { 0, 255, 255 } },
		{ { 255, 128, 0, 128 }, { 128, 64, 0 } },
	};

	(void)state;
	for (int depth = 8; depth <= 16; depth += 8)
		for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
			struct picture p = { .width = 1, .height = 1, .bands = 4, .depth = depth };

			picture_alloc(&p);
			for (int b = 0; b < 4; b++)
				if (depth == 8)
					((uint8_t *)p.pixels)[b] = cases[i].in[b];
				else
					((uint16_t *)p.pixels)[b] = (uint16_t)(cases[i].in[b] * 257);
			assert_int_equal(convert_to_srgb(&p, (struct str){ 0 }), CONVERT_DONE);
			assert_true(p.bands == 3 && p.depth == 8 && !p.alpha);
			assert_memory_equal(p.pixels, cases[i].out, 3);
			picture_clear(&p);
		}
}

static void srgb_in_other_words_changes_nothing(void **state)
{
	struct str profile = saved_profile(cmsCreate_sRGBProfile());
	struct picture p = colors_of(3, 8, false), before = copy_of(&p);

	(void)state;
	assert_false(convert_is_due(profile, false));
	assert_true(convert_is_due(profile, true));
	assert_false(convert_is_due((struct str){ 0 }, false));
	assert_int_equal(convert_to_srgb(&p, profile), CONVERT_NOT_NEEDED);
	assert_memory_equal(p.pixels, before.pixels, picture_row_bytes(&p) * (size_t)p.height);
	picture_clear(&p);
	picture_clear(&before);
	free((void *)profile.p);
}

static void every_level_of_16_bits_is_rounded_to_the_nearest_of_8(void **state)
{
	struct picture p = { .width = 256, .height = 256, .bands = 1, .depth = 16 };

	(void)state;
	picture_alloc(&p);
	for (int i = 0; i < 65536; i++)
		((uint16_t *)p.pixels)[i] = (uint16_t)i;
	convert_narrow(&p);
	assert_int_equal(p.depth, 8);
	for (int i = 0; i < 65536; i++)
		assert_int_equal(((uint8_t *)p.pixels)[i], (i + 128) / 257);
	convert_narrow(&p);
	assert_int_equal(((uint8_t *)p.pixels)[65535], 255);
	picture_clear(&p);
}

/* Pixels as if there were no profile, and it is told. */
static void check_ignored(struct str profile, int bands, int depth)
{
	struct picture p = colors_of(bands, depth, false), plain = copy_of(&p);

	convert_to_srgb(&plain, (struct str){ 0 });
	assert_true(convert_is_due(profile, bands == 4));
	assert_int_equal(convert_to_srgb(&p, profile), CONVERT_PROFILE_BROKEN);
	assert_int_equal(p.bands, plain.bands);
	assert_memory_equal(p.pixels, plain.pixels, picture_row_bytes(&p) * (size_t)p.height);
	picture_clear(&p);
	picture_clear(&plain);
}

static void a_profile_that_does_not_fit_is_ignored_and_told(void **state)
{
	struct str rgb = rgb_profile(0), grey = saved_profile(grey_profile(1.8, false)), ink = saved_profile(table_profile(4));

	(void)state;
	for (int depth = 8; depth <= 16; depth += 8) {
		check_ignored(rgb, 4, depth);
		check_ignored(rgb, 1, depth);
		check_ignored(grey, 3, depth);
		check_ignored(ink, 3, depth);
		check_ignored(grey, 4, depth);
	}
	free((void *)rgb.p);
	free((void *)grey.p);
	free((void *)ink.p);
}

static void a_broken_profile_is_ignored_and_told(void **state)
{
	struct str rgb = rgb_profile(0), noise = t_bytes(700, 3);

	(void)state;
	check_ignored(noise, 3, 8);
	check_ignored(STR("profile"), 3, 8);
	check_ignored(str_n(rgb.p, 100), 3, 8);
	check_ignored(str_n(rgb.p, 140), 4, 16);
	memcpy((char *)(uintptr_t)rgb.p + 12, "link", 4);	/* a device link: no device of its own */
	check_ignored(rgb, 3, 8);
	check_ignored(rgb, 3, 8);				/* the second time from what was kept */
	free((void *)rgb.p);
	free((void *)noise.p);
}

static void more_profiles_than_are_kept_do_not_mix(void **state)
{
	uint8_t first[TRANSFORMS_KEPT * 2][3];

	(void)state;
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < TRANSFORMS_KEPT * 2; i++) {
			struct str profile = saved_profile(gamma_profile(1.0 + 0.1 * i));
			struct picture p = { .width = 1, .height = 1, .bands = 3, .depth = 8 };

			picture_alloc(&p);
			memcpy(p.pixels, (uint8_t[]){ 100, 110, 120 }, 3);
			assert_int_equal(convert_to_srgb(&p, profile), CONVERT_DONE);
			if (round == 0)
				memcpy(first[i], p.pixels, 3);
			else
				assert_memory_equal(first[i], p.pixels, 3);
			if (i > 0)
				assert_memory_not_equal(first[i], first[i - 1], 3);
			picture_clear(&p);
			free((void *)profile.p);
		}
}

static void a_program_in_a_profile_is_left_out(void **state)
{
	cmsHPROFILE with = gamma_profile(1.8);
	cmsPipeline *black = cmsPipelineAlloc(NULL, 3, 3);
	cmsFloat64Number zero[9] = { 0 };
	struct str told, plain = saved_profile(gamma_profile(1.8));
	struct picture a = colors_of(3, 8, false), b = copy_of(&a);

	(void)state;
	cmsSetProfileVersion(with, 4.3);
	assert_true(cmsPipelineInsertStage(black, cmsAT_END, cmsStageAllocMatrix(NULL, 3, 3, zero, NULL)));
	assert_true(cmsWriteTag(with, cmsSigDToB1Tag, black));
	cmsPipelineFree(black);
	told = saved_profile(with);
	assert_int_equal(convert_to_srgb(&a, told), CONVERT_DONE);
	assert_int_equal(convert_to_srgb(&b, plain), CONVERT_DONE);
	assert_memory_equal(a.pixels, b.pixels, picture_row_bytes(&a) * (size_t)a.height);
	picture_clear(&a);
	picture_clear(&b);
	free((void *)told.p);
	free((void *)plain.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(profiles_of_three_primaries_are_within_a_level_of_lcms2),
		T(grey_profiles_give_grey),
		T(ink_goes_through_its_profile),
		T(profiles_of_tables_are_used_for_rgb_too),
		T(ink_without_a_profile_is_multiplied),
		T(srgb_in_other_words_changes_nothing),
		T(every_level_of_16_bits_is_rounded_to_the_nearest_of_8),
		T(a_profile_that_does_not_fit_is_ignored_and_told),
		T(a_broken_profile_is_ignored_and_told),
		T(more_profiles_than_are_kept_do_not_mix),
		T(a_program_in_a_profile_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
