/* The files of a form, one after the other. While one is taken care of, the parser is held and the socket paused. */
#include "base/check.h"
#include "base/err.h"
#include "web/api/upload.h"

#define MALFORMED "The body is not a form (multipart/form-data) as its Content-Type says, or ends too early."

static struct upload *upload_of(struct form_data *f)
{
	return f->owner;
}

/* -- what the parser tells -- */

static int begin_file(struct upload *u, const struct form_part *p)
{
	u->field = (struct str){ 0 };
	if (p->file_name.n == 0)
		return 0;	/* what browsers send when no file was chosen */
	if (u->promised && u->count > 0) {
		upload_fault(u, 400, "InvalidRequest", "A form that is signed with the hash of its body has one file; sign it with "
			     "x-amz-content-sha256: UNSIGNED-PAYLOAD.");
		return E_BAD_INPUT;
	}
	u->form.hold = upload_file_begin(u, p->file_name, p->type, -1) && !u->granted;
	return 0;
}

static int on_part(struct form_data *f, const struct form_part *p)
{
	struct upload *u = upload_of(f);

	u->value.len = 0;
	if (str_is_set(p->file_name))
		return begin_file(u, p);
	u->field = arena_str(&u->l->arena, p->name);
	return 0;
}

static int on_bytes(struct form_data *f, const void *p, size_t n)
{
	struct upload *u = upload_of(f);

	if (str_is_set(u->field)) {
		if (u->value.len + n > UPLOAD_FIELD_MAX) {
			upload_fault(u, 400, "FieldTooLarge", "A field that is no file has at most 4096 bytes.");
			return E_TOO_LARGE;
		}
		buf_add(&u->value, p, n);
	} else if (u->depositing && !u->dropping) {
		deposit_feed(&u->d, p, n);
		f->hold = u->d.full;
	}
	return 0;
}

/* Fields that are not ours are let pass: forms have buttons and the like. */
static int take_field(struct upload *u)
{
	struct str value = str_n(u->value.data, u->value.len), name = u->field;
	int rc = 0;

	u->field = (struct str){ 0 };
	if (str_eq(name, STR("key")))
		u->template = arena_str(&u->l->arena, value.n ? value : STR(""));
	else if (str_starts(name, STR("meta-")))
		rc = upload_add_meta(u, str_n(name.p + 5, name.n - 5), value.n ? value : STR(""));
	if (rc == E_TOO_LARGE)
		upload_fault(u, 400, "MetadataTooLarge", "User metadata has at most 2048 bytes, names and values together, and 63 names.");
	else if (rc < 0)
		upload_fault(u, 400, "InvalidRequest", "Names of user metadata are those of headers, each once, and values UTF-8.");
	return rc;
}

static int on_part_end(struct form_data *f)
{
	struct upload *u = upload_of(f);

	if (str_is_set(u->field))
		return take_field(u);
	f->hold = u->depositing;	/* until it is stored */
	if (u->depositing && !u->dropping)
		deposit_end(&u->d);
	return 0;
}

/* -- what the parser is told -- */

/* True: all of it, and it may have more. */
static bool parse(struct upload *u, const void *p, size_t n)
{
	int rc;

	u->form.hold = false;
	rc = form_data_feed(&u->form, p, n);
	if (rc == E_TOO_LARGE && u->fault_status == 0)
		upload_fault(u, 400, "FormTooLarge", "A form has at most 1000 parts, and a part headers of at most 4096 bytes.");
	else if (rc < 0 && u->fault_status == 0)
		upload_fault(u, 400, "MalformedForm", MALFORMED);
	return rc == 0 && !u->form.hold;
}

static void keep_rest(struct upload *u, const uint8_t *p, size_t n)
{
	struct buf rest = { 0 };

	buf_add(&rest, p + u->form.took, n - u->form.took);
	buf_clear(&u->rest);
	u->rest = rest;
}

static void on_data(struct http_request *r, const uint8_t *p, size_t n)
{
	struct call *c = r->app;
	struct upload *u = ((struct local *)c->face_state)->state;

	if (u->fault_status != 0)
		return;
	if (u->promised)
		digest_feed(&u->digest, p, n);
	CHECK(u->rest.len == 0 && !u->form.hold);
	if (parse(u, p, n))
		return;
	if (u->fault_status != 0) {
		upload_advance(u);
		return;
	}
	keep_rest(u, p, n);
	http_pause(r);
}

void upload_form_go_on(struct upload *u)
{
	struct buf rest = u->rest;
	bool all;

	if (!u->form.hold || !u->l->call)
		return;
	u->rest = (struct buf){ 0 };
	all = parse(u, rest.data, rest.len);
	if (!all && u->fault_status == 0)
		keep_rest(u, (const uint8_t *)rest.data, rest.len);
	buf_clear(&rest);
	if (u->fault_status != 0)
		upload_advance(u);
	else if (all && u->ended)
		upload_form_end(u);
	else if (all)
		http_resume(u->l->call->r);
}

static bool is_as_signed(struct upload *u)
{
	uint8_t sum[DIGEST_SIZE_MAX];

	if (!u->promised)
		return true;
	digest_end(&u->digest, sum);
	u->as_promised = digest_same(sum, u->want[DIGEST_SHA256], 32);
	return u->as_promised;
}

/* Of its bytes; a file may still be to be put. */
void upload_form_end(struct upload *u)
{
	if (form_data_end(&u->form) < 0)
		upload_fault(u, 400, "MalformedForm", MALFORMED);
	else if (!is_as_signed(u))
		upload_fault(u, 400, "XAmzContentSHA256Mismatch", "The body is not the one that was signed.");
	else if (u->count == 0)
		upload_fault(u, 400, "NoFile", "The form has no file.");
	u->complete = true;
	if (u->fault_status == 0 && u->stored)
		upload_file_put(u);
	else
		upload_advance(u);
}

static void on_end(struct http_request *r, int rc)
{
	struct call *c = r->app;

	upload_take_end(((struct local *)c->face_state)->state, rc);
}

void upload_form_start(struct upload *u)
{
	static const struct http_sink sink = { on_data, on_end, NULL };

	u->form.on_part = on_part;
	u->form.on_bytes = on_bytes;
	u->form.on_part_end = on_part_end;
	u->form.owner = u;
	if (u->promised)
		digest_begin(&u->digest, DIGEST_SHA256);
	http_body_stream(u->l->call->r, &sink);
}

void upload_form_clear(struct upload *u)
{
	form_data_clear(&u->form);
	buf_clear(&u->rest);
	buf_clear(&u->value);
}
