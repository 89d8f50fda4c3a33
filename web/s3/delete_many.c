#include "web/s3/s3.h"

#include "base/err.h"
#include "base/xml.h"
#include "storage/version.h"
#include "web/s3/body.h"
#include "web/conditions.h"

struct many {				/* in s->state */
	struct object_delete change;
	bool quiet;
	struct object_key keys[DELETE_MAX];
	int results[DELETE_MAX];
	struct object_gone gone[DELETE_MAX];
	int asked;
	struct {			/* without asking storage */
		struct str key, version;
		enum s3_code code;
	} refused[DELETE_MAX];
	int refused_count;
};

static enum s3_code judge(struct s3 *s, const struct xml_node *n, struct str key, struct str version)
{
	int64_t born;
	bool named;

	if (str_is_set(version) && version_parse(version, &born, &named) < 0)
		return S3_INVALID_ARGUMENT;
	if (key.n > OBJECT_KEY_MAX)
		return S3_KEY_TOO_LONG;
	if (s3_is_denied(s, str_is_set(version) ? "s3:DeleteObjectVersion" : "s3:DeleteObject", s->bucket, key))
		return S3_ACCESS_DENIED;
	return xml_child(n, "LastModifiedTime") || xml_child(n, "Size") ? S3_NOT_IMPLEMENTED : S3_FINE;
}

static int take_object(struct s3 *s, struct many *m, const struct xml_node *n)
{
	struct str key = xml_child_text(n, "Key"), etag = xml_child_text(n, "ETag"), version = xml_child_text(n, "VersionId");
	enum s3_code code;

	if (!key.n)
		return E_BAD_INPUT;
	if (version.n == 0)
		version = (struct str){ 0 };
	if ((code = judge(s, n, key, version)) != S3_FINE) {
		m->refused[m->refused_count].key = key;
		m->refused[m->refused_count].version = version;
		m->refused[m->refused_count++].code = code;
	} else {
		m->keys[m->asked++] = (struct object_key){ .key = key, .if_match = str_is_set(etag) ? etag_bare(etag) : etag,
							.version = version };
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
		if (m->asked + m->refused_count == DELETE_MAX || take_object(s, m, n) < 0)
			return s3_refuse(s, S3_MALFORMED_XML, NULL, NULL);
	if (m->asked + m->refused_count == 0)
		return s3_refuse(s, S3_MALFORMED_XML, NULL, NULL);
	return 0;
}

static void write_error(struct xml *x, struct str key, struct str version, enum s3_code code)
{
	xml_open(x, "Error", NULL);
	xml_text(x, "Key", key);
	if (str_is_set(version))
		xml_text(x, "VersionId", version);
	xml_cstr(x, "Code", error_code(code));
	xml_cstr(x, "Message", error_message(code));
	xml_close(x);
}

/* With a version id: it is gone, and may have been a marker; without: a marker may have been made. */
static void write_deleted(struct xml *x, const struct object_key *k, const struct object_gone *gone)
{
	char id[VERSION_ID_MAX + 1];

	xml_open(x, "Deleted", NULL);
	xml_text(x, "Key", k->key);
	if (str_is_set(k->version))
		xml_text(x, "VersionId", k->version);
	if (gone->marker) {
		xml_bool(x, "DeleteMarker", true);
		xml_text(x, "DeleteMarkerVersionId", version_id(id, gone->born, gone->named));
	}
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
			write_error(&x, m->keys[i].key, m->keys[i].version, error_of(m->results[i]));
		} else if (!m->quiet) {
			write_deleted(&x, &m->keys[i], &m->gone[i]);
		}
	}
	for (int i = 0; i < m->refused_count; i++)
		write_error(&x, m->refused[i].key, m->refused[i].version, m->refused[i].code);
	xml_close(&x);
	s3_answer_xml(s, 200, &body);
}

static void tell_deleted(struct s3 *s)
{
	const struct many *m = s->state;

	for (int i = 0; i < m->asked; i++)
		if (m->results[i] == 0 && !str_is_set(m->keys[i].version))
			s3_tell(s, FEED_DELETED, m->keys[i].key, 0);
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
	m->change.gone = m->gone;
	m->change.count = m->asked;
	m->change.actor = s->actor;
	s->news = tell_deleted;
	s3_commit(s, &m->change.change, on_deleted);
}
