/* Tags of functions against a real database: how many there may be, and how long, whoever brings them. */
#include "base/err.h"
#include "tests/unit/web/lambda_place.h"

#define TAGS "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Afn"
#define LENGTHS "Tag keys have 1 to 128 characters, and values 256 at most."
#define TOO_MANY "Number of tags exceeds resource tag limit."

/* {"Tags":{"aaa...":"bbb..."}}: so many characters of two bytes each, and `more` at the end. */
static const char *one_tag(struct place *h, int key, int value, const char *more)
{
	struct buf b = { 0 };
	char *s;

	buf_puts(&b, "{\"Tags\":{\"");
	for (int i = 0; i < key; i++)
		buf_puts(&b, "\xc3\xbc");
	buf_puts(&b, "\":\"");
	for (int i = 0; i < value; i++)
		buf_puts(&b, "\xc3\xbc");
	buf_printf(&b, "\"}%s}", more);
	s = arena_dup(&h->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return s;
}

static const char *many_tags(struct place *h, int from, int n)
{
	struct buf b = { 0 };
	char *s;

	buf_puts(&b, "{\"Tags\":{");
	for (int i = from; i < from + n; i++)
		buf_printf(&b, "%s\"k%d\":\"\"", i > from ? "," : "", i);
	buf_puts(&b, "}}");
	s = arena_dup(&h->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return s;
}

static const char *tag(struct place *h, const char *body)
{
	return ask(h, "POST", TAGS, NULL, body) ? "" : rig_said(&h->rig);
}

static void lengths_of_tags_are_of_characters(void **state)
{
	struct place h;

	open_place(&h, state);
	assert_string_equal(tag(&h, one_tag(&h, 128, 256, "")), "");
	assert_string_equal(tag(&h, one_tag(&h, 129, 1, "")), LENGTHS);
	assert_string_equal(tag(&h, one_tag(&h, 1, 257, "")), LENGTHS);
	assert_string_equal(tag(&h, one_tag(&h, 0, 1, "")), LENGTHS);
	close_place(&h);
}

static void there_are_fifty_tags_at_most(void **state)
{
	struct place h;

	open_place(&h, state);
	assert_string_equal(tag(&h, many_tags(&h, 0, 50)), "");
	assert_string_equal(tag(&h, many_tags(&h, 10, 40)), "");
	assert_string_equal(tag(&h, many_tags(&h, 50, 1)), TOO_MANY);
	assert_string_equal(tag(&h, many_tags(&h, 0, 51)), TOO_MANY);
	close_place(&h);
}

#define NEW ",\"FunctionName\":\"new\",\"Runtime\":\"python3.12\",\"Handler\":\"m.f\",\"Role\":\"arn:aws:iam::000000000000:role/r\"," \
	"\"Code\":{\"ZipFile\":\"UEsFBg==\"}"

/* "": nothing is wrong with it. */
static const char *check_new(struct place *h, const char *body)
{
	assert_true(rig_ask(&h->rig, "POST", "/2015-03-31/functions", NULL, body));
	return h->rig.l.op->check(&h->rig.l) == 0 ? "" : rig_said(&h->rig);
}

static void a_new_function_has_no_other_tags_than_one_that_is_there(void **state)
{
	struct place h;

	open_place(&h, state);
	assert_string_equal(check_new(&h, one_tag(&h, 128, 256, NEW)), "");
	assert_string_equal(check_new(&h, one_tag(&h, 129, 1, NEW)), LENGTHS);
	assert_string_equal(check_new(&h, one_tag(&h, 1, 257, NEW)), LENGTHS);
	close_place(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(lengths_of_tags_are_of_characters),
		T(there_are_fifty_tags_at_most),
		T(a_new_function_has_no_other_tags_than_one_that_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
