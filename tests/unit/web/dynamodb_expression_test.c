/* Key conditions from text to query, and what DynamoDB says to those that are none. */
#include "tests/lib/t.h"

#include <stdio.h>

#include "base/err.h"
#include "web/dynamodb/key_condition.h"

#define INVALID "Invalid KeyConditionExpression: "
#define BODY "{\"ExpressionAttributeNames\":{\"#k\":\"key\"},\"ExpressionAttributeValues\":{\":s\":{\"S\":\"x\"},\":n\":{\"N\":\"5\"}," \
	"\":m\":{\"N\":\"9\"},\":b\":{\"BOOL\":true}}}"

static const struct table_key schema = { { "pk", 2 }, { "sk", 2 }, 'S', 'N' };

struct outcome {
	struct dynamodb d;
	struct key_condition k;
	struct table_query q;
	int rc;
};

static void ask(struct outcome *o, const char *text)
{
	struct placeholders p = {0};
	struct json_value *body = NULL;
	struct node *tree = NULL;

	*o = (struct outcome){0};
	assert_int_equal(json_parse(&o->d.arena, STR(BODY), &body), 0);
	o->d.body = body;
	assert_int_equal(placeholders_open(&o->d, &p), 0);
	o->rc = expression_parse(&o->d, "KeyConditionExpression", str_of(text), &p, &tree);
	if (o->rc == 0)
		o->rc = key_condition_read(&o->d, tree, &o->k);
	if (o->rc == 0)
		o->rc = key_condition_bind(&o->d, &o->k, &schema, &o->q);
}

static void a_key_condition_becomes_a_range(void **state)
{
	static const struct { const char *text; enum key_op op; const char *low, *high; } cases[] = {
		{ "pk = :s", KEY_ANY, NULL, NULL },
		{ ":s=pk", KEY_ANY, NULL, NULL },
		{ "(pk = :s)", KEY_ANY, NULL, NULL },
		{ "pk = :s AND sk = :n", KEY_EQ, "5", NULL },
		{ "sk<:n and pk=:s", KEY_LT, "5", NULL },
		{ "pk = :s AND :n < sk", KEY_GT, "5", NULL },
		{ "(pk = :s) aNd (sk >= :n)", KEY_GE, "5", NULL },
		{ "pk = :s AND :n >= sk", KEY_LE, "5", NULL },
		{ "pk = :s AND sk BETWEEN :n AND :m", KEY_BETWEEN, "5", "9" },
		{ "\tsk between :n\nand :m and pk = :s", KEY_BETWEEN, "5", "9" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct outcome o;

		ask(&o, cases[i].text);
		if (o.rc < 0)
			fail_msg("%s: %s", cases[i].text, o.d.fault.message);
		assert_int_equal(o.q.op, cases[i].op);
		assert_true(str_is(json_text(o.q.hash, "S"), "x"));
		if (cases[i].low)
			assert_true(str_is(json_text(o.q.low, "N"), cases[i].low));
		if (cases[i].high)
			assert_true(str_is(json_text(o.q.high, "N"), cases[i].high));
		arena_clear(&o.d.arena);
	}
}

static void what_is_no_key_condition_is_told_in_the_services_words(void **state)
{
	static const struct { const char *text, *message; } cases[] = {
		{ "", INVALID "The expression can not be empty;" },
		{ "pk", INVALID "Syntax error; token: \"<EOF>\", near: \"pk\"" },
		{ "pk = :s sk = :n", INVALID "Syntax error; token: \"sk\", near: \":s sk =\"" },
		{ "pk ! :s", INVALID "Syntax error; token: \"!\", near: \"pk ! :s\"" },
		{ "_pk = :s", INVALID "Syntax error; token: \"_\", near: \"_pk\"" },
		{ "a[:n] = :s", INVALID "Syntax error; token: \":n\", near: \"[:n]\"" },
		{ "((pk = :s))", INVALID "The expression has redundant parentheses;" },
		{ "foo(pk, :s)", INVALID "Invalid function name; function: foo" },
		{ "Begins_with(pk, :s)", INVALID "Invalid function name; function: Begins_with" },
		{ "size(pk)", INVALID "The function is not allowed to be used this way in an expression; function: size" },
		{ "begins_with(pk, :s) = :b", INVALID "The function is not allowed to be used this way in an expression; function: "
		  "begins_with" },
		{ "Key = :s", INVALID "Attribute name is a reserved keyword; reserved keyword: Key" },
		{ "#x = :s", INVALID "An expression attribute name used in the document path is not defined; attribute name: #x" },
		{ "pk = :x", INVALID "An expression attribute value used in expression is not defined; attribute value: :x" },
		{ "begins_with(pk)", INVALID "Incorrect number of operands for operator or function; operator or function: begins_with, "
		  "number of operands: 1" },
		{ "pk = pk", INVALID "The first operand must be distinct from the remaining operands for this operator or function; "
		  "operator: =, first operand: [pk]" },
		{ "pk = :s AND begins_with(sk, :n)", INVALID "Incorrect operand type for operator or function; operator or function: "
		  "begins_with, operand type: N" },
		{ "pk = :s AND sk < :b", INVALID "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL" },
		{ "pk = :s AND sk BETWEEN :m AND :n", INVALID "The BETWEEN operator requires upper bound to be greater than or equal to lower "
		  "bound; lower bound operand: AttributeValue: {N:9}, upper bound operand: AttributeValue: {N:5}" },
		{ "pk = :s AND sk BETWEEN :m AND :s", INVALID "The BETWEEN operator requires same data type for lower and upper bounds; lower "
		  "bound operand: AttributeValue: {N:9}, upper bound operand: AttributeValue: {S:x}" },
		{ "pk = :s OR sk = :n", INVALID "Invalid operator used in KeyConditionExpression: OR" },
		{ "pk = :s AND NOT sk = :n", INVALID "Invalid operator used in KeyConditionExpression: NOT" },
		{ "pk <> :s", INVALID "Invalid operator used in KeyConditionExpression: <>" },
		{ "attribute_exists(pk)", INVALID "Invalid operator used in KeyConditionExpression: attribute_exists" },
		{ "size(pk) = :n", "KeyConditionExpressions cannot contain nested operations" },
		{ "pk.a = :s", "KeyConditionExpressions cannot have conditions on nested attributes" },
		{ "pk[0] = :s", "KeyConditionExpressions cannot have conditions on nested attributes" },
		{ ":s = :n", INVALID "Invalid condition in KeyConditionExpression: No key attribute specified" },
		{ ":n BETWEEN sk AND :m", INVALID "Invalid condition in KeyConditionExpression: BETWEEN operator must have the key attribute "
		  "as its first operand" },
		{ "pk = :s AND pk = :n", "KeyConditionExpressions must only contain one condition per key" },
		{ "pk = :s AND sk = :n AND q = :m", "Conditions can be of length 1 or 2 only" },
		{ "sk = :n", "Query condition missed key schema element: pk" },
		{ "pk = :s AND q = :n", "Query condition missed key schema element: sk" },
		{ "pk < :s", "Query key condition not supported" },
		{ "pk = :n", "One or more parameter values were invalid: Condition parameter type does not match schema type" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct outcome o;

		ask(&o, cases[i].text);
		assert_int_equal(o.rc, E_BAD_INPUT);
		assert_string_equal(o.d.fault.message, cases[i].message);
		arena_clear(&o.d.arena);
	}
}

static const char *placeholders_said(const char *json)
{
	static char text[512];
	struct dynamodb d = {0};
	struct placeholders p = {0};
	struct json_value *body = NULL;

	assert_int_equal(json_parse(&d.arena, str_of(json), &body), 0);
	d.body = body;
	if (placeholders_open(&d, &p) == 0)
		placeholders_end(&d, &p);
	snprintf(text, sizeof text, "%s", d.fault.message ? d.fault.message : "");
	arena_clear(&d.arena);
	return text;
}

static void placeholders_are_well_formed_and_all_used(void **state)
{
	(void)state;
	assert_string_equal(placeholders_said("{}"), "");
	assert_string_equal(placeholders_said("{\"ExpressionAttributeNames\":{}}"), "ExpressionAttributeNames must not be empty");
	assert_string_equal(placeholders_said("{\"ExpressionAttributeValues\":{}}"), "ExpressionAttributeValues must not be empty");
	assert_string_equal(placeholders_said("{\"ExpressionAttributeNames\":{\"x\":\"a\"}}"),
			    "ExpressionAttributeNames contains invalid key: Syntax error; key: \"x\"");
	assert_string_equal(placeholders_said("{\"ExpressionAttributeNames\":{\"#\":\"a\"}}"),
			    "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#\"");
	assert_string_equal(placeholders_said("{\"ExpressionAttributeValues\":{\":a b\":{\"S\":\"\"}}}"),
			    "ExpressionAttributeValues contains invalid key: Syntax error; key: \":a b\"");
	assert_string_equal(placeholders_said("{\"ExpressionAttributeValues\":{\":a\":{\"N\":\"x\"}}}"),
			    "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: x "
			    "for key :a");
	assert_string_equal(placeholders_said("{\"ExpressionAttributeNames\":{\"#a\":\"a\",\"#b\":\"b\"}}"),
			    "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}");
	assert_string_equal(placeholders_said("{\"ExpressionAttributeValues\":{\":a\":{\"S\":\"\"}}}"),
			    "Value provided in ExpressionAttributeValues unused in expressions: keys: {:a}");
}

static void an_expression_has_a_limit_of_size_and_of_depth(void **state)
{
	struct buf b = {0};
	struct outcome o;

	(void)state;
	for (int i = 0; i < EXPRESSION_MAX / 4; i++)
		buf_puts(&b, "NOT ");
	ask(&o, b.data);
	assert_string_equal(o.d.fault.message, INVALID "The expression is nested deeper than 100 levels;");
	arena_clear(&o.d.arena);
	buf_puts(&b, "x");
	ask(&o, b.data);
	assert_string_equal(o.d.fault.message, INVALID "Expression size has exceeded the maximum allowed size; expression size: 4097");
	arena_clear(&o.d.arena);
	buf_clear(&b);
}

static void reserved_words_are_known_in_any_case(void **state)
{
	(void)state;
	assert_true(expression_reserved(STR("key")));
	assert_true(expression_reserved(STR("ABORT")));
	assert_true(expression_reserved(STR("zOnE")));
	assert_true(expression_reserved(STR("sqlexception")));
	assert_false(expression_reserved(STR("width")));
	assert_false(expression_reserved(STR("origin")));
	assert_false(expression_reserved(STR("")));
	assert_false(expression_reserved(STR("a_word_that_is_longer_than_any")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_key_condition_becomes_a_range),
		T(what_is_no_key_condition_is_told_in_the_services_words),
		T(placeholders_are_well_formed_and_all_used),
		T(an_expression_has_a_limit_of_size_and_of_depth),
		T(reserved_words_are_known_in_any_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
