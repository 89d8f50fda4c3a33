#include "tests/lib/t.h"

#include <math.h>
#include <stdio.h>

#include "base/err.h"
#include "functions/rendition.h"

static const struct rendition_defaults plain = { 0, -1 };

static struct rendition parsed(const char *text)
{
	struct rendition r;
	char error[RENDITION_ERROR_MAX] = "";

	if (rendition_parse(str_of(text), &plain, &r, error) != 0)
		fail_msg("%s: %s", text, error);
	return r;
}

static void a_name_and_a_side_are_a_rendition(void **state)
{
	struct rendition r = parsed("small.webp=160");

	(void)state;
	assert_true(str_is(r.name, "small.webp"));
	assert_int_equal(r.format, RENDITION_WEBP);
	assert_int_equal(r.fit, FIT_INSIDE);
	assert_int_equal(r.width, 160);
	assert_int_equal(r.height, 160);
	assert_int_equal(r.quality, 80);
	assert_int_equal(r.effort, 2);
	assert_int_equal(r.background[0] & r.background[1] & r.background[2] & r.background[3], 255);
	assert_int_equal(r.chroma, CHROMA_420);
	assert_int_equal(r.bytes_max, 0);
	assert_false(r.enlarge || r.linear || r.lossless || r.progressive || r.animated || r.keep_profile || r.keep_copyright);
}

static void a_side_may_be_free(void **state)
{
	struct rendition r = parsed("a.jpg=1200x");

	(void)state;
	assert_int_equal(r.width, 1200);
	assert_int_equal(r.height, 0);
	r = parsed("a.jpg=x800,outside");
	assert_int_equal(r.width, 0);
	assert_int_equal(r.height, 800);
	r = parsed("a.jpg=8192x1");
	assert_int_equal(r.width, 8192);
	assert_int_equal(r.height, 1);
}

static void options_come_in_any_order(void **state)
{
	struct rendition r = parsed("a.jpg=400x300,quality=75,gravity=attention,fill,enlarge,sharpen=40,linear,progressive,"
				    "chroma=444,bytes=30k,keep=copyright+profile,background=0aFF7c80");

	(void)state;
	assert_int_equal(r.fit, FIT_FILL);
	assert_int_equal(r.gravity, GRAVITY_ATTENTION);
	assert_int_equal(r.quality, 75);
	assert_int_equal(r.sharpen, 40);
	assert_int_equal(r.chroma, CHROMA_444);
	assert_int_equal(r.bytes_max, 30000);
	assert_true(r.enlarge && r.linear && r.progressive && r.keep_profile && r.keep_copyright);
	assert_int_equal(r.background[0], 0x0a);
	assert_int_equal(r.background[1], 0xff);
	assert_int_equal(r.background[2], 0x7c);
	assert_int_equal(r.background[3], 0x80);
	r = parsed("a.webp=40,animated,lossless,effort=6");
	assert_true(r.animated && r.lossless);
	assert_int_equal(r.effort, 6);
	r = parsed("a.jpg=40,background=010203");
	assert_int_equal(r.background[3], 255);
}

static void each_format_has_its_own_effort_and_ending(void **state)
{
	(void)state;
	assert_int_equal(parsed("a.webp=1").effort, 2);
	assert_int_equal(parsed("a.png=1").effort, 1);
	assert_int_equal(parsed("a.avif=1").effort, 0);
	assert_int_equal(parsed("a.avif=1,effort=9").effort, 9);
	assert_int_equal(parsed("a.avif=1").quality, 60);
	assert_int_equal(parsed("a.jpg=1").quality, 80);
	assert_int_equal(parsed("a.jpeg=1").format, RENDITION_JPEG);
	assert_int_equal(parsed("a.jpg=1").format, RENDITION_JPEG);
	assert_int_equal(parsed("a.png=1").format, RENDITION_PNG);
	assert_int_equal(parsed("a.avif=1").format, RENDITION_AVIF);
	assert_int_equal(parsed("a=1,format=auto").format, RENDITION_AUTO);
	assert_int_equal(parsed("a.gif=1,format=auto").format, RENDITION_AUTO);
}

static void what_is_not_said_is_as_the_defaults_are(void **state)
{
	struct rendition_defaults d = { 55, 4 };
	struct rendition r[THUMBNAIL_RENDITIONS_MAX];
	char error[RENDITION_ERROR_MAX];

	(void)state;
	assert_int_equal(rendition_parse_list(STR("a.webp=1 b.jpg=2,quality=9 c.png=3 d.avif=4"), &d, r, error), 4);
	assert_int_equal(r[0].quality, 55);
	assert_int_equal(r[0].effort, 4);
	assert_int_equal(r[1].quality, 9);
	assert_int_equal(r[2].effort, 1);
	assert_int_equal(r[3].quality, 55);
	assert_int_equal(r[3].effort, 0);
}

static void gravity_is_a_place_or_a_focus(void **state)
{
	static const char *const places[] = { "center", "north", "northeast", "east", "southeast", "south", "southwest", "west",
					      "northwest", "entropy", "attention" };
	struct rendition r;
	char text[80];

	(void)state;
	for (int i = 0; i < 11; i++) {
		snprintf(text, sizeof text, "a.jpg=10x20,gravity=%s,fill", places[i]);
		assert_int_equal(parsed(text).gravity, i);
	}
	r = parsed("a.jpg=10,fill,focus=0.3:0.75");
	assert_int_equal(r.gravity, GRAVITY_FOCUS);
}

static void a_focus_is_read_to_six_decimals(void **state)
{
	static const struct { const char *text; double x, y; } good[] = {
		{ "0:1", 0, 1 }, { "0.3:0.7", 0.3, 0.7 }, { "1.0:0.000001", 1, 0.000001 }, { "0.123456:0.5", 0.123456, 0.5 },
	};
	char text[80];

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct rendition r;

		snprintf(text, sizeof text, "a.jpg=10,fill,focus=%s", good[i].text);
		r = parsed(text);
		assert_true(fabs(r.focus_x - good[i].x) < 1e-12 && fabs(r.focus_y - good[i].y) < 1e-12);
	}
}

static const struct { const char *text, *told[3]; } bad[] = {
	{ "a.jpg", { "a.jpg", "=SIZE" } },
	{ "=160", { "not a name" } },
	{ ".jpg=160", { "not a name" } },
	{ "a/b.jpg=160", { "a/b.jpg", "letters" } },
	{ "a.gif=160", { "a.gif", ".webp", "format=auto" } },
	{ "a.jpg=", { "a.jpg", "size", "8192" } },
	{ "a.jpg=0", { "\"0\"", "1200x" } },
	{ "a.jpg=8193", { "8193" } },
	{ "a.jpg=x", { "\"x\"" } },
	{ "a.jpg=1x2x3", { "1x2x3" } },
	{ "a.jpg=-5", { "-5" } },
	{ "a.jpg=16px", { "16px" } },
	{ "a.jpg=16,", { "no option \"\"" } },
	{ "a.jpg=16,fil", { "\"fil\"", "fill", "gravity=" } },
	{ "a.jpg=16,fill=1", { "fill has no value" } },
	{ "a.jpg=16,quality", { "quality", "1 to 100" } },
	{ "a.jpg=16,quality=0", { "\"0\"", "1 to 100" } },
	{ "a.jpg=16,quality=101", { "101" } },
	{ "a.jpg=16,quality=5,quality=6", { "\"quality=6\"", "again" } },
	{ "a.jpg=16,fill,pad", { "\"pad\"", "again" } },
	{ "a.jpg=16,fill,gravity=north,focus=0:0", { "focus=0:0", "again" } },
	{ "a.jpg=16,fill,gravity=up", { "\"up\"", "north" } },
	{ "a.jpg=16,gravity=north", { "for fill and pad" } },
	{ "a.jpg=16,exact,focus=0:0", { "for fill and pad" } },
	{ "a.jpg=16,pad,gravity=attention", { "for fill" } },
	{ "a.jpg=16,pad,focus=0:0", { "for fill" } },
	{ "a.jpg=16x,fill", { "fill needs width and height" } },
	{ "a.jpg=x16,pad", { "pad needs" } },
	{ "a.jpg=x16,exact", { "exact needs" } },
	{ "a.jpg=16,fill,focus=0.3", { "X:Y" } },
	{ "a.jpg=16,fill,focus=1.1:0", { "X:Y" } },
	{ "a.jpg=16,fill,focus=0:0.1234567", { "X:Y" } },
	{ "a.jpg=16,fill,focus=.:0", { "X:Y" } },
	{ "a.jpg=16,background=fff", { "rrggbb" } },
	{ "a.jpg=16,background=ggffff", { "rrggbb" } },
	{ "a.jpg=16,sharpen=0", { "sharpen", "1 to 100" } },
	{ "a.jpg=16,bytes=0", { "bytes" } },
	{ "a.jpg=16,bytes=67108865", { "bytes" } },
	{ "a.jpg=16,bytes=67109k", { "bytes" } },
	{ "a.jpg=16,bytes=k", { "bytes" } },
	{ "a.jpg=16,chroma=422", { "420 or 444" } },
	{ "a.webp=16,chroma=444", { "chroma is not for this format" } },
	{ "a.jpg=16,effort=2", { "effort is not for this format" } },
	{ "a.webp=16,effort=7", { "effort", "0 to 6" } },
	{ "a.jpg=16,lossless", { "lossless is not for this format" } },
	{ "a.webp=16,lossless,quality=5", { "lossless" } },
	{ "a.webp=16,bytes=5,lossless", { "lossless" } },
	{ "a.avif=16,chroma=444,lossless", { "lossless" } },
	{ "a.png=16,quality=5", { "quality is not for this format" } },
	{ "a.png=16,bytes=5", { "bytes is not for this format" } },
	{ "a.webp=16,progressive", { "progressive" } },
	{ "a.jpg=16,animated", { "animated" } },
	{ "a=16,lossless,format=auto", { "lossless is not for format=auto" } },
	{ "a.jpg=16,keep=gps", { "copyright" } },
	{ "a.jpg=16,keep=profile+profile", { "copyright" } },
	{ "a.jpg=16,keep=", { "copyright" } },
	{ "a.jpg=16,format=auto", { "format", "ending" } },
	{ "a=16,format=gif", { "gif", "auto" } },
};

static void what_is_wrong_is_told_with_name_option_and_what_is_allowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct rendition r;
		char error[RENDITION_ERROR_MAX] = "";

		if (rendition_parse(str_of(bad[i].text), &plain, &r, error) != E_BAD_INPUT)
			fail_msg("%s was taken", bad[i].text);
		for (int k = 0; k < 3 && bad[i].told[k]; k++)
			if (!strstr(error, bad[i].told[k]))
				fail_msg("%s: \"%s\" lacks %s", bad[i].text, error, bad[i].told[k]);
	}
}

static void names_are_as_long_as_the_result_allows(void **state)
{
	struct rendition r;
	char text[200], error[RENDITION_ERROR_MAX];

	(void)state;
	snprintf(text, sizeof text, "%060d.jpg=16", 0);
	assert_int_equal(rendition_parse(str_of(text), &plain, &r, error), 0);
	snprintf(text, sizeof text, "%061d.jpg=16", 0);
	assert_int_equal(rendition_parse(str_of(text), &plain, &r, error), E_BAD_INPUT);
	snprintf(text, sizeof text, "%059d=16,format=auto", 0);
	assert_int_equal(rendition_parse(str_of(text), &plain, &r, error), 0);
	snprintf(text, sizeof text, "%060d=16,format=auto", 0);
	assert_int_equal(rendition_parse(str_of(text), &plain, &r, error), E_BAD_INPUT);
}

static void a_long_wrong_text_is_repeated_in_part(void **state)
{
	static char text[60000];
	struct rendition r;
	char error[RENDITION_ERROR_MAX];

	(void)state;
	memset(text, 'q', sizeof text - 1);
	assert_int_equal(rendition_parse(str_of(text), &plain, &r, error), E_BAD_INPUT);
	memcpy(text, "a.jpg=16,", 9);
	assert_int_equal(rendition_parse(str_of(text), &plain, &r, error), E_BAD_INPUT);
	assert_non_null(strstr(error, "no option"));
}

static void a_list_has_names_that_cannot_meet(void **state)
{
	static const struct { const char *text; int n; } lists[] = {
		{ "a.jpg=1", 1 }, { "  a.jpg=1   b.jpg=2 ", 2 }, { "", E_BAD_INPUT }, { "   ", E_BAD_INPUT },
		{ "a.jpg=1 a.jpg=2", E_BAD_INPUT }, { "a.jpg=1 a.jpeg=2", 2 }, { "a.jpg=1 a=2,format=auto", E_BAD_INPUT },
		{ "a=2,format=auto a.avif=1", E_BAD_INPUT }, { "a=2,format=auto ab.avif=1", 2 },
		{ "a=2,format=auto b=3,format=auto", 2 }, { "a=2,format=auto a=3,format=auto", E_BAD_INPUT },
		{ "a.jpg=1 b.jpg", E_BAD_INPUT },
	};
	struct rendition r[THUMBNAIL_RENDITIONS_MAX];
	char error[RENDITION_ERROR_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		if (rendition_parse_list(str_of(lists[i].text), &plain, r, error) != lists[i].n)
			fail_msg("\"%s\"", lists[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_name_and_a_side_are_a_rendition),
		T(a_side_may_be_free),
		T(options_come_in_any_order),
		T(each_format_has_its_own_effort_and_ending),
		T(what_is_not_said_is_as_the_defaults_are),
		T(gravity_is_a_place_or_a_focus),
		T(a_focus_is_read_to_six_decimals),
		T(what_is_wrong_is_told_with_name_option_and_what_is_allowed),
		T(names_are_as_long_as_the_result_allows),
		T(a_long_wrong_text_is_repeated_in_part),
		T(a_list_has_names_that_cannot_meet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
