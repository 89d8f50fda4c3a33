#include "tests/lib/t.h"

#include "base/arena.h"
#include "functions/runner/settings.h"

static enum reason read_env(struct arena *a, const char *env, struct settings *s, char message[SAY_MAX])
{
	struct json_value *v = NULL;

	if (env)
		assert_int_equal(json_parse(a, str_of(env), &v), 0);
	message[0] = '\0';
	return settings_read(v, s, message);
}

static void without_variables_there_are_three_renditions_and_all_limits(void **state)
{
	struct arena a = { 0 };
	struct settings s;
	char message[SAY_MAX];

	(void)state;
	assert_int_equal(read_env(&a, NULL, &s, message), REASON_NONE);
	assert_int_equal(s.renditions_n, 3);
	assert_true(str_is(s.renditions[0].name, "small.webp"));
	assert_int_equal(s.renditions[0].width, 160);
	assert_int_equal(s.renditions[0].format, RENDITION_WEBP);
	assert_true(str_is(s.renditions[2].name, "large.jpg"));
	assert_int_equal(s.renditions[2].width, 1280);
	assert_int_equal(s.renditions[2].format, RENDITION_JPEG);
	assert_int_equal(s.renditions[2].quality, 80);
	assert_int_equal(s.limits.pixels, 100000000);
	assert_int_equal(s.limits.frames, 1000);
	assert_int_equal(s.limits.bytes, 256 << 20);
	arena_clear(&a);
}

static void variables_replace_defaults_and_strangers_are_left_alone(void **state)
{
	struct arena a = { 0 };
	struct settings s;
	char message[SAY_MAX];

	(void)state;
	assert_int_equal(read_env(&a, "{\"RENDITIONS\":\"  a.png=1   b-2_c.jpeg=8192 \",\"QUALITY\":\"100\",\"MAX_PIXELS\":\"5\","
				  "\"TABLE\":\"x\",\"N\":3}", &s, message), REASON_NONE);
	assert_int_equal(s.renditions_n, 2);
	assert_int_equal(s.renditions[0].format, RENDITION_PNG);
	assert_int_equal(s.renditions[0].width, 1);
	assert_int_equal(s.renditions[1].format, RENDITION_JPEG);
	assert_int_equal(s.renditions[1].quality, 100);
	assert_int_equal(s.limits.pixels, 5);
	arena_clear(&a);
}

static void nonsense_is_told_by_name(void **state)
{
	static const struct {
		const char *env, *names;
	} bad[] = {
		{ "{\"RENDITIONS\":\"\"}", "RENDITIONS" },
		{ "{\"RENDITIONS\":\"   \"}", "RENDITIONS" },
		{ "{\"RENDITIONS\":\"a.webp\"}", "a.webp" },
		{ "{\"RENDITIONS\":\"a.webp=\"}", "a.webp: size" },
		{ "{\"RENDITIONS\":\"=160\"}", "=160" },
		{ "{\"RENDITIONS\":\"a.webp=0\"}", "a.webp: size is \"0\"" },
		{ "{\"RENDITIONS\":\"a.webp=8193\"}", "8192" },
		{ "{\"RENDITIONS\":\"a.webp=-5\"}", "-5" },
		{ "{\"RENDITIONS\":\"a.webp=16px\"}", "16px" },
		{ "{\"RENDITIONS\":\"a.gif=16\"}", "a.gif" },
		{ "{\"RENDITIONS\":\".webp=16\"}", ".webp" },
		{ "{\"RENDITIONS\":\"../a.webp=16\"}", "../a.webp" },
		{ "{\"RENDITIONS\":\"a/b.webp=16\"}", "a/b.webp" },
		{ "{\"RENDITIONS\":\"a.webp=16 a.webp=17\"}", "twice" },
		{ "{\"RENDITIONS\":\"a.webp=16,quality=0\"}", "RENDITIONS: a.webp: quality" },
		{ "{\"RENDITIONS\":5}", "RENDITIONS" },
		{ "{\"QUALITY\":\"0\"}", "QUALITY" },
		{ "{\"QUALITY\":\"101\"}", "QUALITY" },
		{ "{\"QUALITY\":\"good\"}", "QUALITY" },
		{ "{\"QUALITY\":80}", "QUALITY" },
		{ "{\"EFFORT\":\"7\"}", "EFFORT" },
		{ "{\"MAX_BYTES\":\"99999999999\"}", "MAX_BYTES" },
		{ "{\"MAX_FRAMES\":\"\"}", "MAX_FRAMES" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct arena a = { 0 };
		struct settings s;
		char message[SAY_MAX];

		if (read_env(&a, bad[i].env, &s, message) != REASON_SETTINGS || strstr(message, bad[i].names) == NULL)
			fail_msg("%s: \"%s\"", bad[i].env, message);
		arena_clear(&a);
	}
}

static void there_may_be_sixteen_renditions_but_not_one_more(void **state)
{
	struct arena a = { 0 };
	struct buf env = { 0 };
	struct settings s;
	char message[SAY_MAX];

	(void)state;
	buf_puts(&env, "{\"RENDITIONS\":\"");
	for (int i = 0; i < THUMBNAIL_RENDITIONS_MAX; i++)
		buf_printf(&env, "r%d.webp=%d ", i, 10 + i);
	buf_puts(&env, "\"}");
	assert_int_equal(read_env(&a, env.data, &s, message), REASON_NONE);
	assert_int_equal(s.renditions_n, THUMBNAIL_RENDITIONS_MAX);
	env.len -= 2;
	buf_puts(&env, "more.webp=9\"}");
	assert_int_equal(read_env(&a, env.data, &s, message), REASON_SETTINGS);
	buf_clear(&env);
	arena_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(without_variables_there_are_three_renditions_and_all_limits),
		T(variables_replace_defaults_and_strangers_are_left_alone),
		T(nonsense_is_told_by_name),
		T(there_may_be_sixteen_renditions_but_not_one_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
