#include "tests/lib/t.h"

#include "functions/runner/sniff.h"

static const struct {
	struct str bytes;
	enum reason why;
	enum format format;
} cases[] = {
	{ STR("\xff\xd8\xff\xe0"), REASON_NONE, FORMAT_JPEG },
	{ STR("\x89PNG\r\n\x1a\n"), REASON_NONE, FORMAT_PNG },
	{ STR("RIFF\0\0\0\0WEBPVP8 "), REASON_NONE, FORMAT_WEBP },
	{ STR("GIF87a"), REASON_NONE, FORMAT_GIF },
	{ STR("GIF89a"), REASON_NONE, FORMAT_GIF },
	{ STR("II*\0\x08\0\0\0"), REASON_NONE, FORMAT_TIFF },
	{ STR("MM\0*\0\0\0\x08"), REASON_NONE, FORMAT_TIFF },
	{ STR("\0\0\0\x18""ftypheic\0\0\0\0mif1heic"), REASON_NONE, FORMAT_HEIC },
	{ STR("\0\0\0\x18""ftypmif1\0\0\0\0mif1heic"), REASON_NONE, FORMAT_HEIC },
	{ STR("\0\0\0\x18""ftypmif1\0\0\0\0miafavif"), REASON_NONE, FORMAT_AVIF },
	{ STR("\0\0\0\x18""ftypavif\0\0\0\0mif1miaf"), REASON_NONE, FORMAT_AVIF },
	{ STR("\0\0\0\x18""ftypmp42\0\0\0\0isommp42"), REASON_UNSUPPORTED, 0 },
	{ STR("\0\0\0\x18""ftypcrx \0\0\0\x01""crx isom"), REASON_UNSUPPORTED, 0 },
	{ STR("\0\0\0\x18""ftypmif1\0\0\0\0mif1miaf"), REASON_UNSUPPORTED, 0 },
	{ STR("II*\0\x10\0\0\0CR\x02"), REASON_UNSUPPORTED, 0 },
	{ STR("II+\0\x08\0\0\0"), REASON_UNSUPPORTED, 0 },
	{ STR("MM\0+\0\x08\0\0"), REASON_UNSUPPORTED, 0 },
	{ STR("%PDF-1.7"), REASON_UNSUPPORTED, 0 },
	{ STR("BM\x36\0\0\0\0\0\0\0\x36\0\0\0"), REASON_UNSUPPORTED, 0 },
	{ STR("\xff\x0a\0\0"), REASON_UNSUPPORTED, 0 },
	{ STR("\0\0\0\x0cJXL \r\n\x87\n"), REASON_UNSUPPORTED, 0 },
	{ STR("\0\0\0\x0cjP  \r\n\x87\n"), REASON_UNSUPPORTED, 0 },
	{ STR("8BPS\0\x01"), REASON_UNSUPPORTED, 0 },
	{ STR("push graphic-context\nviewbox 0 0 640 480"), REASON_UNSUPPORTED, 0 },
	{ STR("<svg xmlns='http://www.w3.org/2000/svg'/>"), REASON_UNSUPPORTED, 0 },
	{ STR("\xef\xbb\xbf \n<?xml version='1.0'?>\n<!-- --><svg/>"), REASON_UNSUPPORTED, 0 },
	{ STR("P6\n640 480\n255\n"), REASON_UNSUPPORTED, 0 },
	{ STR("<html><body>"), REASON_NOT_IMAGE, 0 },
	{ STR("hello, world"), REASON_NOT_IMAGE, 0 },
	{ STR("Photos are nice"), REASON_NOT_IMAGE, 0 },
	{ STR("BM is not always a bitmap"), REASON_NOT_IMAGE, 0 },
	{ STR("RIFF\0\0\0\0WAVEfmt "), REASON_NOT_IMAGE, 0 },
	{ STR("\x89PNG\r\n\x1a"), REASON_NOT_IMAGE, 0 },
	{ STR("\xff"), REASON_NOT_IMAGE, 0 },
	{ STR("\0\0\0\0"), REASON_NOT_IMAGE, 0 },
	{ STR(""), REASON_EMPTY, 0 },
};

static void the_first_bytes_tell_the_format_or_why_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char message[SAY_MAX] = "";
		enum format format = FORMATS;
		enum reason why = sniff(cases[i].bytes, &format, message);

		if (why != cases[i].why)
			fail_msg("case %zu: %s, want %s", i, reason_code(why), reason_code(cases[i].why));
		if (why == REASON_NONE)
			assert_int_equal(format, cases[i].format);
		else
			assert_true(message[0] != '\0');
	}
}

/* A photo that says <svg in its pixels is still a photo. */
static void text_inside_a_photo_does_not_matter(void **state)
{
	char message[SAY_MAX];
	enum format format;

	(void)state;
	assert_int_equal(sniff(STR("RIFF\x40\0\0\0WEBPVP8X<svg<svg"), &format, message), REASON_NONE);
	assert_int_equal(format, FORMAT_WEBP);
}

static void every_format_has_a_name(void **state)
{
	(void)state;
	for (int f = 0; f < FORMATS; f++)
		assert_true(format_name((enum format)f)[0] != '\0');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_first_bytes_tell_the_format_or_why_not),
		T(text_inside_a_photo_does_not_matter),
		T(every_format_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
