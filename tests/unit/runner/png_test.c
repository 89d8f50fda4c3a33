/* Our PNG decoder against libpng, bit for bit, and what becomes of files that are not whole. */
#include "tests/lib/t.h"

#include <math.h>

#include "base/buf.h"
#include "base/crc.h"
#include "functions/runner/reader.h"
#include "tests/unit/runner/png_pixels.h"

struct spec {			/* of a file to write */
	int width, height, color, depth;
	bool interlaced, key;
	int filters;		/* PNG_FILTER_...; 0: a different one for each row */
	int level;		/* of zlib; 0: stored */
	size_t idat;		/* bytes of a chunk; 0: as libpng likes */
	bool grainy;		/* noise, else smooth */
};

static void on_write(png_structp png, png_bytep p, size_t n)
{
	buf_add(png_get_io_ptr(png), p, n);
}

static void on_flush(png_structp png)
{
	(void)png;
}

static void write_tables(png_structp png, png_infop info, const struct spec *s)
{
	png_color palette[256];
	png_byte alpha[256];
	png_color_16 key = { 0, 1, 1, 1, 1 };
	int n = s->color == PNG_PALETTE ? 1 << s->depth : 0;

	for (int i = 0; i < n; i++) {
		palette[i] = (png_color){ (png_byte)(i * 7), (png_byte)(255 - i), (png_byte)(i * 31) };
		alpha[i] = (png_byte)(i * 3 + 1);
	}
	if (n > 0)
		png_set_PLTE(png, info, palette, n);
	if (s->key)
		png_set_tRNS(png, info, alpha, n > 1 ? n - 1 : n, &key);
}

static uint8_t *samples_of(const struct spec *s, size_t bytes)
{
	struct str noise = t_bytes(bytes * (size_t)s->height, 11);
	uint8_t *p = (uint8_t *)(uintptr_t)noise.p;

	for (size_t i = 0; !s->grainy && i < bytes * (size_t)s->height; i++)
		p[i] = (uint8_t)(i % bytes + 3 * (i / bytes) + (p[i] & 3));
	return p;
}

static struct str png_of(const struct spec *s)
{
	static const int each[] = { PNG_FILTER_NONE, PNG_FILTER_SUB, PNG_FILTER_UP, PNG_FILTER_AVG, PNG_FILTER_PAETH };
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, png_pixels_quiet);
	png_infop info = png_create_info_struct(png);
	struct buf out = { 0 };
	uint8_t *samples;
	size_t bytes;
	int passes;

	png_set_write_fn(png, &out, on_write, on_flush);
	png_set_compression_level(png, s->level);
	if (s->idat)
		png_set_compression_buffer_size(png, s->idat);
	png_set_filter(png, 0, s->filters ? s->filters : PNG_ALL_FILTERS);
	png_set_IHDR(png, info, (png_uint_32)s->width, (png_uint_32)s->height, s->depth, s->color,
		     s->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	write_tables(png, info, s);
	png_write_info(png, info);
	passes = png_set_interlace_handling(png);
	bytes = png_get_rowbytes(png, info);
	samples = samples_of(s, bytes);
	for (int pass = 0; pass < passes; pass++)
		for (int y = 0; y < s->height; y++) {
			if (s->filters == 0)
				png_set_filter(png, 0, each[y % 5]);
			png_write_row(png, samples + (size_t)y * bytes);
		}
	png_write_end(png, NULL);
	png_destroy_write_struct(&png, &info);
	free(samples);
	return str_n(out.data, out.len);
}

static void lose(struct str file)
{
	free((void *)(uintptr_t)file.p);
}

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

static void add_chunk(struct buf *b, const char *type, const void *data, size_t n)
{
	char head[8] = { (char)(n >> 24), (char)(n >> 16), (char)(n >> 8), (char)n, type[0], type[1], type[2], type[3] };
	uint32_t crc = crc32_zlib(crc32_zlib(0, type, 4), data, n);
	char tail[4] = { (char)(crc >> 24), (char)(crc >> 16), (char)(crc >> 8), (char)crc };

	buf_add(b, head, 8);
	buf_add(b, data, n);
	buf_add(b, tail, 4);
}

/* The file with all of its data in chunks of `each` bytes; `empty` puts one without any before each. */
static struct str rebuilt(struct str file, size_t each, bool empty, const char *extra)
{
	struct buf data = { 0 }, out = { 0 };
	struct png_chunk c;

	buf_add(&out, file.p, 8);
	for (size_t at = 8; png_chunk_at(file, at, &c); at = c.next) {
		char type[5] = { c.type.p[0], c.type.p[1], c.type.p[2], c.type.p[3] };

		if (str_eq(c.type, STR("IDAT"))) {
			buf_add(&data, c.data.p, c.data.n);
			continue;
		}
		for (size_t i = 0; str_eq(c.type, STR("IEND")) && i < data.len; i += each) {
			if (empty)
				add_chunk(&out, "IDAT", "", 0);
			add_chunk(&out, "IDAT", data.data + i, data.len - i < each ? data.len - i : each);
		}
		if (extra && str_eq(c.type, STR("IEND")))
			add_chunk(&out, "IDAT", extra, strlen(extra));
		add_chunk(&out, type, c.data.p, c.data.n);
	}
	buf_clear(&data);
	return str_n(out.data, out.len);
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

/* Changes one byte of the first chunk of a type, at an offset into its data, and makes the checksum right again if asked. */
static void change(struct str file, const char *type, size_t offset, uint8_t to, bool mend)
{
	char *p = (char *)(uintptr_t)file.p;
	struct png_chunk c;

	for (size_t at = 8; png_chunk_at(file, at, &c); at = c.next)
		if (memcmp(c.type.p, type, 4) == 0) {
			uint32_t crc;

			p[at + 8 + offset] = (char)to;
			crc = crc32_zlib(0, p + at + 4, c.data.n + 4);
			for (int i = 0; mend && i < 4; i++)
				p[at + 8 + c.data.n + (size_t)i] = (char)(crc >> (24 - 8 * i));
			return;
		}
	fail_msg("no %s", type);
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

struct shot {
	struct header h;
	struct master m;
	enum reason why;
	char message[SAY_MAX];
};

static struct shot take(struct str file, int width, int height, bool deep)
{
	struct shot s = { .h = { .format = FORMAT_PNG, .frames = 1 } };
	struct reading r = { .photo = file, .h = &s.h, .need = { .width = width, .height = height, .deep = deep } };

	assert_int_equal(png_header(file, &s.h, s.message), REASON_NONE);
	s.why = png_read(&r, &s.m, s.message);
	return s;
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

/* A copy of exactly that length, so that the sanitizers see a byte read too far. */
static struct shot take_cut(struct str file, size_t n)
{
	char *copy = malloc(n);
	struct shot s;

	assert_non_null(copy);
	memcpy(copy, file.p, n);
	s = take(str_n(copy, n), 64, 80, false);
	free(copy);
	return s;
}

static void a_file_cut_anywhere_gives_the_rows_before(void **state)
{
	struct spec s = { .width = 64, .height = 80, .color = PNG_RGB, .depth = 8, .level = 1, .grainy = true, .idat = 700 };
	struct str file = png_of(&s);
	struct picture whole;

	(void)state;
	assert_true(png_pixels_own(file, false, &whole));
	for (size_t n = 33; n < file.n - 16; n += 97) {
		struct shot got = take_cut(file, n);
		double part = (double)n / (double)file.n;

		if (part < 0.08)
			assert_int_equal(got.why, REASON_TRUNCATED);
		if (part > 0.15)
			assert_int_equal(got.why, REASON_NONE);
		if (got.why == REASON_NONE) {
			size_t rows = (size_t)lround(got.m.read * 80);

			assert_true(got.m.degraded);
			assert_true(fabs(got.m.read - part) < 0.06);
			assert_memory_equal(got.m.image.picture.pixels, whole.pixels, rows * 64 * 3);
			assert_int_equal(*((uint8_t *)got.m.image.picture.pixels + rows * 64 * 3 + 100), 128);
		}
		image_clear(&got.m.image);
	}
	picture_clear(&whole);
	lose(file);
}

static void a_chunk_with_a_wrong_checksum_ends_the_picture_before_it(void **state)
{
	struct spec s = { .width = 64, .height = 80, .color = PNG_RGB, .depth = 8, .level = 1, .grainy = true, .idat = 700 };
	struct str file = png_of(&s);
	struct shot got;

	(void)state;
	((char *)(uintptr_t)file.p)[file.n / 2] ^= 1;
	got = take_cut(file, file.n);
	assert_int_equal(got.why, REASON_NONE);
	assert_true(got.m.degraded && got.m.read > 0.4 && got.m.read <= 0.5);
	image_clear(&got.m.image);
	lose(file);
}

/* In one large chunk nobody knows where the fault is: all that can be inflated is taken. */
static void a_large_chunk_with_a_wrong_checksum_is_still_used(void **state)
{
	struct spec s = { .width = 300, .height = 200, .color = PNG_RGB, .depth = 8, .level = 0, .grainy = true };
	struct str file = png_of(&s), one = rebuilt(file, file.n, false, NULL);
	struct shot got;

	(void)state;
	((char *)(uintptr_t)one.p)[one.n / 2] ^= 1;
	got = take_cut(one, one.n);
	assert_int_equal(got.why, REASON_NONE);
	assert_true(got.m.degraded && got.m.read == 1);
	image_clear(&got.m.image);
	lose(one);
	lose(file);
}

static void what_follows_a_large_chunk_with_a_wrong_checksum_is_not_used(void **state)
{
	struct spec s = { .width = 300, .height = 200, .color = PNG_RGB, .depth = 8, .level = 0, .grainy = true };
	struct str file = png_of(&s), two = rebuilt(file, 100000, false, NULL);
	struct shot got;

	(void)state;
	((char *)(uintptr_t)two.p)[50000] ^= 1;
	got = take_cut(two, two.n);
	assert_int_equal(got.why, REASON_NONE);
	assert_true(got.m.degraded && got.m.read > 0.5 && got.m.read < 0.56);
	image_clear(&got.m.image);
	lose(two);
	lose(file);
}

static void an_impossible_filter_ends_the_picture_before_it(void **state)
{
	struct spec s = { .width = 64, .height = 80, .color = PNG_RGB, .depth = 8, .level = 0, .filters = PNG_FILTER_NONE };
	struct str file = png_of(&s), one = rebuilt(file, file.n, false, NULL);
	size_t head = 2 + 5;				/* zlib's, and a stored block's */
	struct shot got;

	(void)state;
	change(one, "IDAT", head + 40 * (1 + 64 * 3), 5, true);
	got = take_cut(one, one.n);
	assert_int_equal(got.why, REASON_NONE);
	assert_true(got.m.degraded);
	assert_true(got.m.read == 0.5);
	image_clear(&got.m.image);
	lose(one);
	lose(file);
}

/* The first pass shows everything roughly; the later ones refine it. */
static void a_cut_interlaced_picture_is_coarse_and_has_no_holes(void **state)
{
	struct spec s = { .width = 64, .height = 80, .color = PNG_RGB, .depth = 8, .level = 0, .interlaced = true };
	struct str file = png_of(&s);
	struct picture whole;

	(void)state;
	assert_true(png_pixels_own(file, false, &whole));
	for (size_t n = file.n / 40; n < file.n; n += file.n / 40) {
		struct shot got = take_cut(file, n);
		double off = 0;

		assert_int_equal(got.why, REASON_NONE);
		assert_true(got.m.degraded && got.m.read == 1);
		for (size_t i = 0; i < 64 * 80 * 3; i++) {
			int d = abs(((uint8_t *)got.m.image.picture.pixels)[i] - ((uint8_t *)whole.pixels)[i]);

			off += d < 128 ? d : 256 - d;		/* the samples count round and round */
		}
		assert_true(off / (64 * 80 * 3) < 25 * (1 - (double)n / (double)file.n) + 1);
		image_clear(&got.m.image);
	}
	picture_clear(&whole);
	lose(file);
}

static void another_size_than_the_header_told_is_damage(void **state)
{
	struct spec s = { .width = 64, .height = 80, .color = PNG_RGB, .depth = 8, .level = 6 };
	struct str file = png_of(&s);
	struct header h = { .format = FORMAT_PNG, .width = 64, .height = 81 };
	struct reading r = { .photo = file, .h = &h, .need = { .width = 64, .height = 81 } };
	struct master m = { .degraded = false };
	char message[SAY_MAX];

	(void)state;
	assert_int_equal(png_read(&r, &m, message), REASON_DAMAGED);
	assert_null(m.image.picture.pixels);
	lose(file);
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
		T(a_file_cut_anywhere_gives_the_rows_before),
		T(a_chunk_with_a_wrong_checksum_ends_the_picture_before_it),
		T(a_large_chunk_with_a_wrong_checksum_is_still_used),
		T(what_follows_a_large_chunk_with_a_wrong_checksum_is_not_used),
		T(an_impossible_filter_ends_the_picture_before_it),
		T(a_cut_interlaced_picture_is_coarse_and_has_no_holes),
		T(another_size_than_the_header_told_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
