/* xml_fuzz.c - no document breaks the reader, and text it gave survives the writer. */
#include "base/check.h"
#include "base/codec.h"
#include "base/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void check_node(const struct xml_node *n, int depth)
{
	CHECK(depth <= XML_DEPTH_MAX);
	CHECK(utf8_valid(n->name) && utf8_valid(n->text));
	for (const struct xml_node *c = n->first; c; c = c->next)
		check_node(c, depth + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena a = { 0 };
	struct buf b = { 0 };
	struct xml_node *root, *again;
	struct xml x = xml_into(&b, XML_PROLOG);

	xml_text(&x, "T", str_n(p, n));		/* any bytes at all give a document */
	CHECK(xml_parse(&a, str_n(b.data, b.len), &again) == 0);
	if (xml_parse(&a, str_n(p, n), &root) == 0) {
		check_node(root, 1);
		buf_clear(&b);
		xml_text(&x, "T", root->text);
		CHECK(xml_parse(&a, str_n(b.data, b.len), &again) == 0);
		CHECK(str_eq(again->text, root->text));
	}
	buf_clear(&b);
	arena_clear(&a);
	return 0;
}
