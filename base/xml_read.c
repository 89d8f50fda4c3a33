/* xml_read.c - expat does the parsing; the tree is ours, in the caller's arena. */
#include "base/xml.h"

#include <expat.h>

#include "base/check.h"
#include "base/err.h"

struct level {
	struct xml_node *node, **tail;
	struct buf text;
};

struct reader {
	struct arena *a;
	XML_Parser parser;
	struct level levels[XML_DEPTH_MAX];
	int depth, nodes, rc;
	struct xml_node *root;
};

static void stop(struct reader *r)
{
	r->rc = E_BAD_INPUT;
	XML_StopParser(r->parser, XML_FALSE);
}

static struct str without_prefix(struct reader *r, const XML_Char *name)
{
	const char *colon = strrchr(name, ':');

	return arena_str(r->a, str_of(colon ? colon + 1 : name));
}

/* Pairs of name and value. */
static void read_attributes(struct reader *r, const XML_Char **pairs, struct xml_node **tail)
{
	for (; *pairs; pairs += 2) {
		if (strncmp(pairs[0], "xmlns", 5) == 0 && (pairs[0][5] == ':' || pairs[0][5] == '\0'))
			continue;
		if (r->nodes++ >= XML_NODES_MAX) {
			stop(r);
			return;
		}
		*tail = arena_take(r->a, sizeof **tail);
		(*tail)->name = without_prefix(r, pairs[0]);
		(*tail)->text = arena_str(r->a, str_of(pairs[1]));
		tail = &(*tail)->next;
	}
}

static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
	struct reader *r = user;
	struct xml_node *n;
	struct level *l;

	if (r->rc < 0)
		return;
	if (r->depth == XML_DEPTH_MAX || r->nodes++ >= XML_NODES_MAX) {
		stop(r);
		return;
	}
	n = arena_take(r->a, sizeof *n);
	n->name = without_prefix(r, name);
	read_attributes(r, attributes, &n->attributes);
	if (r->depth == 0) {
		r->root = n;
	} else {
		l = &r->levels[r->depth - 1];
		*l->tail = n;
		l->tail = &n->next;
	}
	l = &r->levels[r->depth++];
	l->node = n;
	l->tail = &n->first;
	l->text.len = 0;
}

static void XMLCALL on_end(void *user, const XML_Char *name)
{
	struct reader *r = user;
	struct level *l;

	(void)name;
	if (r->rc < 0)
		return;
	CHECK(r->depth > 0);
	l = &r->levels[--r->depth];
	l->node->text = str_n(arena_dup(r->a, str_n(l->text.data, l->text.len)), l->text.len);
}

static void XMLCALL on_text(void *user, const XML_Char *s, int n)
{
	struct reader *r = user;

	if (r->rc == 0 && r->depth > 0)
		buf_add(&r->levels[r->depth - 1].text, s, (size_t)n);
}

static void XMLCALL on_doctype(void *user, const XML_Char *name, const XML_Char *sys, const XML_Char *pub, int internal)
{
	(void)name, (void)sys, (void)pub, (void)internal;
	stop(user);
}

int xml_parse(struct arena *a, struct str text, struct xml_node **root)
{
	struct reader r = { .a = a };

	if (text.n == 0 || text.n > INT32_MAX)
		return E_BAD_INPUT;
	r.parser = XML_ParserCreate(NULL);
	CHECK(r.parser != NULL);
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, on_start, on_end);
	XML_SetCharacterDataHandler(r.parser, on_text);
	XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
	if (XML_Parse(r.parser, text.p, (int)text.n, 1) != XML_STATUS_OK)
		r.rc = E_BAD_INPUT;
	XML_ParserFree(r.parser);
	for (int i = 0; i < XML_DEPTH_MAX; i++)
		buf_clear(&r.levels[i].text);
	if (r.rc == 0)
		*root = r.root;
	return r.rc;
}

const struct xml_node *xml_child(const struct xml_node *n, const char *name)
{
	if (!n)
		return NULL;
	for (const struct xml_node *c = n->first; c; c = c->next)
		if (str_eq(c->name, str_of(name)))
			return c;
	return NULL;
}

const struct xml_node *xml_again(const struct xml_node *n)
{
	for (const struct xml_node *c = n->next; c; c = c->next)
		if (str_eq(c->name, n->name))
			return c;
	return NULL;
}

struct str xml_child_text(const struct xml_node *n, const char *name)
{
	const struct xml_node *c = xml_child(n, name);

	return c ? c->text : (struct str){0};
}

struct str xml_attribute(const struct xml_node *n, const char *name)
{
	for (const struct xml_node *a = n ? n->attributes : NULL; a; a = a->next)
		if (str_eq(a->name, str_of(name)))
			return a->text;
	return (struct str){0};
}
