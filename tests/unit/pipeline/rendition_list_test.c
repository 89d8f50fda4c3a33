#include "tests/lib/t.h"

#include "base/err.h"
#include "pipeline/rendition_list.h"

#define LIST STR("small.webp=160 cover=1200x,format=auto large.jpg=1280")

static void read(struct rendition_list *p)
{
	char error[RENDITION_LIST_ERROR_MAX];

	assert_int_equal(rendition_list_read(LIST, p, error), 0);
}

static void a_list_has_names_and_texts(void **state)
{
	struct rendition_list p;

	(void)state;
	read(&p);
	assert_int_equal(p.count, 3);
	assert_true(str_is(p.at[1].name, "cover") && str_is(p.at[1].text, "cover=1200x,format=auto") && p.at[1].any_ending);
	assert_true(rendition_list_find(&p, STR("large.jpg")) == &p.at[2]);
	assert_null(rendition_list_find(&p, STR("large")));
}

static void nonsense_is_refused_with_a_sentence(void **state)
{
	char error[RENDITION_LIST_ERROR_MAX];
	struct rendition_list p;

	(void)state;
	assert_int_equal(rendition_list_read(STR("a.webp=0"), &p, error), E_BAD_INPUT);
	assert_non_null(strstr(error, "a.webp"));
	assert_int_equal(rendition_list_read(STR(""), &p, error), E_BAD_INPUT);
}

static void a_preset_knows_the_thumbnails_it_makes(void **state)
{
	struct rendition_list p;

	(void)state;
	read(&p);
	assert_true(rendition_entry_makes(&p.at[0], STR("small.webp")));
	assert_false(rendition_entry_makes(&p.at[0], STR("small.webp.jpg")));
	assert_true(rendition_entry_makes(&p.at[1], STR("cover.jpg")) && rendition_entry_makes(&p.at[1], STR("cover.webp")));
	assert_false(rendition_entry_makes(&p.at[1], STR("cover")) || rendition_entry_makes(&p.at[1], STR("cover.gif")) ||
		     rendition_entry_makes(&p.at[1], STR("cover2.jpg")));
}

static void those_named_make_a_list_of_their_own(void **state)
{
	struct str keys[RENDITION_LIST_KEYS_MAX];
	struct arena a = {0};
	struct rendition_list p;

	(void)state;
	read(&p);
	assert_true(str_eq(rendition_list_pick(&p, STR("large.jpg  nothing cover"), &a), STR("large.jpg=1280 cover=1200x,format=auto")));
	assert_int_equal(rendition_list_pick(&p, STR("nothing"), &a).n, 0);
	assert_int_equal(rendition_list_keys(&p, STR("large.jpg cover"), STR("2026/a.jpg"), &a, keys), 5);
	assert_true(str_is(keys[0], "2026/a.jpg/large.jpg") && str_is(keys[1], "2026/a.jpg/cover.webp"));
	arena_clear(&a);
}

static void a_result_is_of_the_new_list_when_all_that_changed_was_merged(void **state)
{
	struct arena a = {0};
	struct rendition_list p;
	struct str was;

	(void)state;
	read(&p);
	was = rendition_list_merged(&p, STR("cover"), STR("large.jpg=1280 small.webp=99 old.png=5"), &a);
	assert_true(str_is(was, "small.webp=99 cover=1200x,format=auto large.jpg=1280 old.png=5"));
	assert_true(rendition_list_covered(&p, was));
	assert_true(str_eq(rendition_list_merged(&p, STR("small.webp"), STR("small.webp=99 cover=1200x,format=auto large.jpg=1280"), &a), LIST));
	assert_int_equal(rendition_list_merged(&p, STR("cover"), STR(""), &a).n, 0);
	assert_false(rendition_list_covered(&p, STR("small.webp=1 large.jpg=1")));
	arena_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_list_has_names_and_texts),
		T(nonsense_is_refused_with_a_sentence),
		T(a_preset_knows_the_thumbnails_it_makes),
		T(those_named_make_a_list_of_their_own),
		T(a_result_is_of_the_new_list_when_all_that_changed_was_merged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
