/* Our PNG decoder against libpng, bit for bit, and what becomes of files that are not whole. */
#include "tests/unit/runner/png_rig.h"

/* Ours is libpng's: exactly, or rounded to 8 bits. */
static void check_same(struct str file, const char *what)
{
	struct picture want, own;

	if (!png_pixels_libpng(file, &want))
		fail_msg("%s: libpng refuses it", what);
	for (int deep = 0; deep < 2; deep++) {
		size_t n;

		if (!png_pixels_own(file, deep, &own))
			fail_msg("%s: refused", what);
		assert_true(own.width == want.width && own.height == want.height && own.bands == want.bands && own.alpha == want.alpha);
		assert_int_equal(own.depth, deep ? want.depth : 8);
		n = (size_t)(own.width * own.height * own.bands);
		for (size_t i = 0; i < n; i++) {
			int w = want.depth == 16 ? ((uint16_t *)want.pixels)[i] : ((uint8_t *)want.pixels)[i];
			int o = own.depth == 16 ? ((uint16_t *)own.pixels)[i] : ((uint8_t *)own.pixels)[i];

			if (o != (want.depth == own.depth ? w : (w + 128) / 257))
				fail_msg("%s: sample %zu of %zu is %d and not %d", what, i, n, o, w);
		}
		picture_clear(&own);
	}
	picture_clear(&want);
}

static const struct {
	int color, depth;
} forms[] = {
	{ PNG_GREY, 1 }, { PNG_GREY, 2 }, { PNG_GREY, 4 }, { PNG_GREY, 8 }, { PNG_GREY, 16 }, { PNG_RGB, 8 }, { PNG_RGB, 16 },
	{ PNG_PALETTE, 1 }, { PNG_PALETTE, 2 }, { PNG_PALETTE, 4 }, { PNG_PALETTE, 8 }, { PNG_GREY_ALPHA, 8 },
	{ PNG_GREY_ALPHA, 16 }, { PNG_RGB_ALPHA, 8 }, { PNG_RGB_ALPHA, 16 },
};

enum { FORMS = sizeof forms / sizeof forms[0] };

static void every_form_filter_and_size_is_read_as_libpng_does(void **state)
{
	static const int sizes[][2] = { { 1, 1 }, { 2, 3 }, { 3, 2 }, { 5, 9 }, { 7, 1 }, { 1, 8 }, { 8, 8 }, { 33, 20 }, { 70, 41 } };
	static const int filters[] = { 0, PNG_FILTER_NONE, PNG_FILTER_SUB, PNG_FILTER_UP, PNG_FILTER_AVG, PNG_FILTER_PAETH };

	(void)state;
	for (int f = 0; f < FORMS; f++)
		for (size_t i = 0; i < sizeof sizes / sizeof sizes[0] * 6; i++)
			for (int way = 0; way < 4; way++) {
				struct spec s = { .width = sizes[i / 6][0], .height = sizes[i / 6][1], .color = forms[f].color,
						  .depth = forms[f].depth, .interlaced = way & 1, .key = way & 2,
						  .filters = filters[i % 6], .level = 6, .grainy = i % 2 };
				char what[100];
				struct str file;

				if (s.key && s.color != PNG_GREY && s.color != PNG_RGB && s.color != PNG_PALETTE)
					continue;
				snprintf(what, sizeof what, "color %d depth %d %dx%d filter %d way %d", s.color, s.depth, s.width,
					 s.height, s.filters, way);
				file = png_of(&s);
				check_same(file, what);
				lose(file);
			}
}

static void a_picture_larger_than_the_window_is_read_as_libpng_does(void **state)
{
	(void)state;
	for (int level = 0; level <= 9; level += 3)
		for (int grainy = 0; grainy < 2; grainy++)
			for (int interlaced = 0; interlaced < 2; interlaced++) {
				struct spec s = { .width = 700, .height = 500, .color = PNG_RGB, .depth = 8, .interlaced = interlaced,
						  .level = level, .grainy = grainy, .idat = level == 3 ? 1000 : 0 };
				struct str file = png_of(&s);

				check_same(file, "large");
				lose(file);
			}
}

static void data_may_be_split_anywhere(void **state)
{
	struct spec s = { .width = 40, .height = 30, .color = PNG_RGB, .depth = 8, .level = 6 };
	struct str file = png_of(&s);

	(void)state;
	for (size_t each = 1; each < 60; each += each < 8 ? 1 : 13)
		for (int empty = 0; empty < 2; empty++) {
			struct str other = rebuilt(file, each, empty, NULL);

			check_same(other, "split");
			lose(other);
		}
	lose(file);
}

static void what_follows_the_picture_does_not_matter(void **state)
{
	struct spec s = { .width = 40, .height = 30, .color = PNG_GREY, .depth = 8, .level = 6 };
	struct str file = png_of(&s), more = rebuilt(file, 5000, false, "something after the end of the data");
	struct buf longer = { 0 };

	(void)state;
	check_same(more, "more data");
	buf_add(&longer, file.p, file.n);
	buf_puts(&longer, "and after the file");
	check_same(str_n(longer.data, longer.len), "more file");
	buf_clear(&longer);
	lose(more);
	lose(file);
}

static void headers_that_make_no_sense_are_refused(void **state)
{
	static const struct {
		const char *type;
		size_t offset;
		uint8_t to;
		bool mend;
	} cases[] = {
		{ "IHDR", 8, 3, true }, { "IHDR", 9, 1, true }, { "IHDR", 9, 7, true }, { "IHDR", 10, 1, true }, { "IHDR", 11, 1, true },
		{ "IHDR", 12, 2, true }, { "IHDR", 0, 128, true }, { "IHDR", 3, 0, true }, { "IHDR", 3, 9, false }, { "PLTE", 0, 1, false },
		{ "IDAT", 0, 0x79, true }, { "IDAT", 1, 0xbb, true },
	};
	struct spec s = { .width = 5, .height = 4, .color = PNG_PALETTE, .depth = 8, .level = 6 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct str file = png_of(&s);
		struct picture p;

		change(file, cases[i].type, cases[i].offset, cases[i].to, cases[i].mend);
		if (png_pixels_own(file, false, &p))
			fail_msg("case %zu is read", i);
		picture_clear(&p);
		lose(file);
	}
}

static void a_palette_is_used_as_far_as_it_goes(void **state)
{
	struct spec s = { .width = 60, .height = 20, .color = PNG_PALETTE, .depth = 8, .level = 6, .grainy = true, .key = true };
	struct str file = png_of(&s);
	struct buf shorter = { 0 };
	struct png_chunk c;

	(void)state;
	buf_add(&shorter, file.p, 8);
	for (size_t at = 8; png_chunk_at(file, at, &c); at = c.next) {
		char type[5] = { c.type.p[0], c.type.p[1], c.type.p[2], c.type.p[3] };

		add_chunk(&shorter, type, c.data.p, str_eq(c.type, STR("PLTE")) ? 30 : str_eq(c.type, STR("tRNS")) ? 7 : c.data.n);
	}
	check_same(str_n(shorter.data, shorter.len), "short palette");
	buf_clear(&shorter);
	change(file, "tRNS", 0, 77, false);
	check_same(file, "transparency with a wrong checksum");
	lose(file);
}

static void the_master_has_the_wanted_size_and_form(void **state)
{
	(void)state;
	for (int f = 0; f < FORMS; f++)
		for (int way = 0; way < 4; way++) {
			struct spec s = { .width = 61, .height = 47, .color = forms[f].color, .depth = forms[f].depth, .level = 6,
					  .interlaced = way & 1 };
			struct str file = png_of(&s);
			struct shot same = take(file, 61, 47, way & 2), small = take(file, 20, 16, way & 2);
			struct picture want;

			assert_true(png_pixels_own(file, way & 2, &want));
			assert_int_equal(same.why, REASON_NONE);
			assert_int_equal(small.why, REASON_NONE);
			assert_true(!same.m.degraded && same.m.read == 1 && same.m.width == 61 && same.m.height == 47 && !same.m.image.planar);
			assert_true(small.m.image.picture.width == 20 && small.m.image.picture.height == 16);
			assert_true(small.m.image.picture.bands == want.bands && small.m.image.picture.depth == want.depth &&
				    small.m.image.picture.alpha == want.alpha);
			if (!want.alpha)
				assert_memory_equal(same.m.image.picture.pixels, want.pixels, picture_row_bytes(&want) * 47);
			picture_clear(&want);
			image_clear(&same.m.image);
			image_clear(&small.m.image);
			lose(file);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_form_filter_and_size_is_read_as_libpng_does),
		T(a_picture_larger_than_the_window_is_read_as_libpng_does),
		T(data_may_be_split_anywhere),
		T(what_follows_the_picture_does_not_matter),
		T(headers_that_make_no_sense_are_refused),
		T(a_palette_is_used_as_far_as_it_goes),
		T(the_master_has_the_wanted_size_and_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
