/* The regular expressions of what is configured about a function: what fits and what does not. */
#include "web/lambda/config.h"

#include "tests/lib/t.h"

#define TAGGED "arn:aws:lambda:us-east-1:123456789012:"

static void each_text_fits_its_expression_or_does_not(void **state)
{
	static const struct {
		const struct shape *shape;
		const char *text;
		bool fits;
	} cases[] = {
		{ &shape_action, "lambda:InvokeFunction", true }, { &shape_action, "lambda:*", true }, { &shape_action, "*", true },
		{ &shape_action, "lambda:", false }, { &shape_action, "lambda:Invoke*", false }, { &shape_action, "s3:GetObject", false },
		{ &shape_action, "", false },
		{ &shape_principal, "s3.amazonaws.com", true }, { &shape_principal, "*", true }, { &shape_principal, "a b", false },
		{ &shape_principal, "", false }, { &shape_principal, "a\n", false },
		{ &shape_source_arn, "arn:aws:s3:::bucket", true }, { &shape_source_arn, "arn:aws:s3:::*", true },
		{ &shape_source_arn, "arn:aws-cn:events:cn-north-1:123456789012:rule/x:y", true }, { &shape_source_arn, "arn:aws:s3::", false },
		{ &shape_source_arn, "arn:aws:s3:::", true }, { &shape_source_arn, "arn:aws:_:::x", false },
		{ &shape_source_arn, "arn:aws:s3::1234:x", false }, { &shape_source_arn, "arn:other:s3:::x", false }, { &shape_source_arn, "x", false },
		{ &shape_account, "123456789012", true }, { &shape_account, "12345678901", false }, { &shape_account, "12345678901a", false },
		{ &shape_organisation, "o-abcdefghij", true }, { &shape_organisation, "o-abcdefghi", false }, { &shape_organisation, "o-ABCDEFGHIJ", false },
		{ &shape_token, "a.b_c-1", true }, { &shape_token, "a b", false }, { &shape_token, "", false },
		{ &shape_destination, "", true }, { &shape_destination, "arn:aws:lambda:us-east-1:123456789012:function:f", true },
		{ &shape_destination, "arn:aws:_-/!lambda:us-east-1:123456789012:function:f", false }, { &shape_destination, "f", false },
		{ &shape_url_alias, "live", true }, { &shape_url_alias, "1a", true }, { &shape_url_alias, "1", false },
		{ &shape_url_alias, "$LATEST", false }, { &shape_url_alias, "", false },
		{ &shape_taggable, TAGGED "function:f", true }, { &shape_taggable, TAGGED "function:f:live", true },
		{ &shape_taggable, TAGGED "function:f:$LATEST", true }, { &shape_taggable, TAGGED "function:f:a:b", false },
		{ &shape_taggable, TAGGED "function:", false }, { &shape_taggable, TAGGED "foobar:f", false }, { &shape_taggable, TAGGED "layer:l", true },
		{ &shape_taggable, TAGGED "layer:l:1", false }, { &shape_taggable, "arn:aws:s3:us-east-1:123456789012:function:f", false },
		{ &shape_taggable, "arn:aws:lambda::123456789012:function:f", false }, { &shape_taggable, "arn:aws:something", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (cases[i].shape->fits(str_of(cases[i].text)) != cases[i].fits)
			fail_msg("%s: %s", cases[i].shape->pattern, cases[i].text);
}

static void a_text_with_a_nul_in_it_fits_nothing(void **state)
{
	(void)state;
	assert_false(shape_token.fits(str_n("a\0b", 3)));
	assert_false(shape_account.fits(str_n("12345678901\0", 12)));
	assert_false(shape_url_alias.fits(str_n("a\0", 2)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_text_fits_its_expression_or_does_not),
		cmocka_unit_test(a_text_with_a_nul_in_it_fits_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
