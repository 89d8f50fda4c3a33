#include "web/api/upload.h"

#include <ctype.h>

#include "base/check.h"
#include "base/err.h"
#include "storage/bucket.h"

/* -- the way -- */

void upload_end(struct upload *u)
{
	upload_form_clear(u);
	local_rest(u->l);
}

static bool anything_stored(const struct upload *u)
{
	for (const struct upload_file *f = u->first; f; f = f->next)
		if (f->status == 0)
			return true;
	return false;
}

static void finish(struct upload *u)
{
	if (u->waits && u->fault_status == 0 && anything_stored(u))
		upload_wait(u);
	else
		upload_answer(u);
}

void upload_advance(struct upload *u)
{
	bool left = u->over || !u->l->call;

	if (u->depositing) {
		if ((left || u->fault_status != 0) && !u->putting)
			upload_file_drop(u);
	} else if (left) {
		upload_end(u);
	} else if (u->fault_status != 0 || !u->is_form || u->complete) {
		finish(u);
	} else {
		upload_form_go_on(u);
	}
}

void upload_fault(struct upload *u, int status, const char *code, const char *message)
{
	u->fault_status = status;
	u->fault_code = code;
	u->fault_message = message;
}

void upload_take_end(struct upload *u, int rc)
{
	u->ended = true;
	if (rc == E_CLOSED)
		u->over = true;		/* on_gone follows */
	else if (rc == E_TIMEOUT)
		upload_fault(u, 408, "RequestTimeout", "Nothing of the body came for too long (setting body_ms).");
	else if (rc < 0)
		upload_fault(u, 400, "InvalidRequest", "The body is malformed.");
	if (rc < 0)
		upload_advance(u);
	else if (u->is_form && u->fault_status == 0 && !u->form.hold)
		upload_form_end(u);
	else if (!u->is_form && u->depositing && !u->dropping)
		deposit_end(&u->d);
}

/* -- a body that is one file -- */

static struct upload *upload_of(struct http_request *r)
{
	struct call *c = r->app;

	return ((struct local *)c->face_state)->state;
}

static void on_data(struct http_request *r, const uint8_t *p, size_t n)
{
	struct upload *u = upload_of(r);

	if (u->dropping || !u->depositing)
		return;
	deposit_feed(&u->d, p, n);
	if (u->d.full)
		http_pause(r);
}

static void on_end(struct http_request *r, int rc)
{
	upload_take_end(upload_of(r), rc);
}

void upload_raw_start(struct upload *u)
{
	static const struct http_sink sink = { on_data, on_end, NULL };

	http_body_stream(u->l->call->r, &sink);
}

static int64_t length_of(const struct http_request *r)
{
	return r->content_length < 0 && !r->has_body ? 0 : r->content_length;
}

static void take_body(struct upload *u)
{
	const struct http_request *r = u->l->call->r;

	local_hold(u->l);
	if (u->is_form)
		upload_form_start(u);
	else if (!upload_file_begin(u, params_get(&u->l->params, "name"), http_field(r, "content-type"), length_of(r)))
		upload_advance(u);
}

/* -- before the body -- */

static int look_for_bucket(struct local *l, struct db *db)
{
	struct upload *u = l->state;
	int64_t id;

	return bucket_find(db, u->bucket, &id, NULL);
}

static void on_bucket(struct local *l, int rc)
{
	if (rc == E_NOT_FOUND)
		local_refuse_bucket(l);
	else if (rc < 0)
		local_refuse_rc(l, rc, NULL);
	else
		take_body(l->state);
}

/* Which parts of the signature are about the body. */
static bool take_promise(struct upload *u)
{
	const struct auth *a = &u->l->call->auth;

	if (u->leave.by_token || a->kind == AUTH_NONE || a->payload == PAYLOAD_UNSIGNED)
		return true;
	if (a->payload != PAYLOAD_SHA256) {
		local_refuse(u->l, 501, "NotImplemented", "Bodies in aws-chunked are for PutObject.");
		return false;
	}
	u->promised = true;
	memcpy(u->want[DIGEST_SHA256], a->payload_sha256, 32);
	if (!u->is_form)
		u->wanted[DIGEST_SHA256] = u->d.want[DIGEST_SHA256] = true;
	return true;
}

void upload_take_actor(struct upload *u, struct str door)
{
	struct local *l = u->l;
	struct call *c = l->call;
	const char *who = u->leave.by_token ? arena_printf(&l->arena, "TOKEN:%.16s", u->leave.token.id.p) :
			  arena_printf(&l->arena, "AWS:%s", l->m->credentials.access_key);

	if (!u->leave.by_token && c->auth.kind != AUTH_NONE)
		who = arena_printf(&l->arena, "AWS:%.*s", STR_ARG(c->auth.access_key));
	u->actor = (struct actor){ str_of(who), arena_str(&l->arena, str_of(c->r->peer)), arena_str(&l->arena, str_of(c->id)),
				   arena_str(&l->arena, str_of(c->host_id)), arena_str(&l->arena, http_field(c->r, "x-amzn-trace-id")), door };
}

static void on_leave(struct local *l)
{
	struct upload *u = l->state;
	int64_t length = length_of(l->call->r);

	upload_take_actor(u, STR("REST upload"));
	if (!take_promise(u) || !upload_take_facts(u))
		return;
	if (u->leave.by_token && u->leave.bucket != u->leave.token.bucket)
		leave_refuse(l, &u->leave, TOKEN_OTHER_BUCKET);
	else if (!u->leave.by_token && (u->is_form || length < 0 || length > BLOB_NEEDLE_MAX))
		local_run(l, look_for_bucket, on_bucket);	/* worth a look before a large body; a small one is told by its commit */
	else
		take_body(u);
}

static bool is_id(struct str id)
{
	for (size_t i = 0; i < id.n; i++)
		if (!isalnum((unsigned char)id.p[i]) && !memchr("._-", id.p[i], 3))
			return false;
	return id.n > 0 && id.n <= UPLOAD_ID_MAX;
}

static bool read_query(struct upload *u)
{
	const struct params *p = &u->l->params;
	struct str wait = params_get(p, "wait"), timeout = params_get(p, "timeout"), id = params_get(p, "upload");
	const char *why = NULL;

	u->template = params_get(p, "key");
	u->wait_s = UPLOAD_WAIT_S;
	u->waits = str_is_set(wait);
	u->id = str_is_set(id) ? id : arena_str(&u->l->arena, str_of(u->l->call->id));
	if (u->waits && !str_eq(wait, STR("thumbnails")))
		why = "One can wait for thumbnails: ?wait=thumbnails.";
	else if (str_is_set(timeout) && str_to_int(timeout, 0, UPLOAD_WAIT_MAX_S, &u->wait_s) < 0)
		why = "?timeout= is a number of seconds up to 300.";
	else if (!is_id(u->id))
		why = "?upload= has up to 64 letters, digits and . _ -";
	else if (u->path_key.n > 0 && !str_ends(u->path_key, STR("/")) && str_is_set(u->template))
		why = "The key is in the path already: ?key= is for paths without one.";
	if (why)
		local_refuse(u->l, 400, "InvalidRequest", why);
	return !why;
}

static bool says_form(const struct http_request *r)
{
	struct str type = http_field(r, "content-type"), kind;

	return str_eq(r->method, STR("POST")) && str_next(&type, ';', &kind) && str_ieq(str_trim(kind), STR("multipart/form-data"));
}

static bool read_conditions(struct local *l)
{
	struct str none = http_field(l->call->r, "if-none-match"), match = http_field(l->call->r, "if-match");

	if ((!str_is_set(none) || str_eq(none, STR("*"))) && !(str_is_set(none) && str_is_set(match)))
		return true;
	local_refuse(l, 400, "InvalidRequest", "Conditions are either If-None-Match: * or If-Match with one etag.");
	return false;
}

void upload_serve(struct local *l)
{
	struct upload *u = arena_take(&l->arena, sizeof *u);

	u->l = l;
	u->last = &u->first;
	l->state = u;
	if (!local_place(l, "/_/upload/", TAIL_KEY_OR_NONE))
		return;
	u->bucket = arena_str(&l->arena, l->call->bucket);
	u->path_key = str_is_set(l->call->key) ? arena_str(&l->arena, l->call->key) : STR("");
	u->is_form = says_form(l->call->r);
	if (!read_query(u) || !read_conditions(l))
		return;
	if (u->is_form && form_data_begin(&u->form, http_field(l->call->r, "content-type")) < 0)
		local_refuse(l, 400, "MalformedForm", "The Content-Type of a form has a boundary of up to 70 characters.");
	else
		leave_ask(l, &u->leave, on_leave);
}
