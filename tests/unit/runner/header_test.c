#include "tests/lib/t.h"

#include "functions/runner/header.h"

/* Files are put together from pieces here: nothing but their structure is looked at. */

#define JPEG_SOI "\xff\xd8"
#define JPEG_SOF(kind) "\xff" kind "\0\x11\x08\x01\x2c\x01\x90\x03\1\x22\0\2\x11\1\3\x11\1"	/* 400x300 */
#define JPEG_SOS "\xff\xda\0\x08\1\1\0\0\x3f\0" "data\xff\0\xff\xd0more"
#define JPEG_EOI "\xff\xd9"
#define PNG_SIGNATURE "\x89PNG\r\n\x1a\n"
#define PNG_IHDR(w, h, adam7) "\0\0\0\x0dIHDR" w h "\x08\2\0\0" adam7 "crc-"
#define PNG_IEND "\0\0\0\0IENDcrc-"
#define GIF_SCREEN "GIF89a\x90\1\x2c\1\0\0\0"	/* 400x300 */
#define GIF_FRAME "\x2c\0\0\0\0\x0a\0\x0a\0\0\2\3abc\0"

static const struct header_case {
	const char *what;
	struct str bytes;
	enum reason why;
	int64_t width, height, frames, scans, profile;
	bool buffered, cut;
} cases[] = {
	{ "baseline JPEG", STR(JPEG_SOI JPEG_SOF("\xc0") JPEG_SOS JPEG_EOI), REASON_NONE, 400, 300, 1, 1, 0, false, false },
	{ "JPEG with fill bytes", STR(JPEG_SOI "\xff\xff" JPEG_SOF("\xc1") JPEG_SOS JPEG_EOI), REASON_NONE,
	  400, 300, 1, 1, 0, false, false },
	{ "progressive JPEG", STR(JPEG_SOI JPEG_SOF("\xc2") JPEG_SOS JPEG_SOS JPEG_SOS JPEG_EOI), REASON_NONE,
	  400, 300, 1, 3, 0, true, false },
	{ "JPEG in two sequential scans", STR(JPEG_SOI JPEG_SOF("\xc0") JPEG_SOS JPEG_SOS JPEG_EOI), REASON_NONE,
	  400, 300, 1, 2, 0, true, false },
	{ "JPEG with something behind it", STR(JPEG_SOI JPEG_SOF("\xc0") JPEG_SOS JPEG_EOI JPEG_SOI JPEG_SOS), REASON_NONE,
	  400, 300, 1, 1, 0, false, false },
	{ "JPEG without its end", STR(JPEG_SOI JPEG_SOF("\xc0") JPEG_SOS), REASON_NONE, 400, 300, 1, 1, 0, false, true },
	{ "JPEG cut in a segment", STR(JPEG_SOI JPEG_SOF("\xc0") "\xff\xda\0\x08\1"), REASON_NONE, 400, 300, 1, 0, 0, false, true },
	{ "JPEG with a profile", STR(JPEG_SOI "\xff\xe2\0\x14ICC_PROFILE\0\1\1abcd" JPEG_SOF("\xc0") JPEG_EOI), REASON_NONE,
	  400, 300, 1, 0, 4, false, false },
	{ "JPEG cut before its size", STR(JPEG_SOI "\xff\xe0\0\x10JFIF"), REASON_TRUNCATED, 0, 0, 1, 0, 0, false, true },
	{ "JPEG that never tells its size", STR(JPEG_SOI "\xff\xfe\0\2" JPEG_EOI), REASON_DAMAGED, 0, 0, 1, 0, 0, false, false },
	{ "lossless JPEG", STR(JPEG_SOI JPEG_SOF("\xc3") JPEG_SOS JPEG_EOI), REASON_UNSUPPORTED, 0, 0, 1, 0, 0, false, false },
	{ "arithmetic JPEG", STR(JPEG_SOI JPEG_SOF("\xc9") JPEG_SOS JPEG_EOI), REASON_UNSUPPORTED, 0, 0, 1, 0, 0, false, false },
	{ "12-bit JPEG", STR(JPEG_SOI "\xff\xc1\0\x11\x0c\x01\x2c\x01\x90\x03\1\x22\0\2\x11\1\3\x11\1" JPEG_EOI),
	  REASON_UNSUPPORTED, 0, 0, 1, 0, 0, false, false },
	{ "PNG", STR(PNG_SIGNATURE PNG_IHDR("\0\0\1\x90", "\0\0\1\x2c", "\0") PNG_IEND), REASON_NONE,
	  400, 300, 1, 0, 0, false, false },
	{ "Adam7 PNG", STR(PNG_SIGNATURE PNG_IHDR("\0\0\1\x90", "\0\0\1\x2c", "\1") "\0\0\0\3iCCPabccrc-" PNG_IEND), REASON_NONE,
	  400, 300, 1, 0, 3, true, false },
	{ "animated PNG", STR(PNG_SIGNATURE PNG_IHDR("\0\0\1\x90", "\0\0\1\x2c", "\0") "\0\0\0\x08""acTL\0\0\0\7\0\0\0\0crc-" PNG_IEND),
	  REASON_NONE, 400, 300, 7, 0, 0, false, false },
	{ "PNG without its end", STR(PNG_SIGNATURE PNG_IHDR("\0\0\1\x90", "\0\0\1\x2c", "\0") "\0\1\0\0IDATabcd"), REASON_NONE,
	  400, 300, 1, 0, 0, false, true },
	{ "PNG with a chunk of 4 GB", STR(PNG_SIGNATURE PNG_IHDR("\0\0\1\x90", "\0\0\1\x2c", "\0") "\xff\xff\xff\xffIDATabcd"), REASON_NONE,
	  400, 300, 1, 0, 0, false, true },
	{ "PNG, signature only", STR(PNG_SIGNATURE), REASON_TRUNCATED, 0, 0, 1, 0, 0, false, true },
	{ "GIF of three frames", STR(GIF_SCREEN GIF_FRAME "\x21\xf9\4abcd\0" GIF_FRAME GIF_FRAME "\x3b"), REASON_NONE,
	  400, 300, 3, 0, 0, true, false },
	{ "GIF without its trailer", STR(GIF_SCREEN GIF_FRAME), REASON_NONE, 400, 300, 1, 0, 0, true, true },
	{ "GIF whose frame sticks out", STR(GIF_SCREEN "\x2c\x90\1\0\0\x0a\0\x0a\0\0\2\0\x3b"), REASON_NONE,
	  410, 300, 1, 0, 0, true, false },
	{ "lossy WebP", STR("RIFF\x16\0\0\0WEBPVP8 \x0a\0\0\0\x10\0\0\x9d\1\x2a\x90\1\x2c\1"), REASON_NONE,
	  400, 300, 1, 0, 0, true, false },
	{ "lossless WebP", STR("RIFF\x12\0\0\0WEBPVP8L\5\0\0\0\x2f\x8f\xc1\x4a\0\0"), REASON_NONE, 400, 300, 1, 0, 0, true, false },
	{ "animated WebP", STR("RIFF\x30\0\0\0WEBPVP8X\x0a\0\0\0\2\0\0\0\x8f\1\0\x2b\1\0" "ICCP\2\0\0\0ab" "ANMF\0\0\0\0" "ANMF\0\0\0\0"), REASON_NONE,
	  400, 300, 2, 0, 2, true, false },
	{ "TIFF", STR("II*\0\x08\0\0\0\2\0\0\1\3\0\1\0\0\0\x90\1\0\0\1\1\4\0\1\0\0\0\x2c\1\0\0\0\0\0\0"), REASON_NONE,
	  400, 300, 1, 0, 0, true, false },
	{ "TIFF of the other byte order", STR("MM\0*\0\0\0\x08\0\2\1\0\0\3\0\0\0\1\1\x90\0\0\1\1\0\4\0\0\0\1\0\0\1\x2c\0\0\0\0"), REASON_NONE,
	  400, 300, 1, 0, 0, true, false },
	{ "TIFF whose pages are a ring", STR("II*\0\x08\0\0\0\1\0\0\1\3\0\1\0\0\0\x90\1\0\0\x08\0\0\0"), REASON_FRAMES, 0, 0, 0, 0, 0, true, false },
	{ "TIFF cut in its head", STR("II*\0\x08"), REASON_TRUNCATED, 0, 0, 0, 0, 0, true, true },
	{ "TIFF without a page", STR("II*\0\0\0\0\0\x01\0"), REASON_DAMAGED, 0, 0, 0, 0, 0, true, false },
	{ "DNG", STR("II*\0\x08\0\0\0\2\0\0\1\3\0\1\0\0\0\x90\1\0\0\x12\xc6\1\0\4\0\0\0\1\4\0\0\0\0\0\0"), REASON_UNSUPPORTED,
	  0, 0, 0, 0, 0, true, false },
	{ "HEIC of tiles", STR("\0\0\0\x10""ftypheic\0\0\0\0" "\0\0\0\x44meta\0\0\0\0" "\0\0\0\x38iprp" "\0\0\0\x30ipco"
			       "\0\0\0\x14ispe\0\0\0\0\0\0\2\0\0\0\2\0" "\0\0\0\x14ispe\0\0\0\0\0\0\x0f\xc0\0\0\x0b\xd0"),
	  REASON_NONE, 4032, 3024, 1, 0, 0, true, false },
};

static const struct {
	const char *what;
	struct str bytes;
	int bits;
	const char *space;
} samples[] = {
	{ "JPEG of three components", STR(JPEG_SOI JPEG_SOF("\xc0") JPEG_EOI), 8, "rgb" },
	{ "grey JPEG", STR(JPEG_SOI "\xff\xc0\0\x0b\x08\x01\x2c\x01\x90\1\1\x11\0" JPEG_EOI), 8, "gray" },
	{ "JPEG of inks", STR(JPEG_SOI "\xff\xc0\0\x14\x08\x01\x2c\x01\x90\4\1\x11\0\2\x11\0\3\x11\0\4\x11\0" JPEG_EOI), 8, "cmyk" },
	{ "PNG of 16 bits with alpha", STR(PNG_SIGNATURE "\0\0\0\x0dIHDR\0\0\0\1\0\0\0\1\x10\6\0\0\0crc-" PNG_IEND), 16, "rgb" },
	{ "grey PNG of one bit", STR(PNG_SIGNATURE "\0\0\0\x0dIHDR\0\0\0\1\0\0\0\1\1\0\0\0\0crc-" PNG_IEND), 1, "gray" },
	{ "PNG with a palette of 16", STR(PNG_SIGNATURE "\0\0\0\x0dIHDR\0\0\0\1\0\0\0\1\4\3\0\0\0crc-" PNG_IEND), 8, "rgb" },
	{ "GIF", STR(GIF_SCREEN GIF_FRAME "\x3b"), 8, "rgb" },
	{ "TIFF of 16-bit inks", STR("MM\0*\0\0\0\x08\0\4\1\0\0\3\0\0\0\1\0\1\0\0\1\1\0\3\0\0\0\1\0\1\0\0"
				     "\1\2\0\3\0\0\0\4\0\0\0\x3e\1\6\0\3\0\0\0\1\0\5\0\0\0\0\0\0\0\x10\0\x10\0\x10\0\x10"), 16, "cmyk" },
	{ "grey TIFF", STR("II*\0\x08\0\0\0\4\0\0\1\3\0\1\0\0\0\x90\1\0\0\1\1\4\0\1\0\0\0\x2c\1\0\0"
			   "\2\1\3\0\1\0\0\0\x08\0\0\0\6\1\3\0\1\0\0\0\1\0\0\0\0\0\0\0"), 8, "gray" },
};

static const struct settings *limits(void)
{
	static struct settings s;
	char message[SAY_MAX];

	assert_int_equal(settings_read(NULL, &s, message), REASON_NONE);
	return &s;
}

static void structure_is_read_as_it_stands(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct header_case *c = &cases[i];
		char message[SAY_MAX] = "";
		struct header h;
		enum reason why = header_read(c->bytes, limits(), &h, message);

		if (why != c->why)
			fail_msg("%s: %s %s", c->what, reason_code(why), message);
		if (why != REASON_NONE)
			continue;
		if (h.width != c->width || h.height != c->height || h.frames != c->frames || h.scans != c->scans ||
		    h.profile_bytes != c->profile || h.buffered != c->buffered || h.cut != c->cut)
			fail_msg("%s: %dx%d frames %d scans %d profile %d buffered %d cut %d", c->what, (int)h.width,
				 (int)h.height, (int)h.frames, (int)h.scans, (int)h.profile_bytes, h.buffered, h.cut);
	}
}

static void samples_are_told_by_bits_and_space(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		char message[SAY_MAX] = "";
		struct header h;

		assert_int_equal(header_read(samples[i].bytes, limits(), &h, message), REASON_NONE);
		if (h.bits != samples[i].bits || h.space == NULL || strcmp(h.space, samples[i].space) != 0)
			fail_msg("%s: %d %s", samples[i].what, h.bits, h.space ? h.space : "-");
	}
}

/* A copy of exactly that length, so that the sanitizers see a byte read too far. */
static enum reason read_exactly(struct str bytes, size_t n)
{
	char message[SAY_MAX], *copy = malloc(n ? n : 1);
	struct header h;
	enum reason why;

	assert_non_null(copy);
	memcpy(copy, bytes.p, n);
	why = header_read(str_n(copy, n), limits(), &h, message);
	free(copy);
	return why;
}

static void a_file_may_end_anywhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (size_t n = 0; n <= cases[i].bytes.n; n++)
			read_exactly(cases[i].bytes, n);
	assert_int_equal(read_exactly(STR("x"), 0), REASON_EMPTY);
}

static void any_byte_may_be_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (size_t at = 4; at < cases[i].bytes.n; at++) {
			struct str b = cases[i].bytes;
			char *copy = malloc(b.n);

			assert_non_null(copy);
			memcpy(copy, b.p, b.n);
			copy[at] = (char)(at * 37 % 2 ? 0xff : copy[at] ^ 0x80);
			read_exactly(str_n(copy, b.n), b.n);
			free(copy);
		}
}

static void claims_over_a_limit_are_refused_by_name(void **state)
{
	static const struct {
		struct header h;
		enum reason why;
		const char *names;
	} over[] = {
		{ { .width = 30001, .height = 1 }, REASON_WIDTH, "MAX_WIDTH" },
		{ { .width = 1, .height = 30001 }, REASON_HEIGHT, "MAX_HEIGHT" },
		{ { .width = UINT32_MAX, .height = UINT32_MAX }, REASON_PIXELS, "MAX_PIXELS" },
		{ { .width = 10001, .height = 10000 }, REASON_PIXELS, "(MAX_PIXELS)" },
		{ { .width = 8000, .height = 5001, .buffered = true }, REASON_PIXELS, "(MAX_PIXELS_BUFFERED)" },
		{ { .format = FORMAT_HEIC, .width = 6000, .height = 4001, .buffered = true }, REASON_PIXELS, "(MAX_PIXELS_HEIF)" },
		{ { .format = FORMAT_AVIF, .width = 4000, .height = 4001, .bits = 10 }, REASON_PIXELS, "two thirds" },
		{ { .format = FORMAT_AVIF, .width = 4000, .height = 4000, .bits = 10 }, REASON_NONE, "" },
		{ { .frames = 1001 }, REASON_FRAMES, "MAX_FRAMES" },
		{ { .scans = 33 }, REASON_SCANS, "MAX_SCANS" },
		{ { .profile_bytes = (4 << 20) + 1 }, REASON_PROFILE, "MAX_PROFILE" },
		{ { .chunks = 4001 }, REASON_CHUNKS, "MAX_CHUNKS" },
		{ { .text_bytes = (4 << 20) + 1 }, REASON_TEXT, "MAX_TEXT" },
		{ { .exif_bytes = (1 << 20) + 1 }, REASON_EXIF, "MAX_EXIF" },
		{ { .items = 1001 }, REASON_ITEMS, "MAX_ITEMS" },
		{ { .directories = 1001 }, REASON_DIRECTORIES, "MAX_DIRECTORIES" },
		{ { .width = 10000, .height = 10000, .frames = 1000, .scans = 32, .profile_bytes = 4 << 20 }, REASON_NONE, "" },
		{ { .width = 8000, .height = 5000, .buffered = true }, REASON_NONE, "" },
		{ { .format = FORMAT_AVIF, .width = 6000, .height = 4000, .buffered = true }, REASON_NONE, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof over / sizeof over[0]; i++) {
		char message[SAY_MAX] = "";

		if (header_check(&over[i].h, limits(), message) != over[i].why || strstr(message, over[i].names) == NULL)
			fail_msg("case %zu: \"%s\"", i, message);
	}
}

static void a_file_over_the_limit_of_bytes_is_not_looked_at(void **state)
{
	struct settings s = *limits();
	char message[SAY_MAX];
	struct header h;

	(void)state;
	s.limits.bytes = 5;
	assert_int_equal(header_read(STR("GIF89a"), &s, &h, message), REASON_BYTES);
	assert_non_null(strstr(message, "MAX_BYTES"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(structure_is_read_as_it_stands),
		T(samples_are_told_by_bits_and_space),
		T(a_file_may_end_anywhere),
		T(any_byte_may_be_wrong),
		T(claims_over_a_limit_are_refused_by_name),
		T(a_file_over_the_limit_of_bytes_is_not_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
