#include "web/s3/s3.h"

#include "base/err.h"
#include "base/xml.h"
#include "web/s3/body.h"
#include "web/s3/conditions.h"

struct many {				/* in s->state */
	struct object_delete change;
	bool quiet;
	struct object_key keys[DELETE_MAX];
	int results[DELETE_MAX];
	int asked;
	struct {			/* without asking storage */
		struct str key;
		enum s3_code code;
	} refused[DELETE_MAX];
	int refused_count;
};

static enum s3_code judge(const struct xml_node *n, struct str key)
{
	struct str version = xml_child_text(n, "VersionId");

	if (version.n && !str_eq(version, STR("null")))
		return S3_INVALID_ARGUMENT;
	if (key.n > OBJECT_KEY_MAX)
		return S3_KEY_TOO_LONG;
	return xml_child(n, "LastModifiedTime") || xml_child(n, "Size") ? S3_NOT_IMPLEMENTED : S3_FINE;
}

static int take_object(struct many *m, const struct xml_node *n)
{
	struct str key = xml_child_text(n, "Key"), etag = xml_child_text(n, "ETag");
	enum s3_code code;

	if (!key.n)
		return E_BAD_INPUT;
	if ((code = judge(n, key)) != S3_FINE) {
		m->refused[m->refused_count].key = key;
		m->refused[m->refused_count++].code = code;
	} else {
		m->keys[m->asked++] = (struct object_key){ .key = key, .if_match = str_is_set(etag) ? etag_bare(etag) : etag };
	}
	return 0;
}

static int read_body(struct s3 *s, struct many *m)
{
	struct xml_node *root;
	const struct xml_node *n;

	if (xml_parse(&s->arena, body_text(s->body), &root) < 0 || !str_eq(root->name, STR("Delete")))
		return s3_refuse(s, S3_MALFORMED_XML, NULL, NULL);
	m->quiet = str_eq(xml_child_text(root, "Quiet"), STR("true"));
	for (n = xml_child(root, "Object"); n; n = xml_again(n))
		if (m->asked + m->refused_count == DELETE_MAX || take_object(m, n) < 0)
			return s3_refuse(s, S3_MALFORMED_XML, NULL, NULL);
	if (m->asked + m->refused_count == 0)
		return s3_refuse(s, S3_MALFORMED_XML, NULL, NULL);
	return 0;
}

static void write_error(struct xml *x, struct str key, enum s3_code code)
{
	xml_open(x, "Error", NULL);
	xml_text(x, "Key", key);
	xml_cstr(x, "Code", error_code(code));
	xml_cstr(x, "Message", error_message(code));
	xml_close(x);
}

static void on_deleted(struct s3 *s, int rc)
{
	struct many *m = s->state;
	struct buf body = { 0 };
	struct xml x;

	if (rc < 0) {
		s3_refuse_rc(s, rc);
		s3_answer_fault(s);
		return;
	}
	x = xml_into(&body, XML_PROLOG);
	xml_open(&x, "DeleteResult", S3_XMLNS);
	for (int i = 0; i < m->asked; i++) {
		if (m->results[i] < 0) {
			write_error(&x, m->keys[i].key, error_of(m->results[i]));
		} else if (!m->quiet) {
			xml_open(&x, "Deleted", NULL);
			xml_text(&x, "Key", m->keys[i].key);
			xml_close(&x);
		}
	}
	for (int i = 0; i < m->refused_count; i++)
		write_error(&x, m->refused[i].key, m->refused[i].code);
	xml_close(&x);
	s3_answer_xml(s, 200, &body);
}

/* A list of what to destroy must arrive as it was meant. */
static int check_integrity(struct s3 *s)
{
	const struct body *b = s->body;

	if (b->wanted[DIGEST_MD5] || b->asked != DIGEST_KINDS)
		return 0;
	return s3_refuse(s, S3_INVALID_REQUEST, "Missing required header for this request: Content-MD5", NULL);
}

void delete_many(struct s3 *s)
{
	struct many *m = arena_take(&s->arena, sizeof *m);

	s->state = m;
	if (check_integrity(s) < 0 || read_body(s, m) < 0) {
		s3_answer_fault(s);
		return;
	}
	object_delete_init(&m->change);
	m->change.store = s->m->store;
	m->change.bucket = s->bucket;
	m->change.keys = m->keys;
	m->change.results = m->results;
	m->change.count = m->asked;
	m->change.actor = s->actor;
	s3_commit(s, &m->change.change, on_deleted);
}
