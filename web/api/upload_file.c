/* One file of an upload, from its name to its commit. */
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"
#include "web/api/upload.h"

static void refuse(struct upload *u, int status, const char *code, const char *message)
{
	u->file->status = status;
	u->file->code = code;
	u->file->message = message;
}

static void refuse_verdict(struct upload *u, enum token_verdict v)
{
	struct leave_refusal why = leave_refusal(&u->l->arena, &u->leave.token, v);

	refuse(u, why.status, why.code, why.message);
}

/* -- what storage says -- */

static const struct {
	int rc, status;
	const char *code, *message;
} failures[] = {
	{ E_NOT_FOUND, 404, "NoSuchBucket", "There is no such bucket." },
	{ E_TOO_LARGE, 413, "EntityTooLarge", "A file has at most 5 GB." },
	{ E_PRECONDITION, 412, "PreconditionFailed", "The object that is there now is not as the request wants it." },
	{ E_MISMATCH, 412, "PreconditionFailed", "If-Match is given, and there is no such object." },
	{ E_FULL, 507, "InsufficientStorage", "There is no space left on the disk." },
	{ E_BUSY, 503, "SlowDown", "The disk does not keep up; try again soon." },
};

static void refuse_rc(struct upload *u, int rc)
{
	if (rc == E_TOO_LARGE && u->leave.by_token && u->leave.token.size_max < OBJECT_PUT_MAX) {
		refuse_verdict(u, TOKEN_TOO_LARGE);
		return;
	}
	for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++)
		if (failures[i].rc == rc) {
			refuse(u, failures[i].status, failures[i].code, failures[i].message);
			return;
		}
	refuse(u, 500, "InternalError", err_text(rc));
}

/* -- the deposit -- */

void upload_file_drop(struct upload *u)
{
	if (u->dropping)
		return;
	u->dropping = true;
	deposit_drop(&u->d);
}

static void on_gone(struct deposit *d)
{
	struct upload *u = d->owner;

	u->depositing = u->dropping = u->stored = u->putting = false;
	u->file = NULL;
	upload_advance(u);
}

static void on_granted(struct deposit *d)
{
	struct upload *u = d->owner;

	u->granted = true;
	if (!u->l->call)
		upload_file_drop(u);
	else if (u->is_form)
		upload_form_go_on(u);
	else
		upload_raw_start(u);
}

static void on_drained(struct deposit *d)
{
	struct upload *u = d->owner;

	if (!u->l->call)
		upload_file_drop(u);	/* nobody gives the rest to it */
	else if (u->is_form)
		upload_form_go_on(u);
	else
		http_resume(u->l->call->r);
}

static bool is_as_wanted(struct upload *u)
{
	for (int k = 0; k < DIGEST_KINDS; k++)
		if (u->wanted[k] && !digest_same(u->want[k], u->d.sum[k], digest_size((enum digest_kind)k))) {
			if (k == DIGEST_SHA256 && u->promised)
				refuse(u, 400, "XAmzContentSHA256Mismatch", "The body is not the one that was signed.");
			else
				refuse(u, 400, "BadDigest", "The file does not have the digest that the request says.");
			return false;
		}
	return true;
}

static void on_stored(struct upload *u, int rc)
{
	if (rc < 0)
		refuse_rc(u, rc);
	if (rc < 0 || !is_as_wanted(u)) {
		upload_file_drop(u);
		return;
	}
	u->stored = true;
	if (!u->is_form || !u->promised || u->as_promised)
		upload_file_put(u);
	else if (u->l->call)
		upload_form_go_on(u);	/* to its end, which tells whether it was signed so */
	else
		upload_file_drop(u);
}

static void on_put(struct upload *u, int rc)
{
	struct upload_file *f = u->file;
	const struct object *o = &u->d.put.o;

	if (rc == E_PRECONDITION && u->verdict != TOKEN_FINE) {
		refuse_verdict(u, u->verdict);
	} else if (rc < 0) {
		refuse_rc(u, rc);
	} else {
		f->seq = o->seq;
		f->size = o->size;
		f->etag = arena_str(&u->l->arena, o->etag);
		f->born = o->born;
		f->named = o->named;
	}
	upload_file_drop(u);
}

static void on_done(struct deposit *d, int rc)
{
	struct upload *u = d->owner;

	if (u->putting)
		on_put(u, rc);
	else
		on_stored(u, rc);
}

/* -- its beginning -- */

static struct upload_file *note(struct upload *u, struct str name)
{
	struct upload_file *f = arena_take(&u->l->arena, sizeof *f);

	f->name = str_is_set(name) ? arena_str(&u->l->arena, name) : name;
	*u->last = f;
	u->last = &f->next;
	u->count++;
	u->file = f;
	return f;
}

/* Of the path as it is, or made. */
int upload_file_key(struct upload *u, struct upload_file *f)
{
	struct arena *a = &u->l->arena;
	bool folder = str_ends(u->path_key, STR("/"));
	struct str before = folder ? u->path_key : STR(""), made;
	int rc;

	if (u->path_key.n > 0 && !folder) {
		f->key = u->path_key;
		return 0;
	}
	if (!folder && !str_is_set(u->template) && u->leave.by_token)
		before = u->leave.token.prefix;
	rc = upload_key_make(a, str_is_set(u->template) ? u->template : STR(UPLOAD_TEMPLATE), f->name, f->type, clock_wall_ms(), &made);
	if (rc == 0)	/* printf would cut a name at its NUL; it is refused as it is */
		f->key = memchr(made.p, '\0', made.n) ? made : str_of(arena_printf(a, "%.*s%.*s", STR_ARG(before), STR_ARG(made)));
	return rc == 0 && f->key.n > OBJECT_KEY_MAX ? E_TOO_LARGE : rc;
}

static bool has_key(struct upload *u, struct str key)
{
	for (const struct upload_file *f = u->first; f && f != u->file; f = f->next)
		if (str_eq(f->key, key))
			return true;
	return false;
}

static bool allow(struct upload *u, struct upload_file *f, int64_t length)
{
	int rc = upload_file_key(u, f);
	enum token_verdict v = TOKEN_FINE;

	if (rc == 0 && u->leave.by_token)
		v = token_judge(&u->leave.token, u->leave.bucket, f->key, length, f->type, clock_wall_ms());
	if (rc == E_TOO_LARGE)
		refuse(u, 400, "KeyTooLongError", "A key has at most 1024 bytes.");
	else if (rc < 0)
		refuse(u, 400, "InvalidKey", "The key is empty, or its template has a variable that is none of {date} {time} {uuid} {name} {ext}.");
	else if (!utf8_valid(f->key) || memchr(f->key.p, '\0', f->key.n))
		refuse(u, 400, "InvalidKey", "The key is not in UTF-8.");
	else if (has_key(u, f->key))
		refuse(u, 400, "KeyTaken", "Another file of the same form has this key.");
	else if (v != TOKEN_FINE)
		refuse_verdict(u, v);
	else if (length > OBJECT_PUT_MAX)
		refuse_rc(u, E_TOO_LARGE);
	return f->status == 0;
}

/* Judged again where nothing can come between, and counted. */
static int use_token(struct object_put *p, struct db *db)
{
	struct upload *u = p->also_owner;

	return token_use(db, u->leave.token.id, p->o.bucket, p->o.key, p->o.size, u->file->type, &u->verdict);
}

static struct str bare(struct str etag)
{
	return etag.n > 1 && etag.p[0] == '"' && etag.p[etag.n - 1] == '"' ? str_n(etag.p + 1, etag.n - 2) : etag;
}

static void fill_in_put(struct upload *u)
{
	const struct http_request *r = u->l->call->r;
	struct str match = http_field(r, "if-match");
	struct object_put *p = &u->d.put;

	object_put_init(p);
	p->bucket = u->bucket;
	p->o.key = u->file->key;
	p->o.headers = upload_headers(u, u->file->type);
	p->kind = u->is_form ? EVENT_CREATED_POST : EVENT_CREATED_PUT;
	p->actor = u->actor;
	p->if_absent = str_eq(http_field(r, "if-none-match"), STR("*"));
	if (str_is_set(match))
		p->if_match = arena_str(&u->l->arena, bare(match));
	if (u->leave.by_token) {
		p->also = use_token;
		p->also_owner = u;
	}
}

bool upload_file_begin(struct upload *u, struct str name, struct str type, int64_t length)
{
	struct upload_file *f = note(u, name);
	struct deposit *d = &u->d;

	CHECK(!u->depositing);
	type = upload_type(type, name, u->path_key);
	f->type = str_is_set(type) ? arena_str(&u->l->arena, type) : type;
	if (!allow(u, f, length)) {
		u->file = NULL;
		return false;
	}
	u->verdict = TOKEN_FINE;
	u->granted = false;
	fill_in_put(u);
	d->m = u->l->m;
	d->room = u->l->room;
	d->length = length;
	d->max = u->leave.by_token ? u->leave.token.size_max : OBJECT_PUT_MAX;
	d->granted = on_granted;
	d->drained = on_drained;
	d->done = on_done;
	d->gone = on_gone;
	d->owner = u;
	d->upload = u->id;
	u->depositing = true;
	deposit_begin(d);
	return true;
}

void upload_file_put(struct upload *u)
{
	u->putting = true;
	deposit_put(&u->d);
}
