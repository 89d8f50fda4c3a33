#include "tests/lib/t.h"

#include "base/arena.h"
#include "functions/runner/answer.h"

static struct str written(const struct answer *a, struct buf *b)
{
	b->len = 0;
	answer_write(a, b);
	return str_n(b->data, b->len);
}

static void nothing_told_is_nothing_written(void **state)
{
	struct answer a = { .width = 40, .height = 30, .format = "jpeg", .frames = 1, .color = "#123456" };
	struct buf b = { 0 };

	(void)state;
	assert_true(str_is(written(&a, &b), "{\"renditions\":[],\"photo\":{\"width\":40,\"height\":30,\"format\":\"jpeg\","
					    "\"thumbhash\":\"\",\"color\":\"#123456\"}}"));
	buf_clear(&b);
}

static void all_facts_have_their_names(void **state)
{
	static const struct { const char *name, *text; } texts[] = {
		{ "blurhash", "L00" }, { "phash", "8000000000000000" }, { "camera", "Sony A7" }, { "lens", "50mm" },
		{ "exposure", "1/60" }, { "taken_at", "2026-01-02T03:04:05" }, { "title", "T" }, { "caption", "C" },
		{ "copyright", "R" }, { "artist", "A" }, { "icc", "Display P3" }, { "color_space", "rgb" },
	};
	static const struct { const char *name, *digits; } numbers[] = {
		{ "aperture", "1.8" }, { "focal_length", "50" }, { "focal_length_35", "75" }, { "iso", "640" }, { "latitude", "52.520007" },
		{ "longitude", "-13.4" }, { "altitude", "34.6" }, { "rating", "-1" }, { "frames", "3" }, { "bit_depth", "10" },
	};
	struct answer a = {
		.format = "avif", .frames = 3, .color = "#ffffff", .blurhash = "L00", .phash = "8000000000000000",
		.swatches = { { "#ffffff", 0.75049 }, { "#000000", 0.25 } }, .swatches_n = 2, .bit_depth = 10, .color_space = "rgb",
		.facts = { .camera = "Sony A7", .lens = "50mm", .exposure = "1/60", .aperture = 1.8, .focal_length = 50,
			   .focal_length_35 = 75, .iso = 640, .taken_at = "2026-01-02T03:04:05", .has_place = true,
			   .has_altitude = true, .latitude = 52.52000666, .longitude = -13.4, .altitude = 34.56, .title = "T",
			   .caption = "C", .copyright = "R", .artist = "A", .keywords = { "sea", "sky" }, .keywords_n = 2,
			   .rating = -1, .profile = "Display P3" },
	};
	struct arena arena = { 0 };
	struct buf b = { 0 };
	struct json_value *v;
	const struct json_value *photo, *list;

	(void)state;
	assert_int_equal(json_parse(&arena, written(&a, &b), &v), 0);
	photo = json_get(v, "photo");
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		assert_true(str_is(json_text(photo, texts[i].name), texts[i].text));
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		const struct json_value *n = json_get(photo, numbers[i].name);

		if (n == NULL || !str_is(n->text, numbers[i].digits))
			fail_msg("%s is wrong", numbers[i].name);
	}
	list = json_get(photo, "keywords");
	assert_int_equal(list->count, 2);
	assert_true(str_is(list->first->next->text, "sky"));
	list = json_get(photo, "palette");
	assert_int_equal(list->count, 2);
	assert_true(str_is(json_text(list->first, "color"), "#ffffff"));
	assert_true(str_is(json_get(list->first, "share")->text, "0.75"));
	arena_clear(&arena);
	buf_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(nothing_told_is_nothing_written),
		T(all_facts_have_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
