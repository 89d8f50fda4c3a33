/* xml.h - the one place that writes and reads XML.
 *
 * Writing: escapes are this module's business; open and close must match.
 *
 *     struct xml x = xml_into(&body, XML_PROLOG);
 *     xml_open(&x, "ListBucketResult", S3_XMLNS);
 *     xml_text(&x, "Name", name);
 *     xml_close(&x);
 *
 * Reading: xml_parse makes a tree of elements in the caller's arena (expat does
 * the parsing). No DTD, no external entity, no processing instruction is ever
 * acted on; a DOCTYPE is E_BAD_INPUT. Namespace prefixes are cut off names.
 */
#ifndef BASE_XML_H
#define BASE_XML_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

#define XML_DEPTH_MAX 16
#define XML_NODES_MAX 100000	/* elements and attributes of a document read: each takes many times the bytes of its tags */

enum xml_prolog { XML_BARE, XML_PROLOG };

struct xml {
	struct buf *out;
	int depth;
	const char *open[XML_DEPTH_MAX];
};

struct xml xml_into(struct buf *out, enum xml_prolog prolog);
void xml_open(struct xml *x, const char *name, const char *xmlns);	/* xmlns may be NULL */
void xml_open_with(struct xml *x, const char *name, const char *attributes);	/* as they stand in the tag */
void xml_close(struct xml *x);
void xml_text(struct xml *x, const char *name, struct str s);	/* what XML cannot hold becomes &#xFFFD; */
void xml_cstr(struct xml *x, const char *name, const char *s);
void xml_int(struct xml *x, const char *name, int64_t n);
void xml_bool(struct xml *x, const char *name, int yes);

struct xml_node {
	struct str name;		/* without prefix */
	struct str text;		/* all character data directly inside, joined */
	struct xml_node *first, *next;
	struct xml_node *attributes;	/* name without prefix, and text; those that declare namespaces are left out */
};

int xml_parse(struct arena *a, struct str text, struct xml_node **root);

/* First child of that name, or NULL; NULL node accepted. */
const struct xml_node *xml_child(const struct xml_node *n, const char *name);
const struct xml_node *xml_again(const struct xml_node *n);	/* next sibling of the same name */
struct str xml_child_text(const struct xml_node *n, const char *name);	/* absent if none */
struct str xml_attribute(const struct xml_node *n, const char *name);	/* absent if none */

#endif
