#include "tests/lib/t.h"

#include "base/err.h"
#include "base/json.h"
#include "pipeline/presets.h"

static const char presets[] = "card.jpg=400x300,fill  small.webp=160\n\ncover=1200x,format=auto\nsmall.webp=100";
static const char places[] = "photos small.webp card.jpg\nphotos/avatars/ a.webp=96,fill\nphotos/my%20trip%25/ cover\nphotos/avatars/big/  cover  b.png=9";

static void expect(const char *bucket, const char *key, const char *environment, const char *renditions)
{
	char error[PRESETS_ERROR_MAX];
	struct arena a = { 0 };
	struct presets *p;
	struct json_value *v;
	struct str got;

	assert_int_equal(presets_open(&p, STR(presets), STR(places), error), 0);
	got = presets_environment(p, str_of(environment), str_of(bucket), str_of(key), &a);
	assert_int_equal(json_parse(&a, got, &v), 0);
	if (!str_is(json_text(v, "RENDITIONS"), renditions))
		fail_msg("%s/%s: %.*s", bucket, key, STR_ARG(got));
	assert_true(str_is(json_text(v, "TABLE"), "t\"x"));
	arena_clear(&a);
	presets_close(p);
}

static void a_photo_gets_the_list_of_its_place(void **state)
{
	static const char own[] = "{\"RENDITIONS\":\"x.webp=5\",\"TABLE\":\"t\\\"x\"}";

	(void)state;
	expect("photos", "a.jpg", own, "small.webp=100 card.jpg=400x300,fill ");
	expect("photos", "avatars/a.jpg", own, "a.webp=96,fill ");
	expect("photos", "avatars/big/a.jpg", own, "cover=1200x,format=auto b.png=9 ");
	expect("photos", "my trip%/a.jpg", own, "cover=1200x,format=auto ");
	expect("photos", "avatars", own, "small.webp=100 card.jpg=400x300,fill ");
	expect("photo", "avatars/a.jpg", own, "x.webp=5 ");
	expect("photos", "a.jpg", "{\"TABLE\":\"t\\\"x\"}", "small.webp=100 card.jpg=400x300,fill ");
}

static void a_functions_own_list_may_name_presets(void **state)
{
	(void)state;
	expect("other", "a.jpg", "{\"TABLE\":\"t\\\"x\",\"RENDITIONS\":\" card.jpg y.png=7  unknown.jpg\"}",
	       "card.jpg=400x300,fill y.png=7 unknown.jpg ");
}

static void without_presets_the_environment_is_left_as_it_is(void **state)
{
	static const char own[] = "{ \"RENDITIONS\": \"card.jpg\" }";
	char error[PRESETS_ERROR_MAX];
	struct arena a = { 0 };
	struct presets *p = NULL;

	(void)state;
	assert_true(presets_environment(p, STR(own), STR("photos"), STR("a"), &a).p == own);
	assert_int_equal(presets_open(&p, STR(""), STR(" \n"), error), 0);
	assert_true(presets_environment(p, STR(own), STR("photos"), STR("a"), &a).p == own);
	presets_close(p);
	assert_int_equal(presets_open(&p, STR("card.jpg=1"), STR(""), error), 0);
	assert_true(presets_environment(p, STR("{}"), STR("photos"), STR("a"), &a).n == 2);
	assert_true(presets_environment(p, STR("nonsense"), STR("photos"), STR("a"), &a).n == 8);
	presets_close(p);
	arena_clear(&a);
}

static void what_is_said_again_replaces_what_was(void **state)
{
	char error[PRESETS_ERROR_MAX];
	struct arena a = { 0 };
	struct presets *p;

	(void)state;
	assert_int_equal(presets_open(&p, STR("a.jpg=1\na.jpg=2"), STR("photos x.jpg=1\nphotos a.jpg"), error), 0);
	assert_true(str_is(presets_environment(p, STR("{}"), STR("photos"), STR("k"), &a), "{\"RENDITIONS\":\"a.jpg=2 \"}"));
	presets_close(p);
	arena_clear(&a);
}

static void nonsense_is_told_by_name(void **state)
{
	static const struct { const char *presets, *places, *told[2]; } bad[] = {
		{ "card.jpg=400x300,fil", "", { "preset card.jpg:", "\"fil\"" } },
		{ "card.jpg", "", { "preset card.jpg:", "=SIZE" } },
		{ "", "photos card.jpg", { "renditions photos:", "no preset" } },
		{ "", "photos", { "renditions photos:", "no renditions" } },
		{ "", "photos a.jpg=1 a.jpg=2", { "renditions photos:", "twice" } },
		{ "a.jpg=9", "photos/x a.jpg a.jpg=2", { "renditions photos/x:", "twice" } },
		{ "a.jpg=9", "/x a.jpg", { "renditions /x:", "BUCKET" } },
		{ "a.jpg=9", "photos/%2 a.jpg", { "renditions photos/%2:", "%20" } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char error[PRESETS_ERROR_MAX] = "";
		struct presets *p;

		if (presets_open(&p, str_of(bad[i].presets), str_of(bad[i].places), error) != E_BAD_INPUT)
			fail_msg("%s / %s was taken", bad[i].presets, bad[i].places);
		for (int k = 0; k < 2; k++)
			if (!strstr(error, bad[i].told[k]))
				fail_msg("%s / %s: %s", bad[i].presets, bad[i].places, error);
		assert_null(p);
	}
}

static void there_are_as_many_as_the_limits_say_and_not_one_more(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++)
		for (int places_too = 0; places_too < 2; places_too++) {
			struct buf names = { 0 }, wheres = { 0 };
			char error[PRESETS_ERROR_MAX];
			struct presets *p;

			for (int i = 0; i < PRESETS_MAX + (places_too ? 0 : more); i++)
				buf_printf(&names, "n%d.jpg=9\n", i);
			for (int i = 0; i < PLACES_MAX + (places_too ? more : 0); i++)
				buf_printf(&wheres, "photos/%d n1.jpg\n", i);
			assert_int_equal(presets_open(&p, str_of(names.data), str_of(wheres.data), error), more ? E_BAD_INPUT : 0);
			presets_close(p);
			buf_clear(&names);
			buf_clear(&wheres);
		}
}

static void a_functions_own_list_is_checked(void **state)
{
	char error[PRESETS_ERROR_MAX] = "";
	struct presets *p;

	(void)state;
	assert_int_equal(presets_open(&p, STR("card.jpg=9"), STR(""), error), 0);
	assert_int_equal(presets_check(p, STR("{}"), error), 0);
	assert_int_equal(presets_check(p, STR("{\"RENDITIONS\":\"card.jpg\"}"), error), 0);
	assert_int_equal(presets_check(p, STR("{\"RENDITIONS\":\"cord.jpg\"}"), error), E_BAD_INPUT);
	assert_non_null(strstr(error, "RENDITIONS: cord.jpg:"));
	presets_close(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_photo_gets_the_list_of_its_place),
		T(a_functions_own_list_may_name_presets),
		T(without_presets_the_environment_is_left_as_it_is),
		T(what_is_said_again_replaces_what_was),
		T(nonsense_is_told_by_name),
		T(there_are_as_many_as_the_limits_say_and_not_one_more),
		T(a_functions_own_list_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
