#include "tests/lib/t.h"

#include <string.h>

#include "base/err.h"
#include "base/xml.h"

static int parse(struct arena *a, const char *text, struct xml_node **root)
{
	return xml_parse(a, str_of(text), root);
}

static void the_writer_escapes_and_nests(void **state)
{
	struct buf b = { 0 };
	struct xml x = xml_into(&b, XML_PROLOG);

	(void)state;
	xml_open(&x, "List", "http://s3.amazonaws.com/doc/2006-03-01/");
	xml_text(&x, "Key", STR("a<b>&\"c'"));
	xml_int(&x, "Size", -5);
	xml_bool(&x, "IsTruncated", 0);
	xml_open(&x, "Deep", NULL);
	xml_cstr(&x, "T", "");
	xml_close(&x);
	xml_close(&x);
	assert_true(str_starts(str_of(b.data), STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")));
	assert_non_null(strstr(b.data, "<List xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"));
	assert_non_null(strstr(b.data, "<Key>a&lt;b&gt;&amp;"));
	assert_non_null(strstr(b.data, "<Size>-5</Size><IsTruncated>false</IsTruncated>"));
	assert_non_null(strstr(b.data, "</Deep></List>"));
	buf_clear(&b);
}

static void what_is_written_reads_back(void **state)
{
	static const char nasty[] = " <&>\"' \xc3\xa9\xf0\x9f\x98\x80 ]]> \r\n\t end ";
	struct arena a = { 0 };
	struct buf b = { 0 };
	struct xml x = xml_into(&b, XML_PROLOG);
	struct xml_node *root;

	(void)state;
	xml_open(&x, "R", NULL);
	xml_cstr(&x, "T", nasty);
	xml_close(&x);
	assert_int_equal(parse(&a, b.data, &root), 0);
	assert_true(str_is(xml_child_text(root, "T"), nasty));
	buf_clear(&b);
	arena_clear(&a);
}

static void what_xml_cannot_hold_is_replaced(void **state)
{
	struct arena a = { 0 };
	struct buf b = { 0 };
	struct xml x = xml_into(&b, XML_BARE);
	struct xml_node *root;

	(void)state;
	xml_open(&x, "R", NULL);
	xml_text(&x, "T", str_n("a\0b\x01" "c\xef\xbf\xbe" "d\xef\xbf\xbf", 12));
	xml_text(&x, "U", STR("\xff\xef\xbf"));
	xml_close(&x);
	assert_int_equal(parse(&a, b.data, &root), 0);	/* well-formed whatever came in */
	assert_true(str_is(xml_child_text(root, "T"), "a\xef\xbf\xbd" "b\xef\xbf\xbd" "c\xef\xbf\xbd" "d\xef\xbf\xbd"));
	assert_true(xml_child_text(root, "U").n > 0);
	buf_clear(&b);
	arena_clear(&a);
}

static void prefixes_are_cut_off(void **state)
{
	struct arena a = { 0 };
	struct xml_node *root;

	(void)state;
	assert_int_equal(parse(&a, "<s:Delete xmlns:s='urn:x'><s:Object><s:Key>k</s:Key></s:Object></s:Delete>", &root), 0);
	assert_true(str_is(root->name, "Delete"));
	assert_true(str_is(xml_child_text(xml_child(root, "Object"), "Key"), "k"));
	arena_clear(&a);
}

static void references_and_cdata_are_text(void **state)
{
	struct arena a = { 0 };
	struct xml_node *root;

	(void)state;
	assert_int_equal(parse(&a, "<a>x&amp;&#65;&#x20ac;<![CDATA[<b>&]]>y<!-- no -->z</a>", &root), 0);
	assert_true(str_is(root->text, "x&A\xe2\x82\xac<b>&yz"));
	arena_clear(&a);
}

static void children_keep_their_order_and_repeat(void **state)
{
	struct arena a = { 0 };
	struct xml_node *root;
	const struct xml_node *n;

	(void)state;
	assert_int_equal(parse(&a, "<r><p>1</p><q/><p>2</p> <p>3</p></r>", &root), 0);
	n = xml_child(root, "p");
	assert_true(str_is(n->text, "1"));
	n = xml_again(n);
	assert_true(str_is(n->text, "2"));
	n = xml_again(n);
	assert_true(str_is(n->text, "3"));
	assert_null(xml_again(n));
	assert_null(xml_child(root, "none"));
	assert_null(xml_child(NULL, "p"));
	assert_false(str_is_set(xml_child_text(root, "none")));
	arena_clear(&a);
}

static void what_is_dangerous_or_broken_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "   ", "x", "<a>", "<a></b>", "<a></a><b/>", "<a", "<a b=1/>", "<a>&undefined;</a>", "<a>\x01</a>",
		"<a>&#0;</a>", "<a>\xff</a>", "<a b='1' b='2'/>",
		"<!DOCTYPE a><a/>",
		"<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
		"<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
		"<!DOCTYPE a SYSTEM \"http://127.0.0.1/x.dtd\"><a/>",
		"<!DOCTYPE l [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">"
		"<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;\">]><l>&d;</l>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct arena a = { 0 };
		struct xml_node *root;
		int rc = parse(&a, bad[i], &root);

		if (rc != E_BAD_INPUT)
			fail_msg("accepted (%d): %s", rc, bad[i]);
		arena_clear(&a);
	}
}

static int parse_depth(int depth)
{
	struct arena a = { 0 };
	struct buf b = { 0 };
	struct xml_node *root;
	int rc;

	for (int i = 0; i < depth; i++)
		buf_puts(&b, "<a>");
	for (int i = 0; i < depth; i++)
		buf_puts(&b, "</a>");
	rc = xml_parse(&a, str_n(b.data, b.len), &root);
	buf_clear(&b);
	arena_clear(&a);
	return rc;
}

static void depth_has_a_limit(void **state)
{
	(void)state;
	assert_int_equal(parse_depth(XML_DEPTH_MAX - 1), 0);
	assert_int_equal(parse_depth(XML_DEPTH_MAX + 1), E_BAD_INPUT);
	assert_int_equal(parse_depth(100000), E_BAD_INPUT);
}

static int parse_wide(int children)
{
	struct buf b = {0};
	struct arena a = {0};
	struct xml_node *root;
	int rc;

	buf_puts(&b, "<r>");
	for (int i = 0; i < children; i++)
		buf_puts(&b, "<a/>");
	buf_puts(&b, "</r>");
	rc = xml_parse(&a, str_n(b.data, b.len), &root);
	buf_clear(&b);
	arena_clear(&a);
	return rc;
}

static void the_number_of_elements_has_a_limit(void **state)
{
	(void)state;
	assert_int_equal(parse_wide(XML_NODES_MAX - 1), 0);
	assert_int_equal(parse_wide(XML_NODES_MAX), E_BAD_INPUT);
}

static void the_tree_outlives_the_text(void **state)
{
	struct arena a = { 0 };
	char text[] = "<a><b>value</b></a>";
	struct xml_node *root;

	(void)state;
	assert_int_equal(xml_parse(&a, str_of(text), &root), 0);
	memset(text, 'x', sizeof text - 1);
	assert_true(str_is(xml_child_text(root, "b"), "value"));
	arena_clear(&a);
}

static void attributes_are_read_but_not_those_that_declare(void **state)
{
	struct arena a = { 0 };
	struct xml_node *root;

	(void)state;
	assert_int_equal(xml_parse(&a, STR("<a xmlns='u' xmlns:p='v' p:one='1 &amp; 2' two=''><b two='3'/></a>"), &root), 0);
	assert_true(str_is(xml_attribute(root, "one"), "1 & 2"));
	assert_true(str_is(xml_attribute(root, "two"), ""));
	assert_true(str_is(xml_attribute(xml_child(root, "b"), "two"), "3"));
	assert_false(str_is_set(xml_attribute(root, "p")));
	assert_false(str_is_set(xml_attribute(root, "xmlns")));
	assert_false(str_is_set(xml_attribute(NULL, "two")));
	arena_clear(&a);
}

/* One element with `n` attributes. */
static int parse_long(int n)
{
	struct arena a = { 0 };
	struct buf b = { 0 };
	struct xml_node *root;
	int rc;

	buf_puts(&b, "<a");
	for (int i = 0; i < n; i++)
		buf_printf(&b, " b%d=''", i);
	buf_puts(&b, "/>");
	rc = xml_parse(&a, str_n(b.data, b.len), &root);
	buf_clear(&b);
	arena_clear(&a);
	return rc;
}

static void attributes_count_as_elements_do(void **state)
{
	(void)state;
	assert_int_equal(parse_long(XML_NODES_MAX - 1), 0);
	assert_int_equal(parse_long(XML_NODES_MAX), E_BAD_INPUT);
}

static int close_too_often(void *arg)
{
	struct buf b = { 0 };
	struct xml x = xml_into(&b, XML_BARE);

	(void)arg;
	xml_close(&x);
	return 0;
}

static void closing_what_was_not_opened_aborts(void **state)
{
	(void)state;
	assert_int_equal(t_child((struct sys_fault){ 0 }, close_too_often, NULL), T_DIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_writer_escapes_and_nests),
		T(what_is_written_reads_back),
		T(what_xml_cannot_hold_is_replaced),
		T(prefixes_are_cut_off),
		T(references_and_cdata_are_text),
		T(children_keep_their_order_and_repeat),
		T(what_is_dangerous_or_broken_is_refused),
		T(depth_has_a_limit),
		T(the_number_of_elements_has_a_limit),
		T(the_tree_outlives_the_text),
		T(attributes_are_read_but_not_those_that_declare),
		T(attributes_count_as_elements_do),
		T(closing_what_was_not_opened_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
