/* Versions, aliases and lists of them, against a real database: numbers, pages, what goes along when something is deleted. */
#include "base/err.h"
#include "storage/queue.h"
#include "tests/unit/web/lambda_place.h"
#include "web/lambda/code.h"
#include "web/lambda/layer.h"

static const char *published(struct place *h, const char *body)
{
	const struct json_value *v = ask(h, "POST", FUNCTION "/versions", NULL, body);

	return v ? arena_dup(&h->arena, json_text(v, "Version")) : rig_said(&h->rig);
}

static void the_same_content_is_published_once(void **state)
{
	struct place h;

	open_place(&h, state);
	assert_string_equal(published(&h, NULL), "1");
	assert_string_equal(published(&h, "{\"Description\":\"another\"}"), "1");
	change_function(&h, 3, 2);		/* an update that changes nothing but the revision */
	assert_string_equal(published(&h, NULL), "1");
	change_function(&h, 4, 3);
	assert_string_equal(published(&h, "{\"Description\":\"four\"}"), "2");
	assert_string_equal(published(&h, NULL), "2");
	change_function(&h, 3, 4);		/* what version 1 was, but not what was published last */
	assert_string_equal(published(&h, NULL), "3");
	close_place(&h);
}

static void numbers_go_on_after_the_last_version_was_deleted(void **state)
{
	struct place h;

	open_place(&h, state);
	assert_string_equal(published(&h, NULL), "1");
	assert_non_null(ask(&h, "DELETE", FUNCTION, "Qualifier=1", NULL));
	assert_null(ask(&h, "GET", FUNCTION "/configuration", "Qualifier=1", NULL));
	assert_string_equal(rig_said(&h.rig), "Function not found: arn:aws:lambda:us-east-1:000000000000:function:fn:1");
	assert_string_equal(published(&h, NULL), "2");
	close_place(&h);
}

static void a_revision_that_is_not_the_latest_is_refused(void **state)
{
	struct place h;

	open_place(&h, state);
	assert_string_equal(published(&h, "{\"RevisionId\":\"rev-0\"}"), "The Revision Id provided does not match the latest Revision Id. Call the "
			    "GetFunction/GetAlias API to retrieve the latest Revision Id");
	assert_int_equal(h.rig.l.code, LAMBDA_PRECONDITION);
	assert_string_equal(published(&h, "{\"RevisionId\":\"rev-1\"}"), "1");
	close_place(&h);
}

/* Names of the pages' items, joined, "|" between pages. */
static const char *paged(struct place *h, const char *path, const char *query, const char *list, const char *member)
{
	const char *all = "";
	struct str marker = { 0 };

	do {
		const char *q = str_is_set(marker) ? arena_printf(&h->arena, "%s&Marker=%.*s", query, STR_ARG(marker)) : query;
		const struct json_value *v = ask(h, "GET", path, q, NULL);

		assert_non_null(v);
		for (const struct json_value *i = json_get(v, list)->first; i; i = i->next)
			all = arena_printf(&h->arena, "%s%.*s ", all, STR_ARG(json_get(i, member)->text));
		marker = json_text(v, "NextMarker");
		all = arena_printf(&h->arena, "%s%s", all, str_is_set(marker) ? "| " : "");
	} while (str_is_set(marker));
	return all;
}

static void lists_go_on_where_their_page_ended(void **state)
{
	struct place h;
	int64_t id;

	open_place(&h, state);
	for (int i = 0; i < 3; i++) {
		change_function(&h, 10 + i, 10 + i);
		published(&h, NULL);
	}
	assert_int_equal(function_put(h.db, STR("other"), str_of(arena_printf(&h.arena, DOCUMENT, 3, 3)), &id), 0);
	assert_string_equal(paged(&h, FUNCTION "/versions", "MaxItems=1", "Versions", "Version"), "$LATEST | 1 | 2 | 3 ");
	assert_string_equal(paged(&h, FUNCTION "/versions", "MaxItems=3", "Versions", "Version"), "$LATEST 1 2 | 3 ");
	assert_string_equal(paged(&h, FUNCTION "/versions", "MaxItems=4", "Versions", "Version"), "$LATEST 1 2 3 ");
	assert_string_equal(paged(&h, "/2015-03-31/functions", "MaxItems=1", "Functions", "FunctionName"), "fn | other ");
	assert_string_equal(paged(&h, "/2015-03-31/functions/", "FunctionVersion=ALL&MaxItems=2", "Functions", "FunctionName"),
			    "fn fn | fn fn | other ");
	assert_string_equal(paged(&h, "/2015-03-31/functions/", "FunctionVersion=ALL&MaxItems=1", "Functions", "Version"),
			    "$LATEST | 1 | 2 | 3 | $LATEST ");
	close_place(&h);
}

static bool has(struct place *h, enum record_kind kind, int64_t owner, const char *name)
{
	struct str body;

	return record_get(h->db, kind, owner, str_of(name), &h->arena, &body) == 0;
}

static void what_hangs_on_an_alias_goes_with_it(void **state)
{
	static const enum record_kind kinds[] = { RECORD_POLICY, RECORD_EVENT_INVOKE, RECORD_URL, RECORD_PROVISIONED };
	struct place h;

	open_place(&h, state);
	assert_non_null(ask(&h, "POST", FUNCTION "/aliases", NULL, "{\"Name\":\"live\",\"FunctionVersion\":\"$LATEST\"}"));
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		assert_int_equal(record_put(h.db, kinds[i], h.id, STR("live"), STR("{\"Id\":\"abc\"}")), 0);
		assert_int_equal(record_put(h.db, kinds[i], h.id, STR("kept"), STR("{\"Id\":\"def\"}")), 0);
	}
	assert_int_equal(record_put(h.db, RECORD_URL_ID, 0, STR("abc"), STR("{}")), 0);
	assert_int_equal(record_put(h.db, RECORD_URL_ID, 0, STR("def"), STR("{}")), 0);
	assert_non_null(ask(&h, "DELETE", FUNCTION "/aliases/live", NULL, NULL));
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		assert_false(has(&h, kinds[i], h.id, "live"));
		assert_true(has(&h, kinds[i], h.id, "kept"));
	}
	assert_false(has(&h, RECORD_URL_ID, 0, "abc"));
	assert_true(has(&h, RECORD_URL_ID, 0, "def"));
	close_place(&h);
}

static void layer_versions_come_newest_first_whatever_the_page(void **state)
{
	struct place h;
	const char *all = "";

	open_place(&h, state);
	for (int i = 1; i <= 60; i++)
		assert_int_equal(record_put(h.db, RECORD_LAYER_VERSION, 0, str_of(arena_printf(&h.arena, "lay:%010d", i)),
					    STR("{\"Package\":\"p\",\"Description\":\"\"}")), 0);
	assert_int_equal(record_put(h.db, RECORD_LAYER_VERSION, 0, STR("lay-z:0000000001"), STR("{}")), 0);
	assert_int_equal(record_put(h.db, RECORD_LAYER_VERSION, 0, STR("la:0000000001"), STR("{}")), 0);
	for (int i = 60; i >= 1; i--)
		all = arena_printf(&h.arena, "%s%d %s", all, i, i == 11 ? "| " : "");
	assert_string_equal(paged(&h, "/2018-10-31/layers/lay/versions", "MaxItems=10000", "LayerVersions", "Version"), all);
	assert_string_equal(paged(&h, "/2018-10-31/layers/lay-z/versions", "MaxItems=1", "LayerVersions", "Version"), "1 ");
	assert_string_equal(paged(&h, "/2018-10-31/layers/none/versions", "MaxItems=1", "LayerVersions", "Version"), "");
	close_place(&h);
}

#define NEW_LAYER "{\"Content\":{\"ZipFile\":\"UEsFBg==\"}}"

/* Whether the code of another layer version would be looked at. */
static const char *layer_room(struct place *h)
{
	struct lambda *l = &h->rig.l;
	struct code *c;

	assert_true(rig_ask(&h->rig, "POST", "/2018-10-31/layers/another/versions", NULL, NEW_LAYER));
	assert_int_equal(l->op->check(l), 0);
	c = l->state;
	return c->look(l, h->db) == 0 ? "" : rig_said(&h->rig);
}

static void layer_versions_have_a_limit_all_together(void **state)
{
	struct place h;

	open_place(&h, state);
	for (int i = 1; i < LAYER_VERSIONS_MAX; i++)
		assert_int_equal(record_put(h.db, RECORD_LAYER_VERSION, 0, str_of(arena_printf(&h.arena, "lay:%010d", i)), STR("{}")), 0);
	assert_string_equal(layer_room(&h), "");
	assert_int_equal(record_put(h.db, RECORD_LAYER_VERSION, 0, STR("other:0000000001"), STR("{}")), 0);
	assert_string_equal(layer_room(&h), "There are 10000 layer versions, which is as many as there can be. Delete some that are not used.");
	assert_int_equal(h.rig.l.code, LAMBDA_CODE_STORAGE);
	assert_non_null(ask(&h, "DELETE", "/2018-10-31/layers/lay/versions/1", NULL, NULL));
	assert_string_equal(layer_room(&h), "");
	close_place(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_same_content_is_published_once),
		T(numbers_go_on_after_the_last_version_was_deleted),
		T(a_revision_that_is_not_the_latest_is_refused),
		T(lists_go_on_where_their_page_ended),
		T(what_hangs_on_an_alias_goes_with_it),
		T(layer_versions_come_newest_first_whatever_the_page),
		T(layer_versions_have_a_limit_all_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
