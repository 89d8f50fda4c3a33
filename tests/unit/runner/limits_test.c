#include "tests/lib/t.h"

#include <stdio.h>
#include <zlib.h>

#include "base/arena.h"
#include "functions/runner/header.h"

/* Each limit is met exactly by a file, which passes, and exceeded by one, which is refused with its own reason and told by its name.
 * The files are put together from what header.c looks at and nothing else. */

static void be(struct buf *b, uint32_t n, int bytes)	/* of at most four */
{
	while (bytes-- > 0)
		buf_add(b, &(char){ (char)(n >> 8 * bytes) }, 1);
}

static void zeros(struct buf *b, size_t n)
{
	memset(buf_reserve(b, n), 0, n);
	buf_wrote(b, n);
}

static void chunk(struct buf *b, const char *type, struct str data)
{
	be(b, (uint32_t)data.n, 4);
	buf_add(b, type, 4);
	buf_add(b, data.p, data.n);
	be(b, 0, 4);
}

/* Its head is one chunk and its end another. */
static void png_begin(struct buf *b, uint32_t width, uint32_t height)
{
	struct buf ihdr = { 0 };

	be(&ihdr, width, 4);
	be(&ihdr, height, 4);
	buf_add(&ihdr, "\x08\2\0\0\0", 5);
	buf_add(b, "\x89PNG\r\n\x1a\n", 8);
	chunk(b, "IHDR", str_n(ihdr.data, ihdr.len));
	buf_clear(&ihdr);
}

static void png_end(struct buf *b)
{
	chunk(b, "IEND", STR(""));
}

static void png_wide(struct buf *b, uint32_t n)
{
	png_begin(b, n, 2);
	png_end(b);
}

static void png_high(struct buf *b, uint32_t n)
{
	png_begin(b, 2, n);
	png_end(b);
}

static void png_chunks(struct buf *b, uint32_t n)
{
	png_begin(b, 1, 1);
	for (uint32_t i = 2; i < n; i++)
		chunk(b, i % 2 ? "tEXt" : "IDAT", STR("crumb"));
	for (uint32_t i = 0; i < 20; i++) {
		struct buf data = { 0 };

		zeros(&data, HEADER_CRUMB);
		chunk(b, "IDAT", str_n(data.data, data.len));
		buf_clear(&data);
	}
	png_end(b);
}

/* A chunk whose data is `head` and then n zeros, deflated or not. */
static void png_with(struct buf *b, const char *type, struct str head, uint32_t n, bool deflated)
{
	struct buf data = { 0 }, plain = { 0 };
	uLongf size = compressBound(n);

	zeros(&plain, n);
	buf_add(&data, head.p, head.n);
	if (deflated) {
		assert_int_equal(compress((Bytef *)buf_reserve(&data, size), &size, (const Bytef *)plain.data, n), Z_OK);
		buf_wrote(&data, size);
	} else {
		buf_add(&data, plain.data, n);
	}
	png_begin(b, 1, 1);
	chunk(b, type, str_n(data.data, data.len));
	png_end(b);
	buf_clear(&data);
	buf_clear(&plain);
}

static void png_text(struct buf *b, uint32_t n)
{
	png_with(b, "tEXt", STR("a\0"), n - 2, false);
}

static void png_compressed_text(struct buf *b, uint32_t n)
{
	png_with(b, "zTXt", STR("a\0\0"), n, true);
}

static void png_exif(struct buf *b, uint32_t n)
{
	png_with(b, "eXIf", STR(""), n, false);
}

static void png_profile(struct buf *b, uint32_t n)
{
	png_with(b, "iCCP", STR("a\0\0"), n, true);
}

static void animated_png(struct buf *b, uint32_t n)
{
	struct buf data = { 0 };

	be(&data, n, 4);
	be(&data, 0, 4);
	png_begin(b, 1, 1);
	chunk(b, "acTL", str_n(data.data, data.len));
	png_end(b);
	buf_clear(&data);
}

static void riff(struct buf *b, const char *type, uint32_t n)
{
	const unsigned char length[4] = { (unsigned char)n, (unsigned char)(n >> 8), (unsigned char)(n >> 16), 0 };

	buf_add(b, type, 4);
	buf_add(b, length, 4);
	zeros(b, n + n % 2);
}

static void webp_begin(struct buf *b)
{
	buf_add(b, "RIFF\xff\xff\xff\0WEBP", 12);
	riff(b, "VP8X", 10);
}

static void webp_exif(struct buf *b, uint32_t n)
{
	webp_begin(b);
	riff(b, "EXIF", n);
}

static void webp_text(struct buf *b, uint32_t n)
{
	webp_begin(b);
	riff(b, "XMP ", n);
}

static void webp_chunks(struct buf *b, uint32_t n)
{
	webp_begin(b);
	for (uint32_t i = 1; i < n; i++)
		riff(b, "junk", 0);
}

static void jpeg_begin(struct buf *b)
{
	buf_add(b, "\xff\xd8\xff\xc0\0\x0b\x08\0\1\0\1\1\1\x11\0", 15);
}

static void segment(struct buf *b, const char *marker, struct str head, uint32_t n)
{
	buf_add(b, marker, 2);
	be(b, (uint32_t)(2 + head.n + n), 2);
	buf_add(b, head.p, head.n);
	zeros(b, n);
}

static void jpeg_chunks(struct buf *b, uint32_t n)
{
	jpeg_begin(b);
	for (uint32_t i = 1; i < n; i++)
		segment(b, "\xff\xfe", STR(""), 0);
	buf_add(b, "\xff\xd9", 2);
}

static void jpeg_scans(struct buf *b, uint32_t n)
{
	jpeg_begin(b);
	for (uint32_t i = 0; i < n; i++)
		segment(b, "\xff\xda", STR("\1\1\0\0\x3f\0" "data"), 0);
	buf_add(b, "\xff\xd9", 2);
}

static void jpeg_exif(struct buf *b, uint32_t n)
{
	jpeg_begin(b);
	segment(b, "\xff\xe1", STR("Exif\0\0"), 4);
	segment(b, "\xff\xe1", STR("Exif\0\0"), n - 16);
	buf_add(b, "\xff\xd9", 2);
}

static void jpeg_profile(struct buf *b, uint32_t n)
{
	jpeg_begin(b);
	segment(b, "\xff\xe2", STR("ICC_PROFILE\0\1\2"), 100);
	segment(b, "\xff\xe2", STR("ICC_PROFILE\0\2\2"), n - 100);
	buf_add(b, "\xff\xd9", 2);
}

static void gif_frames(struct buf *b, uint32_t n)
{
	buf_add(b, "GIF89a\1\0\1\0\0\0\0", 13);
	for (uint32_t i = 0; i < n; i++)
		buf_add(b, "\x2c\0\0\0\0\1\0\1\0\0\2\0", 12);
	buf_add(b, "\x3b", 1);
}

static void gif_chunks(struct buf *b, uint32_t n)
{
	buf_add(b, "GIF89a\1\0\1\0\0\0\0", 13);
	for (uint32_t i = 0; i < n; i++)
		buf_add(b, "\x21\xfe\1a\0", 5);
	buf_add(b, "\x2c\0\0\0\0\1\0\1\0\0\2\0\x3b", 13);
}

static void tiff_begin(struct buf *b, uint32_t entries)
{
	buf_add(b, "MM\0*\0\0\0\x08", 8);
	be(b, entries, 2);
	buf_add(b, "\1\0\0\3\0\0\0\1\0\1\0\0" "\1\1\0\3\0\0\0\1\0\1\0\0", 24);
}

/* Each page after the first is an empty directory. */
static void tiff_pages(struct buf *b, uint32_t n)
{
	tiff_begin(b, 2);
	for (uint32_t i = 1; i < n; i++) {
		be(b, (uint32_t)b->len + 4, 4);
		be(b, 0, 2);
	}
	be(b, 0, 4);
}

static void tiff_directories(struct buf *b, uint32_t n)
{
	tiff_begin(b, 3);
	buf_add(b, "\1\x4a\0\4", 4);
	be(b, n - 1, 4);
	zeros(b, 8);
}

static void tiff_profile(struct buf *b, uint32_t n)
{
	tiff_begin(b, 3);
	buf_add(b, "\x87\x73\0\7", 4);
	be(b, n, 4);
	zeros(b, 8);
}

static void box(struct buf *b, const char *type, struct str data)
{
	be(b, (uint32_t)data.n + 8, 4);
	buf_add(b, type, 4);
	buf_add(b, data.p, data.n);
}

/* HEIC of 1x1 with some more boxes in its "meta". */
static void heic(struct buf *b, struct str more)
{
	static const char size[] = "\0\0\0\x24iprp" "\0\0\0\x1cipco" "\0\0\0\x14ispe\0\0\0\0\0\0\0\1\0\0\0\1";
	struct buf meta = { 0 };

	zeros(&meta, 4);
	buf_add(&meta, size, sizeof size - 1);
	buf_add(&meta, more.p, more.n);
	box(b, "ftyp", STR("heic\0\0\0\0"));
	box(b, "meta", str_n(meta.data, meta.len));
	buf_clear(&meta);
}

static void heic_counting(struct buf *b, const char *type, uint32_t version, size_t at, uint32_t n)
{
	struct buf data = { 0 }, list = { 0 };

	be(&data, version, 1);
	zeros(&data, at - 1);
	be(&data, n, 4);
	box(&list, type, str_n(data.data, data.len));
	heic(b, str_n(list.data, list.len));
	buf_clear(&data);
	buf_clear(&list);
}

static void heic_items(struct buf *b, uint32_t n)
{
	heic_counting(b, "iinf", 1, 4, n);
}

static void heic_places(struct buf *b, uint32_t n)
{
	heic_counting(b, "iloc", 2, 6, n);
}

static void heic_associations(struct buf *b, uint32_t n)
{
	heic_counting(b, "ipma", 0, 4, n);
}

static void heic_profile(struct buf *b, uint32_t n)
{
	struct buf data = { 0 }, list = { 0 };

	buf_add(&data, "prof", 4);
	zeros(&data, n);
	box(&list, "colr", str_n(data.data, data.len));
	heic(b, str_n(list.data, list.len));
	buf_clear(&data);
	buf_clear(&list);
}

/* The item's bytes are the box "idat". */
static void heic_exif(struct buf *b, uint32_t n)
{
	struct buf list = { 0 }, data = { 0 };

	box(&list, "iinf", STR("\0\0\0\0\0\1" "\0\0\0\x15infe\2\0\0\0\0\2\0\0Exif\0"));
	buf_add(&data, "\1\0\0\0\x44\0\0\1" "\0\2\0\1\0\0\0\1\0\0\0\0", 20);
	be(&data, n, 4);
	box(&list, "iloc", str_n(data.data, data.len));
	data.len = 0;
	zeros(&data, n);
	box(&list, "idat", str_n(data.data, data.len));
	heic(b, str_n(list.data, list.len));
	buf_clear(&list);
	buf_clear(&data);
}

static void any_bytes(struct buf *b, uint32_t n)
{
	gif_frames(b, 1);
	zeros(b, n - b->len);
}

static void square(struct buf *b, uint32_t n)
{
	png_begin(b, 10, n);
	png_end(b);
}

static void flat_gif(struct buf *b, uint32_t n)
{
	buf_add(b, "GIF89a", 6);
	buf_add(b, (const char[]){ 10, 0, (char)n, 0, 0, 0, 0, 0x3b }, 8);
}

static void flat_heic(struct buf *b, uint32_t n)
{
	heic(b, STR(""));
	b->data[b->len - 5] = 10;
	b->data[b->len - 1] = (char)n;
}

static void deep_heic(struct buf *b, uint32_t n)
{
	heic(b, STR("\0\0\0\x10pixi\0\0\0\0\3\x0a\x0a\x0a"));
	b->data[b->len - 5 - 16] = 10;
	b->data[b->len - 1 - 16] = (char)n;
}

static const struct limit {
	const char *name, *value;	/* of the variable */
	uint32_t exactly;
	enum reason why;
	void (*make)(struct buf *b, uint32_t n);
} limits[] = {
	{ "MAX_BYTES", "100", 100, REASON_BYTES, any_bytes },
	{ "MAX_WIDTH", "300", 300, REASON_WIDTH, png_wide },
	{ "MAX_HEIGHT", "70", 70, REASON_HEIGHT, png_high },
	{ "MAX_PIXELS", "500", 50, REASON_PIXELS, square },
	{ "MAX_PIXELS_BUFFERED", "500", 50, REASON_PIXELS, flat_gif },
	{ "MAX_PIXELS_HEIF", "500", 50, REASON_PIXELS, flat_heic },
	{ "MAX_PIXELS_HEIF", "750", 50, REASON_PIXELS, deep_heic },
	{ "MAX_FRAMES", "7", 7, REASON_FRAMES, gif_frames },
	{ "MAX_FRAMES", "7", 7, REASON_FRAMES, animated_png },
	{ "MAX_FRAMES", "7", 7, REASON_FRAMES, tiff_pages },
	{ "MAX_SCANS", "5", 5, REASON_SCANS, jpeg_scans },
	{ "MAX_CHUNKS", "40", 40, REASON_CHUNKS, png_chunks },
	{ "MAX_CHUNKS", "40", 40, REASON_CHUNKS, webp_chunks },
	{ "MAX_CHUNKS", "40", 40, REASON_CHUNKS, jpeg_chunks },
	{ "MAX_CHUNKS", "40", 40, REASON_CHUNKS, gif_chunks },
	{ "MAX_TEXT", "3000", 3000, REASON_TEXT, png_text },
	{ "MAX_TEXT", "50000", 50000, REASON_TEXT, png_compressed_text },
	{ "MAX_TEXT", "3000", 3000, REASON_TEXT, webp_text },
	{ "MAX_EXIF", "3000", 3000, REASON_EXIF, png_exif },
	{ "MAX_EXIF", "3000", 3000, REASON_EXIF, webp_exif },
	{ "MAX_EXIF", "3000", 3000, REASON_EXIF, jpeg_exif },
	{ "MAX_EXIF", "3000", 3000, REASON_EXIF, heic_exif },
	{ "MAX_PROFILE", "50000", 50000, REASON_PROFILE, png_profile },
	{ "MAX_PROFILE", "3000", 3000, REASON_PROFILE, jpeg_profile },
	{ "MAX_PROFILE", "3000", 3000, REASON_PROFILE, tiff_profile },
	{ "MAX_PROFILE", "3000", 3000, REASON_PROFILE, heic_profile },
	{ "MAX_ITEMS", "9", 9, REASON_ITEMS, heic_items },
	{ "MAX_ITEMS", "9", 9, REASON_ITEMS, heic_places },
	{ "MAX_ITEMS", "9", 9, REASON_ITEMS, heic_associations },
	{ "MAX_DIRECTORIES", "9", 9, REASON_DIRECTORIES, tiff_directories },
};

static void settings_with(const struct limit *l, struct settings *s)
{
	struct arena a = { 0 };
	struct json_value *env;
	char text[64], message[SAY_MAX];

	snprintf(text, sizeof text, "{\"%s\":\"%s\"}", l->name, l->value);
	assert_int_equal(json_parse(&a, str_of(text), &env), 0);
	assert_int_equal(settings_read(env, s, message), REASON_NONE);
	arena_clear(&a);
}

static void each_limit_is_met_exactly_and_not_by_one_more(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
		for (uint32_t more = 0; more < 2; more++) {
			const struct limit *l = &limits[i];
			struct settings s;
			struct header h;
			struct buf b = { 0 };
			char message[SAY_MAX] = "";
			enum reason why;

			settings_with(l, &s);
			l->make(&b, l->exactly + more);
			why = header_read(str_n(b.data, b.len), &s, &h, message);
			if (why != (more ? l->why : REASON_NONE) || (more && strstr(message, l->name) == NULL))
				fail_msg("%s, row %zu, and %u: %s \"%s\"", l->name, i, more, reason_code(why), message);
			buf_clear(&b);
		}
}

/* Sixteen megabytes of zeros in a few kilobytes, a hundred times: what is inflated ends at the bound. */
static void counting_ends_when_it_is_too_much(void **state)
{
	struct buf b = { 0 }, bomb = { 0 }, zero = { 0 };
	struct settings s;
	struct header h;
	char message[SAY_MAX];
	uLongf size = compressBound(LIMIT_TEXT_MAX);

	(void)state;
	zeros(&zero, LIMIT_TEXT_MAX);
	buf_add(&bomb, "a\0\0", 3);
	assert_int_equal(compress((Bytef *)buf_reserve(&bomb, size), &size, (const Bytef *)zero.data, LIMIT_TEXT_MAX), Z_OK);
	buf_wrote(&bomb, size);
	png_begin(&b, 1, 1);
	for (int i = 0; i < 100; i++) {
		chunk(&b, "zTXt", str_n(bomb.data, bomb.len));
		chunk(&b, "iCCP", str_n(bomb.data, bomb.len));
	}
	png_end(&b);
	assert_int_equal(settings_read(NULL, &s, message), REASON_NONE);
	assert_int_equal(header_read(str_n(b.data, b.len), &s, &h, message), REASON_TEXT);
	assert_in_range(h.text_bytes, LIMIT_TEXT_MAX, LIMIT_TEXT_MAX + 100 * bomb.len);
	assert_in_range(h.profile_bytes, LIMIT_TEXT_MAX, LIMIT_TEXT_MAX + 100 * bomb.len);
	buf_clear(&b), buf_clear(&bomb), buf_clear(&zero);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_limit_is_met_exactly_and_not_by_one_more),
		T(counting_ends_when_it_is_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
