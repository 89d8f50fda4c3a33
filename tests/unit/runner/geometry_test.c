#include "tests/lib/t.h"

#include <math.h>

#include "functions/runner/geometry.h"

static struct rendition box(enum rendition_fit fit, int width, int height)
{
	return (struct rendition){ .fit = fit, .width = width, .height = height };
}

static void sizes_are_those_of_the_table(void **state)
{
	static const struct {
		enum rendition_fit fit;
		int box[2];
		bool enlarge;
		int photo[2], scaled[2], canvas[2];
		double part[2];
	} cases[] = {
		{ FIT_INSIDE,  { 160, 160 },   false, { 4000, 3000 }, { 160, 120 },   { 160, 120 },   { 4000, 3000 } },
		{ FIT_INSIDE,  { 160, 160 },   false, { 3000, 4000 }, { 120, 160 },   { 120, 160 },   { 3000, 4000 } },
		{ FIT_INSIDE,  { 160, 160 },   false, { 100, 50 },    { 100, 50 },    { 100, 50 },    { 100, 50 } },
		{ FIT_INSIDE,  { 160, 160 },   true,  { 100, 50 },    { 160, 80 },    { 160, 80 },    { 100, 50 } },
		{ FIT_INSIDE,  { 400, 300 },   false, { 4000, 1000 }, { 400, 100 },   { 400, 100 },   { 4000, 1000 } },
		{ FIT_INSIDE,  { 1200, 0 },    false, { 2400, 999 },  { 1200, 500 },  { 1200, 500 },  { 2400, 999 } },
		{ FIT_INSIDE,  { 0, 800 },     false, { 2400, 1600 }, { 1200, 800 },  { 1200, 800 },  { 2400, 1600 } },
		{ FIT_INSIDE,  { 1200, 0 },    false, { 1, 65500 },   { 1, 8192 },    { 1, 8192 },    { 1, 65500 } },
		{ FIT_INSIDE,  { 160, 160 },   false, { 1, 65500 },   { 1, 160 },     { 1, 160 },     { 1, 65500 } },
		{ FIT_INSIDE,  { 160, 160 },   false, { 1, 1 },       { 1, 1 },       { 1, 1 },       { 1, 1 } },
		{ FIT_OUTSIDE, { 400, 300 },   false, { 4000, 1000 }, { 1200, 300 },  { 1200, 300 },  { 4000, 1000 } },
		{ FIT_OUTSIDE, { 400, 300 },   false, { 1000, 4000 }, { 400, 1600 },  { 400, 1600 },  { 1000, 4000 } },
		{ FIT_OUTSIDE, { 400, 300 },   false, { 300, 400 },   { 300, 400 },   { 300, 400 },   { 300, 400 } },
		{ FIT_OUTSIDE, { 400, 300 },   true,  { 200, 100 },   { 600, 300 },   { 600, 300 },   { 200, 100 } },
		{ FIT_OUTSIDE, { 400, 0 },     false, { 1000, 500 },  { 400, 200 },   { 400, 200 },   { 1000, 500 } },
		{ FIT_OUTSIDE, { 8192, 8192 }, true,  { 2, 1 },       { 8192, 4096 }, { 8192, 4096 }, { 2, 1 } },
		{ FIT_FILL,    { 400, 300 },   false, { 4000, 3000 }, { 400, 300 },   { 400, 300 },   { 4000, 3000 } },
		{ FIT_FILL,    { 400, 300 },   false, { 4000, 1500 }, { 400, 300 },   { 400, 300 },   { 2000, 1500 } },
		{ FIT_FILL,    { 400, 300 },   false, { 800, 3000 },  { 400, 300 },   { 400, 300 },   { 800, 600 } },
		{ FIT_FILL,    { 400, 300 },   false, { 200, 600 },   { 200, 150 },   { 200, 150 },   { 200, 150 } },
		{ FIT_FILL,    { 400, 300 },   true,  { 200, 600 },   { 400, 300 },   { 400, 300 },   { 200, 150 } },
		{ FIT_FILL,    { 400, 300 },   false, { 1, 65500 },   { 1, 1 },       { 1, 1 },       { 1, 1 } },
		{ FIT_EXACT,   { 400, 300 },   false, { 4000, 1000 }, { 400, 300 },   { 400, 300 },   { 4000, 1000 } },
		{ FIT_EXACT,   { 400, 300 },   false, { 1000, 150 },  { 200, 150 },   { 200, 150 },   { 1000, 150 } },
		{ FIT_EXACT,   { 400, 300 },   true,  { 10, 15 },     { 400, 300 },   { 400, 300 },   { 10, 15 } },
		{ FIT_PAD,     { 400, 300 },   false, { 4000, 1000 }, { 400, 100 },   { 400, 300 },   { 4000, 1000 } },
		{ FIT_PAD,     { 400, 300 },   false, { 100, 50 },    { 100, 50 },    { 400, 300 },   { 100, 50 } },
		{ FIT_PAD,     { 400, 300 },   true,  { 100, 50 },    { 400, 200 },   { 400, 300 },   { 100, 50 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rendition r = box(cases[i].fit, cases[i].box[0], cases[i].box[1]);
		struct geometry g;

		r.enlarge = cases[i].enlarge;
		geometry_of(&r, cases[i].photo[0], cases[i].photo[1], &g);
		if (g.width != cases[i].scaled[0] || g.height != cases[i].scaled[1] || g.canvas_width != cases[i].canvas[0] ||
		    g.canvas_height != cases[i].canvas[1] || fabs(g.part.width - cases[i].part[0]) > 1e-9 ||
		    fabs(g.part.height - cases[i].part[1]) > 1e-9)
			fail_msg("%zu: %dx%d on %dx%d of %gx%g", i, g.width, g.height, g.canvas_width, g.canvas_height,
				 g.part.width, g.part.height);
	}
}

static void gravity_says_what_stays(void **state)
{
	static const double places[][2] = { { .5, .5 }, { .5, 0 }, { 1, 0 }, { 1, .5 }, { 1, 1 }, { .5, 1 }, { 0, 1 }, { 0, .5 }, { 0, 0 },
					    { .5, .5 }, { .5, .5 } };

	(void)state;
	for (int i = GRAVITY_CENTER; i <= GRAVITY_ATTENTION; i++) {
		struct rendition r = box(FIT_FILL, 100, 100);
		struct geometry g;

		r.gravity = (enum rendition_gravity)i;
		geometry_of(&r, 3000, 1000, &g);
		assert_true(fabs(g.part.left - 2000 * places[i][0]) < 1e-9 && fabs(g.part.top) < 1e-9);
		geometry_of(&r, 1000, 3000, &g);
		assert_true(fabs(g.part.top - 2000 * places[i][1]) < 1e-9 && fabs(g.part.left) < 1e-9);
		if (i > GRAVITY_NORTHWEST)
			continue;
		r.fit = FIT_PAD;
		geometry_of(&r, 1000, 3000, &g);
		assert_int_equal(g.left, lrint((100 - g.width) * places[i][0]));
		assert_int_equal(g.top, 0);
		geometry_of(&r, 3000, 1000, &g);
		assert_int_equal(g.top, lrint((100 - g.height) * places[i][1]));
	}
}

static void a_focus_is_in_the_middle_as_far_as_the_photo_goes(void **state)
{
	static const struct { double x, y, left; } cases[] = { { .5, .5, 1000 }, { .3, 0, 400 }, { 0, 1, 0 }, { 1, .2, 2000 }, { .1, 0, 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rendition r = box(FIT_FILL, 100, 100);
		struct geometry g;

		r.gravity = GRAVITY_FOCUS;
		r.focus_x = cases[i].x;
		r.focus_y = cases[i].y;
		geometry_of(&r, 3000, 1000, &g);
		assert_true(fabs(g.part.left - cases[i].left) < 1e-9 && fabs(g.part.top) < 1e-9);
		r.gravity = GRAVITY_ATTENTION;
		geometry_of(&r, 3000, 1000, &g);
		geometry_place(&g, 3000, 1000, cases[i].x, cases[i].y);
		assert_true(fabs(g.part.left - cases[i].left) < 1e-9 && fabs(g.part.top) < 1e-9);
	}
}

static void within_the_photo(const struct rendition *r, int width, int height, int orientation)
{
	bool swapped = orientation > 4;
	struct geometry g;
	struct image_part p;
	int need_w, need_h, out_w, out_h, master_w, master_h;

	geometry_of(r, width, height, &g);
	assert_true(g.width >= 1 && g.height >= 1 && g.width <= RENDITION_SIDE_MAX && g.height <= RENDITION_SIDE_MAX);
	assert_true(g.part.left >= 0 && g.part.top >= 0 && g.part.width > 0 && g.part.height > 0);
	assert_true(g.part.left + g.part.width <= width && g.part.top + g.part.height <= height);
	assert_true(g.left >= 0 && g.top >= 0 && g.left + g.width <= g.canvas_width && g.top + g.height <= g.canvas_height);
	if (!r->enlarge)
		assert_true(g.width <= ceil(g.part.width) && g.height <= ceil(g.part.height));
	if (r->fit != FIT_OUTSIDE)
		assert_true((r->width == 0 || g.canvas_width <= r->width) && (r->height == 0 || g.canvas_height <= r->height));
	geometry_need(&g, width, height, &need_w, &need_h);
	assert_true(need_w >= 1 && need_h >= 1 && need_w <= width && need_h <= height);
	if (!r->enlarge)
		assert_true(need_w * g.part.width / width > g.width - 1e-3 * width && need_h * g.part.height / height > g.height - 1e-3 * height);
	master_w = swapped ? need_h : need_w;
	master_h = swapped ? need_w : need_h;
	geometry_stored(&g, width, height, orientation, master_w, master_h, &p, &out_w, &out_h);
	assert_true(p.left >= 0 && p.top >= 0 && p.width > 0 && p.height > 0);
	assert_true(p.left + p.width <= master_w && p.top + p.height <= master_h);
	assert_int_equal(out_w, swapped ? g.height : g.width);
	assert_int_equal(out_h, swapped ? g.width : g.height);
}

static const int sides[] = { 1, 2, 3, 7, 100, 101, 333, 4000, 4032, 29999, 65500 };
static const int boxes[][2] = { { 1, 1 }, { 160, 160 }, { 3, 8192 }, { 8192, 1 }, { 400, 300 }, { 8192, 8192 }, { 1200, 0 }, { 0, 77 } };
#define EACH(i, list) for (size_t i = 0; i < sizeof list / sizeof *list; i++)

static void nothing_is_ever_outside_of_the_photo(void **state)
{
	int n = 0;

	(void)state;
	EACH(w, sides) EACH(h, sides) EACH(b, boxes)
		for (int fit = FIT_INSIDE; fit <= FIT_PAD; fit++)
			for (int gravity = GRAVITY_CENTER; gravity <= GRAVITY_FOCUS; gravity++) {
				struct rendition r = box((enum rendition_fit)fit, boxes[b][0], boxes[b][1]);

				if (fit > FIT_OUTSIDE && (r.width == 0 || r.height == 0))
					continue;
				r.gravity = (enum rendition_gravity)gravity;
				r.enlarge = n % 2;
				r.focus_x = (n % 11) / 10.0;
				r.focus_y = (n % 7) / 6.0;
				within_the_photo(&r, sides[w], sides[h], 1 + n++ % 8);
			}
}

static void what_is_needed_of_the_photo_grows_with_the_crop(void **state)
{
	struct rendition r = box(FIT_FILL, 400, 400);
	struct geometry g;
	int w, h;

	(void)state;
	geometry_of(&r, 4000, 2000, &g);
	geometry_need(&g, 4000, 2000, &w, &h);
	assert_int_equal(w, 800);
	assert_int_equal(h, 400);
	r = box(FIT_INSIDE, 160, 160);
	geometry_of(&r, 4000, 3000, &g);
	geometry_need(&g, 4000, 3000, &w, &h);
	assert_int_equal(w, 160);
	assert_int_equal(h, 120);
	r.enlarge = true;
	geometry_of(&r, 40, 30, &g);
	geometry_need(&g, 40, 30, &w, &h);
	assert_int_equal(w, 40);
	assert_int_equal(h, 30);
}

/* Each pixel as shown, looked up in the file through its part, against the picture that was turned. */
static void a_part_is_found_in_the_file_whichever_way_it_lies(void **state)
{
	(void)state;
	for (int o = 0; o <= 9; o++) {
		struct picture stored = { .width = 7, .height = 5, .bands = 1, .depth = 8 }, shown = stored;

		picture_alloc(&stored);
		picture_alloc(&shown);
		for (int i = 0; i < 35; i++)
			((uint8_t *)stored.pixels)[i] = ((uint8_t *)shown.pixels)[i] = (uint8_t)i;
		picture_turn(&shown, o);
		for (int i = 0; i < 35; i++) {
			int x = i % shown.width, y = i / shown.width, w, h;
			struct geometry g = { .part = { x, y, 1, 1 }, .width = 3, .height = 2 };
			struct image_part p;

			geometry_stored(&g, shown.width, shown.height, o, 7, 5, &p, &w, &h);
			assert_true(fabs(p.width - 1) < 1e-9 && fabs(p.height - 1) < 1e-9);
			assert_true(fabs(p.left - rint(p.left)) < 1e-9 && fabs(p.top - rint(p.top)) < 1e-9);
			assert_int_equal(((uint8_t *)stored.pixels)[lrint(p.top) * 7 + lrint(p.left)], ((uint8_t *)shown.pixels)[i]);
			assert_int_equal(w, shown.width == 5 ? 2 : 3);
			assert_int_equal(h, shown.width == 5 ? 3 : 2);
		}
		picture_clear(&stored);
		picture_clear(&shown);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(sizes_are_those_of_the_table),
		T(gravity_says_what_stays),
		T(a_focus_is_in_the_middle_as_far_as_the_photo_goes),
		T(nothing_is_ever_outside_of_the_photo),
		T(what_is_needed_of_the_photo_grows_with_the_crop),
		T(a_part_is_found_in_the_file_whichever_way_it_lies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
