#include "tests/lib/t.h"

#include "functions/runner/picture.h"

/* 1 2 3
 * 4 5 6 */
static struct picture six(void)
{
	struct picture p = { .width = 3, .height = 2, .bands = 1, .depth = 8 };

	picture_alloc(&p);
	memcpy(p.pixels, "123456", 6);
	return p;
}

static void each_orientation_is_turned_upright(void **state)
{
	static const char *const want[] = { "123456", "123456", "321654", "654321", "456123", "142536", "415263", "635241",
					    "362514", "123456" };

	(void)state;
	for (int o = 0; o < 10; o++) {
		struct picture p = six();
		bool turned = o >= 5 && o <= 8;

		picture_turn(&p, o);
		assert_int_equal(p.width, turned ? 2 : 3);
		assert_int_equal(p.height, turned ? 3 : 2);
		if (memcmp(p.pixels, want[o], 6) != 0)
			fail_msg("orientation %d: %.6s, want %s", o, (char *)p.pixels, want[o]);
		picture_clear(&p);
	}
}

static void a_fit_keeps_proportions_and_never_enlarges(void **state)
{
	static const struct {
		int w, h, side, want_w, want_h;
	} cases[] = {
		{ 4000, 3000, 1280, 1280, 960 }, { 3000, 4000, 1280, 960, 1280 }, { 100, 50, 160, 100, 50 },
		{ 1, 1, 160, 1, 1 }, { 30000, 1, 160, 160, 1 }, { 1, 30000, 160, 1, 160 }, { 161, 160, 160, 160, 159 },
		{ 65535, 65535, 1, 1, 1 }, { 4032, 2012, 1280, 1280, 639 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int w, h;

		picture_fit(cases[i].w, cases[i].h, cases[i].side, &w, &h);
		assert_int_equal(w, cases[i].want_w);
		assert_int_equal(h, cases[i].want_h);
	}
}

static void grey_with_alpha_becomes_rgb_with_alpha(void **state)
{
	struct picture p = { .width = 2, .height = 1, .bands = 2, .depth = 8, .alpha = true };

	(void)state;
	picture_alloc(&p);
	memcpy(p.pixels, "aBcD", 4);
	picture_no_grey_alpha(&p);
	assert_int_equal(p.bands, 4);
	assert_memory_equal(p.pixels, "aaaBcccD", 8);
	picture_clear(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_orientation_is_turned_upright),
		T(a_fit_keeps_proportions_and_never_enlarges),
		T(grey_with_alpha_becomes_rgb_with_alpha),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
