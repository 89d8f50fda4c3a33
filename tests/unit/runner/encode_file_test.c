/* What stands in the files that the encoders write, and what bytes_max and format=auto make of a picture. */
#include "tests/unit/runner/encode_rig.h"

#include "functions/runner/bytes.h"

static struct buf encoded(const struct image *i, const struct rendition *r, const struct encode_extra *extra)
{
	struct buf file = { 0 };

	assert_true(encode(i, r, extra, &file));
	return file;
}

static size_t size_at(const struct image *i, struct rendition r, int quality, int64_t bytes_max)
{
	struct buf file;
	size_t n;

	r.quality = quality;
	r.bytes_max = bytes_max;
	file = encoded(i, &r, &nothing);
	n = file.len;
	buf_clear(&file);
	return n;
}

static const enum rendition_format lossy[] = { RENDITION_JPEG, RENDITION_WEBP };
#define EACH_LOSSY(r) \
	for (struct rendition r = wanted(lossy[0]), *r##_end = NULL; !r##_end; \
	     r.format == lossy[0] ? (void)(r = wanted(lossy[1])) : (void)(r##_end = &r))

static void a_file_of_exactly_the_limit_is_kept_and_one_byte_less_is_obeyed(void **state)
{
	struct image i = paint_form(RGB, 150, 101);

	(void)state;
	EACH_LOSSY(r) {
		size_t n = size_at(&i, r, 80, 0);

		assert_int_equal(size_at(&i, r, 80, (int64_t)n), n);
		assert_true(size_at(&i, r, 80, (int64_t)n - 1) < n);
		assert_true(size_at(&i, r, 80, (int64_t)n + 1) == n);
	}
	drop(&i);
}

static void a_limit_is_obeyed_and_made_use_of(void **state)
{
	struct image i = paint_form(PLANES_420, 300, 200);

	(void)state;
	EACH_LOSSY(r) {
		size_t most = size_at(&i, r, 95, 0), least = size_at(&i, r, 1, 0);

		for (int k = 1; k < 10; k++) {
			size_t limit = least + (most - least) * (size_t)k / 10, n = size_at(&i, r, 95, (int64_t)limit);

			if (n > limit || n * 10 < limit * 8)
				fail_msg("format %d: %zu of %zu", r.format, n, limit);
		}
		assert_int_equal(size_at(&i, r, 95, (int64_t)least), least);
	}
	drop(&i);
}

static void when_nothing_fits_the_smallest_is_kept(void **state)
{
	struct image i = paint_form(RGB, 150, 101);

	(void)state;
	EACH_LOSSY(r) {
		assert_int_equal(size_at(&i, r, 80, 1), size_at(&i, r, 1, 0));
		assert_int_equal(size_at(&i, r, 1, 1), size_at(&i, r, 1, 0));
	}
	drop(&i);
}

static void what_was_there_before_is_left_alone(void **state)
{
	struct image i = paint_form(RGB, 20, 20);
	struct rendition r = wanted(RENDITION_WEBP);
	struct buf file = { 0 };

	(void)state;
	buf_puts(&file, "before");
	assert_true(encode(&i, &r, &nothing, &file));
	assert_memory_equal(file.data, "beforeRIFF", 10);
	file.len = 6;
	r.format = RENDITION_AVIF;
	assert_false(encode(&i, &r, &nothing, &file));
	assert_int_equal(file.len, 6);
	buf_clear(&file);
	drop(&i);
}

static bool told_avif(const struct image *i, const struct rendition *r, const struct encode_extra *extra, struct buf *to)
{
	(void)i;
	(void)extra;
	for (int n = 0; n < r->quality; n++)
		buf_puts(to, "avif!");
	return true;
}

static void avif_is_written_by_who_can(void **state)
{
	struct image i = paint_form(RGB, 20, 20);
	struct rendition r = wanted(RENDITION_AVIF);
	struct buf file;

	(void)state;
	encode_set_avif(told_avif);
	file = encoded(&i, &r, &nothing);
	assert_int_equal(file.len, 400);
	buf_clear(&file);
	for (int64_t limit = 5; limit <= 401; limit++) {
		int64_t bytes = (int64_t)size_at(&i, r, 80, limit);

		if (bytes > limit || bytes < limit * 9 / 10 - 5)
			fail_msg("%d of %d", (int)bytes, (int)limit);
	}
	encode_set_avif(NULL);
	assert_false(encode(&i, &r, &nothing, &file));
	drop(&i);
}

static bool holds(const struct buf *file, const void *bytes, size_t n)
{
	return memmem(file->data, file->len, bytes, n) != NULL;
}

/* EXIF with both texts, as TIFF has it; the one of three letters stands in its entry. */
static const uint8_t exif[] = {
	'I', 'I', 42, 0, 8, 0, 0, 0, 2, 0, 0x3b, 1, 2, 0, 4, 0, 0, 0, 'A', 'n', 'n', 0, 0x98, 0x82, 2, 0, 7, 0, 0, 0, 38, 0, 0, 0,
	0, 0, 0, 0, '(', 'c', ')', ' ', 'm', 'e', 0, 0,
};

static struct encode_extra tagged(const struct buf *profile)
{
	return (struct encode_extra){ .profile = str_n(profile->data, profile->len), .artist = STR("Ann"), .copyright = STR("(c) me") };
}

/* A profile's frame, as far as libpng looks into it: size, class, space, signature, illuminant, no tags. */
static struct buf made_profile(size_t n)
{
	static const struct { size_t at; const char *bytes; size_t n; } parts[] = {
		{ 8, "\4\0\0\0", 4 }, { 12, "mntrRGB XYZ ", 12 }, { 36, "acsp", 4 }, { 68, "\0\0\xf6\xd6\0\1\0\0\0\0\xd3\x2d", 12 },
	};
	struct buf b = { 0 };
	char *p = buf_reserve(&b, n);

	memset(p, 0, n);
	buf_wrote(&b, n);
	for (int i = 0; i < 4; i++)
		p[i] = (char)(n >> 8 * (3 - i));
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		memcpy(p + parts[i].at, parts[i].bytes, parts[i].n);
	for (size_t i = 132; i < n; i++)
		p[i] = (char)(i * 7 + i / 256);
	return b;
}

static void jpeg_carries_profile_and_rights(void **state)
{
	struct image i = paint_form(PLANES_420, 40, 30);
	struct rendition r = wanted(RENDITION_JPEG);
	struct buf profile = made_profile(100000), file;
	struct encode_extra extra = tagged(&profile);
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	JOCTET *back;
	unsigned n;

	(void)state;
	file = encoded(&i, &r, &extra);
	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&jpeg);
	jpeg_mem_src(&jpeg, (const unsigned char *)file.data, file.len);
	jpeg_save_markers(&jpeg, JPEG_APP0 + 1, 0xffff);
	jpeg_save_markers(&jpeg, JPEG_APP0 + 2, 0xffff);
	jpeg_read_header(&jpeg, TRUE);
	assert_true(jpeg_read_icc_profile(&jpeg, &back, &n));
	assert_int_equal(n, profile.len);
	assert_memory_equal(back, profile.data, n);
	assert_int_equal(jpeg.marker_list->data_length, 6 + sizeof exif);
	assert_memory_equal(jpeg.marker_list->data, "Exif\0", 6);
	assert_memory_equal(jpeg.marker_list->data + 6, exif, sizeof exif);
	jpeg_destroy_decompress(&jpeg);
	free(back);
	buf_clear(&file);
	buf_clear(&profile);
	drop(&i);
}

static struct str webp_chunk(const struct buf *file, const char *name)
{
	struct str s = str_n(file->data, file->len);

	for (size_t at = 12; at + 8 <= s.n; at += 8 + ((le32(s, at + 4) + 1) & ~1u))
		if (memcmp(s.p + at, name, 4) == 0)
			return str_n(s.p + at + 8, le32(s, at + 4));
	return (struct str){ 0 };
}

static void webp_carries_profile_and_rights(void **state)
{
	(void)state;
	for (int k = 0; k < 4; k++) {
		struct image i = paint_form(k & 1 ? RGBA : PLANES_420, 151, 33);
		struct rendition r = wanted(RENDITION_WEBP);
		struct buf profile = made_profile(501), file, bare;
		struct encode_extra extra = tagged(&profile);
		struct picture plain, with;
		struct str frame;

		r.lossless = k & 2;
		bare = encoded(&i, &r, &nothing);
		file = encoded(&i, &r, &extra);
		assert_int_equal(le32(str_n(file.data, file.len), 4) + 8, file.len);
		assert_true(str_eq(webp_chunk(&file, "ICCP"), extra.profile));
		assert_true(str_eq(webp_chunk(&file, "EXIF"), str_n(exif, sizeof exif)));
		frame = webp_chunk(&file, "VP8X");
		assert_int_equal(byte_at(frame, 0), 0x28 | (k & 1 ? 0x10 : 0));
		assert_int_equal(le24(frame, 4), 150);
		assert_int_equal(le24(frame, 7), 32);
		plain = decode_webp(&bare);
		with = decode_webp(&file);
		assert_memory_equal(plain.pixels, with.pixels, 151 * 33 * 4);
		picture_clear(&plain);
		picture_clear(&with);
		buf_clear(&file);
		buf_clear(&bare);
		buf_clear(&profile);
		drop(&i);
	}
}

static void on_png_read(png_structp png, png_bytep to, png_size_t n)
{
	struct str *rest = png_get_io_ptr(png);

	assert_true(n <= rest->n);
	memcpy(to, rest->p, n);
	*rest = str_n(rest->p + n, rest->n - n);
}

struct png {
	png_structp png;
	png_infop info;
	struct str rest;
};

static void open_png(struct png *p, const struct buf *file)
{
	p->rest = str_n(file->data, file->len);
	p->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	p->info = png_create_info_struct(p->png);
	png_set_read_fn(p->png, &p->rest, on_png_read);
	png_read_info(p->png, p->info);
}

static void close_png(struct png *p)
{
	png_destroy_read_struct(&p->png, &p->info, NULL);
}

static void png_carries_profile_and_rights(void **state)
{
	struct image i = paint_form(RGB, 40, 30);
	struct rendition r = wanted(RENDITION_PNG);
	struct buf profile = made_profile(504), file;
	struct encode_extra extra = tagged(&profile);
	struct png p;
	png_charp name;
	png_bytep back;
	png_uint_32 n;
	int how;

	(void)state;
	file = encoded(&i, &r, &extra);
	open_png(&p, &file);
	assert_int_equal(png_get_iCCP(p.png, p.info, &name, &how, &back, &n), PNG_INFO_iCCP);
	assert_int_equal(n, profile.len);
	assert_memory_equal(back, profile.data, n);
	assert_true(holds(&file, exif, sizeof exif));
	close_png(&p);
	buf_clear(&file);
	buf_clear(&profile);
	drop(&i);
}

static void without_being_asked_nothing_is_carried(void **state)
{
	static const char *const names[] = { "Exif", "EXIF", "ICC_PROFILE", "ICCP", "iCCP", "eXIf", "VP8X", "tEXt", "tIME" };

	(void)state;
	for (int f = RENDITION_WEBP; f <= RENDITION_PNG; f++) {
		struct image i = paint_form(RGB, 60, 40);
		struct rendition r = wanted((enum rendition_format)f);
		struct buf file = encoded(&i, &r, &nothing);

		for (size_t k = 0; k < sizeof names / sizeof *names; k++)
			assert_false(holds(&file, names[k], strlen(names[k])));
		buf_clear(&file);
		drop(&i);
	}
}

static void progressive_is_what_it_says(void **state)
{
	struct image i = paint_form(PLANES_444, 300, 200);

	(void)state;
	for (int k = 0; k < 2; k++) {
		struct rendition r = wanted(RENDITION_JPEG);
		struct buf file;
		struct png p;

		r.progressive = k;
		file = encoded(&i, &r, &nothing);
		assert_true(holds(&file, k ? "\xff\xc2" : "\xff\xc0", 2));
		buf_clear(&file);
		r.format = RENDITION_PNG;
		r.effort = 1;
		file = encoded(&i, &r, &nothing);
		open_png(&p, &file);
		assert_int_equal(png_get_interlace_type(p.png, p.info), k ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE);
		close_png(&p);
		buf_clear(&file);
	}
	drop(&i);
}

/* `n` colours in bands of one, the first `clear` of them half transparent. */
static struct image of_colours(int n, int clear)
{
	struct picture p = { .width = 64, .height = 64, .bands = 4, .depth = 8, .alpha = true };

	picture_alloc(&p);
	for (int k = 0; k < 64 * 64; k++) {
		int c = k * n / (64 * 64);

		memcpy((uint8_t *)p.pixels + 4 * k, (uint8_t[]){ (uint8_t)c, (uint8_t)(255 - c), (uint8_t)(c >> 8), c < clear ? 90 : 255 }, 4);
	}
	return (struct image){ .picture = p };
}

static void png_takes_as_few_bits_as_its_colours_need(void **state)
{
	static const struct { int colours, clear, type, bits; } cases[] = {
		{ 1, 0, PNG_COLOR_TYPE_PALETTE, 1 },   { 2, 1, PNG_COLOR_TYPE_PALETTE, 1 },   { 3, 0, PNG_COLOR_TYPE_PALETTE, 2 },
		{ 4, 0, PNG_COLOR_TYPE_PALETTE, 2 },   { 5, 5, PNG_COLOR_TYPE_PALETTE, 4 },   { 16, 2, PNG_COLOR_TYPE_PALETTE, 4 },
		{ 17, 0, PNG_COLOR_TYPE_PALETTE, 8 },  { 256, 9, PNG_COLOR_TYPE_PALETTE, 8 }, { 257, 0, PNG_COLOR_TYPE_RGB, 8 },
		{ 257, 1, PNG_COLOR_TYPE_RGB_ALPHA, 8 },
	};

	(void)state;
	for (size_t k = 0; k < 2 * sizeof cases / sizeof *cases; k++) {
		struct image i = of_colours(cases[k / 2].colours, cases[k / 2].clear);
		struct rendition r = wanted(RENDITION_PNG);
		struct picture after;
		struct buf file;
		struct png p;

		r.progressive = k % 2;
		file = encoded(&i, &r, &nothing);
		open_png(&p, &file);
		assert_int_equal(png_get_color_type(p.png, p.info), cases[k / 2].type);
		assert_int_equal(png_get_bit_depth(p.png, p.info), cases[k / 2].bits);
		close_png(&p);
		after = decode_png(&file);
		assert_memory_equal(after.pixels, i.picture.pixels, 64 * 64 * 4);
		picture_clear(&after);
		buf_clear(&file);
		drop(&i);
	}
}

static void choose(struct image i, int64_t bytes_max, enum rendition_format format, bool lossless)
{
	struct rendition r = wanted(RENDITION_AUTO);

	r.bytes_max = bytes_max;
	encode_choose(&i, &r);
	assert_int_equal(r.format, format);
	assert_int_equal(r.lossless, lossless);
	drop(&i);
}

/* Bars of one colour with soft edges: more colours than a palette has, most of it flat. */
static struct image drawing(void)
{
	struct picture p = { .width = 300, .height = 300, .bands = 3, .depth = 8 };

	picture_alloc(&p);
	for (int y = 0; y < 300; y++)
		for (int x = 0; x < 300; x++) {
			uint8_t v = x % 50 == 0 ? 120 : x % 100 < 50 ? 255 : 20;

			memcpy((uint8_t *)picture_row(&p, y) + 3 * x, (uint8_t[]){ v, (uint8_t)(y / 2), (uint8_t)(255 - v) }, 3);
		}
	return (struct image){ .picture = p };
}

static void auto_goes_by_content(void **state)
{
	(void)state;
	choose(paint_form(PLANES_420, 90, 60), 0, RENDITION_JPEG, false);
	choose(paint_form(PLANES_GREY, 90, 60), 0, RENDITION_JPEG, false);
	choose(paint_form(GREY, 90, 60), 0, RENDITION_JPEG, false);
	choose(paint_form(RGB, 90, 60), 0, RENDITION_JPEG, false);
	choose(paint_form(RGB, 90, 60), 900, RENDITION_JPEG, false);
	choose(paint_form(RGBA, 120, 60), 0, RENDITION_WEBP, false);
	choose(of_colours(250, 3), 0, RENDITION_PNG, false);
	choose(of_colours(250, 3), 900, RENDITION_WEBP, false);
	choose(drawing(), 0, RENDITION_WEBP, true);
	choose(drawing(), 900, RENDITION_WEBP, false);
	choose(paint_form(RGB, 1, 400), 0, RENDITION_JPEG, false);
}

static void formats_have_types_and_endings(void **state)
{
	(void)state;
	assert_string_equal(encode_content_type(RENDITION_WEBP), "image/webp");
	assert_string_equal(encode_content_type(RENDITION_AVIF), "image/avif");
	assert_string_equal(encode_ending(RENDITION_JPEG), ".jpg");
	assert_string_equal(encode_ending(RENDITION_PNG), ".png");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_file_of_exactly_the_limit_is_kept_and_one_byte_less_is_obeyed),
		T(a_limit_is_obeyed_and_made_use_of),
		T(when_nothing_fits_the_smallest_is_kept),
		T(what_was_there_before_is_left_alone),
		T(avif_is_written_by_who_can),
		T(jpeg_carries_profile_and_rights),
		T(webp_carries_profile_and_rights),
		T(png_carries_profile_and_rights),
		T(without_being_asked_nothing_is_carried),
		T(progressive_is_what_it_says),
		T(png_takes_as_few_bits_as_its_colours_need),
		T(auto_goes_by_content),
		T(formats_have_types_and_endings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
