/* An upload begins: POST. */
#include "base/check.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"
#include "web/api/tus.h"

/* -- what is told about the file -- */

struct facts {
	struct str filename, name, filetype, type, key;
};

static struct str *fact_of(struct facts *f, struct str name)
{
	const struct {
		struct str name;
		struct str *to;
	} known[] = { { STR("filename"), &f->filename }, { STR("name"), &f->name }, { STR("filetype"), &f->filetype }, { STR("type"), &f->type },
		      { STR("key"), &f->key } };

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (str_eq(name, known[i].name))
			return known[i].to;
	return NULL;
}

static int read_metadata(struct tus *t, struct str header, struct facts *f)
{
	struct str name, value, *to;
	int rc;

	while ((rc = tus_metadata_next(&header, &t->u.l->arena, &name, &value)) == 1) {
		if ((to = fact_of(f, name)) != NULL && (str_is_set(*to) || !utf8_valid(value)))
			return E_BAD_INPUT;
		if (to)
			*to = value;
		else if ((rc = upload_add_meta(&t->u, name, value)) < 0)
			return rc;
	}
	return rc;
}

static struct str name_of(const struct facts *f)
{
	return f->filename.n > 0 ? f->filename : f->name;
}

static struct str type_of(const struct facts *f)
{
	return upload_type(f->filetype.n > 0 ? f->filetype : f->type, name_of(f), STR(""));
}

/* What was good once is so again. */
void tus_take_type(struct tus *t)
{
	struct facts f = { .key = { 0 } };

	(void)read_metadata(t, t->r.metadata, &f);
	t->type = type_of(&f);
}

static bool take_metadata(struct tus *t, struct facts *f)
{
	struct local *l = t->u.l;
	struct str header = http_field(l->call->r, "upload-metadata");
	int rc = header.n > RESUMABLE_METADATA_MAX ? E_TOO_LARGE : read_metadata(t, header, f);

	if (rc == E_TOO_LARGE)
		local_refuse(l, 400, "MetadataTooLarge", "Upload-Metadata has at most 4096 bytes, and what of it is user metadata 2048 and 64 names.");
	else if (rc < 0)
		local_refuse(l, 400, "InvalidMetadata", "Upload-Metadata is pairs \"name base64\" with commas between, each name once and as in a header, values in UTF-8.");
	if (rc == 0)
		t->r.metadata = header;
	return rc == 0;
}

static bool take_key(struct tus *t, const struct facts *f)
{
	struct local *l = t->u.l;
	struct upload_file file = { .name = name_of(f), .type = type_of(f) };
	int rc;

	t->u.path_key = STR("");
	t->u.template = f->key.n > 0 ? f->key : params_get(&l->params, "key");
	t->type = file.type;
	rc = upload_file_key(&t->u, &file);
	t->r.key = file.key;
	if (rc == E_TOO_LARGE)
		local_refuse(l, 400, "KeyTooLongError", "A key has at most 1024 bytes.");
	else if (rc < 0 || !utf8_valid(file.key) || memchr(file.key.p, '\0', file.key.n))
		local_refuse(l, 400, "InvalidKey", "The key is empty or not UTF-8, or its template has a variable that is none of {date} {time} {uuid} {name} {ext}.");
	else
		return true;
	return false;
}

/* -- and its length -- */

static const char *read_length(struct tus *t)
{
	const struct http_request *r = t->u.l->call->r;
	struct str length = http_field(r, "upload-length"), later = http_field(r, "upload-defer-length");

	t->r.length = RESUMABLE_LATER;
	if (str_is_set(length) == str_is_set(later))
		return "Either Upload-Length or Upload-Defer-Length: 1 is needed.";
	if (str_is_set(later))
		return str_eq(later, STR("1")) ? NULL : "Upload-Defer-Length can only be 1.";
	return str_to_int(length, 0, INT64_MAX, &t->r.length) == 0 ? NULL : "Upload-Length is a number of bytes.";
}

static bool has_body(const struct http_request *r)
{
	return r->has_body && r->content_length != 0;
}

/* So much that the disk keeps its floor. */
static bool has_space(struct tus *t)
{
	struct minilab *m = t->u.l->m;
	struct store_health h;

	store_get_health(m->store, &h);
	return h.disk_size == 0 || t->r.length <= 0 || t->r.length <= h.disk_free - m->settings.free_floor;
}

static bool take_length(struct tus *t)
{
	struct local *l = t->u.l;
	const struct http_request *r = l->call->r;
	const char *why = read_length(t);

	if (str_is_set(http_field(r, "upload-concat")))
		local_refuse(l, 501, "NotImplemented", "The extension concatenation is not offered: send each file as one upload.");
	else if (why)
		local_refuse(l, 400, "InvalidRequest", why);
	else if (t->r.length > OBJECT_SIZE_MAX)
		local_refuse(l, 413, "EntityTooLarge", "An upload has at most 5 TB (Tus-Max-Size).");
	else if (!has_space(t))
		local_refuse(l, 507, "InsufficientStorage", "There is no space left on the disk for so many bytes.");
	else if (has_body(r) && !str_ieq(http_field(r, "content-type"), STR("application/offset+octet-stream")))
		local_refuse(l, 415, "UnsupportedMediaType", "A body that is the upload's first bytes has Content-Type: application/offset+octet-stream.");
	else if (has_body(r) && t->r.length >= 0 && r->content_length > t->r.length)
		local_refuse(l, 413, "EntityTooLarge", "The body has more bytes than Upload-Length says.");
	else
		return true;
	return false;
}

/* -- the row -- */

static int use_token(struct tus *t, struct db *db)
{
	const struct object *o = &t->o;

	return token_use(db, t->u.leave.token.id, o->bucket, o->key, o->size, t->type, &t->u.verdict);
}

/* One of no bytes is an object at once. */
/* One who holds a token for a few uploads does not begin as many as there is room for: those that a browser gave up and began anew are let pass. */
static int check_token_room(struct tus *t, struct db *db)
{
	const struct token *k = &t->u.leave.token;
	int64_t most = TUS_OPEN_OF_TOKEN;
	int n;

	if (!t->u.leave.by_token)
		return 0;
	if (k->uses_max > 0 && k->uses_max - k->used + TUS_OPEN_SLACK < most)
		most = k->uses_max - k->used + TUS_OPEN_SLACK;
	if ((n = resumable_open_of_token(db, k->id, (int)most)) < 0 || n < most)
		return n < 0 ? n : 0;
	t->u.verdict = TOKEN_USED_UP;
	return E_PRECONDITION;
}

static int apply_begin(struct change *c, struct db *db)
{
	struct tus *t = container_of(c, struct tus, change);
	int rc = check_token_room(t, db);

	if (rc < 0)
		return rc;
	rc = resumable_begin(db, t->u.bucket, &t->r, t->headers, (struct str){ 0 }, t->id_text);

	if (rc < 0 || t->r.length != 0)
		return rc;
	rc = resumable_finish(db, t->u.l->m->store, t->r.id, &t->u.actor, &t->u.l->arena, &t->o);
	return rc < 0 ? rc : t->u.leave.by_token ? use_token(t, db) : 0;
}

static void tell_place(struct tus *t)
{
	struct local *l = t->u.l;
	struct buf path = { 0 };

	buf_puts(&path, "/_/tus/");
	uri_encode(&path, t->u.bucket, URI_NOTHING);
	buf_printf(&path, "/%.*s", STR_ARG(t->r.id));
	http_header(l->call->r, "Location", str_n(path.data, path.len));
	buf_clear(&path);
}

static void on_begun(struct local *l, int rc)
{
	struct tus *t = l->state;

	if (rc == 0) {
		t->created = true;
		t->id = t->r.id;
		tell_place(t);
		if (t->r.length == 0)
			tus_tell(t, &t->o);
		tus_body_start(t);
	} else if (rc == E_NOT_FOUND) {
		local_refuse_bucket(l);
	} else if (rc == E_TOO_LARGE) {
		local_refuse(l, 503, "TooManyUploads", "There are 100000 resumable uploads: end some, or wait until some expire.");
	} else if (rc == E_PRECONDITION && t->u.verdict != TOKEN_FINE) {
		leave_refuse(l, &t->u.leave, t->u.verdict);
	} else {
		tus_refuse_rc(t, rc);
		tus_refuse(t);
	}
}

static void on_leave(struct local *l)
{
	struct tus *t = l->state;
	struct facts f = { .key = { 0 } };

	upload_take_actor(&t->u, STR("tus"));
	if (!tus_take_promises(t) || !take_length(t) || !take_metadata(t, &f) || !take_key(t, &f) ||
	    !leave_allows(l, &t->u.leave, t->r.key, t->r.length == RESUMABLE_LATER ? -1 : t->r.length, t->type))
		return;
	t->r.metadata = arena_str(&l->arena, t->r.metadata);
	t->headers = upload_headers(&t->u, t->type);
	t->r.expires_ms = clock_wall_ms() + l->m->settings.tus_expiry_s * 1000;
	t->r.token = t->u.leave.by_token ? t->u.leave.token.id : STR("");
	t->change = (struct change){ .apply = apply_begin };
	local_commit(l, &t->change, on_begun);
}

void tus_create(struct tus *t)
{
	t->u.is_form = true;		/* the request's headers are not those of a file */
	leave_ask(t->u.l, &t->u.leave, on_leave);
}
